//! The example `scheduler`, with real workers.

mod support;

#[allow(dead_code)] // Its main is not called.
#[path = "../examples/scheduler/main.rs"]
mod scheduler;

use scheduler::{
    Ending, Plan,
    inspect::Policy,
    pool::{Event, Listener, Pool, Task, Workers},
};
use support::python::interpreters;

fn fib(n: usize) -> usize {
    if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
}

/// Every task has one ending, the right one, also the one whose worker was killed.
#[test]
fn every_task_ends_once() {
    for python in interpreters() {
        let plan = Plan {
            python: python.path.clone(),
            workers: 3,
            tasks: 60,
            victim: Some(17),
        };
        let report = scheduler::run(&plan).expect("the scheduler runs");
        for (task, endings) in report.endings.iter().enumerate() {
            let [ending] = &**endings else {
                panic!("task {task} on {python}: {endings:?}");
            };
            match (task % 10, ending) {
                (3, Ending::Raised(error)) => {
                    assert_eq!(error.class, "builtins.ZeroDivisionError");
                    assert!(error.message.contains("division"), "{error}");
                    assert!(
                        error.traceback.starts_with("Traceback (most recent call last):"),
                        "{error:?}"
                    );
                    assert!(error.traceback.contains(&error.to_string()), "{error:?}");
                    assert!(error.traceback.contains("in share"), "{error:?}");
                }
                (5, Ending::Done(result)) => assert_eq!(*result, fib(task % 20).to_string()),
                (7, Ending::Done(result)) => assert_eq!(result, "'awake'"),
                (_, Ending::Done(result)) => assert_eq!(*result, (task * 3).to_string()),
                other => panic!("task {task} on {python}: {other:?}"),
            }
        }
        let again: Vec<usize> = (0..plan.tasks).filter(|task| report.begun[*task] != 1).collect();
        assert_eq!((again, report.begun[17]), (vec![17], 2), "{python}");
        assert_eq!(report.replaced, 1, "{python}");
    }
}

/// A task of which every worker dies is given up, and the others are done all the same.
#[test]
fn a_deadly_task_is_given_up() {
    let python = support::python::newest();
    let mut build = brinery::Builder::new();
    let exit = build.global("os", "_exit");
    let exit = build.finish(exit).to_vec().expect("it is a name");
    let deadly = brinery::task::pack(&exit, &(1,), &()).expect("it fits");
    let mut build = brinery::Builder::new();
    let abs = build.global("builtins", "abs");
    let abs = build.finish(abs).to_vec().expect("it is a name");
    let harmless = brinery::task::pack(&abs, &(-5,), &()).expect("it fits");
    let (send, events) = std::sync::mpsc::channel();
    let listener: Listener = std::sync::Arc::new(move |number, event| {
        let _ = send.send((number as usize, event));
    });
    let workers = Workers {
        python: python.path.clone(),
        count: 1,
        bare: true,
    };
    let pool = Pool::start(&workers).expect("it starts");
    for (number, payload) in (0..).zip([deadly, harmless, b"no pickle".to_vec()]) {
        let listener = listener.clone();
        assert!(pool.submit(Task {
            number,
            payload,
            listener
        }));
    }
    let mut endings = vec![None; 3];
    let mut replaced = 0;
    while endings.iter().any(Option::is_none) {
        let (task, event) = events.recv().expect("the threads tell");
        let ending = match event {
            Event::Answered(answer) => Ending::of(&answer),
            Event::Lost => Ending::Lost,
            Event::Replaced { .. } => {
                replaced += 1;
                continue;
            }
            Event::Began { .. } => continue,
            Event::Failed(error) => panic!("{error}"),
        };
        assert_eq!(endings[task].replace(ending), None);
    }
    drop(pool);
    assert_eq!(replaced, 3);
    assert_eq!(endings[0], Some(Ending::Lost));
    assert_eq!(endings[1], Some(Ending::Done("5".into())));
    let Some(Ending::Raised(error)) = &endings[2] else {
        panic!("{:?}", endings[2]);
    };
    assert_eq!(error.class, "_pickle.UnpicklingError");
}

/// What a policy refuses is refused with the reason, and nothing is loaded for that.
#[test]
fn functions_are_inspected() {
    use brinery::function::{FunctionBuilder, Rewire, Wire};
    let function = |text: &str, module: Option<&str>| {
        let mut make = FunctionBuilder::new();
        let globals = make.namespace("__main__");
        let function = make.function(text, globals).expect("it is Python");
        if let Some(name) = module {
            let module = make.module(name);
            make.global(function, name, module).expect("it is a function");
        }
        let graph = make
            .write(&Rewire::new(Wire::Portable), function)
            .expect("it can be written");
        graph.to_vec().expect("it can be written")
    };
    let policy = Policy::default();
    let known = policy.judge(&function("lambda x: math.sqrt(x)", Some("math")), 11);
    assert!(known.as_ref().is_ok_and(|known| known.contains("math")), "{known:?}");
    let refused = policy.judge(&function("lambda: subprocess.run('ls')", Some("subprocess")), 11);
    assert_eq!(refused, Err("it imports subprocess".into()));
    let refused = policy.judge(b"csubprocess\nPopen\n.", 11);
    assert_eq!(refused, Err("it imports subprocess".into()));
    let refused = policy.judge(b"cmultiprocessing.pool\nPool\n.", 11);
    assert_eq!(refused, Err("it imports multiprocessing.pool".into()));
    assert!(policy.judge(b"csubprocesses\nPopen\n.", 11).is_ok());
    assert!(
        policy
            .judge(b"no pickle", 11)
            .is_err_and(|why| why.starts_with("it cannot be read: "))
    );
    let small = Policy { size: 10, ..policy };
    assert_eq!(
        small.judge(b"cbuiltins\nmax\n.", 11),
        Err("it has 15 bytes, more than 10".into())
    );
}
