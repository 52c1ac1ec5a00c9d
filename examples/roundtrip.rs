//! Reads records from `tests/oracle/write.py` and writes them back.
use brinery::*;
use std::io::Read;
fn main() {
    let mut data = Vec::new();
    std::io::stdin().read_to_end(&mut data).unwrap();
    let convert = std::env::args().nth(1).as_deref() == Some("convert");
    let mut at = 0;
    let u32_at = |at: &mut usize| {
        let n = u32::from_le_bytes(data[*at..*at + 4].try_into().unwrap()) as usize;
        *at += 4;
        n
    };
    let (mut good, mut bad) = (0, 0);
    let mut options = Options::new().rules(Rules::Classic);
    while at < data.len() {
        let n = u32_at(&mut at);
        let name = String::from_utf8_lossy(&data[at..at + n]).into_owned();
        at += n;
        let (p, q) = (data[at], data[at + 1]);
        at += 2;
        let n = u32_at(&mut at);
        let x = &data[at..at + n];
        at += n;
        let n = u32_at(&mut at);
        let y = &data[at..at + n];
        at += n;
        if name == "version" {
            let v: Vec<u8> = String::from_utf8_lossy(x)
                .split('.')
                .map(|s| s.parse().unwrap())
                .collect();
            let mut ext = Extensions::default();
            let text = String::from_utf8_lossy(y).replace(['[', ']', '"', ','], " ");
            let words: Vec<&str> = text.split_whitespace().skip(3).collect();
            for w in words.chunks(3) {
                if let [m, n, c] = w {
                    if let Ok(c) = c.parse() {
                        ext.add(m, n, c);
                    }
                }
            }
            options = options.python(Python::new(v[0], v[1], v[2])).extensions(ext);
            continue;
        }
        let want = if convert { y } else { x };
        let got = options
            .read_all(x)
            .and_then(|g| options.clone().protocol(q).as_loaded(convert).write(&g));
        match got {
            Ok(got) if got == want => good += 1,
            other => {
                bad += 1;
                if bad < 2 {
                    let text = |b: &[u8]| {
                        b.iter()
                            .take(120)
                            .flat_map(|b| std::ascii::escape_default(*b))
                            .map(char::from)
                            .collect::<String>()
                    };
                    {
                        let (g, w) = (other.as_ref().map(|g| g.clone()).unwrap_or_default(), want);
                        let i = g.iter().zip(w).take_while(|(a, b)| a == b).count();
                        println!("{name} {p}->{q} first diff at {i}");
                        let text = |b: &[u8]| {
                            b.iter()
                                .flat_map(|b| std::ascii::escape_default(*b))
                                .map(char::from)
                                .collect::<String>()
                        };
                        println!(
                            " want {}\n got {}",
                            text(&w[i.saturating_sub(150)..(i + 80).min(w.len())]),
                            text(&g[i.saturating_sub(150)..(i + 80).min(g.len())])
                        );
                    }
                    if false {
                        println!(
                            "{name} {p}->{q}\n  x    {}\n  want {}\n  got  {}",
                            text(x),
                            text(want),
                            match &other {
                                Ok(g) => text(g),
                                Err(e) => e.to_string(),
                            }
                        );
                    }
                }
            }
        }
    }
    println!("good {good} bad {bad}");
}
