//! The annotated opcodes of a pickle, as `brinery dis` prints them.

use super::{cut, escape};
use brinery::{DisOptions, Disassembler, archive::Member, scan::Report};
use std::io::{self, Write};

/// Bytes of text that are made.
const MOST: usize = 48 << 10;
/// Lines that are shown at once; more are folded.
const OPEN: usize = 40;
/// Letters of a line.
const LETTERS: usize = 220;

/// Lines, each with the offset of its opcode.
#[derive(Debug, Default)]
pub(super) struct Opcodes {
    lines: Vec<(Option<u64>, String)>,
    /// Why there are no more.
    end: Option<String>,
}

/// Takes so much and then refuses.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() >= MOST {
            return Err(io::ErrorKind::StorageFull.into());
        }
        // One argument may be as long as the file.
        let room = bytes.len().min(MOST);
        self.0.extend_from_slice(bytes.get(..room).unwrap_or_default());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Opcodes {
    pub(super) fn of(member: &Member<'_>) -> Self {
        let mut text = Bounded(Vec::new());
        let mut disassembler = Disassembler::new(DisOptions {
            annotate: 44,
            indent: 2,
        });
        let bytes = &member.bytes;
        let mut at = 0;
        let mut end = None;
        while at < bytes.len() {
            disassembler.clear_memo();
            match disassembler.dis(bytes, at, &mut text) {
                Ok(behind) if behind > at => at = behind,
                Ok(_) => break,
                Err(_) if text.0.len() >= MOST => {
                    end = Some("… and more".to_owned());
                    break;
                }
                Err(error) => {
                    end = Some(error.to_string());
                    break;
                }
            }
        }
        let text = String::from_utf8_lossy(&text.0);
        let lines = text.lines().map(|line| {
            let offset = line.split_once(':').and_then(|(number, _)| number.trim().parse().ok());
            match (offset, line.split_once(':')) {
                (Some(offset), Some((_, rest))) => {
                    let offset = member.offset(offset);
                    (Some(offset), format!("{offset:5}:{rest}"))
                }
                _ => (None, line.to_owned()),
            }
        });
        Opcodes {
            lines: lines.collect(),
            end,
        }
    }

    /// Writes them, those that something was found at marked.
    pub(super) fn write(&self, out: &mut impl Write, report: &Report) -> io::Result<()> {
        if self.lines.is_empty() && self.end.is_none() {
            return Ok(());
        }
        let open = if self.lines.len() <= OPEN { " open" } else { "" };
        writeln!(
            out,
            "<details class=\"opcodes\"{open}><summary>Opcodes, {} lines</summary><pre>",
            self.lines.len()
        )?;
        let own = || {
            report
                .findings
                .iter()
                .filter(|finding| finding.within.is_empty() && finding.opcode.is_some())
        };
        for (offset, line) in &self.lines {
            let found = own()
                .filter(|finding| Some(finding.offset) == *offset)
                .map(|finding| finding.verdict)
                .max();
            let line = escape(&cut(line, LETTERS));
            match found {
                Some(verdict) => writeln!(out, "<span class=\"mark {verdict}\">{line}</span>")?,
                None => writeln!(out, "{line}")?,
            }
        }
        if let Some(end) = &self.end {
            writeln!(out, "<span class=\"quiet\">{}</span>", escape(&cut(end, LETTERS)))?;
        }
        writeln!(out, "</pre></details>")
    }
}
