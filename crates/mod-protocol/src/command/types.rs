//! The keywords and repeated groups that stand in argument lists.

/// What `feature_enable` switches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feature {
    /// One MIDI input for all devices (0 or 1).
    AggregatedMidi,
    /// `cpu_load` feedback every half second (0 or 1).
    CpuLoad,
    /// Faster than real time (0, 1, or 2: also start the transport).
    Freewheeling,
    /// Sound on or off; see [`Processing`].
    Processing,
    /// Anything else; a host answers −902.
    Other(String),
}

/// The values of `feature_enable processing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processing {
    /// 0: off. With us it opens a transaction.
    Off,
    /// 1: on; commits the transaction.
    On,
    /// 2: on, and counts as `output_data_ready` too.
    OnDataReady,
    /// 3: on with a fade in.
    OnFade,
    /// −1: fade out, then off.
    OffFade,
    /// −2: mute at once and off.
    Mute,
}

impl Processing {
    /// The meaning of the number, or `None` for one without a meaning.
    pub fn from_value(value: i32) -> Option<Self> {
        match value {
            0 => Some(Self::Off),
            1 => Some(Self::On),
            2 => Some(Self::OnDataReady),
            3 => Some(Self::OnFade),
            -1 => Some(Self::OffFade),
            -2 => Some(Self::Mute),
            _ => None,
        }
    }
}

/// Where the tempo comes from (`transport_sync`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncMode {
    /// The host's own tempo.
    None,
    /// Ableton Link.
    Link,
    /// MIDI clock.
    Midi,
    /// Anything else; a host answers −902.
    Other(String),
}

/// How `cv_map` maps the voltage of its source onto the parameter's range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CvMode {
    /// `-`: −1–0 (of the source's declared span).
    Negative,
    /// `+`: 0–1.
    Positive,
    /// `b`: −1–1.
    Bipolar,
    /// `=`: the source's declared range, −5–5 when it declares none.
    Source,
}

/// The comparison of `param_monitor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

impl Comparison {
    /// Whether `left` compares to `right` in this way.
    pub fn holds(self, left: f32, right: f32) -> bool {
        match self {
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Equal => left == right,
            Self::NotEqual => left != right,
        }
    }
}

/// What happens to a plugin that overruns its share (`x_policy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPolicy {
    /// It is named in a fault report and goes on.
    Report,
    /// It is bypassed and named.
    Bypass,
}

/// A plugin of `multi_add` and `multi_preload`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginSpec {
    /// URI of the plugin.
    pub uri: String,
    /// Instance that it becomes, 0–9999.
    pub instance: i32,
}

/// A value of `params_flush` and its relatives.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamValue {
    /// Symbol of a control input port.
    pub symbol: String,
    /// Its new value.
    pub value: f32,
}

/// A value of `x_snapshot`.
#[derive(Debug, Clone, PartialEq)]
pub struct SnapshotValue {
    /// Instance of the plugin, 0–9999.
    pub instance: i32,
    /// Symbol of a control input port, or `:bypass` (0 or 1).
    pub symbol: String,
    /// Its new value.
    pub value: f32,
}

/// A named value of `cc_map`.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalePoint {
    /// What the device shows.
    pub label: String,
    /// The value that it stands for.
    pub value: f32,
}
