//! Which pedal this program runs on.

use pedal_hardware::{Profile, model};

use crate::cli::Model;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A pedal in memory, because the command line asks for it.
    Simulated(Profile),
    /// A Raspberry Pi with this pedal around it.
    Header(Profile),
    /// Nothing is wired here, and why.
    Nothing(String),
}

impl Found {
    /// The wiring that this stands for.
    pub fn profile(&self) -> Profile {
        match self {
            Self::Simulated(profile) | Self::Header(profile) => profile.clone(),
            Self::Nothing(_) => Profile::generic(),
        }
    }

    /// Name to show.
    pub fn name(&self) -> String {
        let own = |profile: &Profile| match profile.name {
            "v1" => "pi-Stomp",
            "v2" => "pi-Stomp Core",
            "v3" => "pi-Stomp Tre",
            _ => "MIDI foot controller",
        };
        match self {
            Self::Simulated(profile) => format!("{} (simulated)", own(profile)),
            Self::Header(profile) => own(profile).to_owned(),
            Self::Nothing(_) => "no pedal".to_owned(),
        }
    }
}

/// What this program runs on. `simulated` and `named` come from the command line, `version` from the configuration,
/// `computer` is the text of the computer's model; `gpio` says whether there is a chip with the header's lines.
pub fn detect(
    simulated: Option<Model>,
    named: Option<Model>,
    version: Option<f64>,
    computer: &str,
    gpio: impl FnOnce() -> Result<(), String>,
) -> Found {
    let name = |model| match model {
        Model::V1 => "v1",
        Model::V2 => "v2",
        Model::V3 => "v3",
        Model::Generic => "generic",
    };
    if let Some(profile) = simulated.and_then(|model| Profile::named(name(model))) {
        return Found::Simulated(profile);
    }
    let profile = model::detect(named.map(name), version, computer);
    if profile.name == "generic" {
        return Found::Nothing("no pedal is wired to this computer".to_owned());
    }
    match gpio() {
        Ok(()) => Found::Header(profile),
        Err(reason) => Found::Nothing(format!("{} is not wired to this computer ({reason})", profile.name)),
    }
}

/// The text of this computer's model: the device tree's, else the processor's.
pub fn computer() -> String {
    std::fs::read_to_string("/proc/device-tree/model")
        .or_else(|_| std::fs::read_to_string("/proc/cpuinfo"))
        .unwrap_or_default()
}

/// Whether there is a chip with the header's lines.
pub fn header() -> Result<(), String> {
    pedal_hardware::linux::header_chip().map(drop).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PI: &str = "Raspberry Pi 4 Model B Rev 1.4";

    #[test]
    fn the_simulator_wins_then_the_name_then_the_file_then_the_computer() {
        let there = || Ok(());
        let name = |found: Found| found.profile().name;
        assert_eq!(detect(Some(Model::V1), None, Some(3.0), PI, there), Found::Simulated(Profile::v1()));
        assert_eq!(name(detect(None, Some(Model::V2), Some(3.0), PI, there)), "v2");
        assert_eq!(name(detect(None, None, Some(2.1), PI, there)), "v2");
        assert_eq!(detect(None, None, None, PI, there), Found::Header(Profile::v3()));
        assert_eq!(name(detect(None, None, None, "Raspberry Pi 3 Model A Plus", there)), "v2");
    }

    #[test]
    fn a_configuration_on_a_computer_without_wires_is_no_pedal_and_says_why() {
        let found = detect(None, None, Some(3.0), "AMD EPYC", || Err("no chip".into()));
        assert_eq!(found, Found::Nothing("v3 is not wired to this computer (no chip)".into()));
        assert_eq!(found.profile().name, "generic");
        assert!(matches!(detect(None, None, None, "AMD EPYC", || Ok(())), Found::Nothing(_)));
    }
}
