//! A machine that is used again.

use brinery::{Limits, Machine, Rules};
use pyo3::prelude::*;
use std::mem;

/// A machine with nothing in it: the room that it had, which for small pickles costs more than what is done with it.
pub type Room = Machine<Bound<'static, PyAny>>;

/// The machine for objects of this moment.
#[inline(always)]
pub fn machine<'py>(_py: Python<'py>, room: Box<Room>) -> Box<Machine<Bound<'py, PyAny>>> {
    // SAFETY: the types differ in a lifetime, which is a mark for the compiler, and the machine holds no object.
    unsafe { mem::transmute::<Box<Room>, Box<Machine<Bound<'py, PyAny>>>>(room) }
}

/// Its room again. What it holds is let go.
#[inline(always)]
pub fn room(mut machine: Box<Machine<Bound<'_, PyAny>>>) -> Box<Room> {
    machine.restart();
    machine.clear_memo();
    // SAFETY: as above: it is empty now.
    unsafe { mem::transmute::<Box<Machine<Bound<'_, PyAny>>>, Box<Room>>(machine) }
}

/// A new one.
pub fn new_room(rules: Rules) -> Box<Room> {
    Box::new(Machine::new(rules, Limits::default()))
}
