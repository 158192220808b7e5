//! What is known about a port without instantiating the plugin.

use serde::Serialize;

use crate::uris;

/// Type and direction of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PortKind {
    /// Audio input.
    AudioIn,
    /// Audio output.
    AudioOut,
    /// Control voltage input: a value for each frame.
    CvIn,
    /// Control voltage output.
    CvOut,
    /// Parameter.
    ControlIn,
    /// Value the plugin reports.
    ControlOut,
    /// Events to the plugin.
    AtomIn,
    /// Events from the plugin.
    AtomOut,
    /// Of a type that the host cannot connect; the plugin works without it (`lv2:connectionOptional`) or is refused.
    Unsupported,
}

impl PortKind {
    /// Audio or control voltage: one sample for each frame.
    pub fn is_signal(self) -> bool {
        matches!(self, Self::AudioIn | Self::AudioOut | Self::CvIn | Self::CvOut)
    }

    /// Whether the plugin reads it.
    pub fn is_input(self) -> bool {
        matches!(self, Self::AudioIn | Self::CvIn | Self::ControlIn | Self::AtomIn)
    }
}

/// What a port is for (`lv2:designation`), as far as a host acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Designation {
    /// Messages to and from the plugin as a whole.
    Control,
    /// 1 = works, 0 = passes its input through.
    Enabled,
    /// 1 while rendering faster than real time.
    FreeWheeling,
    /// Delay of the plugin in frames.
    Latency,
    /// Tempo in beats per minute.
    BeatsPerMinute,
    /// Beats in a bar.
    BeatsPerBar,
    /// Which note a beat is (4 = quarter).
    BeatUnit,
    /// Number of the bar, from 0.
    Bar,
    /// Beat within the bar, from 0.
    BarBeat,
    /// Beat from the start.
    Beat,
    /// Frame from the start.
    Frame,
    /// 1 = the transport rolls, 0 = it stands.
    Speed,
}

impl Designation {
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            uris::LV2_CONTROL => Self::Control,
            uris::LV2_ENABLED => Self::Enabled,
            uris::LV2_FREE_WHEELING => Self::FreeWheeling,
            uris::LV2_LATENCY => Self::Latency,
            uris::TIME_BEATS_PER_MINUTE => Self::BeatsPerMinute,
            uris::TIME_BEATS_PER_BAR => Self::BeatsPerBar,
            uris::TIME_BEAT_UNIT => Self::BeatUnit,
            uris::TIME_BAR => Self::Bar,
            uris::TIME_BAR_BEAT => Self::BarBeat,
            uris::TIME_BEAT => Self::Beat,
            uris::TIME_FRAME => Self::Frame,
            uris::TIME_SPEED => Self::Speed,
            _ => return None,
        })
    }
}

/// A port's description. Plain data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PortInfo {
    /// Index for [`crate::Runner`].
    pub index: u32,
    /// Name for machines, unique in the plugin.
    pub symbol: String,
    /// Name for people.
    pub name: String,
    /// `lv2:shortName`.
    pub short_name: Option<String>,
    /// Type and direction.
    pub kind: PortKind,
    /// Value at the start: `mod:default`, else `lv2:default`, else the least. As written: see [`PortInfo::ranges`].
    pub default: f32,
    /// Least value as written: `mod:minimum`, else `lv2:minimum`, else 0.
    pub min: f32,
    /// Greatest value as written: `mod:maximum`, else `lv2:maximum`, else 1.
    pub max: f32,
    /// Yes-or-no facts.
    pub properties: PortProperties,
    /// Named values, in order of value.
    pub scale_points: Vec<ScalePoint>,
    /// Unit of the value.
    pub unit: Option<Unit>,
    /// What the port is for, where a host acts on it.
    pub designation: Option<Designation>,
    /// URI of the designation, known or not.
    pub designation_uri: Option<String>,
    /// URI of the port's group.
    pub group: Option<String>,
    /// Least size of an event buffer in bytes (`rsz:minimumSize`), 0 when not told.
    pub minimum_size: u32,
    /// `pprops:rangeSteps`.
    pub range_steps: Option<f32>,
    /// What an atom port understands.
    pub supports: AtomSupport,
    /// `rdfs:comment`, or empty.
    pub comment: String,
}

/// Yes-or-no facts about a port.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PortProperties {
    /// Whole numbers only.
    pub integer: bool,
    /// 0 or not 0.
    pub toggled: bool,
    /// Only the values of the scale points.
    pub enumeration: bool,
    /// Best shown on a logarithmic scale.
    pub logarithmic: bool,
    /// Goes back to its default after one block.
    pub trigger: bool,
    /// Not for the user.
    pub not_on_gui: bool,
    /// A change costs much time.
    pub expensive: bool,
    /// A change may be heard.
    pub causes_artifacts: bool,
    /// Bounds and default are fractions of the sample rate.
    pub sample_rate: bool,
    /// May be left unconnected.
    pub connection_optional: bool,
    /// A side chain input.
    pub is_side_chain: bool,
    /// The plugin must not get values outside its bounds.
    pub strict_bounds: bool,
    /// A switch that is on while pressed (`mod:preferMomentaryOnByDefault`).
    pub momentary_on: bool,
    /// A switch that is off while pressed.
    pub momentary_off: bool,
}

/// A named value of a port.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScalePoint {
    /// Name for people.
    pub label: String,
    /// Value.
    pub value: f32,
}

/// A unit of measure.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Unit {
    /// URI, unless it is defined in place.
    pub uri: Option<String>,
    /// Name ("decibels"), or empty.
    pub label: String,
    /// Symbol ("dB"), or empty.
    pub symbol: String,
    /// `printf` format ("%f dB"), or empty.
    pub render: String,
}

/// What an atom port understands (`atom:supports`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AtomSupport {
    /// MIDI events.
    pub midi: bool,
    /// Patch messages.
    pub patch: bool,
    /// `time:Position` objects.
    pub time: bool,
}

impl PortInfo {
    /// Least value, default and greatest value at `sample_rate` Hz.
    pub fn ranges(&self, sample_rate: f64) -> (f32, f32, f32) {
        let factor = if self.properties.sample_rate { sample_rate as f32 } else { 1.0 };
        (self.min * factor, self.default * factor, self.max * factor)
    }

    /// Whether a change may be ramped: not for whole numbers, switches, lists and triggers, nor where each
    /// change costs or is heard.
    pub fn is_continuous(&self) -> bool {
        let p = &self.properties;
        self.kind == PortKind::ControlIn
            && !(p.integer || p.toggled || p.enumeration || p.trigger || p.expensive || p.causes_artifacts)
    }
}
