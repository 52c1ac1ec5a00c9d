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
mod scan;
mod scan_find;
mod scan_html;
mod scan_json;
mod scan_pool;
mod scan_sarif;
mod scan_text;
mod show;
mod trace;

use args::{Args, Command};
use clap::{Parser, error::ErrorKind};
use std::process::ExitCode;

/// The exit code of `brinery scan` for a command line that makes no sense. 2, which is usual, is none of its verdicts but
/// easily taken for one.
pub(crate) const USAGE: u8 = 64;

fn main() -> ExitCode {
    let command = match Args::try_parse() {
        Ok(args) => args.command,
        Err(error) => {
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            if asked || std::env::args_os().nth(1).is_none_or(|first| first != "scan") {
                error.exit();
            }
            let _ = error.print();
            return ExitCode::from(USAGE);
        }
    };
    let done = match command {
        Command::Scan(args) => return scan::run(&args),
        Command::Trace(args) => trace::run(&args),
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
