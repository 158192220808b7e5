//! A plugin's state: lilv's object, and what goes in and out of it. Values of ports on their way: `values`.

mod values;

use std::ffi::{CStr, CString};
use std::path::Path;
use std::sync::Arc;

use lilv_sys as lilv;

use super::abi::STATE_FLAGS;
use super::instance::Instance;
use super::urid::Urids;
use super::world::{Model, RawWorld, c_string, text};
use values::{GetValue, Getter, Setter, get_value, set_value};

/// A state of a plugin: the values of its control ports and its own properties.
///
/// Not for the real-time thread. It may move between threads.
pub struct State {
    ptr: *mut lilv::LilvState,
    world: Arc<RawWorld>,
    urids: Urids,
}

// SAFETY: the pointer is used by one thread at a time (no `Sync`), and under the world's lock where lilv's world is
// concerned.
unsafe impl Send for State {}

/// Folders for the files that a state refers to.
#[derive(Clone, Copy)]
pub(crate) struct Folders<'a> {
    pub(crate) scratch: Option<&'a Path>,
    /// For copies, links and files made by `save`.
    pub(crate) save: Option<&'a Path>,
}

impl State {
    fn wrap(ptr: *mut lilv::LilvState, world: &Arc<RawWorld>, urids: &Urids) -> Option<Self> {
        (!ptr.is_null()).then(|| Self { ptr, world: Arc::clone(world), urids: urids.clone() })
    }

    /// The state that the world's model has under `uri` (a preset, or a plugin's default state).
    pub(crate) fn from_model(
        world: &Arc<RawWorld>,
        urids: &Urids,
        model: &Model<'_>,
        uri: &str,
    ) -> Option<Self> {
        let node = model.uri(uri);
        if node.ptr().is_null() {
            return None;
        }
        // SAFETY: map and node live; the world is locked.
        let ptr = unsafe {
            lilv::lilv_state_new_from_world(model.world_ptr(), urids.map_struct().cast(), node.ptr())
        };
        Self::wrap(ptr, world, urids)
    }

    pub(crate) fn from_file(world: &Arc<RawWorld>, urids: &Urids, path: &Path) -> Option<Self> {
        let path = c_string(&path.to_string_lossy());
        let model = world.lock();
        // SAFETY: map and path live; the world is locked.
        let ptr = unsafe {
            lilv::lilv_state_new_from_file(
                model.world_ptr(),
                urids.map_struct().cast(),
                std::ptr::null(),
                path.as_ptr(),
            )
        };
        Self::wrap(ptr, world, urids)
    }

    pub(crate) fn from_text(world: &Arc<RawWorld>, urids: &Urids, turtle: &str) -> Option<Self> {
        let turtle = CString::new(turtle).ok()?;
        let model = world.lock();
        // SAFETY: map and text live; the world is locked.
        let ptr = unsafe {
            lilv::lilv_state_new_from_string(model.world_ptr(), urids.map_struct().cast(), turtle.as_ptr())
        };
        Self::wrap(ptr, world, urids)
    }

    /// Asks a plugin for its state, with the paths that it has itself: for comparing, and for another plugin in its place.
    pub(crate) fn plain(instance: &Instance, get: GetValue<'_>) -> Option<Self> {
        let folders = Folders { scratch: None, save: None };
        let taken = super::plain_paths::with_stand_in(instance, |stand_in| {
            Self::taken_from(stand_in, instance, folders, &mut *get)
        });
        match taken {
            Some(state) => state,
            None => Self::snapshot(instance, folders, get),
        }
    }

    /// Asks a plugin for its state, to be kept.
    pub(crate) fn snapshot(instance: &Instance, folders: Folders<'_>, get: GetValue<'_>) -> Option<Self> {
        Self::taken_from(instance.ptr(), instance, folders, get)
    }

    /// `ptr` is the instance's own, or stands in for it.
    fn taken_from(
        ptr: *mut lilv::LilvInstance,
        instance: &Instance,
        folders: Folders<'_>,
        get: GetValue<'_>,
    ) -> Option<Self> {
        let urids = &instance.host.settings.urids;
        let mut getter = Getter { get, value: 0.0, float: urids.known().atom_float };
        let scratch = folders.scratch.map(|path| c_string(&path.to_string_lossy()));
        let save = folders.save.map(|path| c_string(&path.to_string_lossy()));
        let or_null = |path: &Option<CString>| path.as_ref().map_or(std::ptr::null(), |path| path.as_ptr());
        let _no_other = instance.hold_saves();
        let _model = instance.world.lock();
        // SAFETY: plugin and instance live, the world is locked; `get_value` is only called during the call. LV2 allows
        // `save` beside `run`; what it forbids beside it is kept out.
        let state = unsafe {
            lilv::lilv_state_new_from_instance(
                instance.plugin_ptr(),
                ptr,
                urids.map_struct().cast(),
                or_null(&scratch),
                or_null(&save),
                or_null(&save),
                or_null(&save),
                Some(get_value),
                std::ptr::from_mut(&mut getter).cast(),
                STATE_FLAGS,
                instance.host.restore.as_ptr(),
            )
        };
        Self::wrap(state, &instance.world, urids)
    }

