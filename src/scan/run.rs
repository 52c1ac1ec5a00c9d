//! The driver: bytes → opcodes → machine, pickle by pickle, with rule R1 looking on.

use super::{
    ScanOptions,
    ambiguous::{self, Frame, Reading},
    checks::Storages,
    nested::Nested,
    policy::Policy,
    report::{PickleRange, Report, Rule, Verdict},
    value::{Kind, Value},
    world::World,
};
use crate::{
    error::ErrorKind,
    machine::{Machine, Rules},
    opcode::{Info, Op},
    ops::parse_failure,
};

/// Judges the pickles that the input is made of.
pub(super) fn judge(input: &[u8], policy: &Policy, options: &ScanOptions, nested: Nested) -> (Report, Nested) {
    judge_all(input, policy, options, nested, &mut Storages::new())
}

/// The same, which also notes the storages of torch that they name.
pub(super) fn judge_all(
    input: &[u8],
    policy: &Policy,
    options: &ScanOptions,
    nested: Nested,
    storages: &mut Storages,
) -> (Report, Nested) {
    let mut run = Run::new(input, policy, options, nested);
    if let Err(error) = options.limits.check_bytes(input.len()) {
        run.broken(error.kind());
        return run.world.finish();
    }
    let (mut at, mut pickles) = (0, 0);
    loop {
        if let Err(error) = options.limits.another(&mut pickles, at as u64) {
            run.broken(error.kind());
            break;
        }
        let (end, complete) = run.pickle(at);
        let rest = input.get(end..).unwrap_or_default();
        if complete && rest.iter().all(|byte| *byte == 0) {
            break;
        }
        if !complete || !run.another(end) {
            run.world.search(end);
            break;
        }
        at = end;
    }
    let several = run.world.report.pickles.len() > 1;
    storages.append(&mut run.world.storages);
    let (mut report, nested) = run.world.finish();
    if several && policy.stacked {
        judge_with_one_memo(&mut report, input, policy, options);
    }
    (report, nested)
}

/// Judges several pickles as one `Unpickler` reads them, whose memo goes on: what an index means may be another object then.
/// Found is what each pickle by itself does not do.
fn judge_with_one_memo(report: &mut Report, input: &[u8], policy: &Policy, options: &ScanOptions) {
    let mut run = Run::new(input, policy, options, Nested::none());
    run.one_memo = true;
    run.world.deeds_only = true;
    let mut at = 0;
    while let (end, true) = run.pickle(at)
        && end < input.len()
    {
        at = end;
    }
    let again = run.world.finish().0;
    for mut finding in again.findings {
        let is_known = (report.findings.iter()).any(|known| {
            known.offset == finding.offset && known.rule == finding.rule && known.verdict == finding.verdict
        });
        if !is_known {
            finding.reason.push_str(" (read with the memo of the pickles before)");
            report.add(finding, options.findings);
        }
    }
    // Also of findings that were not kept.
    report.verdict = report.verdict.and(again.verdict);
}

/// Judges the first pickle of the input alone, and says where it ends.
pub(super) fn judge_first(input: &[u8], policy: &Policy, options: &ScanOptions) -> (Report, usize) {
    let mut run = Run::new(input, policy, options, Nested::new(input.len()));
    let (end, _) = run.pickle(0);
    (run.world.finish().0, end)
}

/// Judges what the pickles of the input do, and nothing else.
#[cfg(feature = "archive")]
pub(super) fn judge_deeds(input: &[u8], policy: &Policy, options: &ScanOptions) -> Report {
    let mut run = Run::new(input, policy, options, Nested::none());
    run.world.deeds_only = true;
    let mut at = 0;
    while let (end, true) = run.pickle(at)
        && end < input.len()
    {
        at = end;
    }
    run.world.finish().0
}

struct Run<'a, 'p> {
    input: &'a [u8],
    machine: Machine<Value>,
    world: World<'a, 'p>,
    /// Whether the pickles share a memo.
    one_memo: bool,
}

impl<'a, 'p> Run<'a, 'p> {
    fn new(input: &'a [u8], policy: &'p Policy, options: &'p ScanOptions, nested: Nested) -> Self {
        // Where versions differ, the stream is not safe in any case; read is what the target reads.
        let rules = if options.python.reads_strictly() {
            Rules::Strict
        } else {
            Rules::Classic
        };
        Run {
            input,
            machine: Machine::new(rules, options.limits.clone()),
            world: World::new(input, policy, options, nested),
            one_memo: false,
        }
    }

