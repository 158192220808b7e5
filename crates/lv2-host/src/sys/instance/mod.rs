//! A plugin that exists: its handle, the gate between `run` and everything else, and its end.

mod check;

use std::ffi::{CStr, c_void};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lilv_sys as lilv;

use super::abi::{Handle, OptionsInterface, WorkerInterface};
use super::host::{Host, Options};
use super::plugin::PluginRef;
use super::worker::WorkerThread;
use super::world::RawWorld;
use crate::error::InstantiateError;
use crate::info::PluginInfo;
use crate::settings::{BlockLength, HostSettings};
use check::check;

const IDLE: u8 = 0;
const RUNNING: u8 = 1;
const LOCKED: u8 = 2;

/// Shared by the two halves; the last one to go ends the plugin.
pub(crate) struct Instance {
    ptr: *mut lilv::LilvInstance,
    plugin: *const lilv::LilvPlugin,
    handle: Handle,
    run: extern "C" fn(Handle, u32),
    connect: extern "C" fn(Handle, u32, *mut c_void),
    gate: AtomicU8,
    /// How many want the gate for something else than `run`: they go first.
    wanted: AtomicU32,
    active: AtomicBool,
    /// Held during `save` and during everything that LV2 forbids beside it. `run` and `work` go on.
    saving: Mutex<()>,
    stateful: bool,
    thread: Option<WorkerThread>,
    pub(crate) host: Box<Host>,
    pub(crate) world: Arc<RawWorld>,
}

// SAFETY: LV2 allows an instance to move between threads; `run` and the "instantiation" class of calls exclude each
// other by `gate`, and lilv's own calls by the world's lock.
unsafe impl Send for Instance {}
// SAFETY: as above.
unsafe impl Sync for Instance {}

impl Instance {
    pub(crate) fn new(
        world: &Arc<RawWorld>,
        plugin: PluginRef<'_>,
        info: &PluginInfo,
        settings: &HostSettings,
    ) -> Result<Self, InstantiateError> {
        check(info, settings)?;
        let host = Host::new(info, settings);
        // SAFETY: the plugin lives, the features end with null and outlive the instance, the world is locked.
        let ptr = unsafe {
            lilv::lilv_plugin_instantiate(plugin.ptr(), settings.sample_rate, host.instantiate.as_ptr())
        };
        if ptr.is_null() {
            return Err(InstantiateError::Refused { plugin: info.uri.clone(), said: said(&host) });
        }
        // SAFETY: lilv returns an instance whose descriptor and handle are valid.
        let (descriptor, handle) = unsafe { (&*(*ptr).lv2_descriptor, (*ptr).lv2_handle) };
        let mut instance = Self {
            ptr,
            plugin: plugin.ptr(),
            handle,
            run: descriptor.run,
            connect: descriptor.connect_port,
            gate: AtomicU8::new(IDLE),
            wanted: AtomicU32::new(0),
            active: AtomicBool::new(false),
            saving: Mutex::new(()),
            stateful: false,
            thread: None,
            host,
            world: Arc::clone(world),
        };
        instance.stateful = !instance.extension(c"http://lv2plug.in/ns/ext/state#interface").is_null();
        // SAFETY: the worker interface of LV2 has this layout; it is copied.
        let interface = unsafe {
            instance
                .extension(c"http://lv2plug.in/ns/ext/worker#interface")
                .cast::<WorkerInterface>()
                .as_ref()
        };
        if let (Some(context), Some(interface)) = (&instance.host.worker, interface)
            && interface.work.is_some()
        {
            let started = context.start(handle, *interface, settings.worker, &settings.hub);
            match started {
                Ok(thread) => instance.thread = Some(thread),
                Err(source) => {
                    // The world is locked by the caller, which `drop` would wait for.
                    // SAFETY: the instance was never activated and nobody else has it.
                    unsafe { lilv::lilv_instance_free(instance.ptr) };
                    instance.ptr = std::ptr::null_mut();
                    return Err(InstantiateError::Worker { plugin: info.uri.clone(), source });
                }
            }
        }
        Ok(instance)
    }

    fn extension(&self, uri: &CStr) -> *const c_void {
        // SAFETY: the instance lives and the URI is a string.
        unsafe { lilv::lilv_instance_get_extension_data(self.ptr, uri.as_ptr().cast()) }
    }

    pub(crate) fn has_state(&self) -> bool {
        self.stateful
    }

    /// Keeps out `save`, and what must not go on beside it. Waits for a save that is on its way.
    pub(crate) fn hold_saves(&self) -> MutexGuard<'_, ()> {
        self.saving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plugin's own description.
    pub(crate) fn descriptor(&self) -> &lv2_raw::LV2Descriptor {
        // SAFETY: lilv returned an instance whose descriptor lives as long as it.
        unsafe { &*(*self.ptr).lv2_descriptor }
    }

    /// What the plugin's functions take first.
    pub(crate) fn handle(&self) -> Handle {
        self.handle
    }

