//! The wireless network, and who reaches the pedal over it.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        assert!(!format!("{:?}", Password::new("secret1")).contains("secret1"));
    }
}
