//! Worker processes, each with a thread that feeds it, and replaces it when it dies.

use brinery::task::{TaskError, unpack_result};
use std::{
    collections::VecDeque,
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::JoinHandle,
};

/// How often a task is begun whose workers die, before it is given up.
const ATTEMPTS: u32 = 3;

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

/// What the threads tell.
#[derive(Debug)]
pub enum Event {
    /// A worker has a task.
    Began {
        /// The task's number.
        task: usize,
        /// The worker's number.
        worker: usize,
        /// Which attempt it is, from 1 on.
        attempt: u32,
    },
    /// A task has ended. Each task has one of these.
    Ended {
        /// The task's number.
        task: usize,
        /// How.
        ending: Ending,
    },
    /// A worker has died and another one stands in its place.
    Replaced {
        /// The worker's number.
        worker: usize,
    },
    /// There can be no more workers.
    Failed(io::Error),
}

/// A task that waits.
struct Waiting {
    task: usize,
    payload: Vec<u8>,
    attempt: u32,
}

/// Tasks that wait; `None` when no more are to be begun.
type Queue = Arc<Mutex<Option<VecDeque<Waiting>>>>;

/// Processes that run tasks.
pub struct Pool {
    queue: Queue,
    processes: Vec<Arc<Mutex<Child>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts so many workers on these payloads.
    pub fn start(
        python: &Path,
        workers: usize,
        payloads: Vec<Vec<u8>>,
        events: &mpsc::Sender<Event>,
    ) -> io::Result<Pool> {
        let waiting = payloads.into_iter().enumerate().map(|(task, payload)| Waiting {
            task,
            payload,
            attempt: 1,
        });
        let queue = Arc::new(Mutex::new(Some(waiting.collect())));
        let mut pool = Pool {
            queue: queue.clone(),
            processes: Vec::new(),
            threads: Vec::new(),
        };
        for number in 0..workers {
            let (child, pipes) = spawn(python)?;
            let child = Arc::new(Mutex::new(child));
            pool.processes.push(child.clone());
            let feeder = Feeder {
                number,
                child,
                pipes,
                python: python.into(),
                queue: queue.clone(),
                events: events.clone(),
            };
            pool.threads.push(std::thread::spawn(move || feeder.run()));
        }
        Ok(pool)
    }

    /// Kills a worker, as a fault would.
    pub fn kill(&self, worker: usize) -> io::Result<()> {
        lock(&self.processes[worker]).kill()
    }
}

/// No worker outlives the pool, and nothing is begun any more.
impl Drop for Pool {
    fn drop(&mut self) {
        lock(&self.queue).take();
        for process in &self.processes {
            let _ = lock(process).kill();
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

struct Feeder {
    number: usize,
    child: Arc<Mutex<Child>>,
    pipes: (ChildStdin, BufReader<ChildStdout>),
    python: PathBuf,
    queue: Queue,
    events: mpsc::Sender<Event>,
}

impl Feeder {
    /// Until no task is left.
    fn run(mut self) {
        while let Some(waiting) = self.next() {
            if let Err(error) = self.feed(waiting) {
                let _ = self.events.send(Event::Failed(error));
                break;
            }
        }
        // At the end of its input a worker ends by itself.
        drop(self.pipes);
        let _ = lock(&self.child).wait();
    }

    fn next(&self) -> Option<Waiting> {
        lock(&self.queue).as_mut()?.pop_front()
    }

    /// Has a task run, or puts it back if the worker dies of it.
    fn feed(&mut self, waiting: Waiting) -> io::Result<()> {
        let Waiting { task, payload, attempt } = waiting;
        let worker = self.number;
        self.tell(Event::Began { task, worker, attempt });
        match self.exchange(task, &payload) {
            Ok(answer) => {
                let ending = match unpack_result(&answer) {
                    Ok(Ok(value)) => Ending::Done(value.root().to_string()),
                    Ok(Err(error)) => Ending::Raised(error),
                    Err(error) => Ending::Garbled(error.to_string()),
                };
                self.tell(Event::Ended { task, ending });
            }
            // Whatever it was: with this worker nothing more can be done.
            Err(_) => {
                if lock(&self.queue).is_none() {
                    return Ok(());
                }
                self.replace()?;
                self.tell(Event::Replaced { worker });
                if attempt == ATTEMPTS {
                    let ending = Ending::Lost;
                    self.tell(Event::Ended { task, ending });
                } else if let Some(queue) = &mut *lock(&self.queue) {
                    queue.push_front(Waiting {
                        task,
                        payload,
                        attempt: attempt + 1,
                    });
                }
            }
        }
        Ok(())
    }

    /// Sends a task and waits for its answer.
    fn exchange(&mut self, task: usize, payload: &[u8]) -> io::Result<Vec<u8>> {
        let (input, output) = &mut self.pipes;
        input.write_all(&(task as u64).to_be_bytes())?;
        input.write_all(&(payload.len() as u64).to_be_bytes())?;
        input.write_all(payload)?;
        input.flush()?;
        let mut number = [0; 8];
        let mut size = [0; 8];
        output.read_exact(&mut number)?;
        output.read_exact(&mut size)?;
        if u64::from_be_bytes(number) != task as u64 {
            return Err(io::Error::other("the answer to another task"));
        }
        let size = u64::from_be_bytes(size);
        let mut answer = Vec::new();
        output.take(size).read_to_end(&mut answer)?;
        if answer.len() as u64 != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(answer)
    }

    /// Puts a new process in the place of the one that died.
    fn replace(&mut self) -> io::Result<()> {
        let (child, pipes) = spawn(&self.python)?;
        let mut dead = std::mem::replace(&mut *lock(&self.child), child);
        self.pipes = pipes;
        let _ = dead.kill();
        dead.wait().map(|_| ())
    }

    fn tell(&self, event: Event) {
        // If nobody listens any more, there is nobody to tell.
        let _ = self.events.send(event);
    }
}

/// A lock that a panic in another thread does not close.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn spawn(python: &Path) -> io::Result<(Child, (ChildStdin, BufReader<ChildStdout>))> {
    let mut child = Command::new(python)
        .args(["-I", "-S", "-c", include_str!("worker.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    match (child.stdin.take(), child.stdout.take()) {
        (Some(input), Some(output)) => Ok((child, (input, BufReader::new(output)))),
        _ => Err(io::Error::other("a worker without pipes")),
    }
}
