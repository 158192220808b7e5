//! The features that one instance is given, and the memory behind them.

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::abi::{self, Feature, Handle, OptionValue};
use super::log::Logger;
use super::mark::RunMark;
use super::worker::Context;
use crate::info::PluginInfo;
use crate::known::Known;
use crate::settings::{BlockLength, HostSettings};
use crate::uris;

/// Lives in a box from before `instantiate` until after `cleanup`.
pub(crate) struct Host {
    pub(crate) settings: HostSettings,
    pub(crate) mark: Arc<RunMark>,
    pub(crate) logger: Box<Logger>,
    pub(crate) worker: Option<Box<Context>>,
    _options: Options,
    scratch: Option<Box<Scratch>>,
    _paths: Box<Paths>,
    /// The features themselves; `instantiate` points into it.
    _features: Vec<Feature>,
    _names: Vec<CString>,
    pub(crate) instantiate: Vec<*const Feature>,
    pub(crate) restore: Vec<*const Feature>,
}

// SAFETY: the raw pointers point into boxes that this owns and that are not changed any more.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

struct Paths {
    make: Option<abi::MakePath>,
    free: abi::FreePath,
}

struct Scratch {
    folder: PathBuf,
}

/// The values and the array that points at them.
pub(crate) struct Options {
    _values: Box<Values>,
    array: Box<[OptionValue]>,
}

struct Values {
    sample_rate: f32,
    ints: [c_int; 6],
}

impl Options {
    pub(crate) fn new(
        known: &Known,
        sample_rate: f64,
        block: BlockLength,
        sequence_size: u32,
        audio: crate::ThreadSchedule,
    ) -> Self {
        let int = |value: u32| c_int::try_from(value).unwrap_or(c_int::MAX);
        let values = Box::new(Values {
            sample_rate: sample_rate as f32,
            ints: [
                int(block.min),
                int(block.max),
                int(block.nominal),
                int(sequence_size),
                audio.policy,
                audio.priority,
            ],
        });
        let keys = [
            known.bufsize_min,
            known.bufsize_max,
            known.bufsize_nominal,
            known.bufsize_sequence,
            known.threads_policy,
            known.threads_priority,
        ];
        let option = |key, kind, value| OptionValue { context: 0, subject: 0, key, size: 4, kind, value };
        let mut array = vec![option(
            known.param_sample_rate,
            known.atom_float,
            std::ptr::from_ref(&values.sample_rate).cast(),
        )];
        array.extend(
            keys.iter()
                .zip(&values.ints)
                .map(|(&key, value)| option(key, known.atom_int, std::ptr::from_ref(value).cast())),
        );
        array.push(OptionValue { size: 0, ..option(0, 0, std::ptr::null()) });
        Self { _values: values, array: array.into_boxed_slice() }
    }

    pub(crate) fn as_ptr(&self) -> *const OptionValue {
        self.array.as_ptr()
    }
}

/// Whether the host has `feature` for a plugin under these settings.
pub(crate) fn supports(feature: &str, settings: &HostSettings) -> bool {
    match feature {
        uris::URID_MAP
        | uris::URID_UNMAP
        | uris::URI_MAP
        | uris::OPTIONS_OPTIONS
        | uris::LOG_LOG
        | uris::WORKER_SCHEDULE
        | uris::BUFSIZE_BOUNDED
        | uris::STATE_LOAD_DEFAULT
        | uris::STATE_MAP_PATH
        | uris::STATE_FREE_PATH
        | uris::STATE_THREAD_SAFE_RESTORE
        | uris::LV2_HARD_RT_CAPABLE
        | uris::LV2_IN_PLACE_BROKEN
        | uris::LV2_IS_LIVE => true,
        uris::STATE_MAKE_PATH => settings.scratch.is_some(),
        // Cutting blocks in parts is left to the caller, who sees the flag.
        uris::BUFSIZE_FIXED | uris::BUFSIZE_COARSE => settings.block.fixed,
        uris::BUFSIZE_POWER_OF_2 => settings.block.fixed && settings.block.nominal.is_power_of_two(),
        _ => false,
    }
}

/// Whether the host tells plugins this option.
pub(crate) fn tells(option: &str) -> bool {
    [
        uris::PARAM_SAMPLE_RATE,
        uris::BUFSIZE_MIN,
        uris::BUFSIZE_MAX,
        uris::BUFSIZE_NOMINAL,
        uris::BUFSIZE_SEQUENCE,
        uris::THREADS_POLICY,
        uris::THREADS_PRIORITY,
    ]
    .contains(&option)
}

