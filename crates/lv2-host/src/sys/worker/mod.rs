//! LV2's worker: work that a plugin hands from `run` to a thread where it may take its time. Who wakes that thread: `hub`.

mod hub;

use std::collections::VecDeque;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle, Thread};

use super::abi::{self, Handle, SUCCESS, WORKER_ERR_NO_SPACE, WORKER_ERR_UNKNOWN, WorkerInterface};
use super::cell::RunCell;
use super::mark::RunMark;
use super::ring::{Receiver, Sender, raw, ring};
use crate::settings::ThreadSchedule;
pub use hub::{Ticker, WorkerHub};

/// Most requests that may wait which were not made in `run`.
const LATE_LIMIT: usize = 1024;

/// Most calls of `work` inside one `run` while freewheeling, for plugins whose work asks for more work.
const INLINE_LIMIT: usize = 4096;

/// What the real-time side and the worker thread share.
struct Shared {
    /// Work was left in the ring since the last poll.
    pending: AtomicBool,
    stop: AtomicBool,
    thread: OnceLock<Thread>,
    /// Set once the plugin exists.
    plugin: OnceLock<Plugin>,
    /// Held during `work`: one call at a time, whichever thread makes it.
    requests: Mutex<Receiver>,
    responses: Mutex<Sender>,
    /// Requests made outside `run`: in `instantiate`, `restore`, `work` or on a plugin's own thread.
    late: Mutex<VecDeque<Vec<u8>>>,
    overflows: AtomicU32,
}

#[derive(Clone, Copy)]
struct Plugin {
    handle: Handle,
    interface: WorkerInterface,
}

// SAFETY: LV2 lets `work` be called on another thread than `run`; the handle is used for nothing else.
unsafe impl Send for Plugin {}
// SAFETY: as above; calls to `work` are serialised by `Shared::requests`.
unsafe impl Sync for Plugin {}

/// What `schedule_work` gets as its handle. Lives in a box for as long as the plugin.
pub(crate) struct Context {
    shared: Arc<Shared>,
    mark: Arc<RunMark>,
    freewheel: AtomicBool,
    /// `work` is being called inside `run`.
    inline: AtomicBool,
    rt: RunCell<RtSide>,
    schedule: OnceLock<abi::WorkerSchedule>,
}

struct RtSide {
    requests: Sender,
    responses: Receiver,
}

/// The worker thread; joined when dropped.
pub(crate) struct WorkerThread {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Context {
    /// Rings of `capacity` bytes each way.
    pub(crate) fn new(capacity: usize, mark: Arc<RunMark>) -> Box<Self> {
        let (requests_in, requests) = ring(capacity);
        let (responses, responses_out) = ring(capacity);
        let shared = Arc::new(Shared {
            pending: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            thread: OnceLock::new(),
            plugin: OnceLock::new(),
            requests: Mutex::new(requests),
            responses: Mutex::new(responses),
            late: Mutex::default(),
            overflows: AtomicU32::new(0),
        });
        Box::new(Self {
            shared,
            mark,
            freewheel: AtomicBool::new(false),
            inline: AtomicBool::new(false),
            rt: RunCell::new(RtSide { requests: requests_in, responses: responses_out }),
            schedule: OnceLock::new(),
        })
    }

    /// The structure that the plugin gets. The context must stay in its box.
    pub(crate) fn schedule(&self) -> *mut c_void {
        let handle = std::ptr::from_ref(self).cast_mut().cast();
        let schedule = self.schedule.get_or_init(|| abi::WorkerSchedule { handle, schedule_work });
        std::ptr::from_ref(schedule).cast_mut().cast()
    }

    /// Starts the thread, now that the plugin exists.
    pub(crate) fn start(
        &self,
        handle: Handle,
        interface: WorkerInterface,
        schedule: ThreadSchedule,
        hub: &WorkerHub,
    ) -> std::io::Result<WorkerThread> {
        let shared = &self.shared;
        let _ = shared.plugin.set(Plugin { handle, interface });
        let context = ContextPtr(std::ptr::from_ref(self));
        let worker = Arc::clone(shared);
        let thread = thread::Builder::new().name("lv2-worker".into()).spawn(move || {
            let context = context;
            // Before the first look into the queues: who finds no thread here knows that it has yet to look.
            let _ = worker.thread.set(thread::current());
            schedule.apply_to_this_thread();
            while !worker.stop.load(Ordering::Acquire) {
                // SAFETY: the thread is joined before the context's box is dropped.
                unsafe { worker.work_off(context.0, usize::MAX) };
                thread::park();
            }
        })?;
        locked(&hub.workers).push(Arc::downgrade(shared));
        Ok(WorkerThread { shared: Arc::clone(shared), thread: Some(thread) })
    }

    pub(crate) fn set_freewheel(&self, on: bool) {
        self.freewheel.store(on, Ordering::Relaxed);
    }

    /// Before `run` while freewheeling: whatever was scheduled elsewhere is done first, so that a render does not
    /// depend on when a thread wakes.
    pub(crate) fn before_run(&self) {
        if self.freewheel.load(Ordering::Relaxed) {
            self.work_here();
        }
    }

