//! Checkpoints of PyTorch beside candle's and Burn's readers: what is in the archive, without the tensors' elements,
//! and the pickle alone.
//!
//! ```text
//! cargo run --release -- FOLDER          # with state.pt and state.p2.pickle of benches/workloads/make.py
//! ```

#[path = "../support/race.rs"]
#[allow(dead_code)]
mod race;
#[path = "../support/rows.rs"]
#[allow(dead_code)]
mod rows;

use brinery::{Graph, types::torch::Checkpoint};
use candle_core::pickle::{PthTensors, Stack};
use pytorch_reader::PytorchReader;
use race::{Candidate, race};
use rows::Title;
use std::{env, fs, hint::black_box, path::Path};

fn main() {
    let folder = env::args().nth(1).expect("a folder");
    let rounds = env::var("BRINERY_ROUNDS").map_or(11, |text| text.parse().expect("a number"));
    let path = Path::new(&folder).join("state.pt");
    let pickle = fs::read(Path::new(&folder).join("state.p2.pickle")).expect("make.py wrote it");
    let size = fs::metadata(&path).expect("make.py wrote it").len() as usize;

    // All see the same tensors.
    let count = Checkpoint::open(&path).expect("a checkpoint").tensors().count();
    assert_eq!(
        PthTensors::new(&path, None).expect("a checkpoint").tensor_infos().len(),
        count
    );
    assert_eq!(PytorchReader::new(&path).expect("a checkpoint").len(), count);

    let mut archive = [
        Candidate::new("brinery", size, || {
            let checkpoint = Checkpoint::open(black_box(&path)).expect("a checkpoint");
            let tensors = checkpoint.tensors().map(|found| found.expect("a tensor"));
            let shapes = tensors.map(|(name, tensor)| (name, tensor.shape().to_vec()));
            shapes.collect::<Vec<_>>()
        }),
        Candidate::new("candle", size, || {
            PthTensors::new(black_box(&path), None).expect("a checkpoint")
        }),
        Candidate::new("burn", size, || {
            PytorchReader::new(black_box(&path)).expect("a checkpoint")
        }),
    ];
    let title = Title {
        work: "read",
        workload: "checkpoint",
        protocol: 2,
        bytes: size,
    };
    rows::show(&title, &race(&mut archive, 1, rounds));

    let size = pickle.len();
    let mut bare = [
        Candidate::new("brinery", size, || {
            Graph::from_slice(black_box(&pickle)).expect("a pickle")
        }),
        Candidate::new("candle", size, || {
            let mut stack = Stack::empty();
            stack.read_loop(&mut black_box(&pickle[..])).expect("a pickle");
            stack.finalize().expect("a pickle")
        }),
    ];
    let title = Title {
        work: "read",
        workload: "state",
        protocol: 2,
        bytes: size,
    };
    rows::show(&title, &race(&mut bare, race::times(size), rounds));
}
