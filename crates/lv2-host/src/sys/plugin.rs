//! A plugin and its ports as lilv's model describes them.

use std::marker::PhantomData;
use std::path::PathBuf;

use lilv_sys as lilv;

use super::world::{Model, Node, text};

/// A plugin of the model.
#[derive(Clone, Copy)]
pub(crate) struct PluginRef<'m> {
    ptr: *const lilv::LilvPlugin,
    model: &'m Model<'m>,
}

/// A port of a plugin.
#[derive(Clone, Copy)]
pub(crate) struct PortRef<'m> {
    ptr: *const lilv::LilvPort,
    plugin: PluginRef<'m>,
}

impl<'m> PluginRef<'m> {
    pub(super) fn new(ptr: *const lilv::LilvPlugin, model: &'m Model<'m>) -> Self {
        Self { ptr, model }
    }

    pub(crate) fn ptr(&self) -> *const lilv::LilvPlugin {
        self.ptr
    }

    pub(crate) fn model(&self) -> &'m Model<'m> {
        self.model
    }

    fn node(&self, ptr: *mut lilv::LilvNode) -> Option<Node<'m>> {
        (!ptr.is_null()).then_some(Node { ptr, model: PhantomData })
    }

    pub(crate) fn uri(&self) -> String {
        // SAFETY: the plugin lives as long as the model; the node is owned by the plugin.
        unsafe { text(lilv::lilv_node_as_uri(lilv::lilv_plugin_get_uri(self.ptr))) }
    }

    pub(crate) fn bundle(&self) -> Option<PathBuf> {
        // SAFETY: as in `uri`; duplicated.
        self.node(unsafe { lilv::lilv_node_duplicate(lilv::lilv_plugin_get_bundle_uri(self.ptr)) })?.as_path()
    }

    pub(crate) fn library(&self) -> Option<PathBuf> {
        // SAFETY: as in `uri`; duplicated.
        self.node(unsafe { lilv::lilv_node_duplicate(lilv::lilv_plugin_get_library_uri(self.ptr)) })?
            .as_path()
    }

    pub(crate) fn name(&self) -> Option<String> {
        // SAFETY: the plugin lives; the node is ours.
        Some(self.node(unsafe { lilv::lilv_plugin_get_name(self.ptr) })?.as_text())
    }

    pub(crate) fn author(&self) -> Option<(String, Option<String>)> {
        // SAFETY: the plugin lives; the nodes are ours.
        unsafe {
            let name = self.node(lilv::lilv_plugin_get_author_name(self.ptr))?.as_text();
            let page = self.node(lilv::lilv_plugin_get_author_homepage(self.ptr)).map(|n| n.as_text());
            Some((name, page))
        }
    }

    pub(crate) fn project(&self) -> Option<Node<'m>> {
        // SAFETY: the plugin lives; the node is ours.
        self.node(unsafe { lilv::lilv_plugin_get_project(self.ptr) })
    }

    /// URI and label of the plugin's class.
    pub(crate) fn class(&self) -> (String, String) {
        // SAFETY: the class belongs to the world; the strings are copied.
        unsafe {
            let class = lilv::lilv_plugin_get_class(self.ptr);
            if class.is_null() {
                return Default::default();
            }
            let uri = lilv::lilv_plugin_class_get_uri(class);
            let label = lilv::lilv_plugin_class_get_label(class);
            let string = |node: *const lilv::LilvNode| {
                if node.is_null() { String::new() } else { text(lilv::lilv_node_as_string(node)) }
            };
            (string(uri), string(label))
        }
    }

    pub(crate) fn values(&self, predicate: &str) -> Vec<Node<'m>> {
        let predicate = self.model.uri(predicate);
        // SAFETY: all live; the collection is freed.
        unsafe { self.model.collect_owned(lilv::lilv_plugin_get_value(self.ptr, predicate.ptr)) }
    }

    pub(crate) fn required_features(&self) -> Vec<String> {
        // SAFETY: the plugin lives; the collection is freed.
        let nodes = unsafe { self.model.collect_owned(lilv::lilv_plugin_get_required_features(self.ptr)) };
        nodes.iter().filter_map(Node::as_uri).collect()
    }

    pub(crate) fn optional_features(&self) -> Vec<String> {
        // SAFETY: the plugin lives; the collection is freed.
        let nodes = unsafe { self.model.collect_owned(lilv::lilv_plugin_get_optional_features(self.ptr)) };
        nodes.iter().filter_map(Node::as_uri).collect()
    }

    /// Subjects of class `class` that apply to this plugin (presets).
    pub(crate) fn related(&self, class: &str) -> Vec<Node<'m>> {
        let class = self.model.uri(class);
        // SAFETY: all live; the collection is freed.
        unsafe { self.model.collect_owned(lilv::lilv_plugin_get_related(self.ptr, class.ptr)) }
    }

    pub(crate) fn port_count(&self) -> u32 {
        // SAFETY: the plugin lives.
        unsafe { lilv::lilv_plugin_get_num_ports(self.ptr) }
    }

    pub(crate) fn port(&self, index: u32) -> Option<PortRef<'m>> {
        // SAFETY: the plugin lives; lilv answers null for an index out of range.
        let ptr = unsafe { lilv::lilv_plugin_get_port_by_index(self.ptr, index) };
        (!ptr.is_null()).then_some(PortRef { ptr, plugin: *self })
    }

    pub(crate) fn latency_port(&self) -> Option<u32> {
        // SAFETY: the plugin lives.
        unsafe {
            lilv::lilv_plugin_has_latency(self.ptr)
                .then(|| lilv::lilv_plugin_get_latency_port_index(self.ptr))
        }
    }
}

