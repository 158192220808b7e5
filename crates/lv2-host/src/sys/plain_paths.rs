//! A snapshot with the paths that the plugin itself has.
//!
//! lilv resolves links in what a plugin saves. Then two plugins look equal of which one has its file through a link in the bundle of a
//! board and the other through that of another board; taken for one, the plugin would keep the path of a board that may be removed.
//! lilv puts its own `state:mapPath` behind the host's features, and plugins differ in which of two they take; therefore lilv is
//! given an instance whose `save` is ours, and that calls the plugin's with the feature exchanged.

use std::ffi::{CStr, c_char, c_int, c_void};

use lilv_sys as lilv;

use super::abi::{Feature, Handle, MapPath, Save, StateInterface, Store};
use super::instance::Instance;

const INTERFACE_URI: &CStr = c"http://lv2plug.in/ns/ext/state#interface";
const MAP_PATH_URI: &CStr = c"http://lv2plug.in/ns/ext/state#mapPath";

static INTERFACE: StateInterface = StateInterface { save: Some(save_plainly), restore: None };

/// What `save_plainly` gets as its handle.
struct Target {
    handle: Handle,
    save: Save,
}

/// Lets `action` have an instance that saves as this plugin does, with plain paths. `None` for a plugin without state.
pub(super) fn with_stand_in<T>(
    instance: &Instance,
    action: impl FnOnce(*mut lilv::LilvInstance) -> T,
) -> Option<T> {
    let own = instance.descriptor();
    let interface: *const StateInterface = own.extension_data?(INTERFACE_URI.as_ptr()).cast();
    // SAFETY: LV2's state interface has this layout and lives as long as the library.
    let save = unsafe { interface.as_ref() }?.save?;
    let target = Target { handle: instance.handle(), save };
    let descriptor = lv2_raw::LV2Descriptor {
        uri: own.uri,
        instantiate: own.instantiate,
        connect_port: own.connect_port,
        activate: own.activate,
        run: own.run,
        deactivate: own.deactivate,
        cleanup: own.cleanup,
        extension_data: Some(extension),
    };
    let mut stand_in = lilv::LilvInstance {
        lv2_descriptor: &raw const descriptor,
        lv2_handle: (&raw const target).cast_mut().cast(),
        pimpl: std::ptr::null_mut(),
    };
    Some(action(&raw mut stand_in))
}

extern "C" fn extension(uri: *const c_char) -> *const c_void {
    // SAFETY: lilv passes a string.
    let wanted = unsafe { CStr::from_ptr(uri) };
    if wanted == INTERFACE_URI { (&raw const INTERFACE).cast() } else { std::ptr::null() }
}

unsafe extern "C" fn save_plainly(
    handle: Handle,
    store: Store,
    state: Handle,
    flags: u32,
    features: *const *const Feature,
) -> c_int {
    let map = MapPath { handle: std::ptr::null_mut(), abstract_path: copy, absolute_path: copy };
    let feature = Feature { uri: MAP_PATH_URI.as_ptr(), data: (&raw const map).cast_mut().cast() };
    // SAFETY: the handle is the `Target` of `with_stand_in`, on whose stack it lives; the features end with null. They and ours
    // are valid during the call, and the plugin keeps none of them beyond it.
    unsafe {
        let target = &*handle.cast::<Target>();
        let mut list: Vec<*const Feature> = Vec::new();
        let mut at = features;
        while !at.is_null() && !(*at).is_null() {
            let is_map = CStr::from_ptr((**at).uri) == MAP_PATH_URI;
            list.push(if is_map { &raw const feature } else { *at });
            at = at.add(1);
        }
        list.push(std::ptr::null());
        (target.save)(target.handle, store, state, flags, list.as_ptr())
    }
}

/// The path as it is, in memory of `malloc`, as the plugin frees it.
unsafe extern "C" fn copy(_: Handle, path: *const c_char) -> *mut c_char {
    // SAFETY: plugins pass a string.
    unsafe { libc::strdup(path) }
}
