//! A scheduler in Rust for workers in Python: functions made from their source, by value, spliced into tasks unread and
//! handed to processes over pipes. The workers are plain CPythons with nothing but the standard library.
//!
//! ```text
//! cargo run --example scheduler [WORKERS [TASKS]]
//! ```
//!
//! One of the functions raises an exception for some tasks, and one worker is killed in the middle of a task: another one
//! takes its place, the task is run again, and each task has one result in the end. `BRINERY_PYTHON` names the
//! interpreter, else it is `python3`.

mod pool;

use brinery::{
    function::{FunctionBuilder, Rewire, Wire},
    task::FunctionRegistry,
};
use indicatif::{ProgressBar, ProgressStyle};
pub use pool::{Ending, Event, Pool};
use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::mpsc,
};

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The interpreter of the workers.
    pub python: PathBuf,
    /// How many workers there are.
    pub workers: usize,
    /// How many tasks there are.
    pub tasks: usize,
    /// The task whose worker is killed when it has just begun.
    pub victim: Option<usize>,
}

/// What has become of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Of each task, all its endings: one, if all is well.
    pub endings: Vec<Vec<Ending>>,
    /// Of each task, how often it was begun.
    pub begun: Vec<u32>,
    /// How many workers were replaced.
    pub replaced: usize,
}

/// A function of this text by value, with a variable or a module that it uses, as any CPython from 3.8 to 3.13 loads it.
fn function(text: &str, uses: Uses<'_>) -> Result<Vec<u8>, brinery::Error> {
    let mut make = FunctionBuilder::new();
    let globals = make.namespace("__main__");
    let function = make.function(text, globals)?;
    match uses {
        Uses::Nothing => {}
        Uses::Itself(name) => make.global(function, name, function)?,
        Uses::Module(name) => {
            let module = make.module(name);
            make.global(function, name, module)?;
        }
        Uses::Variable(name, value) => {
            let value = make.data().add(value);
            let cell = make.cell(Some(value));
            make.bind(function, &[(name, cell)])?;
        }
    }
    make.write(&Rewire::new(Wire::Portable), function)?.to_vec()
}

enum Uses<'a> {
    Nothing,
    Itself(&'a str),
    Module(&'a str),
    Variable(&'a str, i64),
}

/// The payloads of the tasks: of ten, one fails and one takes its time.
pub fn payloads(plan: &Plan) -> Result<Vec<Vec<u8>>, brinery::Error> {
    let mut functions = FunctionRegistry::new();
    let mut add = |text, uses| functions.add(&function(text, uses)?);
    let scaled = add("lambda x: x * scale", Uses::Variable("scale", 3))?;
    let fib = "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)";
    let fib = add(fib, Uses::Itself("fib"))?;
    let share = add("def share(total, people):\n    return total / people", Uses::Nothing)?;
    let slow = "def slow(seconds):\n    time.sleep(seconds)\n    return 'awake'";
    let slow = add(slow, Uses::Module("time"))?;
    let tasks = 0..plan.tasks as u64;
    tasks
        .map(|i| match i % 10 {
            3 => functions.pack(share, &(i, 0), &()),
            5 => functions.pack(fib, &(i % 20,), &()),
            7 => functions.pack(slow, &(0.2,), &()),
            _ => functions.pack(scaled, &(i,), &()),
        })
        .collect()
}

/// Runs all tasks to their end.
pub fn run(plan: &Plan) -> Result<Report, Box<dyn Error>> {
    let payloads = payloads(plan)?;
    let (send, events) = mpsc::channel();
    let pool = Pool::start(&plan.python, plan.workers, payloads, &send)?;
    let bar = ProgressBar::new(plan.tasks as u64).with_style(ProgressStyle::with_template(
        "{wide_bar} {pos}/{len} tasks, {per_sec}, {msg}",
    )?);
    let mut report = Report {
        endings: vec![Vec::new(); plan.tasks],
        begun: vec![0; plan.tasks],
        replaced: 0,
    };
    let (mut left, mut failed) = (plan.tasks, 0);
    while left > 0 {
        match events.recv()? {
            Event::Began { task, worker, attempt } => {
                report.begun[task] += 1;
                if plan.victim == Some(task) && attempt == 1 {
                    pool.kill(worker)?;
                }
            }
            Event::Ended { task, ending } => {
                left -= 1;
                failed += u64::from(!matches!(ending, Ending::Done(_)));
                report.endings[task].push(ending);
                bar.inc(1);
            }
            Event::Replaced { .. } => report.replaced += 1,
            Event::Failed(error) => return Err(error.into()),
        }
        bar.set_message(format!("{failed} failed, {} workers replaced", report.replaced));
    }
    bar.finish();
    Ok(report)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse());
    let workers = arguments.next().unwrap_or(Ok(4))?;
    let tasks = arguments.next().unwrap_or(Ok(200))?;
    let python = std::env::var_os("BRINERY_PYTHON").unwrap_or_else(|| "python3".into());
    let report = run(&Plan {
        python: Path::new(&python).into(),
        workers,
        tasks,
        victim: (tasks > 7).then_some(7),
    })?;
    for (task, endings) in report.endings.iter().enumerate() {
        for ending in endings {
            match ending {
                Ending::Done(result) if task < 3 => println!("task {task}: {result}"),
                Ending::Raised(error) if task < 10 => println!("task {task}: {error}\n{}", error.traceback.trim_end()),
                Ending::Done(_) | Ending::Raised(_) => {}
                lost => println!("task {task}: {lost:?}"),
            }
        }
    }
    let done = report
        .endings
        .iter()
        .flatten()
        .filter(|ending| matches!(ending, Ending::Done(_)));
    let again = report.begun.iter().filter(|begun| **begun > 1).count();
    println!(
        "{} of {tasks} tasks done, {again} begun again, {} workers replaced",
        done.count(),
        report.replaced
    );
    Ok(())
}
