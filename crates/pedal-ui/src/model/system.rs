//! The machine: start and stop, health, network, audio interface, tuner, pairing, updates.

/// What the pedal as a whole is doing.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Stage {
    /// It starts.
    Booting(Progress),
    /// It plays.
    #[default]
    Playing,
    /// A new system is being installed.
    Updating(Progress),
    /// It is about to stop; the sentence says what it waits for.
    Stopping(String),
    /// It may be unplugged.
    SafeToPowerOff,
}

/// Boards that stand ready beside the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Ready {
    /// How many.
    pub boards: usize,
    /// MB that they take in the engine.
    pub memory: u64,
    /// MB that they may take.
    pub limit: u64,
}

/// A piece of work and how far it is.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Progress {
    /// What is being done.
    pub text: String,
    /// 0 to 1.
    pub share: f32,
}

/// A sentence the player must see.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Notice {
    /// Something has gone wrong.
    pub error: bool,
    /// A few words.
    pub title: String,
    /// What happened, to what, what to try.
    pub text: String,
}

/// How the machine copes.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// Share of a period that the board takes (p99), in percent.
    pub dsp: f32,
    /// Xruns within the last 1, 5 and 15 minutes.
    pub xruns: [u32; 3],
    /// Level at the inputs in dBFS, the higher of all.
    pub input: f32,
    /// Level at the outputs in dBFS, the higher of all.
    pub output: f32,
    /// An input or an output has clipped within the last seconds.
    pub clip: bool,
    /// Processor's temperature in °C.
    pub temperature: Option<f32>,
    /// The processor was slowed down for heat or low voltage: why.
    pub throttled: Option<String>,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            dsp: 0.0,
            xruns: [0; 3],
            input: -90.0,
            output: -90.0,
            clip: false,
            temperature: None,
            throttled: None,
        }
    }
}

/// A password: never shown by `Debug`, so that it reaches no log.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Password(String);

impl Password {
    /// Takes what was typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What was typed.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What the radio is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum WifiState {
    /// Switched off.
    #[default]
    Off,
    /// On, without a network.
    Idle,
    /// Joining.
    Busy,
    /// In a network.
    Connected,
    /// The pedal is a hotspot itself.
    Hotspot,
}

/// Who may reach the pedal over the air.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum NetworkMode {
    /// It joins the player's networks.
    #[default]
    Home,
    /// Only paired devices, on the pedal's own hotspot.
    Stage,
    /// The radio is off.
    Off,
}

impl NetworkMode {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Home, Self::Stage, Self::Off];

    /// Its name in the menu.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Home => "Home",
            Self::Stage => "Stage",
            Self::Off => "Off",
        }
    }

    /// What it means, in a few words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Home => "your Wi-Fi",
            Self::Stage => "own hotspot",
            Self::Off => "radio off",
        }
    }
}

/// A wireless network.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Network {
    /// Its name.
    pub ssid: String,
    /// Its signal, 0 to 100; none: not heard now.
    pub signal: Option<u8>,
    /// It wants a password.
    pub secured: bool,
    /// The pedal knows its password.
    pub saved: bool,
}

/// Wireless network.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Wifi {
    /// Who may reach the pedal.
    pub mode: NetworkMode,
    /// What the radio is doing.
    pub state: WifiState,
    /// Name of the present network, or of the hotspot.
    pub ssid: String,
    /// Address of the pedal's page, for people.
    pub address: String,
    /// Name of the hotspot.
    pub hotspot_ssid: String,
    /// Password of the hotspot, for its screen.
    pub hotspot_password: Password,
    /// Networks, saved ones and those heard.
    pub networks: Vec<Network>,
}

/// Levels of the codec.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixer {
    /// Output volume in dB.
    pub output_volume: f32,
    /// Lowest and highest output volume in dB.
    pub output_range: (f32, f32),
    /// Input gain in dB.
    pub input_gain: f32,
    /// Lowest and highest input gain in dB.
    pub input_range: (f32, f32),
    /// The codec's equaliser is on.
    pub eq: bool,
    /// Gains of its bands in dB, −10.5 to +12 in steps of 1.5; empty: the codec has none.
    pub bands: Vec<f32>,
    /// Reading of the level meter's ADC at silence; none: no meter.
    pub vu_baseline: Option<u16>,
}

impl Default for Mixer {
    fn default() -> Self {
        Self {
            output_volume: 0.0,
            output_range: (-25.75, 6.0),
            input_gain: 0.0,
            input_range: (-19.75, 12.0),
            eq: false,
            bands: Vec::new(),
            vu_baseline: None,
        }
    }
}

