//! What a scan finds, and what it makes of it.

use super::show;
use std::fmt;

/// What a scan makes of some bytes.
///
/// Ordered as the exit codes of `brinery scan` are, of which the highest wins over several files. The parts of *one* file
/// add up by [`and`](Verdict::and).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Verdict {
    /// Proven to keep all of the rules under the policy.
    #[default]
    Safe,
    /// Not proven: something that the policy does not list, or that cannot be judged.
    Unknown,
    /// Something known to be dangerous.
    Dangerous,
    /// It cannot be read to its end as CPython reads.
    Broken,
}

impl Verdict {
    /// What two parts of one input are together. What is dangerous in front of a break has run before it, so a break hides
    /// no danger.
    ///
    /// ```
    /// use brinery::scan::Verdict;
    /// assert_eq!(Verdict::Unknown.and(Verdict::Broken), Verdict::Broken);
    /// assert_eq!(Verdict::Dangerous.and(Verdict::Broken), Verdict::Dangerous);
    /// ```
    pub fn and(self, other: Verdict) -> Verdict {
        let weight = |verdict| match verdict {
            Verdict::Safe => 0,
            Verdict::Unknown => 1,
            Verdict::Broken => 2,
            Verdict::Dangerous => 3,
        };
        if weight(other) > weight(self) { other } else { self }
    }

    /// The exit code of `brinery scan`: 0, 20, 30 or 40.
    pub fn exit_code(self) -> u8 {
        match self {
            Verdict::Safe => 0,
            Verdict::Unknown => 20,
            Verdict::Dangerous => 30,
            Verdict::Broken => 40,
        }
    }

    /// `safe`, `unknown`, `dangerous` or `broken`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Safe => "safe",
            Verdict::Unknown => "unknown",
            Verdict::Dangerous => "dangerous",
            Verdict::Broken => "broken",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The rules that a safe stream keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// It is read to STOP, with nothing on the way that CPython's readers or versions read differently.
    R1,
    /// Every import is an exact member of the policy.
    R2,
    /// The operands of STACK_GLOBAL are constant strings.
    R3,
    /// There are no extension codes.
    R4,
    /// What is called is directly a member of the policy that may be called, with arguments that its rule accepts.
    R5,
    /// State and items are only given to objects made in the stream, and no state has names with double underscores.
    R6,
    /// Persistent ids and out-of-band buffers only as the policy's loader defines them.
    R7,
    /// No bytes but zeros follow the last pickle, and it is the only one unless the policy's loader reads several.
    R8,
    /// The work stayed within its budget.
    R9,
    /// Every member of the container around it was looked at, and its records of them agree.
    R10,
}

impl Rule {
    /// All of them, in order.
    pub const ALL: [Rule; 10] = [
        Rule::R1,
        Rule::R2,
        Rule::R3,
        Rule::R4,
        Rule::R5,
        Rule::R6,
        Rule::R7,
        Rule::R8,
        Rule::R9,
        Rule::R10,
    ];

    /// `R1` to `R10`.
    pub fn name(self) -> &'static str {
        match self {
            Rule::R1 => "R1",
            Rule::R2 => "R2",
            Rule::R3 => "R3",
            Rule::R4 => "R4",
            Rule::R5 => "R5",
            Rule::R6 => "R6",
            Rule::R7 => "R7",
            Rule::R8 => "R8",
            Rule::R9 => "R9",
            Rule::R10 => "R10",
        }
    }

    /// The rule in a sentence.
    pub fn text(self) -> &'static str {
        match self {
            Rule::R1 => "every Python reads the stream in the same way, to its end",
            Rule::R2 => "every import is an exact member of the policy",
            Rule::R3 => "names of imports are constants",
            Rule::R4 => "there are no extension codes",
            Rule::R5 => "only members of the policy are called, with arguments that their rule accepts",
            Rule::R6 => "only objects made in the stream are changed, and no special attributes are set",
            Rule::R7 => "persistent ids and buffers are those of the policy's loader",
            Rule::R8 => "nothing follows the last pickle",
            Rule::R9 => "the work stays within its budget",
            Rule::R10 => "every part of the container is accounted for",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Something that keeps a stream from being safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it makes of the verdict; never [`Verdict::Safe`].
    pub verdict: Verdict,
    /// The byte where the opcode starts; in a nested pickle, from its own start.
    pub offset: u64,
    /// The opcode's name.
    pub opcode: Option<&'static str>,
    /// What is imported, called or changed, as `module.name` with the names of Python 3.
    pub name: Option<String>,
    /// What it is done with, as Python would print it: escaped, and cut where it is long. Empty if there is nothing.
    pub shown: String,
    /// The rule that is not kept.
    pub rule: Rule,
    /// Why.
    pub reason: String,
    /// The line of a policy that would allow it, if it is about a name that the policy does not list.
    pub allow: Option<String>,
    /// Where the pickle lies, from the outside in, such as `bytes at 120`; empty for the input itself.
    pub within: Vec<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in &self.within {
            write!(f, "in {place}: ")?;
        }
        if let Some(opcode) = self.opcode {
            write!(f, "{opcode} ")?;
        }
        write!(f, "at byte {}: ", self.offset)?;
        if let Some(name) = &self.name {
            write!(f, "{}{}: ", show::escaped(name), self.shown)?;
        }
        write!(f, "{} ({}, {})", self.reason, self.verdict, self.rule)
    }
}

