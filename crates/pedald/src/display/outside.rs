//! What the parts beside the session tell, in the words of the screens.

use std::path::Path;
use std::sync::Arc;

use pedal_ui::model::{Client, Network, NetworkMode, Pairing, Password, Wifi, WifiState};

use crate::access::{self, PairingState};
use crate::network::{self, Mode, Nearby, Status};

/// Pairing as the screens show it.
pub(super) fn pairing(state: &PairingState, clients: &Arc<Vec<access::Client>>) -> Pairing {
    let digits = |code: [u8; 6]| code.iter().map(|digit| char::from(b'0' + digit.min(&9))).collect();
    Pairing {
        code: state.code.map(digits),
        url: state.url.clone(),
        request: state
            .confirm
            .as_ref()
            .map(|(name, role)| Client { name: name.clone(), role: role.name().to_owned() }),
        clients: clients
            .iter()
            .map(|client| Client { name: client.name.clone(), role: client.role.name().to_owned() })
            .collect(),
    }
}

/// The network as the screens show it. `address` is the pairing page's, of which the host is what people type.
pub(super) fn wifi(status: &Status, nearby: &[Nearby], key: Option<&str>, busy: bool, address: &str) -> Wifi {
    let seen = &status.seen;
    let state = if busy {
        WifiState::Busy
    } else if seen.hotspot.is_some() {
        WifiState::Hotspot
    } else if !seen.radio {
        WifiState::Off
    } else if seen.connected.is_some() {
        WifiState::Connected
    } else {
        WifiState::Idle
    };
    Wifi {
        mode: match status.mode {
            Mode::Home => NetworkMode::Home,
            Mode::Stage => NetworkMode::Stage,
            Mode::Off => NetworkMode::Off,
        },
        state,
        ssid: seen.hotspot.clone().or_else(|| seen.connected.clone()).unwrap_or_default(),
        address: address.trim_end_matches("/pair").to_owned(),
        hotspot_ssid: seen.hotspot.clone().unwrap_or_else(|| "pistomp".to_owned()),
        hotspot_password: Password::new(key.unwrap_or_default()),
        networks: nearby
            .iter()
            .map(|one| Network {
                ssid: one.ssid.clone(),
                signal: one.signal,
                secured: one.secured,
                saved: one.saved,
            })
            .collect(),
    }
}

/// An update as the screens show it.
pub(super) fn update(status: &super::UpdateStatus) -> pedal_ui::model::Update {
    pedal_ui::model::Update {
        available: status.available.clone(),
        staged: status.staged.clone(),
        running: status.running.clone(),
        failed: status.failed.clone(),
        previous: status.previous.clone(),
    }
}

/// The mode in the network's words.
pub(super) const fn mode(mode: NetworkMode) -> network::Mode {
    match mode {
        NetworkMode::Home => Mode::Home,
        NetworkMode::Stage => Mode::Stage,
        NetworkMode::Off => Mode::Off,
    }
}

/// Lines that the first boot wrote for the display: at most 20, none of them empty.
pub(super) fn messages(file: &Path) -> Vec<String> {
    use std::io::Read;
    let mut text = Vec::new();
    if let Ok(file) = std::fs::File::open(file) {
        // somebody else's file: never more of it than can be shown
        let _ = file.take(8 << 10).read_to_end(&mut text);
    }
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.take(20).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Seen;

    #[test]
    fn the_radio_is_shown_as_it_is() {
        let at = |seen: Seen, busy| {
            let status = Status { seen, ..Status::default() };
            wifi(&status, &[], Some("abcdefgh"), busy, "http://10.0.0.4/pair").state
        };
        let on = Seen { radio: true, ..Seen::default() };
        assert_eq!(at(Seen::default(), false), WifiState::Off);
        assert_eq!(at(on.clone(), false), WifiState::Idle);
        assert_eq!(at(on.clone(), true), WifiState::Busy);
        assert_eq!(at(Seen { connected: Some("Home".into()), ..on.clone() }, false), WifiState::Connected);
        assert_eq!(at(Seen { hotspot: Some("p".into()), ..on }, false), WifiState::Hotspot);
    }

    #[test]
    fn messages_are_short_and_a_missing_file_says_nothing() {
        let place = tempfile::tempdir().expect("folder");
        let file = place.path().join("provision.txt");
        assert!(messages(&file).is_empty());
        std::fs::write(&file, "line 3, TIMEZONE: no such zone\n\n  SSH: no key\n".repeat(50))
            .expect("written");
        let lines = messages(&file);
        assert_eq!((lines.len(), lines[1].as_str()), (20, "SSH: no key"));
    }
}
