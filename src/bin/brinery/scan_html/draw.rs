//! The drawing: imports on the left, what is done with them on the right from top to bottom, and lines from each thing to
//! what takes it up.

use super::{
    escape,
    flow::{Box, Flow, Source},
};
use std::fmt::Write;

const WIDTH: i32 = 900;
const IMPORT: (i32, i32) = (8, 270);
const STEP: (i32, i32) = (390, 440);
const IMPORT_HEIGHT: i32 = 30;
const STEP_HEIGHT: i32 = 46;
const GAP: i32 = 14;
const TOP: i32 = 10;

/// The drawing as an element of HTML.
pub(super) fn svg(flow: &Flow) -> String {
    let step_y = |index: usize| TOP + index as i32 * (STEP_HEIGHT + GAP);
    // Imports stand beside the first step that takes them, below each other.
    let taker = |index: usize| {
        let mut steps = flow.steps.iter();
        steps.position(|step| step.from.contains(&Source::Import(index)))
    };
    let mut order: Vec<usize> = (0..flow.imports.len()).collect();
    order.sort_by_key(|index| taker(*index).unwrap_or(usize::MAX));
    let mut import_y = vec![0; order.len()];
    let mut free = TOP;
    for index in order {
        let taker = taker(index);
        let beside = taker.map_or(free, |taker| step_y(taker) + (STEP_HEIGHT - IMPORT_HEIGHT) / 2);
        let y = free.max(beside);
        import_y[index] = y;
        free = y + IMPORT_HEIGHT + GAP;
    }
    let result_y = step_y(flow.steps.len());
    let height = (result_y + STEP_HEIGHT + TOP).max(free);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
         aria-label=\"What flows where\">"
    );
    let result = flow.result.as_ref().map(|from| (result_y, 36, from));
    let steps = flow
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| (step_y(index), STEP_HEIGHT, &step.from));
    for (y, height, from) in steps.chain(result) {
        for source in from {
            match *source {
                Source::Import(at) => {
                    let from = import_y.get(at).copied().unwrap_or(0) + IMPORT_HEIGHT / 2;
                    wire(&mut svg, IMPORT.0 + IMPORT.1, from, STEP.0, y + height / 2);
                }
                Source::Step(at) => bow(&mut svg, step_y(at) + STEP_HEIGHT / 2, y + height / 2),
            }
        }
    }
    for (import, y) in flow.imports.iter().zip(&import_y) {
        let unused = if import.used { "" } else { " unused" };
        frame(&mut svg, import, unused, (IMPORT.0, *y, IMPORT.1, IMPORT_HEIGHT));
    }
    for (index, step) in flow.steps.iter().enumerate() {
        let unused = if step.used || flow.result.is_none() {
            ""
        } else {
            " unused"
        };
        frame(&mut svg, step, unused, (STEP.0, step_y(index), STEP.1, STEP_HEIGHT));
    }
    let (class, words) = match (&flow.result, flow.left_out) {
        (_, more @ 1..) => ("quiet", format!("… and {more} more")),
        (Some(_), _) => ("result", "the object that is loaded".to_owned()),
        (None, _) => ("quiet", "it breaks here".to_owned()),
    };
    let _ = write!(
        svg,
        "<rect class=\"{class}\" x=\"{}\" y=\"{result_y}\" width=\"{}\" height=\"36\" rx=\"18\"/>\
         <text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{words}</text></svg>",
        STEP.0,
        STEP.1,
        STEP.0 + STEP.1 / 2,
        result_y + 23,
    );
    svg
}

/// A box with its text, which ends where the box does.
fn frame(svg: &mut String, shown: &Box, unused: &str, (x, y, width, height): (i32, i32, i32, i32)) {
    let _ = write!(
        svg,
        "<svg class=\"box {}{unused}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\">\
         <title>{}{}</title>\
         <rect x=\"0.75\" y=\"0.75\" width=\"{}\" height=\"{}\" rx=\"6\"/><rect class=\"edge\" width=\"5\" height=\"{height}\"/>\
         <text class=\"title\" x=\"14\" y=\"20\">{}</text>",
        shown.verdict,
        escape(&shown.title),
        escape(&shown.text),
        f64::from(width) - 1.5,
        f64::from(height) - 1.5,
        escape(&shown.title),
    );
    if !shown.text.is_empty() {
        let _ = write!(
            svg,
            "<text class=\"text\" x=\"14\" y=\"37\">{}</text>",
            escape(&shown.text)
        );
    }
    svg.push_str("</svg>");
}

/// From an import to a step.
fn wire(svg: &mut String, x1: i32, y1: i32, x2: i32, y2: i32) {
    let middle = (x1 + x2) / 2;
    let _ = write!(
        svg,
        "<path class=\"wire\" d=\"M{x1} {y1} C{middle} {y1} {middle} {y2} {} {y2}\"/><path class=\"tip\" d=\"M{x2} {y2} l-8 -4 v8 z\"/>",
        x2 - 8,
    );
}

/// From a step to one below it, round the right side.
fn bow(svg: &mut String, y1: i32, y2: i32) {
    let x = STEP.0 + STEP.1;
    // Those to steps far away swing further, as far as there is room.
    let far = x + (16 + (y2 - y1) / 8).min(WIDTH - x - 8);
    let _ = write!(
        svg,
        "<path class=\"wire\" d=\"M{x} {y1} C{far} {y1} {far} {y2} {} {y2}\"/><path class=\"tip\" d=\"M{x} {y2} l8 -4 v8 z\"/>",
        x + 8,
    );
}
