//! The corpus of `tests/hostile`: what brinery says of each file, held against the manifest and against CPython.

#![cfg(feature = "scan")]

mod support;

#[path = "hostile/manifest.rs"]
mod manifest;

#[path = "hostile/verdicts.rs"]
mod verdicts;

#[path = "hostile/soundness.rs"]
mod soundness;

#[cfg(feature = "cli")]
#[path = "hostile/command.rs"]
mod command;

#[cfg(feature = "archive")]
#[path = "hostile/members.rs"]
mod members;
