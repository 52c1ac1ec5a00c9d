//! One file of the page: what was found, what loading would do, its opcodes.

use super::{badge, cut, draw, escape, flow::Flow, opcodes::Opcodes};
use crate::scan::Judged;
use brinery::{
    archive::Member,
    scan::{Finding, Import, Report, Rule, Verdict},
};
use std::io::{self, Write};

/// Members of a file that are shown.
const MEMBERS: usize = 40;
/// Findings and steps of a member that are shown.
const LINES: usize = 200;
/// Letters of arguments that are shown.
const LETTERS: usize = 300;

/// What the page shows of a file.
#[derive(Debug, Default)]
pub(crate) struct Part {
    members: Vec<Shown>,
    left_out: usize,
}

/// A member that is shown.
#[derive(Debug)]
struct Shown {
    path: String,
    kind: &'static str,
    report: Report,
    notes: Vec<String>,
    opcodes: Opcodes,
    flow: Option<Flow>,
}

impl Part {
    /// Adds a member, if there is anything to show of it.
    pub(crate) fn add(&mut self, member: &Member<'_>, report: &Report) {
        let is_pickle = member.kind.is_pickle();
        if !is_pickle && report.findings.is_empty() && !member.path.is_empty() {
            return;
        }
        if self.members.len() >= MEMBERS {
            self.left_out += 1;
            return;
        }
        let mut report = report.clone();
        report.findings.truncate(LINES);
        report.imports.truncate(LINES);
        report.calls.truncate(LINES);
        self.members.push(Shown {
            path: member.path.clone(),
            kind: member.kind.name(),
            opcodes: if is_pickle {
                Opcodes::of(member)
            } else {
                Opcodes::default()
            },
            flow: if is_pickle { Flow::of(member, &report) } else { None },
            report,
            notes: member.remarks.iter().map(|remark| remark.text.clone()).collect(),
        });
    }
}

/// Writes the section of a file.
pub(super) fn section(out: &mut impl Write, index: usize, judged: &Judged) -> io::Result<()> {
    writeln!(
        out,
        "<section class=\"file\" id=\"f{index}\">\n<h2>{} <span class=\"path\">{}</span></h2>",
        badge(judged.verdict()),
        escape(&judged.name)
    )?;
    match (&judged.report, &judged.page) {
        (Err(why), _) => writeln!(out, "<p>It cannot be read: {}.</p>", escape(why))?,
        (Ok(report), page) => {
            let kind = report.kind.map_or("", |kind| kind.name());
            let count = match report.count.saturating_sub(1) {
                0 => String::new(),
                1 => ", 1 member".to_owned(),
                more => format!(", {more} members"),
            };
            writeln!(out, "<p class=\"quiet\">{kind}{count}</p>")?;
            for member in page.iter().flat_map(|page| &page.members) {
                member.write(out)?;
            }
            if let Some(more) = page.as_ref().map(|page| page.left_out).filter(|more| *more > 0) {
                writeln!(out, "<p class=\"quiet\">… and {more} more members</p>")?;
            }
        }
    }
    writeln!(out, "</section>")
}