unsafe extern "C" fn make_path(handle: Handle, path: *const c_char) -> *mut c_char {
    if handle.is_null() || path.is_null() {
        return std::ptr::null_mut();
    }
    // SAFETY: the handle is the scratch folder's address, the path a string.
    let (scratch, path) = unsafe { (&*handle.cast::<Scratch>(), CStr::from_ptr(path)) };
    let relative = Path::new(OsStr::from_bytes(path.to_bytes()));
    // A plugin may only make files inside its folder.
    if !relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return std::ptr::null_mut();
    }
    let full = scratch.folder.join(relative);
    let folder = full.parent().unwrap_or(&scratch.folder);
    let Ok(text) = CString::new(full.as_os_str().as_bytes()) else { return std::ptr::null_mut() };
    if std::fs::create_dir_all(folder).is_err() {
        return std::ptr::null_mut();
    }
    // SAFETY: duplicates into malloc's memory, because plugins may free it with `free`.
    unsafe { libc::strdup(text.as_ptr()) }
}

unsafe extern "C" fn free_path(_handle: Handle, path: *mut c_char) {
    // SAFETY: the path came from `make_path` or from lilv, both malloc's.
    unsafe { libc::free(path.cast()) };
}

impl Host {
    pub(crate) fn new(info: &PluginInfo, settings: &HostSettings) -> Box<Self> {
        let known = settings.urids.known();
        let mark = Arc::new(RunMark::default());
        let logger = Logger::new(*known, Arc::clone(&mark));
        let wants_worker = info.flags.worker
            || [&info.required_features, &info.optional_features]
                .iter()
                .any(|features| features.iter().any(|feature| feature == uris::WORKER_SCHEDULE));
        let worker = wants_worker.then(|| {
            let largest = info.ports.iter().map(|port| port.minimum_size).max().unwrap_or(0);
            // Room for several messages of the largest kind that the ports carry.
            Context::new(largest.clamp(4096, 1 << 24) as usize * 4, Arc::clone(&mark))
        });
        let options =
            Options::new(known, settings.sample_rate, settings.block, settings.sequence_size, settings.audio);
        let scratch = settings.scratch.clone().map(|folder| Box::new(Scratch { folder }));
        let paths = Box::new(Paths {
            make: scratch.as_ref().map(|scratch| abi::MakePath {
                handle: std::ptr::from_ref::<Scratch>(scratch).cast_mut().cast(),
                path: make_path,
            }),
            free: abi::FreePath { handle: std::ptr::null_mut(), free_path },
        });
        let mut host = Box::new(Self {
            settings: settings.clone(),
            mark,
            logger,
            worker,
            _options: options,
            scratch,
            _paths: paths,
            _features: Vec::new(),
            _names: Vec::new(),
            instantiate: Vec::new(),
            restore: Vec::new(),
        });
        host.list_features();
        host
    }

    fn list_features(&mut self) {
        let urids = &self.settings.urids;
        let none = std::ptr::null_mut::<c_void>();
        let paths = &self._paths;
        let mut offered: Vec<(&str, *mut c_void)> = vec![
            (uris::URID_MAP, urids.map_struct().cast()),
            (uris::URID_UNMAP, urids.unmap_struct().cast()),
            (uris::URI_MAP, urids.uri_map_struct().cast()),
            (uris::OPTIONS_OPTIONS, self._options.as_ptr().cast_mut().cast()),
            (uris::LOG_LOG, self.logger.structure()),
            (uris::BUFSIZE_BOUNDED, none),
            (uris::STATE_LOAD_DEFAULT, none),
            (uris::STATE_FREE_PATH, std::ptr::from_ref(&paths.free).cast_mut().cast()),
        ];
        if let Some(make) = &paths.make {
            offered.push((uris::STATE_MAKE_PATH, std::ptr::from_ref(make).cast_mut().cast()));
        }
        if let Some(worker) = &self.worker {
            offered.push((uris::WORKER_SCHEDULE, worker.schedule()));
        }
        for promise in [uris::BUFSIZE_FIXED, uris::BUFSIZE_POWER_OF_2, uris::BUFSIZE_COARSE] {
            if supports(promise, &self.settings) {
                offered.push((promise, none));
            }
        }
        let for_instantiate = offered.len();
        offered.push((uris::STATE_THREAD_SAFE_RESTORE, none));
        self._names =
            offered.iter().map(|(uri, _)| CString::new(*uri).expect("a constant without NUL")).collect();
        self._features = self
            ._names
            .iter()
            .zip(&offered)
            .map(|(name, &(_, data))| Feature { uri: name.as_ptr(), data })
            .collect();
        let end = std::iter::once(std::ptr::null());
        let all = || self._features.iter().map(std::ptr::from_ref);
        self.instantiate = all().take(for_instantiate).chain(end.clone()).collect();
        self.restore = all().chain(end).collect();
    }

    /// Where the plugin may make files at any time.
    pub(crate) fn scratch(&self) -> Option<&Path> {
        self.scratch.as_ref().map(|scratch| scratch.folder.as_path())
    }
}
