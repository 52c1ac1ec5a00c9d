//! Graphite's pickle protocol: batches of `[(metric, (timestamp, value)), …]`, each behind its length.
//!
//! Without arguments it shows a batch; with `HOST:PORT` it sends it to a Carbon there (its pickle port is 2004).

use brinery::{Options, Result, from_graph};
use std::io::{Read, Write};

/// One measurement: its name, and when what was measured.
pub type Point = (String, (i64, f64));

/// Writes a batch: four bytes of length, most significant first, and a pickle of protocol 2.
pub fn send(points: &[Point], to: impl Write) -> Result<()> {
    let options = Options::new().protocol(2);
    options.write_framed(&options.to_graph(points)?, to)
}

/// Reads the next batch; `None` when the sender has closed the line. No class is needed, and none is ever imported.
pub fn receive(from: impl Read) -> Result<Option<Vec<Point>>> {
    let batch = Options::new().read_framed(from)?;
    batch.map(|graph| from_graph(&graph)).transpose()
}

fn main() -> Result<()> {
    let points = [("servers.web1.load", 0.25), ("servers.web1.users", 3.0)]
        .map(|(metric, value)| (metric.to_owned(), (1_767_225_600, value)));
    if let Some(address) = std::env::args().nth(1) {
        return send(&points, std::net::TcpStream::connect(address)?);
    }
    let mut wire = Vec::new();
    send(&points, &mut wire)?;
    println!("{} bytes: {}", wire.len(), wire.escape_ascii());
    let mut line = wire.as_slice();
    while let Some(batch) = receive(&mut line)? {
        for (metric, (timestamp, value)) in batch {
            println!("{metric} was {value} at {timestamp}");
        }
    }
    Ok(())
}
