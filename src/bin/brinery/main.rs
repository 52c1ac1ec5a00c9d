//! The `brinery` command: shows, disassembles and converts pickles, turns them into JSON, looks into functions and packs
//! tasks. All it knows is in the library; here are only arguments, files and exit codes.

mod args;
mod convert;
mod dis;
mod failure;
mod files;
mod function;
mod json;
mod literal;
mod make;
mod pack;
mod rewire;
mod show;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Show(args) => show::run(&args),
        Command::Dis(args) => dis::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Json(args) => json::run(&args),
        Command::Function(args) => function::run(&args),
        Command::Rewire(args) => rewire::run(&args),
        Command::Pack(args) => pack::run(&args),
    };
    done.map_or_else(|failure| failure.report(), |()| ExitCode::SUCCESS)
}