impl<'m> PortRef<'m> {
    pub(crate) fn symbol(&self) -> String {
        // SAFETY: port and plugin live; the node is owned by the port.
        unsafe {
            let node = lilv::lilv_port_get_symbol(self.plugin.ptr, self.ptr);
            if node.is_null() { String::new() } else { text(lilv::lilv_node_as_string(node)) }
        }
    }

    pub(crate) fn name(&self) -> Option<String> {
        // SAFETY: port and plugin live; the node is ours.
        let node = unsafe { lilv::lilv_port_get_name(self.plugin.ptr, self.ptr) };
        Some(self.plugin.node(node)?.as_text())
    }

    pub(crate) fn classes(&self) -> Vec<String> {
        // SAFETY: port and plugin live; the collection belongs to the port and is only copied.
        let nodes =
            unsafe { self.plugin.model.collect(lilv::lilv_port_get_classes(self.plugin.ptr, self.ptr)) };
        nodes.iter().filter_map(Node::as_uri).collect()
    }

    pub(crate) fn values(&self, predicate: &str) -> Vec<Node<'m>> {
        let predicate = self.plugin.model.uri(predicate);
        // SAFETY: all live; the collection is freed.
        unsafe {
            let nodes = lilv::lilv_port_get_value(self.plugin.ptr, self.ptr, predicate.ptr);
            self.plugin.model.collect_owned(nodes)
        }
    }

    pub(crate) fn value(&self, predicate: &str) -> Option<Node<'m>> {
        self.values(predicate).into_iter().next()
    }

    pub(crate) fn uris(&self, predicate: &str) -> Vec<String> {
        self.values(predicate).iter().filter_map(Node::as_uri).collect()
    }

    /// Label and value of each scale point that has a number.
    pub(crate) fn scale_points(&self) -> Vec<(String, f32)> {
        let mut found = Vec::new();
        // SAFETY: port and plugin live; labels and values are copied before the collection is freed.
        unsafe {
            let points = lilv::lilv_port_get_scale_points(self.plugin.ptr, self.ptr);
            if points.is_null() {
                return found;
            }
            let mut at = lilv::lilv_scale_points_begin(points);
            while !lilv::lilv_scale_points_is_end(points, at) {
                let point = lilv::lilv_scale_points_get(points, at);
                let copy = |node| Node { ptr: lilv::lilv_node_duplicate(node), model: PhantomData };
                let label: Node<'m> = copy(lilv::lilv_scale_point_get_label(point));
                let value: Node<'m> = copy(lilv::lilv_scale_point_get_value(point));
                if let Some(value) = value.as_f32() {
                    found.push((label.as_text(), value));
                }
                at = lilv::lilv_scale_points_next(points, at);
            }
            lilv::lilv_scale_points_free(points);
        }
        found
    }
}
