//! What is known about a plugin without instantiating it.

use std::path::PathBuf;

use serde::Serialize;

use crate::port::{Designation, PortInfo, PortKind};
use crate::uris;

/// A plugin's description, read once from its bundle. Plain data; all threads.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PluginInfo {
    /// URI.
    pub uri: String,
    /// Name for people; the URI when the bundle gives none.
    pub name: String,
    /// Author's name, or empty.
    pub author: String,
    /// Author's home page.
    pub homepage: Option<String>,
    /// URI of the licence, or empty.
    pub license: String,
    /// `rdfs:comment`, or empty.
    pub comment: String,
    /// Maker as `mod:brand` says, or empty.
    pub brand: String,
    /// Short name as `mod:label` says, or empty.
    pub label: String,
    /// Folder of the bundle.
    pub bundle: PathBuf,
    /// Shared library.
    pub binary: Option<PathBuf>,
    /// URI of the plugin class.
    pub class: String,
    /// Label of the plugin class ("Reverb").
    pub category: String,
    /// URI of the project that the plugin belongs to.
    pub project: Option<String>,
    /// `lv2:minorVersion`, 0 when missing.
    pub minor_version: u32,
    /// `lv2:microVersion`, 0 when missing.
    pub micro_version: u32,
    /// Ports in order of index: `ports[i].index == i`.
    pub ports: Vec<PortInfo>,
    /// Properties that patch messages set and get.
    pub parameters: Vec<Parameter>,
    /// URIs of the features without which the plugin refuses to work.
    pub required_features: Vec<String>,
    /// URIs of the features that the plugin can use.
    pub optional_features: Vec<String>,
    /// URIs of the options without which the plugin refuses to work.
    pub required_options: Vec<String>,
    /// What the features and extensions amount to.
    pub flags: Flags,
    /// Port that reports the plugin's delay in frames.
    pub latency_port: Option<u32>,
}

/// Yes-or-no facts about a plugin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Flags {
    /// `lv2:hardRTCapable`: `run` is real-time safe, says its author.
    pub hard_rt_capable: bool,
    /// `lv2:inPlaceBroken`, or known to be so without a word: no output buffer may be one of the input buffers.
    pub in_place_broken: bool,
    /// `lv2:isLive`: must run as time passes.
    pub is_live: bool,
    /// Wants to know the longest block.
    pub bounded_block_length: bool,
    /// Needs all blocks of one length.
    pub fixed_block_length: bool,
    /// Needs blocks of a power of two.
    pub power_of_two_block_length: bool,
    /// Does not like its blocks cut into small parts.
    pub coarse_block_length: bool,
    /// Works on a thread of its own through `work:schedule`.
    pub worker: bool,
    /// Has state beyond its control ports.
    pub state: bool,
    /// State can be restored while it runs.
    pub thread_safe_restore: bool,
    /// Its default state must be restored when it is made.
    pub load_default_state: bool,
    /// Takes changed options (block length) without a restart.
    pub options_interface: bool,
    /// Must not be run for trial before it is connected.
    pub no_pre_run: bool,
}

/// A property of a plugin that is read and written by patch messages.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Parameter {
    /// URI of the property.
    pub uri: String,
    /// Name for people; the URI when there is none.
    pub label: String,
    /// URI of the type of its values (`rdfs:range`), or empty.
    pub range: String,
    /// `patch:writable`.
    pub writable: bool,
    /// `patch:readable` or writable.
    pub readable: bool,
    /// Default of a number.
    pub default: Option<f32>,
    /// Least number.
    pub min: Option<f32>,
    /// Greatest number.
    pub max: Option<f32>,
    /// Default of a text or path.
    pub default_text: Option<String>,
    /// Kinds of files a path may name (`mod:fileTypes`).
    pub file_types: Vec<String>,
    /// `rdfs:comment`, or empty.
    pub comment: String,
}

impl PluginInfo {
    /// The port with this symbol.
    pub fn port(&self, symbol: &str) -> Option<&PortInfo> {
        self.ports.iter().find(|port| port.symbol == symbol)
    }

    /// The ports of one kind, in order of index.
    pub fn ports_of(&self, kind: PortKind) -> impl Iterator<Item = &PortInfo> {
        self.ports.iter().filter(move |port| port.kind == kind)
    }

    /// The input control port with this meaning.
    pub fn designated_input(&self, designation: Designation) -> Option<&PortInfo> {
        self.ports
            .iter()
            .find(|port| port.kind == PortKind::ControlIn && port.designation == Some(designation))
    }

    /// The atom input for patch messages: the one designated `lv2:control`, else the first that understands
    /// patch messages, else the first.
    pub fn control_input(&self) -> Option<&PortInfo> {
        self.message_port(PortKind::AtomIn)
    }

    /// The atom output for patch messages, chosen like [`PluginInfo::control_input`].
    pub fn notify_output(&self) -> Option<&PortInfo> {
        self.message_port(PortKind::AtomOut)
    }

    fn message_port(&self, kind: PortKind) -> Option<&PortInfo> {
        let designated = self.ports_of(kind).find(|port| port.designation == Some(Designation::Control));
        designated
            .or_else(|| self.ports_of(kind).find(|port| port.supports.patch))
            .or_else(|| self.ports_of(kind).next())
    }

    /// The parameter with this URI.
    pub fn parameter(&self, uri: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.uri == uri)
    }

    /// Whether the plugin requires feature `uri`.
    pub fn requires(&self, uri: &str) -> bool {
        self.required_features.iter().any(|feature| feature == uri)
    }

    /// Whether every block must have the host's nominal length.
    pub fn requires_fixed_blocks(&self) -> bool {
        self.requires(uris::BUFSIZE_FIXED)
    }
}

/// A preset that some bundle offers for a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PresetInfo {
    /// URI.
    pub uri: String,
    /// Name for people; the URI when there is none.
    pub label: String,
    /// Label (or URI) of the bank it belongs to.
    pub bank: Option<String>,
    /// File that holds it, where the URI or its bundle tells.
    pub path: Option<PathBuf>,
}
