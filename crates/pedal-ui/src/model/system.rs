//! The machine: start and stop, health, pairing, updates.

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