    /// After `run`: hands the responses to the plugin, then calls `end_run`.
    ///
    /// # Safety
    /// On the thread inside `run` (between `RunMark::begin` and `end`), with the plugin alive.
    pub(crate) unsafe fn after_run(&self) {
        let Some(plugin) = self.shared.plugin.get() else { return };
        if self.freewheel.load(Ordering::Relaxed) {
            self.work_here();
        }
        if let Some(work_response) = plugin.interface.work_response {
            // Only what is there now: a worker that answers faster than we read must not hold the period up.
            // SAFETY: only the thread inside `run` gets here.
            let mut left = unsafe { self.rt.get() }.responses.waiting();
            while left > 0 {
                // SAFETY: as above. The plugin may call `schedule_work` from `work_response`, which borrows
                // `requests` only.
                let responses = unsafe { &mut (*self.rt.as_ptr()).responses };
                let Some(body) = responses.receive() else { break };
                left = left.saturating_sub(body.len() + 4);
                // SAFETY: the body is valid during the call.
                unsafe { work_response(plugin.handle, body.len() as u32, body.as_ptr().cast()) };
            }
        }
        if let Some(end_run) = plugin.interface.end_run {
            // SAFETY: the plugin is alive and this is its `run` thread.
            unsafe { end_run(plugin.handle) };
        }
    }

    /// Runs `action` while no `work` is being done.
    pub(crate) fn without_work<T>(&self, action: impl FnOnce() -> T) -> T {
        let _held = locked(&self.shared.requests);
        action()
    }

    /// Messages that did not fit since the last call, both ways.
    pub(crate) fn take_overflows(&self) -> u32 {
        self.shared.overflows.swap(0, Ordering::Relaxed)
    }

    fn work_here(&self) {
        // A plugin that schedules from inside `work` gets its turn in the next block.
        if !self.inline.swap(true, Ordering::Relaxed) {
            // SAFETY: `self` is the context in its box.
            unsafe { self.shared.work_off(self, INLINE_LIMIT) };
            self.inline.store(false, Ordering::Relaxed);
        }
    }
}

/// Crosses to the worker thread.
struct ContextPtr(*const Context);
// SAFETY: `Context` is shared between the threads by design: its fields are atomics, locks and a `RunCell`.
unsafe impl Send for ContextPtr {}

impl Shared {
    /// Calls `work` for all that waits, at most `limit` times.
    ///
    /// # Safety
    /// `context` is the live context that owns this.
    unsafe fn work_off(&self, context: *const Context, limit: usize) {
        let Some(plugin) = self.plugin.get() else { return };
        let Some(work) = plugin.interface.work else { return };
        let respond_handle: Handle = context.cast_mut().cast();
        for _ in 0..limit {
            let mut requests = locked(&self.requests);
            // Checked for each request, so that an instance with a long queue can be dropped.
            if self.stop.load(Ordering::Acquire) {
                return;
            }
            if let Some(body) = requests.receive() {
                // SAFETY: the plugin is alive and the body valid during the call.
                unsafe {
                    work(plugin.handle, respond, respond_handle, body.len() as u32, body.as_ptr().cast())
                };
                continue;
            }
            let Some(body) = locked(&self.late).pop_front() else { return };
            // SAFETY: as above.
            unsafe { work(plugin.handle, respond, respond_handle, body.len() as u32, body.as_ptr().cast()) };
        }
    }

    fn overflow(&self) -> c_int {
        self.overflows.fetch_add(1, Ordering::Relaxed);
        WORKER_ERR_NO_SPACE
    }
}

unsafe extern "C" fn schedule_work(handle: Handle, size: u32, data: *const c_void) -> c_int {
    if handle.is_null() || (size > 0 && data.is_null()) {
        return WORKER_ERR_UNKNOWN;
    }
    // SAFETY: the handle is the context's address; it outlives the plugin.
    let context = unsafe { &*handle.cast::<Context>() };
    let shared = &context.shared;
    let in_run = context.mark.is_here() && !context.inline.load(Ordering::Relaxed);
    if in_run {
        // SAFETY: this is the thread inside `run`; `after_run` holds no borrow of `requests`.
        let requests = unsafe { &mut (*context.rt.as_ptr()).requests };
        // SAFETY: the plugin's promise about its data.
        if !unsafe { requests.send_raw(size, data) } {
            return shared.overflow();
        }
        if context.freewheel.load(Ordering::Relaxed) {
            context.work_here();
        } else {
            shared.pending.store(true, Ordering::Release);
        }
        return SUCCESS;
    }
    let mut late = locked(&shared.late);
    if late.len() >= LATE_LIMIT {
        return shared.overflow();
    }
    // SAFETY: the plugin's promise about its data.
    late.push_back(unsafe { raw(size, data) }.to_vec());
    drop(late);
    if let Some(thread) = shared.thread.get() {
        thread.unpark();
    }
    SUCCESS
}

unsafe extern "C" fn respond(handle: Handle, size: u32, data: *const c_void) -> c_int {
    if handle.is_null() || (size > 0 && data.is_null()) {
        return WORKER_ERR_UNKNOWN;
    }
    // SAFETY: the handle is the context's address, given to `work` only.
    let context = unsafe { &*handle.cast::<Context>() };
    // SAFETY: the plugin's promise about its data.
    let sent = unsafe { locked(&context.shared.responses).send_raw(size, data) };
    if sent { SUCCESS } else { context.shared.overflow() }
}

impl Drop for WorkerThread {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}
