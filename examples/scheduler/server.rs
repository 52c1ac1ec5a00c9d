//! The scheduler's door for clients: a socket on loopback. Whoever can reach it can run anything on the workers.

use super::{
    inspect::Policy,
    pool::{Event, Listener, Pool, Task, lock, minor},
    wire::{self, Frame, answer, asked},
};
use brinery::{
    Pickle,
    task::{FunctionId, FunctionRegistry, Prepared, unpack_result},
};
use std::{
    error::Error,
    io::{self, BufReader},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

/// What all clients share.
pub struct Scheduler {
    pool: Pool,
    policy: Policy,
    /// Of the workers.
    minor: u8,
    functions: Mutex<FunctionRegistry>,
}

impl Scheduler {
    /// One that runs tasks in this pool, whose workers are of this interpreter.
    pub fn new(pool: Pool, policy: Policy, python: &Path) -> io::Result<Self> {
        Ok(Scheduler {
            pool,
            policy,
            minor: minor(python)?,
            functions: Mutex::default(),
        })
    }

    /// Serves clients until the process ends, each in a thread of its own.
    pub fn serve(self: Arc<Self>, socket: &TcpListener) -> io::Result<()> {
        for stream in socket.incoming() {
            let (stream, scheduler) = (stream?, self.clone());
            std::thread::spawn(move || {
                if let Err(error) = scheduler.attend(stream) {
                    eprintln!("a client is gone: {error}");
                }
            });
        }
        Ok(())
    }

    /// Answers one client until it hangs up.
    fn attend(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let client = Arc::new(Client {
            stream: Mutex::new(stream.try_clone()?),
            gone: AtomicBool::new(false),
        });
        let mut frames = BufReader::new(stream);
        while let Some(frame) = wire::read(&mut frames)? {
            if let Err(why) = self.answer(&frame, &client) {
                client.tell(answer::REFUSED, frame.number, why.to_string().as_bytes());
            }
        }
        client.gone.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn answer(&self, frame: &Frame, client: &Arc<Client>) -> Result<(), Box<dyn Error>> {
        let Frame { kind, number, body } = frame;
        match *kind {
            asked::FUNCTION => {
                let known = self.policy.judge(body, self.minor)?;
                let id = lock(&self.functions).add(body)?;
                eprintln!("function {id}: {known}");
                client.tell(answer::FUNCTION, *number, id.as_bytes());
            }
            asked::TASK => {
                let (function, rest) = self.function(body)?;
                let (size, rest) = rest.split_first_chunk().ok_or("the frame is too short")?;
                let size = usize::try_from(u64::from_be_bytes(*size))?;
                let (args, kwargs) = rest.split_at_checked(size).ok_or("the frame is too short")?;
                let payload = function.pack(&Pickle(args), &Pickle(kwargs))?;
                self.submit(*number, payload, client.listener());
            }
            asked::RANGE => {
                let listener = client.listener();
                for (number, payload) in (*number..).zip(self.range(body)?) {
                    if client.gone.load(Ordering::Relaxed) {
                        break;
                    }
                    self.submit(number, payload?, listener.clone());
                }
            }
            asked::SUM => {
                let sum = self.sum(body)?;
                client.tell(answer::TEXT, *number, sum.as_bytes());
            }
            asked::WORKERS => {
                let ids: Vec<String> = self.pool.ids().iter().map(u32::to_string).collect();
                client.tell(answer::TEXT, *number, ids.join(" ").as_bytes());
            }
            asked::MEMORY => client.tell(answer::TEXT, *number, memory()?.as_bytes()),
            _ => return Err("there is no such question".into()),
        }
        Ok(())
    }

    /// The function whose id comes first, and what comes after it.
    #[allow(clippy::type_complexity)] // It is said once.
    fn function<'b>(&self, body: &'b [u8]) -> Result<(Arc<Prepared>, &'b [u8]), Box<dyn Error>> {
        let (id, rest) = body.split_first_chunk::<32>().ok_or("the frame is too short")?;
        let functions = lock(&self.functions);
        let function = functions
            .get(FunctionId::from(*id))
            .ok_or("the function is not known")?;
        Ok((function.clone(), rest))
    }

    /// The payloads of a function's calls with the numbers of a range: its bytes, and arguments that are made here.
    fn range(&self, body: &[u8]) -> Result<impl Iterator<Item = brinery::Result<Vec<u8>>> + use<>, Box<dyn Error>> {
        let (function, rest) = self.function(body)?;
        let (first, rest) = rest.split_first_chunk().ok_or("the frame is too short")?;
        let (end, _) = rest.split_first_chunk().ok_or("the frame is too short")?;
        let range = i64::from_be_bytes(*first)..i64::from_be_bytes(*end);
        Ok(range.map(move |i| function.pack(&(i,), &())))
    }

    fn submit(&self, number: u64, payload: Vec<u8>, listener: Listener) {
        self.pool.submit(Task {
            number,
            payload,
            listener,
        });
    }

    /// The sum of what a function gives for the numbers of a range. The results are read here, without a Python.
    fn sum(&self, body: &[u8]) -> Result<String, Box<dyn Error>> {
        let (send, answers) = mpsc::channel();
        let listener: Listener = Arc::new(move |_, event| {
            let read = match event {
                Event::Answered(bytes) => match unpack_result(&bytes) {
                    Ok(Ok(value)) => value
                        .root()
                        .as_i64()
                        .ok_or_else(|| format!("{} is no int", value.root())),
                    Ok(Err(error)) => Err(error.to_string()),
                    Err(error) => Err(error.to_string()),
                },
                Event::Lost => Err("a task was lost".into()),
                Event::Failed(error) => Err(error.to_string()),
                Event::Began { .. } | Event::Replaced { .. } => return,
            };
            let _ = send.send(read);
        });
        let (mut submitted, mut read, mut sum) = (0_u64, 0_u64, 0_i64);
        for payload in self.range(body)? {
            self.submit(submitted, payload?, listener.clone());
            submitted += 1;
            for result in answers.try_iter() {
                (read, sum) = (read + 1, sum.checked_add(result?).ok_or("the sum is too large")?);
            }
        }
        while read < submitted {
            (read, sum) = (
                read + 1,
                sum.checked_add(answers.recv()??).ok_or("the sum is too large")?,
            );
        }
        Ok(sum.to_string())
    }
}

struct Client {
    stream: Mutex<TcpStream>,
    gone: AtomicBool,
}

impl Client {
    /// Writes to the client. One that reads slowly makes the workers wait that work for it.
    fn tell(&self, kind: u8, number: u64, body: &[u8]) {
        if !self.gone.load(Ordering::Relaxed) && wire::write(&mut *lock(&self.stream), kind, number, body).is_err() {
            self.gone.store(true, Ordering::Relaxed);
        }
    }

    fn listener(self: &Arc<Self>) -> Listener {
        let client = self.clone();
        Arc::new(move |number, event| match event {
            Event::Answered(answer) => client.tell(answer::RESULT, number, &answer),
            Event::Lost => client.tell(answer::LOST, number, b""),
            Event::Failed(error) => client.tell(answer::REFUSED, number, error.to_string().as_bytes()),
            Event::Began { .. } => {}
            Event::Replaced { worker } => eprintln!("worker {worker} died and was replaced"),
        })
    }
}

/// What this process takes of memory, in KiB: now, and at most. Of Linux.
fn memory() -> io::Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().next())
            .unwrap_or("0")
            .to_owned()
    };
    Ok(format!("{} {}", of("VmRSS:"), of("VmHWM:")))
}
