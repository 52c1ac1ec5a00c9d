//! A scan's report as one page: nothing in it is loaded from anywhere, nothing in it runs, and whatever comes from a file is
//! escaped.

mod draw;
mod flow;
mod opcodes;
mod parts;

pub(crate) use parts::Part;

use crate::scan::{Counts, Judged};
use brinery::scan::{Policy, Rule, Verdict};
use std::io::{self, Write};

/// Files of which all is shown; the others have a line in the table.
const DETAILED: usize = 200;
/// Lines of the table of files.
const LISTED: usize = 5000;

/// Text as HTML, for content and for attributes. What would turn the line round is shown, not obeyed.
pub(super) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' | '\t' => html.push(letter),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
                html.extend(letter.escape_unicode());
            }
            letter if letter.is_control() => html.extend(letter.escape_default()),
            letter => html.push(letter),
        }
    }
    html
}

/// The beginning of a text.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

pub(super) fn badge(verdict: Verdict) -> String {
    format!("<span class=\"badge {verdict}\">{verdict}</span>")
}

/// Writes the page of a run.
pub(crate) fn page(out: &mut impl Write, files: &[Judged], policy: &Policy, counts: Counts) -> io::Result<()> {
    let worst = counts.worst();
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
    )?;
    // Should anything slip through the escapes, the browser neither runs nor loads it.
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>brinery scan: {worst}</title>\n<style>{}</style>\n</head>\n<body>",
        include_str!("style.css")
    )?;
    let each: Vec<String> = (counts.there())
        .map(|(verdict, count)| format!("<span class=\"count {verdict}\"><b>{count}</b> {verdict}</span>"))
        .collect();
    writeln!(
        out,
        "<header>\n<h1>{} brinery scan</h1>\n<p class=\"counts\">{}</p>\n<p class=\"quiet\">Judged under the policy \
         <b>{}</b> without loading anything. <b>Safe</b> is a proof under that policy, <b>unknown</b> is what it does not \
         list.</p>\n</header>",
        badge(worst),
        each.join(" "),
        escape(policy.name()),
    )?;
    let mut order: Vec<&Judged> = files.iter().collect();
    // The worst first, each kind in the order of the run.
    order.sort_by_key(|judged| std::cmp::Reverse(judged.verdict()));
    if files.len() > 1 {
        table(out, &order)?;
    }
    let detailed = order
        .iter()
        .enumerate()
        .filter(|(_, judged)| judged.page.is_some() || judged.report.is_err());
    for (index, judged) in detailed.take(DETAILED) {
        parts::section(out, index, judged)?;
    }
    rules(out, files)?;
    writeln!(
        out,
        "<footer class=\"quiet\">brinery {}. This page loads nothing and runs nothing.</footer>\n</body>\n</html>",
        env!("CARGO_PKG_VERSION")
    )
}

/// All files, with links to those that are shown.
fn table(out: &mut impl Write, files: &[&Judged]) -> io::Result<()> {
    writeln!(
        out,
        "<table class=\"files\">\n<thead><tr><th>Verdict</th><th>File</th><th>What it is</th><th class=\"number\">Findings</th></tr></thead>\n<tbody>"
    )?;
    for (index, judged) in files.iter().enumerate().take(LISTED) {
        let (kind, findings) = match &judged.report {
            Ok(report) => (report.kind.map_or("", |kind| kind.name()), report.report.findings.len()),
            Err(_) => ("not read", 0),
        };
        let name = escape(&judged.name);
        let name = match judged.page.is_some() || judged.report.is_err() {
            true => format!("<a href=\"#f{index}\">{name}</a>"),
            false => name,
        };
        let findings = if findings == 0 {
            String::new()
        } else {
            findings.to_string()
        };
        writeln!(
            out,
            "<tr><td>{}</td><td class=\"path\">{name}</td><td>{kind}</td><td class=\"number\">{findings}</td></tr>",
            badge(judged.verdict())
        )?;
    }
    writeln!(out, "</tbody>\n</table>")?;
    if files.len() > LISTED {
        writeln!(out, "<p class=\"quiet\">… and {} more files</p>", files.len() - LISTED)?;
    }
    Ok(())
}

/// The rules that were not kept.
fn rules(out: &mut impl Write, files: &[Judged]) -> io::Result<()> {
    let reports = files.iter().filter_map(|judged| judged.report.as_ref().ok());
    let mut rules: Vec<Rule> = reports
        .flat_map(|report| report.report.findings.iter().map(|finding| finding.rule))
        .collect();
    rules.sort_unstable();
    rules.dedup();
    if rules.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section>\n<h3>The rules that were not kept</h3>\n<dl class=\"rules\">"
    )?;
    for rule in rules {
        writeln!(out, "<dt>{rule}</dt><dd>{}.</dd>", escape(rule.text()))?;
    }
    writeln!(out, "</dl>\n</section>")
}
