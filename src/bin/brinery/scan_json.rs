//! A scan's report for programs.

use crate::scan::Judged;
use brinery::{
    archive::{self, FileReport},
    scan::{Call, Finding, Import, PickleRange, Policy},
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value as Json, json};
use std::io::{self, Write};

/// Writes one line for a file. Lists are written as they are made: a file can have a hundred thousand pickles.
pub(crate) fn line(out: &mut dyn Write, judged: &Judged, policy: &Policy) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Line { judged, policy })?;
    writeln!(out)
}

struct Line<'a> {
    judged: &'a Judged,
    policy: &'a Policy,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_map(None)?;
        line.serialize_entry("file", &self.judged.name)?;
        line.serialize_entry("verdict", self.judged.verdict().name())?;
        line.serialize_entry("policy", self.policy.name())?;
        match &self.judged.report {
            Ok(report) => entries(report, &mut line)?,
            Err(why) => line.serialize_entry("error", why)?,
        }
        line.end()
    }
}

fn entries<M: SerializeMap>(of_file: &FileReport, line: &mut M) -> Result<(), M::Error> {
    let report = &of_file.report;
    line.serialize_entry("kind", &of_file.kind.map(|kind| kind.name()))?;
    line.serialize_entry("findings", &Each(&report.findings, finding))?;
    line.serialize_entry("pickles", &Each(&report.pickles, pickle))?;
    line.serialize_entry("imports", &Each(&report.imports, import))?;
    line.serialize_entry("calls", &Each(&report.calls, call))?;
    line.serialize_entry("left_out", &report.left_out)?;
    line.serialize_entry("members", &Each(&of_file.members, member))?;
    line.serialize_entry("members_in_all", &of_file.count)
}

/// A list, each item of which is turned into JSON when it is its turn.
struct Each<'a, T>(&'a [T], fn(&T) -> Json);

impl<T> Serialize for Each<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(self.1))
    }
}

fn finding(finding: &Finding) -> Json {
    json!({
        "verdict": finding.verdict.name(),
        "rule": finding.rule.name(),
        "offset": finding.offset,
        "opcode": finding.opcode,
        "name": finding.name,
        "arguments": finding.shown,
        "reason": finding.reason,
        "allow": finding.allow,
        "within": finding.within,
    })
}

fn pickle(pickle: &PickleRange) -> Json {
    json!({
        "start": pickle.start,
        "end": pickle.end,
        "protocol": pickle.protocol,
        "complete": pickle.complete,
    })
}

fn import(import: &Import) -> Json {
    json!({
        "offset": import.offset,
        "opcode": import.opcode,
        "module": import.module,
        "name": import.name,
        "verdict": import.verdict.name(),
        "within": import.within,
    })
}

fn call(call: &Call) -> Json {
    json!({
        "offset": call.offset,
        "opcode": call.opcode,
        "callable": call.callable,
        "arguments": call.shown,
        "verdict": call.verdict.name(),
        "within": call.within,
    })
}

fn member(member: &archive::Judged) -> Json {
    json!({
        "path": member.path,
        "kind": member.kind.name(),
        "verdict": member.verdict.name(),
        "notes": member.notes,
    })
}
