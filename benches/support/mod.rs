//! What the benchmarks share: the race of candidates, the workloads, a CPython that measures itself, and rows of
//! results.

// Every benchmark is a program of its own and none uses all of this.
#![allow(dead_code)]

pub mod python;
pub mod race;
pub mod rows;
pub mod scan;
pub mod typed;
pub mod untyped;
pub mod workloads;

use std::env;

/// A number of the environment.
pub fn number(name: &str, default: f64) -> f64 {
    env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// The workloads that the command line names, by how they begin; none are all.
pub fn wanted() -> impl Fn(&str) -> bool {
    let wanted: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    move |name| wanted.is_empty() || wanted.iter().any(|wanted| name.starts_with(wanted.as_str()))
}
