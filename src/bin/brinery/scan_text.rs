//! A scan's report for people.

use crate::scan::{Counts, Judged};
use brinery::{
    archive::FileReport,
    scan::{Finding, Report, Rule, Verdict},
};
use std::io::{self, Write};

/// Colours of a terminal, or none.
struct Paint(bool);

impl Paint {
    fn verdict(&self, verdict: Verdict, text: &str) -> String {
        let code = match verdict {
            Verdict::Safe => "32",
            Verdict::Unknown => "33",
            Verdict::Dangerous => "1;31",
            Verdict::Broken => "35",
        };
        self.paint(code, text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Findings that are shown; the others are counted.
const SHOWN: usize = 40;

/// Writes what became of a file: the verdict, a table of the findings, why they matter, and what would allow them.
pub(crate) fn file(out: &mut impl Write, judged: &Judged, colours: bool) -> io::Result<()> {
    let paint = Paint(colours);
    let verdict = judged.verdict();
    let verdict = paint.verdict(verdict, verdict.name());
    match &judged.report {
        Err(why) => writeln!(out, "{verdict}  {}: {}", printable(&judged.name), printable(why)),
        Ok(report) => {
            writeln!(out, "{verdict}  {}{}", printable(&judged.name), summary(report))?;
            findings(out, &report.report, &paint)
        }
    }
}

/// Writes how many files came to what.
pub(crate) fn total(out: &mut impl Write, counts: Counts, colours: bool) -> io::Result<()> {
    let paint = Paint(colours);
    let each: Vec<String> = (counts.there())
        .map(|(verdict, count)| paint.verdict(verdict, &format!("{count} {verdict}")))
        .collect();
    let files = if counts.total() == 1 { "file" } else { "files" };
    let colon = if each.is_empty() { "" } else { ": " };
    writeln!(out, "{} {files}{colon}{}", counts.total(), each.join(", "))
}

fn findings(out: &mut impl Write, report: &Report, paint: &Paint) -> io::Result<()> {
    let places: Vec<String> = report.findings.iter().take(SHOWN).map(place).collect();
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let place_width = width(&mut places.iter().map(|place| place.chars().count()));
    for (finding, place) in report.findings.iter().zip(&places) {
        let verdict = format!("{:<9}", finding.verdict.name());
        writeln!(
            out,
            "  {} {:<3} {place:<place_width$}  {}",
            paint.verdict(finding.verdict, &verdict),
            finding.rule.name(),
            subject(finding),
        )?;
        writeln!(out, "  {:13} {:place_width$}  {}", "", "", printable(&finding.reason))?;
    }
    let more = (report.findings.len().saturating_sub(SHOWN) as u64).saturating_add(report.left_out);
    if more > 0 {
        writeln!(out, "  … and {more} more")?;
    }
    why(out, report)?;
    let mut lines: Vec<&str> = (report.findings.iter())
        .filter(|finding| finding.verdict == Verdict::Unknown)
        .filter_map(|finding| finding.allow.as_deref())
        .collect();
    lines.sort_unstable();
    lines.dedup();
    if !lines.is_empty() {
        writeln!(
            out,
            "  If you know these to be harmless, a policy file with these lines allows them:"
        )?;
        for line in lines.iter().take(SHOWN) {
            writeln!(out, "    {}", paint.paint("36", line))?;
        }
    }
    Ok(())
}

/// What it is, and how much there is in it.
fn summary(file: &FileReport) -> String {
    let report = &file.report;
    let count = |n: usize, one: &str| match n {
        0 => String::new(),
        1 => format!(", 1 {one}"),
        n => format!(", {n} {one}s"),
    };
    let kind = match file.kind {
        Some(kind) if !kind.is_pickle() => format!(", {kind}"),
        _ => String::new(),
    };
    format!(
        "{kind}{}{}{}{}",
        count(file.count.saturating_sub(1), "member"),
        count(report.pickles.len(), "pickle"),
        count(report.imports.len(), "import"),
        count(report.calls.len(), "call")
    )
}

fn place(finding: &Finding) -> String {
    let mut place = match finding.opcode {
        Some(opcode) => format!("{opcode} at {}", finding.offset),
        // What is said of a member as a whole has no place in it.
        None if finding.rule == Rule::R10 => "all of it".to_owned(),
        None => format!("byte at {}", finding.offset),
    };
    for within in finding.within.iter().rev() {
        place.push_str(" in ");
        place.push_str(&printable(within));
    }
    place
}

fn subject(finding: &Finding) -> String {
    /// Nobody reads on.
    const LONG: usize = 300;
    let name = printable(finding.name.as_deref().unwrap_or(""));
    match name.char_indices().nth(LONG) {
        Some((cut, _)) => format!("{}…{}", name.get(..cut).unwrap_or_default(), finding.shown),
        None => format!("{name}{}", finding.shown),
    }
}

/// Which rules were not kept, in a sentence each.
fn why(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let mut rules: Vec<_> = report.findings.iter().map(|finding| finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    for rule in rules {
        writeln!(out, "  {:<3} is the rule that {}.", rule.name(), rule.text())?;
    }
    Ok(())
}

/// Text that cannot move a terminal's cursor.
pub(crate) fn printable(text: &str) -> String {
    (text.chars())
        .map(|c| match c {
            // What turns the text around it would show another name.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}