    /// Gives the properties to a plugin.
    ///
    /// # Safety
    /// The plugin is one for which the state is, and no call of the "instantiation" class and, unless it restores
    /// thread-safely, no `run` or `work` goes on.
    pub(crate) unsafe fn restore(&self, instance: &Instance) {
        // SAFETY: the caller's promise; the features end with null.
        unsafe {
            lilv::lilv_state_restore(
                self.ptr,
                instance.ptr(),
                None,
                std::ptr::null_mut(),
                0,
                instance.host.restore.as_ptr(),
            );
        }
    }

    /// Writes `<folder>/<file>` and the folder's manifest, not atomically.
    pub(crate) fn write(&self, folder: &Path, file: &str) -> bool {
        let (folder, file) = (c_string(&folder.to_string_lossy()), c_string(file));
        let model = self.world.lock();
        // SAFETY: all live; the world is locked.
        let status = unsafe {
            lilv::lilv_state_save(
                model.world_ptr(),
                self.urids.map_struct().cast(),
                self.urids.unmap_struct().cast(),
                self.ptr,
                std::ptr::null(),
                folder.as_ptr(),
                file.as_ptr(),
            )
        };
        status == 0
    }

    /// The state as Turtle with `uri` as its subject, in the form that `preset_show` of mod-host prints.
    pub fn to_turtle(&self, uri: &str) -> String {
        let uri = c_string(uri);
        let model = self.world.lock();
        // SAFETY: all live, the world is locked; the text is copied, then freed by lilv.
        unsafe {
            let turtle = lilv::lilv_state_to_string(
                model.world_ptr(),
                self.urids.map_struct().cast(),
                self.urids.unmap_struct().cast(),
                self.ptr,
                uri.as_ptr(),
                std::ptr::null(),
            );
            let copy = text(turtle);
            lilv::lilv_free(turtle.cast());
            copy
        }
    }

    /// URI of the plugin that the state is of.
    pub fn plugin(&self) -> String {
        let _model = self.world.lock();
        // SAFETY: the node belongs to the state.
        unsafe {
            let node = lilv::lilv_state_get_plugin_uri(self.ptr);
            if node.is_null() { String::new() } else { text(lilv::lilv_node_as_uri(node)) }
        }
    }

    /// Name for people, if it has one.
    pub fn label(&self) -> Option<String> {
        // SAFETY: the label belongs to the state.
        let label = unsafe { lilv::lilv_state_get_label(self.ptr) };
        // SAFETY: a string that lives as long as the label.
        (!label.is_null()).then(|| unsafe { CStr::from_ptr(label) }.to_string_lossy().into_owned())
    }

    /// Gives it a name.
    pub fn set_label(&mut self, label: &str) {
        let label = c_string(label);
        // SAFETY: lilv copies the label.
        unsafe { lilv::lilv_state_set_label(self.ptr, label.as_ptr()) };
    }

    /// Number of the plugin's own properties; 0 means that the control ports are all.
    pub fn property_count(&self) -> u32 {
        // SAFETY: the state lives.
        unsafe { lilv::lilv_state_get_num_properties(self.ptr) }
    }

    /// Symbols and values of the control ports.
    pub fn port_values(&self) -> Vec<(String, f32)> {
        let known = self.urids.known();
        let mut found = Vec::new();
        let mut take = |symbol: &str, kind: u32, body: &[u8]| {
            if let Some(value) = crate::patch::number(known, kind, body) {
                found.push((symbol.to_owned(), value as f32));
            }
        };
        let mut setter = Setter { set: &mut take };
        // SAFETY: `set_value` is only called during the call, with the setter.
        unsafe {
            lilv::lilv_state_emit_port_values(
                self.ptr,
                Some(set_value),
                std::ptr::from_mut(&mut setter).cast(),
            );
        }
        found
    }
}

impl PartialEq for State {
    /// Same plugin, same values of ports, same properties; files are compared by where they are and what is in them.
    fn eq(&self, other: &Self) -> bool {
        let _model = self.world.lock();
        // SAFETY: both live.
        unsafe { lilv::lilv_state_equals(self.ptr, other.ptr) }
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("label", &self.label()).finish_non_exhaustive()
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let _model = self.world.lock();
        // SAFETY: owned; the world is locked because the state has nodes of it.
        unsafe { lilv::lilv_state_free(self.ptr) };
    }
}