/// The audio interface.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Its levels; none: they are not set here.
    pub mixer: Option<Mixer>,
    /// Frames of a period.
    pub period: u32,
    /// Periods that can be chosen.
    pub periods: Vec<u32>,
    /// Sample rate in Hz.
    pub rate: u32,
    /// Sample rates that can be chosen.
    pub rates: Vec<u32>,
    /// Round trip measured with a cable in, in ms.
    pub round_trip: Option<f32>,
    /// Period in frames that it was measured at.
    pub round_trip_period: Option<u32>,
    /// A recording runs: for so many seconds.
    pub recording: Option<u32>,
}

impl Default for Audio {
    fn default() -> Self {
        Self {
            mixer: None,
            period: 128,
            periods: vec![32, 64, 128, 256, 512],
            rate: 48_000,
            rates: vec![44_100, 48_000, 96_000],
            round_trip: None,
            round_trip_period: None,
            recording: None,
        }
    }
}

/// Tuner.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuner {
    /// It listens: the screen shows it.
    pub on: bool,
    /// Frequency in Hz; none: silence.
    pub frequency: Option<f32>,
    /// Input from 1.
    pub input: u8,
    /// Number of inputs.
    pub inputs: u8,
    /// The output is silent while tuning.
    pub mute: bool,
    /// Frequency of A4 in Hz.
    pub reference: f32,
}

impl Default for Tuner {
    fn default() -> Self {
        Self { on: false, frequency: None, input: 1, inputs: 2, mute: true, reference: 440.0 }
    }
}

impl Tuner {
    /// Name of the nearest note, its octave, and how far the string is from it in cents (−50 to +50).
    pub fn note(&self) -> Option<(&'static str, i32, f32)> {
        const NAMES: [&str; 12] = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"];
        let frequency = self.frequency.filter(|f| f.is_finite() && *f > 0.0)?;
        if !(self.reference.is_finite() && self.reference > 0.0) {
            return None;
        }
        let key = 69.0 + 12.0 * (frequency / self.reference).log2();
        let nearest = key.round();
        let number = nearest as i32;
        Some((NAMES[number.rem_euclid(12) as usize], number.div_euclid(12) - 1, (key - nearest) * 100.0))
    }
}

/// Which side a true bypass takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Side {
    /// The left input and output.
    Left,
    /// The right input and output.
    Right,
    /// Both.
    #[default]
    Both,
}

impl Side {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Left, Self::Right, Self::Both];

    /// Its name in the menu.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "Left",
            Self::Right => "Right",
            Self::Both => "Left and right",
        }
    }
}

/// True bypass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Bypass {
    /// The pedal is passed by.
    pub active: bool,
    /// Which side.
    pub side: Side,
}

/// A browser that may control the pedal.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Client {
    /// What it calls itself.
    pub name: String,
    /// What it may do ("play", "edit", "admin").
    pub role: String,
}

/// Pairing with browsers.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Pairing {
    /// Code to type into the browser; none: pairing is not offered.
    pub code: Option<String>,
    /// Address with the code, for the QR picture.
    pub url: String,
    /// A browser that asks to be let in.
    pub request: Option<Client>,
    /// Browsers that were let in.
    pub clients: Vec<Client>,
}

/// Facts about the system.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct System {
    /// Version of the software.
    pub version: String,
    /// Build: commit or date.
    pub build: String,
    /// systemd's word for the whole ("running", "degraded").
    pub state: String,
    /// Name of the hardware.
    pub hardware: String,
    /// Clock of the display's bus in MHz; none: not adjustable.
    pub lcd_mhz: Option<u32>,
    /// Clocks that can be chosen.
    pub lcd_speeds: Vec<u32>,
    /// What the first boot has to say, line by line.
    pub messages: Vec<String>,
}

/// State of a system update.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Update {
    /// A newer version is there.
    pub available: Option<String>,
    /// This version is on the pedal and waits for a restart.
    pub staged: Option<String>,
    /// What is being done, in a sentence.
    pub running: Option<String>,
    /// Why the last thing that was asked for was not done.
    pub failed: Option<String>,
    /// The version that one can go back to.
    pub previous: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_a_guitar() {
        let at = |frequency| Tuner { frequency: Some(frequency), ..Tuner::default() }.note().expect("a note");
        assert_eq!((at(440.0).0, at(440.0).1), ("A", 4));
        assert_eq!((at(82.41).0, at(82.41).1), ("E", 2));
        assert!(at(82.41).2.abs() < 0.2);
        assert!((at(445.0).2 - 19.56).abs() < 0.1);
        assert_eq!((at(30.87).0, at(30.87).1), ("B", 0));
        for wrong in [f32::NAN, 0.0, -1.0, f32::INFINITY] {
            assert!(Tuner { frequency: Some(wrong), ..Tuner::default() }.note().is_none());
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        assert!(!format!("{:?}", Password::new("secret1")).contains("secret1"));
    }
}