/// An import that loading would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The byte where the opcode starts.
    pub offset: u64,
    /// The opcode's name.
    pub opcode: &'static str,
    /// The module, by its name in Python 3.
    pub module: String,
    /// The name in it, dotted where it lies deeper.
    pub name: String,
    /// What the policy says of it.
    pub verdict: Verdict,
    /// Where the pickle lies, from the outside in; empty for the input itself.
    pub within: Vec<String>,
}

/// Something that loading would do with an object: call it, or give it state or items of which Python code may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The byte where the opcode starts.
    pub offset: u64,
    /// The opcode's name, such as `REDUCE` or `BUILD`.
    pub opcode: &'static str,
    /// What is called or changed, such as `os.system`, or `shop.Order(…)` for what that call made.
    pub callable: String,
    /// The arguments, the state or the items as Python would print them, escaped and cut.
    pub shown: String,
    /// What the policy says of it.
    pub verdict: Verdict,
    /// Where the pickle lies, from the outside in; empty for the input itself.
    pub within: Vec<String>,
}

/// Where a pickle of the input lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickleRange {
    /// Its first byte.
    pub start: u64,
    /// The byte behind its STOP, or behind what could be read of it.
    pub end: u64,
    /// The protocol it says it is of; 0 if it says nothing.
    pub protocol: u8,
    /// Whether it was read to its STOP.
    pub complete: bool,
}

/// All that a scan has to say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// What all of it amounts to.
    pub verdict: Verdict,
    /// What keeps it from being safe, in the order of the stream; empty if it is safe. The first
    /// [`ScanOptions::findings`](super::ScanOptions::findings) of them.
    pub findings: Vec<Finding>,
    /// The pickles in a row that the input is made of.
    pub pickles: Vec<PickleRange>,
    /// The imports, in order of execution, as many as [`ScanOptions::records`](super::ScanOptions::records) says.
    pub imports: Vec<Import>,
    /// The calls and changes, in order of execution, as many as [`ScanOptions::records`](super::ScanOptions::records) says.
    pub calls: Vec<Call>,
    /// How many findings, imports and calls there were beyond those.
    pub left_out: u64,
}

impl Report {
    /// Adds a finding, as far as there is room for it, and what it makes of the verdict.
    pub fn add(&mut self, finding: Finding, room: usize) {
        self.verdict = self.verdict.and(finding.verdict);
        if self.findings.len() < room {
            self.findings.push(finding);
        } else {
            self.left_out += 1;
        }
    }

    /// Takes over what was found in something that lies within the input, at a place with this name.
    pub fn absorb(&mut self, other: Report, place: &str, room: usize) {
        for mut finding in other.findings {
            finding.within.insert(0, place.to_owned());
            self.add(finding, room);
        }
        self.verdict = self.verdict.and(other.verdict);
        self.left_out += other.left_out;
        for mut import in other.imports {
            import.within.insert(0, place.to_owned());
            self.imports.push(import);
        }
        for mut call in other.calls {
            call.within.insert(0, place.to_owned());
            self.calls.push(call);
        }
    }
}