impl Shown {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        if !self.path.is_empty() {
            writeln!(
                out,
                "<h3>{} <span class=\"path\">{}</span> <span class=\"quiet\">{}</span></h3>",
                badge(self.report.verdict),
                escape(&self.path),
                self.kind
            )?;
        }
        self.findings(out)?;
        for note in self.notes.iter().filter(|_| self.report.findings.is_empty()) {
            writeln!(out, "<p class=\"quiet\">{}</p>", escape(note))?;
        }
        self.steps(out)?;
        if let Some(flow) = &self.flow {
            writeln!(
                out,
                "<h4>What flows where</h4>\n<div class=\"drawing\">{}</div>",
                draw::svg(flow)
            )?;
        }
        self.opcodes.write(out, &self.report)
    }

    fn findings(&self, out: &mut impl Write) -> io::Result<()> {
        let findings = &self.report.findings;
        if findings.is_empty() {
            return Ok(());
        }
        writeln!(out, "<h4>Findings</h4>\n<table class=\"findings\">\n<tbody>")?;
        for finding in findings {
            let name = finding.name.as_deref().unwrap_or("");
            let subject = match name.is_empty() && finding.shown.is_empty() {
                true => String::new(),
                false => format!(
                    "<code>{}<span class=\"arguments\">{}</span></code><br>",
                    escape(&cut(name, LETTERS)),
                    escape(&cut(&finding.shown, LETTERS))
                ),
            };
            let allow = match &finding.allow {
                Some(line) if finding.verdict == Verdict::Unknown => format!(
                    "<details><summary>allow it</summary><code>{}</code></details>",
                    escape(&cut(line, LETTERS))
                ),
                _ => String::new(),
            };
            writeln!(
                out,
                "<tr class=\"{}\"><td>{}</td><td>{}</td><td class=\"place\">{}</td><td>{subject}{}{allow}</td></tr>",
                finding.verdict,
                badge(finding.verdict),
                finding.rule,
                escape(&place(finding)),
                escape(&finding.reason),
            )?;
        }
        writeln!(out, "</tbody>\n</table>")?;
        if self.report.left_out > 0 {
            writeln!(out, "<p class=\"quiet\">… and {} more</p>", self.report.left_out)?;
        }
        Ok(())
    }

    /// What loading would do, in order.
    fn steps(&self, out: &mut impl Write) -> io::Result<()> {
        struct Step<'s> {
            within: &'s [String],
            offset: u64,
            verdict: Verdict,
            html: String,
        }
        let imports = self.report.imports.iter().map(|import| Step {
            within: &import.within,
            offset: import.offset,
            verdict: verdict_of(import, &self.report),
            html: format!(
                "<span class=\"word\">import</span> <code>{}.{}</code>",
                escape(&cut(&import.module, LETTERS)),
                escape(&cut(&import.name, LETTERS))
            ),
        });
        let calls = self.report.calls.iter().map(|call| Step {
            within: &call.within,
            offset: call.offset,
            verdict: call.verdict,
            html: format!(
                "<span class=\"word\">{}</span> <code>{}<span class=\"arguments\">{}</span></code>",
                word(call.opcode),
                escape(&cut(&call.callable, LETTERS)),
                escape(&cut(&call.shown, LETTERS))
            ),
        });
        let mut steps: Vec<Step<'_>> = imports.chain(calls).collect();
        if steps.is_empty() {
            return Ok(());
        }
        steps.sort_by(|a, b| (a.within, a.offset).cmp(&(b.within, b.offset)));
        writeln!(out, "<h4>What loading would do, in order</h4>\n<ol class=\"steps\">")?;
        for step in steps.iter().take(LINES) {
            let within = match step.within {
                [] => String::new(),
                places => format!(
                    " <span class=\"quiet\">in {}</span>",
                    escape(&cut(&places.join(" in "), LETTERS))
                ),
            };
            writeln!(out, "<li class=\"{}\">{}{within}</li>", step.verdict, step.html)?;
        }
        writeln!(out, "</ol>")?;
        if steps.len() > LINES {
            writeln!(out, "<p class=\"quiet\">… and {} more</p>", steps.len() - LINES)?;
        }
        Ok(())
    }
}

/// What an import amounts to: what was found at its place counts, too.
pub(super) fn verdict_of(import: &Import, report: &Report) -> Verdict {
    let here = |finding: &&Finding| finding.offset == import.offset && finding.within == import.within;
    let found = report.findings.iter().filter(here).map(|finding| finding.verdict);
    found.fold(import.verdict, Verdict::and)
}

/// What an opcode does, in a word.
fn word(opcode: &str) -> &'static str {
    match opcode {
        "REDUCE" | "OBJ" | "INST" => "call",
        "NEWOBJ" | "NEWOBJ_EX" => "make",
        "BUILD" => "set the state of",
        "APPEND" | "APPENDS" => "append to",
        "SETITEM" | "SETITEMS" => "set items of",
        "ADDITEMS" => "add to",
        _ => "use",
    }
}

fn place(finding: &Finding) -> String {
    let mut place = match finding.opcode {
        Some(opcode) => format!("{opcode} at {}", finding.offset),
        None if finding.rule == Rule::R10 => "all of it".to_owned(),
        None => format!("byte {}", finding.offset),
    };
    for within in finding.within.iter().rev() {
        place.push_str(" in ");
        place.push_str(&cut(within, 100));
    }
    place
}
