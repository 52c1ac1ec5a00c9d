//! Candidates that do the same work in turns.
//!
//! A machine is never quiet: other work, the heap's state and the clock of the processor change from one second to the
//! next. So all run once in each round, another one first each time, by the thread's CPU clock, and a ratio is one of
//! two runs of the same round.

use rustix::time::{ClockId, clock_gettime};
use std::{hint::black_box, time::Duration};

/// Below so many bytes what comes out is dropped at once, as a server does with a message, and the drop counts. Above,
/// it is kept until the clock has stopped.
const SMALL: usize = 10_000;

/// The thread's CPU time.
pub fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// How often work on so many bytes is to be done so that the clock can tell.
pub fn times(bytes: usize) -> u32 {
    (200_000 / bytes.max(1)).clamp(1, 1000) as u32
}

/// Does the work so often, and gives the seconds of one.
pub fn measure<T>(bytes: usize, times: u32, mut work: impl FnMut() -> T) -> f64 {
    let mut made = Vec::with_capacity(if bytes < SMALL { 0 } else { times as usize });
    let start = now();
    for _ in 0..times {
        let result = black_box(work());
        if bytes >= SMALL {
            made.push(result);
        }
    }
    let took = now() - start;
    drop(made);
    took.as_secs_f64() / f64::from(times)
}

/// One of those that race: its name, and what runs it some times and gives the seconds of one run.
pub struct Candidate<'a> {
    pub name: &'static str,
    keeps: bool,
    run: Box<dyn FnMut(u32) -> f64 + 'a>,
}

impl<'a> Candidate<'a> {
    pub fn new<T>(name: &'static str, bytes: usize, mut work: impl FnMut() -> T + 'a) -> Self {
        Candidate {
            name,
            keeps: bytes >= SMALL,
            run: Box::new(move |times| measure(bytes, times, &mut work)),
        }
    }

    /// One that measures itself.
    pub fn timed(name: &'static str, run: impl FnMut(u32) -> f64 + 'a) -> Self {
        Candidate {
            name,
            keeps: false,
            run: Box::new(run),
        }
    }

    /// Whether what is made is kept until the clock has stopped.
    pub fn keeps(&self) -> bool {
        self.keeps
    }

    pub fn run(&mut self, times: u32) -> f64 {
        (self.run)(times)
    }
}

/// Quartiles, the median in the middle.
pub type Quartiles = [f64; 3];

pub fn quartiles(mut values: Vec<f64>) -> Quartiles {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[values.len() * quarter / 4])
}

/// What a candidate took: seconds, and how many times those of the first candidate in the same round.
pub struct Taken {
    pub name: &'static str,
    pub seconds: Quartiles,
    pub ratio: Quartiles,
}

/// All candidates in each round.
pub fn race(candidates: &mut [Candidate<'_>], times: u32, rounds: usize) -> Vec<Taken> {
    let mut taken: Vec<Vec<f64>> = vec![Vec::new(); candidates.len()];
    for round in 0..=rounds {
        for turn in 0..candidates.len() {
            let turn = (turn + round) % candidates.len();
            let took = candidates[turn].run(times);
            // The first round is to warm up.
            if round > 0 {
                taken[turn].push(took);
            }
        }
    }
    let first = taken[0].clone();
    let each = candidates.iter().zip(taken);
    each.map(|(candidate, seconds)| Taken {
        name: candidate.name,
        ratio: quartiles(seconds.iter().zip(&first).map(|(mine, first)| mine / first).collect()),
        seconds: quartiles(seconds),
    })
    .collect()
}
