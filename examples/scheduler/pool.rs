//! Worker processes, each with a thread that feeds it, and replaces it when it dies.

use std::{
    collections::VecDeque,
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
};

/// How often a task is begun whose workers die, before it is given up.
const ATTEMPTS: u32 = 3;
/// Tasks that wait for each worker. Whoever submits more waits himself, so that memory does not grow with their number.
const WAITING: usize = 32;

/// What the workers are.
#[derive(Debug, Clone)]
pub struct Workers {
    /// The interpreter.
    pub python: PathBuf,
    /// How many there are.
    pub count: usize,
    /// Whether they have nothing but the standard library, and not what is installed.
    pub bare: bool,
}

/// What happens to a task.
#[derive(Debug)]
pub enum Event {
    /// A worker has it.
    Began {
        /// The worker's number.
        worker: usize,
        /// Which attempt it is, from 1 on.
        attempt: u32,
    },
    /// The worker died of it, or with it, and another one stands in its place.
    Replaced {
        /// The worker's number.
        worker: usize,
    },
    /// It has ended, with these bytes of a worker. Each task has one of these, or one of the next two.
    Answered(Vec<u8>),
    /// It has ended: each worker that began it died.
    Lost,
    /// There can be no more workers.
    Failed(io::Error),
}

/// Who is told what happens to a task.
pub type Listener = Arc<dyn Fn(u64, Event) + Send + Sync>;

/// A task.
pub struct Task {
    /// Its number, which means something to the listener.
    pub number: u64,
    /// The pickle that the worker loads.
    pub payload: Vec<u8>,
    /// Who is told.
    pub listener: Listener,
}

struct Waiting {
    task: Task,
    attempt: u32,
}

struct Queue {
    /// `None` when no more are to be begun.
    waiting: Mutex<Option<VecDeque<Waiting>>>,
    changed: Condvar,
    room: usize,
}

/// Processes that run tasks.
pub struct Pool {
    queue: Arc<Queue>,
    processes: Vec<Arc<Mutex<Child>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts the workers.
    pub fn start(workers: &Workers) -> io::Result<Pool> {
        let queue = Arc::new(Queue {
            waiting: Mutex::new(Some(VecDeque::new())),
            changed: Condvar::new(),
            room: workers.count * WAITING,
        });
        let mut pool = Pool {
            queue: queue.clone(),
            processes: Vec::new(),
            threads: Vec::new(),
        };
        for number in 0..workers.count {
            let (child, pipes) = spawn(workers)?;
            let child = Arc::new(Mutex::new(child));
            pool.processes.push(child.clone());
            let feeder = Feeder {
                number,
                child,
                pipes,
                workers: workers.clone(),
                queue: queue.clone(),
            };
            pool.threads.push(std::thread::spawn(move || feeder.run()));
        }
        Ok(pool)
    }

    /// Has a task run, when a worker is free. Waits while too many do. Says whether the pool is still there.
    pub fn submit(&self, task: Task) -> bool {
        let mut waiting = lock(&self.queue.waiting);
        loop {
            match &mut *waiting {
                None => return false,
                Some(queue) if queue.len() < self.queue.room => {
                    queue.push_back(Waiting { task, attempt: 1 });
                    self.queue.changed.notify_all();
                    return true;
                }
                Some(_) => waiting = self.queue.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Kills a worker, as a fault would.
    pub fn kill(&self, worker: usize) -> io::Result<()> {
        lock(&self.processes[worker]).kill()
    }

    /// The process ids of the workers.
    pub fn ids(&self) -> Vec<u32> {
        self.processes.iter().map(|process| lock(process).id()).collect()
    }
}

/// No worker outlives the pool, and nothing is begun any more.
impl Drop for Pool {
    fn drop(&mut self) {
        lock(&self.queue.waiting).take();
        self.queue.changed.notify_all();
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
    workers: Workers,
    queue: Arc<Queue>,
}

impl Feeder {
    /// Until the pool is no more.
    fn run(mut self) {
        while let Some(waiting) = self.next() {
            let listener = waiting.task.listener.clone();
            let number = waiting.task.number;
            if let Err(error) = self.feed(waiting) {
                listener(number, Event::Failed(error));
                break;
            }
        }
        // At the end of its input a worker ends by itself.
        drop(self.pipes);
        let _ = lock(&self.child).wait();
    }

    fn next(&self) -> Option<Waiting> {
        let mut waiting = lock(&self.queue.waiting);
        loop {
            if let Some(next) = waiting.as_mut()?.pop_front() {
                self.queue.changed.notify_all();
                return Some(next);
            }
            waiting = self.queue.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Has a task run, or puts it back if the worker dies of it.
    fn feed(&mut self, waiting: Waiting) -> io::Result<()> {
        let Waiting { task, attempt } = waiting;
        let tell = |event| (task.listener)(task.number, event);
        let worker = self.number;
        tell(Event::Began { worker, attempt });
        match self.exchange(task.number, &task.payload) {
            Ok(answer) => tell(Event::Answered(answer)),
            // Whatever it was: with this worker nothing more can be done.
            Err(_) => {
                if lock(&self.queue.waiting).is_none() {
                    return Ok(());
                }
                self.replace()?;
                tell(Event::Replaced { worker });
                if attempt == ATTEMPTS {
                    tell(Event::Lost);
                } else if let Some(queue) = &mut *lock(&self.queue.waiting) {
                    let attempt = attempt + 1;
                    queue.push_front(Waiting { task, attempt });
                    self.queue.changed.notify_all();
                }
            }
        }
        Ok(())
    }

    /// Sends a task and waits for its answer.
    fn exchange(&mut self, task: u64, payload: &[u8]) -> io::Result<Vec<u8>> {
        let (input, output) = &mut self.pipes;
        let mut head = [0; 16];
        head[..8].copy_from_slice(&task.to_be_bytes());
        head[8..].copy_from_slice(&(payload.len() as u64).to_be_bytes());
        input.write_all(&head)?;
        input.write_all(payload)?;
        input.flush()?;
        let mut number = [0; 8];
        let mut size = [0; 8];
        output.read_exact(&mut number)?;
        output.read_exact(&mut size)?;
        if u64::from_be_bytes(number) != task {
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
        let (child, pipes) = spawn(&self.workers)?;
        let mut dead = std::mem::replace(&mut *lock(&self.child), child);
        self.pipes = pipes;
        let _ = dead.kill();
        dead.wait().map(|_| ())
    }
}

/// A lock that a panic in another thread does not close.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The minor version of a CPython 3.
pub fn minor(python: &Path) -> io::Result<u8> {
    let question = "import sys; sys.stdout.write(str(sys.version_info[1]))";
    let answer = Command::new(python).args(["-I", "-c", question]).output()?.stdout;
    let answer = String::from_utf8_lossy(&answer).parse();
    answer.map_err(|_| io::Error::other(format!("{} does not say its version", python.display())))
}

fn spawn(workers: &Workers) -> io::Result<(Child, (ChildStdin, BufReader<ChildStdout>))> {
    let mut command = Command::new(&workers.python);
    command.arg("-I");
    if workers.bare {
        command.arg("-S");
    }
    let mut child = command
        .args(["-c", include_str!("worker.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    match (child.stdin.take(), child.stdout.take()) {
        (Some(input), Some(output)) => Ok((child, (input, BufReader::new(output)))),
        _ => Err(io::Error::other("a worker without pipes")),
    }
}
