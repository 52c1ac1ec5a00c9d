//! Fresh memory for large pickles, in large pieces.
//!
//! Python's allocator of objects takes arenas of 256 KiB (from 3.10 on 1 MiB) from the system, which gives their pages one by
//! one, as each is first written to. Where a load is about to fill arena after arena, it is asked for each arena's pages at
//! one time, which spares an interrupt for each of them: 5 to 10 % of a load in a fresh process.

#[cfg(any(not(target_os = "linux"), Py_GIL_DISABLED))]
use pyo3::prelude::*;

/// Fetches arenas with their pages, as long as it lives.
#[derive(Debug)]
pub struct FilledArenas {
    #[cfg(all(target_os = "linux", not(Py_GIL_DISABLED)))]
    ours: bool,
}

#[cfg(any(not(target_os = "linux"), Py_GIL_DISABLED))]
impl FilledArenas {
    /// Elsewhere there is no such call.
    pub fn new(_py: Python<'_>) -> Self {
        FilledArenas {}
    }
}

#[cfg(all(target_os = "linux", not(Py_GIL_DISABLED)))]
mod linux {
    use super::FilledArenas;
    use pyo3::{
        ffi::{PyObject_GetArenaAllocator, PyObject_SetArenaAllocator, PyObjectArenaAllocator},
        prelude::*,
    };
    use std::{
        ffi::{c_int, c_void},
        ptr,
        sync::atomic::{AtomicPtr, Ordering::Relaxed},
    };

    /// `MADV_POPULATE_WRITE`, known to Linux from 5.14 on.
    const POPULATE_WRITE: c_int = 23;

    unsafe extern "C" {
        fn madvise(start: *mut c_void, length: usize, advice: c_int) -> c_int;
    }

    /// The allocator that ours stands before, which is never changed once it is there: whoever still calls ours finds it.
    static BEFORE: AtomicPtr<PyObjectArenaAllocator> = AtomicPtr::new(ptr::null_mut());

    extern "C" fn alloc(context: *mut c_void, size: usize) -> *mut c_void {
        let before = context.cast::<PyObjectArenaAllocator>();
        // SAFETY: the context is the allocator before, which lives on. What it gives is an arena of that size; that its
        // pages are there already is seen by nobody, and if they cannot be had they come one by one.
        unsafe {
            let arena = (*before)
                .alloc
                .map_or(ptr::null_mut(), |alloc| alloc((*before).ctx, size));
            if !arena.is_null() {
                madvise(arena, size, POPULATE_WRITE);
            }
            arena
        }
    }

    extern "C" fn free(context: *mut c_void, arena: *mut c_void, size: usize) {
        let before = context.cast::<PyObjectArenaAllocator>();
        // SAFETY: as above, and the arena is one that it gave.
        unsafe {
            if let Some(free) = (*before).free {
                free((*before).ctx, arena, size);
            }
        }
    }

    impl FilledArenas {
        /// Stands before the allocator there is, unless another load does already.
        pub fn new(_py: Python<'_>) -> Self {
            let none = PyObjectArenaAllocator {
                ctx: ptr::null_mut(),
                alloc: None,
                free: None,
            };
            let mut now = none;
            // SAFETY: the GIL is held. Arenas that come from ours are those of the allocator before, so that it does not
            // matter which of the two frees them.
            unsafe {
                PyObject_GetArenaAllocator(&mut now);
                if now.alloc.map(|function| function as usize) == Some(alloc as *const () as usize) {
                    return FilledArenas { ours: false };
                }
                let known = BEFORE.load(Relaxed);
                let before = if !known.is_null() && is_same(&*known, &now) {
                    known
                } else {
                    // One for each allocator that a process ever has.
                    Box::into_raw(Box::new(now))
                };
                BEFORE.store(before, Relaxed);
                let mut ours = PyObjectArenaAllocator {
                    ctx: before.cast(),
                    alloc: Some(alloc),
                    free: Some(free),
                };
                PyObject_SetArenaAllocator(&mut ours);
            }
            FilledArenas { ours: true }
        }
    }

    fn is_same(one: &PyObjectArenaAllocator, other: &PyObjectArenaAllocator) -> bool {
        let of = |allocator: &PyObjectArenaAllocator| {
            (
                allocator.ctx as usize,
                allocator.alloc.map(|function| function as usize),
                allocator.free.map(|function| function as usize),
            )
        };
        of(one) == of(other)
    }

    impl Drop for FilledArenas {
        fn drop(&mut self) {
            let before = BEFORE.load(Relaxed);
            if !self.ours || before.is_null() {
                return;
            }
            // SAFETY: as above; who made this had the GIL, and it is not given to another thread. If somebody has put an
            // allocator before ours, that stays, and ours behind it.
            unsafe {
                let mut now = PyObjectArenaAllocator {
                    ctx: ptr::null_mut(),
                    alloc: None,
                    free: None,
                };
                PyObject_GetArenaAllocator(&mut now);
                if now.alloc.map(|function| function as usize) == Some(alloc as *const () as usize) {
                    PyObject_SetArenaAllocator(before);
                }
            }
        }
    }
}
