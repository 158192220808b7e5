//! The C structures of those LV2 extensions that `lv2_raw` does not have, field by field as in their headers.

use std::ffi::{c_char, c_int, c_void};

pub(crate) type Handle = *mut c_void;
pub(crate) type Feature = lv2_raw::LV2Feature;

pub(crate) const SUCCESS: c_int = 0;
/// `LV2_WORKER_ERR_NO_SPACE` and, one less, `LV2_WORKER_ERR_UNKNOWN`.
pub(crate) const WORKER_ERR_UNKNOWN: c_int = 1;
pub(crate) const WORKER_ERR_NO_SPACE: c_int = 2;
/// `LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE`.
pub(crate) const STATE_FLAGS: u32 = 1 | 2;

#[repr(C)]
pub(crate) struct UridMap {
    pub(crate) handle: Handle,
    pub(crate) map: unsafe extern "C" fn(Handle, *const c_char) -> u32,
}

#[repr(C)]
pub(crate) struct UridUnmap {
    pub(crate) handle: Handle,
    pub(crate) unmap: unsafe extern "C" fn(Handle, u32) -> *const c_char,
}

/// The map of LV2 before `urid`; old plugins still ask for it.
#[repr(C)]
pub(crate) struct UriMap {
    pub(crate) handle: Handle,
    pub(crate) uri_to_id: unsafe extern "C" fn(Handle, *const c_char, *const c_char) -> u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct OptionValue {
    pub(crate) context: c_int,
    pub(crate) subject: u32,
    pub(crate) key: u32,
    pub(crate) size: u32,
    pub(crate) kind: u32,
    pub(crate) value: *const c_void,
}

#[repr(C)]
pub(crate) struct OptionsInterface {
    pub(crate) get: Option<unsafe extern "C" fn(Handle, *mut OptionValue) -> u32>,
    pub(crate) set: Option<unsafe extern "C" fn(Handle, *const OptionValue) -> u32>,
}

pub(crate) type Respond = unsafe extern "C" fn(Handle, u32, *const c_void) -> c_int;

#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct WorkerInterface {
    pub(crate) work: Option<unsafe extern "C" fn(Handle, Respond, Handle, u32, *const c_void) -> c_int>,
    pub(crate) work_response: Option<unsafe extern "C" fn(Handle, u32, *const c_void) -> c_int>,
    pub(crate) end_run: Option<unsafe extern "C" fn(Handle) -> c_int>,
}

#[repr(C)]
pub(crate) struct WorkerSchedule {
    pub(crate) handle: Handle,
    pub(crate) schedule_work: unsafe extern "C" fn(Handle, u32, *const c_void) -> c_int,
}

#[repr(C)]
pub(crate) struct MakePath {
    pub(crate) handle: Handle,
    pub(crate) path: unsafe extern "C" fn(Handle, *const c_char) -> *mut c_char,
}

/// Between the paths of a state and those of the machine; both calls answer memory of `malloc`.
#[repr(C)]
pub(crate) struct MapPath {
    pub(crate) handle: Handle,
    pub(crate) abstract_path: unsafe extern "C" fn(Handle, *const c_char) -> *mut c_char,
    pub(crate) absolute_path: unsafe extern "C" fn(Handle, *const c_char) -> *mut c_char,
}

pub(crate) type Store = unsafe extern "C" fn(Handle, u32, *const c_void, usize, u32, u32) -> c_int;

pub(crate) type Save = unsafe extern "C" fn(Handle, Store, Handle, u32, *const *const Feature) -> c_int;

#[repr(C)]
pub(crate) struct StateInterface {
    pub(crate) save: Option<Save>,
    /// Only ever called by lilv, with the plugin's own interface.
    pub(crate) restore: Option<unsafe extern "C" fn()>,
}

#[repr(C)]
pub(crate) struct FreePath {
    pub(crate) handle: Handle,
    pub(crate) free_path: unsafe extern "C" fn(Handle, *mut c_char),
}

#[repr(C)]
pub(crate) struct Log {
    pub(crate) handle: Handle,
    pub(crate) printf: unsafe extern "C" fn(Handle, u32, *const c_char, ...) -> c_int,
    /// The last argument is a `va_list`; it is only ever called by plugins, so its type does not matter here.
    pub(crate) vprintf: unsafe extern "C" fn(),
}
