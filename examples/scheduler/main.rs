//! A scheduler in Rust for workers in Python: functions by value, spliced into tasks unread and handed to processes over
//! pipes.
//!
//! ```text
//! cargo run --release --example scheduler serve [--port N] [--workers N] [--forbid MODULES] [--size BYTES] [--bare]
//! cargo run --release --example scheduler [WORKERS [TASKS]]
//! ```
//!
//! `serve` listens on loopback. A client in Python (`client.py`) sends functions that
//! cloudpickle or brinery has pickled, which are inspected before they are taken (`inspect.rs`), and asks for calls: with its
//! own arguments, or with numbers that the scheduler makes and splices in. Results go back to Python as the workers wrote
//! them, or are read and summed up here. A worker that dies is replaced and its task run again; each task is answered once.
//! Nothing is kept of a task but what waits and what runs.
//!
//! Without `serve` the functions are made here from their source, for plain CPythons with nothing but the standard library.
//! One of the functions raises an exception for some tasks, and one worker is killed in the middle of a task: another one
//! takes its place, the task is run again, and each task has one result in the end.
//!
//! `BRINERY_PYTHON` names the interpreter of the workers, else it is `python3`.

pub mod inspect;
pub mod pool;
pub mod server;
pub mod wire;

use brinery::{
    function::{FunctionBuilder, Rewire, Wire},
    task::{FunctionRegistry, TaskError, unpack_result},
};
use indicatif::{ProgressBar, ProgressStyle};
use pool::{Event, Listener, Pool, Task, Workers};
use std::{
    error::Error,
    path::PathBuf,
    sync::{Arc, mpsc},
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

/// How a task ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// With a result: its `repr`.
    Done(String),
    /// With an exception.
    Raised(TaskError),
    /// Each worker that began it died.
    Lost,
    /// The answer was no outcome.
    Garbled(String),
}

impl Ending {
    /// What a worker's answer says.
    pub fn of(answer: &[u8]) -> Ending {
        match unpack_result(answer) {
            Ok(Ok(value)) => Ending::Done(value.root().to_string()),
            Ok(Err(error)) => Ending::Raised(error),
            Err(error) => Ending::Garbled(error.to_string()),
        }
    }
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
    let listener: Listener = Arc::new(move |number, event| {
        // If nobody listens any more, there is nobody to tell.
        let _ = send.send((number as usize, event));
    });
    let pool = Pool::start(&Workers {
        python: plan.python.clone(),
        count: plan.workers,
        bare: true,
    })?;
    let bar = ProgressBar::new(plan.tasks as u64).with_style(ProgressStyle::with_template(
        "{wide_bar} {pos}/{len} tasks, {per_sec}, {msg}",
    )?);
    let mut report = Report {
        endings: vec![Vec::new(); plan.tasks],
        begun: vec![0; plan.tasks],
        replaced: 0,
    };
    let (mut left, mut failed) = (plan.tasks, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (number, payload) in (0..).zip(payloads) {
                let listener = listener.clone();
                pool.submit(Task {
                    number,
                    payload,
                    listener,
                });
            }
        });
        while left > 0 {
            let (task, event) = events.recv()?;
            let ending = match event {
                Event::Began { worker, attempt } => {
                    report.begun[task] += 1;
                    if plan.victim == Some(task) && attempt == 1 {
                        pool.kill(worker)?;
                    }
                    continue;
                }
                Event::Replaced { .. } => {
                    report.replaced += 1;
                    continue;
                }
                Event::Answered(answer) => Ending::of(&answer),
                Event::Lost => Ending::Lost,
                Event::Failed(error) => return Err(error.into()),
            };
            left -= 1;
            failed += u64::from(!matches!(ending, Ending::Done(_)));
            report.endings[task].push(ending);
            bar.inc(1);
            bar.set_message(format!("{failed} failed, {} workers replaced", report.replaced));
        }
        bar.finish();
        Ok(report)
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == "serve" => serve(rest),
        _ => demonstrate(&arguments),
    }
}

fn python() -> PathBuf {
    std::env::var_os("BRINERY_PYTHON")
        .unwrap_or_else(|| "python3".into())
        .into()
}

/// Serves clients; the first line of standard output says at which port.
fn serve(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let mut policy = inspect::Policy::default();
    let (mut port, mut workers, mut bare) = (0, 2, false);
    let mut arguments = arguments.iter();
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
        match &**name {
            "--port" => port = value()?.parse()?,
            "--workers" => workers = value()?.parse()?,
            "--size" => policy.size = value()?.parse()?,
            "--forbid" => policy.forbidden = value()?.split(',').map(Into::into).collect(),
            "--bare" => bare = true,
            _ => return Err(format!("{name} is not known").into()),
        }
    }
    let pool = Pool::start(&Workers {
        python: python(),
        count: workers,
        bare,
    })?;
    let scheduler = server::Scheduler::new(pool, policy, &python())?;
    let socket = std::net::TcpListener::bind(("127.0.0.1", port))?;
    println!("{}", socket.local_addr()?.port());
    Arc::new(scheduler).serve(&socket)?;
    Ok(())
}

fn demonstrate(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let mut arguments = arguments.iter().map(|argument| argument.parse());
    let workers = arguments.next().unwrap_or(Ok(4))?;
    let tasks = arguments.next().unwrap_or(Ok(200))?;
    let report = run(&Plan {
        python: python(),
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
