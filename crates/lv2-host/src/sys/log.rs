//! LV2's log feature: what plugins say, kept until somebody asks.

use std::collections::VecDeque;
use std::ffi::{c_char, c_int, c_void};
use std::sync::{Arc, Mutex, PoisonError};

use super::abi::{self, Handle};
use super::cell::RunCell;
use super::mark::RunMark;
use super::ring::{Receiver, Sender, raw, ring};
use crate::known::Known;
use crate::log::{LogEntry, LogLevel};

unsafe extern "C" {
    fn archibald_lv2_printf(handle: Handle, kind: u32, format: *const c_char, ...) -> c_int;
    fn archibald_lv2_vprintf();
}

/// Bytes of text from `run` that may wait.
const CAPACITY: usize = 8 * 1024;
/// Entries from other threads that may wait.
const LIMIT: usize = 1024;

pub(crate) struct Logger {
    known: Known,
    mark: Arc<RunMark>,
    rt: RunCell<Sender>,
    heard: Mutex<Heard>,
    structure: std::sync::OnceLock<abi::Log>,
}

// SAFETY: the handle inside `structure` is this logger's own address; all else is guarded.
unsafe impl Send for Logger {}
// SAFETY: as above.
unsafe impl Sync for Logger {}

struct Heard {
    from_run: Receiver,
    others: VecDeque<LogEntry>,
}

impl Logger {
    pub(crate) fn new(known: Known, mark: Arc<RunMark>) -> Box<Self> {
        let (rt, from_run) = ring(CAPACITY);
        Box::new(Self {
            known,
            mark,
            rt: RunCell::new(rt),
            heard: Mutex::new(Heard { from_run, others: VecDeque::new() }),
            structure: std::sync::OnceLock::new(),
        })
    }

    /// The structure that the plugin gets. The logger must stay in its box.
    pub(crate) fn structure(&self) -> *mut c_void {
        let handle = std::ptr::from_ref(self).cast_mut().cast();
        let structure = self.structure.get_or_init(|| abi::Log {
            handle,
            printf: archibald_lv2_printf,
            vprintf: archibald_lv2_vprintf,
        });
        std::ptr::from_ref(structure).cast_mut().cast()
    }

    /// Takes what was said since the last call, oldest first (what was said in `run` before the rest).
    pub(crate) fn drain(&self, mut hear: impl FnMut(LogEntry)) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(message) = heard.from_run.receive() {
            let Some((kind, text)) = message.split_first_chunk::<4>() else { continue };
            hear(self.entry(u32::from_ne_bytes(*kind), text));
        }
        for entry in std::mem::take(&mut heard.others) {
            hear(entry);
        }
    }

    fn entry(&self, kind: u32, text: &[u8]) -> LogEntry {
        let level = match kind {
            error if error == self.known.log_error => LogLevel::Error,
            warning if warning == self.known.log_warning => LogLevel::Warning,
            trace if trace == self.known.log_trace => LogLevel::Trace,
            _ => LogLevel::Note,
        };
        let text = String::from_utf8_lossy(text).trim_end_matches(['\n', '\r']).to_owned();
        LogEntry { level, text }
    }
}

/// Called by the C shim with the formatted text.
///
/// # Safety
/// `handle` is a logger's address and `text` points at `length` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn archibald_lv2_log(handle: Handle, kind: u32, text: *const c_char, length: usize) {
    if handle.is_null() {
        return;
    }
    // SAFETY: the handle is the logger's address, which outlives the plugin; the shim passes a bounded text.
    let (logger, text) = unsafe { (&*handle.cast::<Logger>(), raw(length as u32, text.cast())) };
    if logger.mark.is_here() {
        // SAFETY: this is the thread inside `run`. A full ring drops the text.
        unsafe { logger.rt.get() }.send(&[&kind.to_ne_bytes(), text]);
        return;
    }
    let entry = logger.entry(kind, text);
    let mut heard = logger.heard.lock().unwrap_or_else(PoisonError::into_inner);
    if heard.others.len() < LIMIT {
        heard.others.push_back(entry);
    }
}