    pub(crate) fn ptr(&self) -> *mut lilv::LilvInstance {
        self.ptr
    }

    pub(crate) fn plugin_ptr(&self) -> *const lilv::LilvPlugin {
        self.plugin
    }

    pub(crate) fn is_active(&self) -> bool {
        self.active.load(Ordering::Acquire)
    }

    /// Connects a port.
    ///
    /// # Safety
    /// `index` is a port of the plugin, `data` fits its type for as long as it stays connected and `run` is called,
    /// and nobody is inside `run`.
    pub(crate) unsafe fn connect(&self, index: u32, data: *mut c_void) {
        (self.connect)(self.handle, index, data);
    }

    /// Takes the gate for `run`. Never waits.
    pub(crate) fn enter(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) == 0
            && self.gate.compare_exchange(IDLE, RUNNING, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    pub(crate) fn leave(&self) {
        self.gate.store(IDLE, Ordering::Release);
    }

    /// Runs the plugin with its worker's responses.
    ///
    /// # Safety
    /// Between [`Instance::enter`] and [`Instance::leave`], active, all ports connected to memory for `frames`.
    pub(crate) unsafe fn run(&self, frames: u32) {
        let worker = self.host.worker.as_ref();
        if let Some(worker) = worker {
            worker.before_run();
        }
        self.host.mark.begin();
        (self.run)(self.handle, frames);
        if let Some(worker) = worker {
            // SAFETY: the mark is set on this thread and the plugin is alive.
            unsafe { worker.after_run() };
        }
        self.host.mark.end();
    }

    /// Runs `action` while neither `run` nor `work` is going on. Waits for at most a block (and the work).
    /// Not for the real-time thread.
    pub(crate) fn exclusively<T>(&self, action: impl FnOnce() -> T) -> T {
        struct Open<'a>(&'a AtomicU8);
        impl Drop for Open<'_> {
            fn drop(&mut self) {
                self.0.store(IDLE, Ordering::Release);
            }
        }
        if let Some(worker) = &self.host.worker {
            // Long work is waited for before `run` is kept out, not while. (The lock itself must come after the gate,
            // in the order in which a freewheeling `run` takes them.)
            worker.without_work(|| ());
        }
        self.wanted.fetch_add(1, Ordering::Relaxed);
        while self.gate.compare_exchange(IDLE, LOCKED, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            std::thread::sleep(Duration::from_micros(50));
        }
        self.wanted.fetch_sub(1, Ordering::Relaxed);
        let _open = Open(&self.gate);
        match &self.host.worker {
            Some(worker) => worker.without_work(action),
            None => action(),
        }
    }

    pub(crate) fn set_active(&self, active: bool) {
        let _no_save = self.hold_saves();
        self.exclusively(|| self.switch(active));
    }

    fn switch(&self, active: bool) {
        if self.active.swap(active, Ordering::AcqRel) == active {
            return;
        }
        // SAFETY: the gate is held, so nothing else of the instance is being called.
        unsafe {
            if active {
                lilv::lilv_instance_activate(self.ptr);
            } else {
                lilv::lilv_instance_deactivate(self.ptr);
            }
        }
    }

    /// Gives the plugin a state of its own kind.
    pub(crate) fn restore(&self, state: &super::State, beside_run: bool) {
        let _no_save = self.hold_saves();
        if beside_run {
            // SAFETY: the plugin restores thread-safely; only `Control` gets here, one at a time.
            unsafe { state.restore(self) };
        } else {
            // SAFETY: the gate keeps `run` and `work` out.
            self.exclusively(|| unsafe { state.restore(self) });
        }
    }

    /// Tells the plugin new block lengths; `false` when it has no options interface. A running plugin is
    /// deactivated meanwhile.
    pub(crate) fn set_block_length(&self, block: BlockLength) -> bool {
        // SAFETY: the options interface of LV2 has this layout.
        let interface = unsafe {
            self.extension(c"http://lv2plug.in/ns/ext/options#interface").cast::<OptionsInterface>().as_ref()
        };
        let Some(set) = interface.and_then(|interface| interface.set) else { return false };
        let settings = &self.host.settings;
        let options = Options::new(
            settings.urids.known(),
            settings.sample_rate,
            block,
            settings.sequence_size,
            settings.audio,
        );
        let _no_save = self.hold_saves();
        self.exclusively(|| {
            let active = self.is_active();
            self.switch(false);
            // SAFETY: the gate is held; the array ends with a zero key and lives during the call.
            unsafe { set(self.handle, options.as_ptr()) };
            self.switch(active);
        });
        true
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // First, so that no `work` is going on when the plugin ends.
        self.thread = None;
        if self.ptr.is_null() {
            return;
        }
        self.switch(false);
        let _model = self.world.lock();
        // SAFETY: the last owner; the world is locked because lilv closes the library in it.
        unsafe { lilv::lilv_instance_free(self.ptr) };
    }
}

fn said(host: &Host) -> String {
    let mut lines = Vec::new();
    host.logger.drain(|entry| lines.push(entry.text));
    lines.join("; ")
}
