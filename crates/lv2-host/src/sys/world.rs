//! lilv's model of the installed plugins, behind a lock, and what can be asked of it.

use std::ffi::{CStr, CString, c_char};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lilv_sys as lilv;

use super::plugin::PluginRef;
use crate::uris;

/// The world. lilv allows one thread at a time in it, also for nodes, states and instances made from it: all of
/// them go through [`RawWorld::lock`].
pub(crate) struct RawWorld {
    ptr: *mut lilv::LilvWorld,
    lock: Mutex<()>,
}

// SAFETY: the pointer is only used under `lock` (and in `drop`, which has exclusive access).
unsafe impl Send for RawWorld {}
// SAFETY: as above.
unsafe impl Sync for RawWorld {}

/// The world while this thread has the lock.
pub(crate) struct Model<'w> {
    world: *mut lilv::LilvWorld,
    _guard: MutexGuard<'w, ()>,
}

/// One RDF node, owned.
pub(crate) struct Node<'m> {
    pub(super) ptr: *mut lilv::LilvNode,
    pub(super) model: PhantomData<&'m Model<'m>>,
}

pub(crate) fn c_string(text: &str) -> CString {
    // A NUL cannot be part of a URI or a path; what is before it then names nothing.
    CString::new(text.split('\0').next().unwrap_or_default()).unwrap_or_default()
}

pub(crate) unsafe fn text(ptr: *const c_char) -> String {
    if ptr.is_null() {
        return String::new();
    }
    // SAFETY: the caller passes a NUL-terminated string of lilv's that lives during the call.
    unsafe { CStr::from_ptr(ptr) }.to_string_lossy().into_owned()
}

/// A bundle's URI must end in a slash.
pub(crate) fn bundle_path(path: &Path) -> String {
    let mut text = path.to_string_lossy().into_owned();
    if !text.ends_with('/') {
        text.push('/');
    }
    text
}

impl RawWorld {
    /// Loads the manifests of all bundles in `lv2_path` (colon separated), or in lilv's own default path.
    pub(crate) fn load(lv2_path: Option<&str>) -> Option<Self> {
        // SAFETY: plain construction; a null result is handled.
        let ptr = unsafe { lilv::lilv_world_new() };
        if ptr.is_null() {
            return None;
        }
        let world = Self { ptr, lock: Mutex::new(()) };
        if let Some(path) = lv2_path {
            let path = c_string(path);
            // SAFETY: the option's name is NUL-terminated; the node is freed after lilv copied it.
            unsafe {
                let node = lilv::lilv_new_string(ptr, path.as_ptr());
                lilv::lilv_world_set_option(ptr, c"http://drobilla.net/ns/lilv#lv2-path".as_ptr(), node);
                lilv::lilv_node_free(node);
            }
        }
        // SAFETY: the world is ours alone still.
        unsafe { lilv::lilv_world_load_all(ptr) };
        Some(world)
    }

    pub(crate) fn lock(&self) -> Model<'_> {
        Model { world: self.ptr, _guard: self.lock.lock().unwrap_or_else(PoisonError::into_inner) }
    }
}

impl Drop for RawWorld {
    fn drop(&mut self) {
        // SAFETY: everything made from the world holds an `Arc` of it, so nothing is left that uses it.
        unsafe { lilv::lilv_world_free(self.ptr) };
    }
}