    /// Judges one pickle. Answers where it ends, and whether that is behind its STOP.
    fn pickle(&mut self, start: usize) -> (usize, bool) {
        self.machine.restart();
        if self.one_memo {
            self.world.protocol = 0;
        } else {
            self.machine.clear_memo();
            self.world.restart();
        }
        let mut reading = Reading::new(start as u64);
        let mut at = start;
        let complete = loop {
            self.world.offset = at as u64;
            let input = self.input.get(at..).unwrap_or_default();
            let (end, op) = match Op::parse(input) {
                Ok((rest, op)) => (at + (input.len() - rest.len()), op),
                Err(error) => {
                    let failure = parse_failure(error, input, at as u64);
                    self.broken(&failure.error);
                    break false;
                }
            };
            if reading.at_frame(end as u64, &op) {
                match reading.frame(at as u64, end as u64, &op, self.input.len() as u64) {
                    None => {}
                    Some(Frame::Odd(why)) => self.ambiguous(why),
                    Some(Frame::TooLong) => self.broken(&ErrorKind::Truncated),
                }
            }
            self.look(&mut reading, at, end, &op);
            match self.machine.step(&mut self.world, at as u64, op) {
                Ok(None) => {}
                Ok(Some(_)) => {
                    at = end;
                    break true;
                }
                Err(error) => {
                    self.broken(&error);
                    if !self.go_on(at as u64, &op) {
                        break false;
                    }
                }
            }
            at = end;
        };
        self.world.report.pickles.push(PickleRange {
            start: start as u64,
            end: at as u64,
            protocol: self.world.protocol,
            complete,
        });
        (at, complete)
    }

    /// Rule R1 for one opcode, before it is acted out.
    #[inline(always)]
    fn look(&mut self, reading: &mut Reading, at: usize, end: usize, op: &Op<'a>) {
        let fault = match op {
            Op::Memoize => reading.memoize(),
            Op::BinPut(index) => reading.put((*index).into()),
            Op::LongBinPut(index) => reading.put((*index).into()),
            Op::Appends | Op::SetItems | Op::AddItems => {
                self.no_items(op);
                None
            }
            Op::Int(_)
            | Op::Long(_)
            | Op::Float(_)
            | Op::String(_)
            | Op::Get(_)
            | Op::Put(_)
            | Op::Global(_)
            | Op::Inst(_)
            | Op::PersId(_)
            | Op::Proto(_)
            | Op::Dup
            | Op::Stop => self.look_closer(reading, at, end, op),
            _ => None,
        };
        if let Some(why) = fault {
            self.ambiguous(why);
        }
    }

    #[cold]
    fn look_closer(&mut self, reading: &mut Reading, at: usize, end: usize, op: &Op<'a>) -> Option<&'static str> {
        match op {
            Op::Proto(_) => reading.proto(at as u64),
            Op::Dup => {
                self.world.duplicated = true;
                None
            }
            Op::Put(line) => {
                let index = str::from_utf8(line).ok().and_then(|line| line.parse().ok());
                ambiguous::text_argument(op).or_else(|| index.and_then(|index| reading.put(index)))
            }
            Op::Stop if self.machine.height() != 1 => {
                Some("something is left on the stack at STOP, which pickletools refuses")
            }
            Op::Stop => reading.unread_in_frame(end as u64),
            op => ambiguous::text_argument(op),
        }
    }

    /// APPENDS and the like without items: CPython up to 3.14 does not look at the target, 3.15 does.
    #[inline(always)]
    fn no_items(&mut self, op: &Op<'_>) {
        if let Some(target) = self.machine.target_without_items() {
            let kind = target.kind();
            let fits = match op {
                Op::Appends => kind == Kind::List,
                Op::SetItems => kind == Kind::Dict,
                _ => kind == Kind::Set,
            };
            if !fits {
                self.ambiguous("no items are given to something else than a list, dict or set");
            }
        }
    }

    /// Goes on with None instead of a number or text that the C unpickler refuses, since other readers may take it.
    fn go_on(&mut self, at: u64, op: &Op<'_>) -> bool {
        let refused = matches!(
            op,
            Op::Int(_) | Op::Long(_) | Op::Float(_) | Op::String(_) | Op::Unicode(_)
        );
        refused && self.machine.step(&mut self.world, at, Op::None).is_ok()
    }

    #[cold]
    fn ambiguous(&mut self, why: &str) {
        self.world.find(Verdict::Unknown, Rule::R1, None, String::new(), why);
    }

    /// What the C unpickler refuses, or what is beyond a limit.
    #[cold]
    fn broken(&mut self, error: &ErrorKind) {
        let (verdict, rule) = match error {
            ErrorKind::Limit { .. } => (Verdict::Unknown, Rule::R9),
            // Behind a whole pickle these may be no pickle at all.
            _ if !self.world.report.pickles.is_empty() => (Verdict::Unknown, Rule::R8),
            _ => (Verdict::Broken, Rule::R1),
        };
        self.world.find(verdict, rule, None, String::new(), error.to_string());
    }

    /// Whether the bytes behind a pickle are to be read as another one.
    fn another(&mut self, at: usize) -> bool {
        self.world.offset = at as u64;
        if !self.world.policy.stacked {
            let reason = "bytes follow the pickle, which a reader of one pickle never sees";
            self.world.find(Verdict::Unknown, Rule::R8, None, String::new(), reason);
        }
        // Anything that begins with an opcode is looked at.
        let begins = self.input.get(at).copied().and_then(Info::of).is_some();
        if !begins && self.world.policy.stacked {
            let reason = "bytes that are no pickle follow the last one";
            self.world.find(Verdict::Unknown, Rule::R8, None, String::new(), reason);
        }
        begins
    }
}