impl Model<'_> {
    pub(crate) fn world_ptr(&self) -> *mut lilv::LilvWorld {
        self.world
    }

    pub(crate) fn uri(&self, uri: &str) -> Node<'_> {
        let uri = c_string(uri);
        // SAFETY: the string is NUL-terminated; lilv copies it.
        Node { ptr: unsafe { lilv::lilv_new_uri(self.world, uri.as_ptr()) }, model: PhantomData }
    }

    fn file_uri(&self, path: &str) -> Node<'_> {
        let path = c_string(path);
        // SAFETY: a null host means this machine; the path is NUL-terminated.
        let ptr = unsafe { lilv::lilv_new_file_uri(self.world, std::ptr::null(), path.as_ptr()) };
        Node { ptr, model: PhantomData }
    }

    /// Copies a collection of nodes.
    pub(super) unsafe fn collect(&self, nodes: *const lilv::LilvNodes) -> Vec<Node<'_>> {
        let mut found = Vec::new();
        if nodes.is_null() {
            return found;
        }
        // SAFETY: the caller passes a live collection; each node is duplicated before it goes.
        unsafe {
            let mut at = lilv::lilv_nodes_begin(nodes);
            while !lilv::lilv_nodes_is_end(nodes, at) {
                let ptr = lilv::lilv_node_duplicate(lilv::lilv_nodes_get(nodes, at));
                found.push(Node { ptr, model: PhantomData });
                at = lilv::lilv_nodes_next(nodes, at);
            }
        }
        found
    }

    pub(super) unsafe fn collect_owned(&self, nodes: *mut lilv::LilvNodes) -> Vec<Node<'_>> {
        // SAFETY: the caller passes a collection that is ours to free.
        unsafe {
            let found = self.collect(nodes);
            lilv::lilv_nodes_free(nodes);
            found
        }
    }

    /// The objects of `subject predicate ?`.
    pub(crate) fn values(&self, subject: &Node<'_>, predicate: &str) -> Vec<Node<'_>> {
        if subject.ptr.is_null() {
            return Vec::new();
        }
        let predicate = self.uri(predicate);
        if predicate.ptr.is_null() {
            return Vec::new();
        }
        // SAFETY: all nodes live; the result is freed by `collect_owned`.
        unsafe {
            let nodes = lilv::lilv_world_find_nodes(self.world, subject.ptr, predicate.ptr, std::ptr::null());
            self.collect_owned(nodes)
        }
    }

    pub(crate) fn value(&self, subject: &Node<'_>, predicate: &str) -> Option<Node<'_>> {
        self.values(subject, predicate).into_iter().next()
    }

    /// Reads the file that `rdfs:seeAlso` names for this URI, once.
    pub(crate) fn load_resource(&self, resource: &Node<'_>) {
        if !resource.ptr.is_null() {
            // SAFETY: the node lives.
            unsafe { lilv::lilv_world_load_resource(self.world, resource.ptr) };
        }
    }

    pub(crate) fn unload_resource(&self, resource: &Node<'_>) {
        if !resource.ptr.is_null() {
            // SAFETY: the node lives.
            unsafe { lilv::lilv_world_unload_resource(self.world, resource.ptr) };
        }
    }

    pub(crate) fn load_bundle(&self, path: &Path) {
        let uri = self.file_uri(&bundle_path(path));
        // SAFETY: the node lives.
        unsafe { lilv::lilv_world_load_bundle(self.world, uri.ptr) };
    }

    /// Forgets a bundle and the files of its presets.
    pub(crate) fn unload_bundle(&self, path: &Path) {
        let uri = self.file_uri(&bundle_path(path));
        // lilv forgets the manifest only. It finds a preset's file by the manifest, so that must come second.
        let bundle = uri.as_text();
        for preset in self.subjects(uris::RDF_TYPE, uris::PSET_PRESET) {
            let files = self.values(&preset, uris::RDFS_SEE_ALSO);
            if files.iter().any(|file| file.as_text().starts_with(&bundle)) {
                self.unload_resource(&preset);
            }
        }
        // SAFETY: the node lives. lilv keeps the plugin objects of a removed bundle, so instances stay valid.
        unsafe { lilv::lilv_world_unload_bundle(self.world, uri.ptr) };
    }

    /// The subjects of `? predicate object`.
    fn subjects(&self, predicate: &str, object: &str) -> Vec<Node<'_>> {
        let (predicate, object) = (self.uri(predicate), self.uri(object));
        // SAFETY: the nodes live; the result is freed by `collect_owned`.
        unsafe {
            let nodes = lilv::lilv_world_find_nodes(self.world, std::ptr::null(), predicate.ptr, object.ptr);
            self.collect_owned(nodes)
        }
    }

    /// The URIs of all plugins, sorted by lilv; reads nothing but the manifests.
    pub(crate) fn plugin_uris(&self) -> Vec<String> {
        let mut uris = Vec::new();
        // SAFETY: the collection is owned by the world and not changed meanwhile.
        unsafe {
            let plugins = lilv::lilv_world_get_all_plugins(self.world);
            let mut at = lilv::lilv_plugins_begin(plugins);
            while !lilv::lilv_plugins_is_end(plugins, at) {
                let plugin = lilv::lilv_plugins_get(plugins, at);
                uris.push(text(lilv::lilv_node_as_uri(lilv::lilv_plugin_get_uri(plugin))));
                at = lilv::lilv_plugins_next(plugins, at);
            }
        }
        uris
    }

    pub(crate) fn plugin(&self, uri: &str) -> Option<PluginRef<'_>> {
        let node = self.uri(uri);
        if node.ptr.is_null() {
            return None;
        }
        // SAFETY: the node lives; the collection is owned by the world.
        let ptr =
            unsafe { lilv::lilv_plugins_get_by_uri(lilv::lilv_world_get_all_plugins(self.world), node.ptr) };
        (!ptr.is_null()).then_some(PluginRef::new(ptr, self))
    }
}

impl Node<'_> {
    pub(crate) fn ptr(&self) -> *const lilv::LilvNode {
        self.ptr
    }

    pub(crate) fn as_uri(&self) -> Option<String> {
        // SAFETY: the node lives and the string is copied.
        unsafe { lilv::lilv_node_is_uri(self.ptr).then(|| text(lilv::lilv_node_as_uri(self.ptr))) }
    }

    /// The text of a literal or URI.
    pub(crate) fn as_text(&self) -> String {
        // SAFETY: the node lives and the string is copied.
        unsafe { text(lilv::lilv_node_as_string(self.ptr)) }
    }

    /// The value of a number or a boolean.
    pub(crate) fn as_f32(&self) -> Option<f32> {
        // SAFETY: the node lives.
        unsafe {
            if lilv::lilv_node_is_float(self.ptr) || lilv::lilv_node_is_int(self.ptr) {
                Some(lilv::lilv_node_as_float(self.ptr)).filter(|value| !value.is_nan())
            } else if lilv::lilv_node_is_bool(self.ptr) {
                Some(f32::from(u8::from(lilv::lilv_node_as_bool(self.ptr))))
            } else {
                None
            }
        }
    }

    /// The path of a `file:` URI.
    pub(crate) fn as_path(&self) -> Option<PathBuf> {
        // SAFETY: the node lives; the path is copied, then freed by lilv.
        unsafe {
            let path = lilv::lilv_node_get_path(self.ptr, std::ptr::null_mut());
            if path.is_null() {
                return None;
            }
            let copy = PathBuf::from(text(path));
            lilv::lilv_free(path.cast());
            Some(copy)
        }
    }
}

impl Drop for Node<'_> {
    fn drop(&mut self) {
        // SAFETY: owned; freeing null is allowed. The model's lock is held, since `'m` borrows it.
        unsafe { lilv::lilv_node_free(self.ptr) };
    }
}
