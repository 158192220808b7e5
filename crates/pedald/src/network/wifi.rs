//! The player's own networks: which there are, joining, leaving, forgetting.

use std::process::Command;

use super::manager::{NetworkManager, run, run_with, unescaped};
use super::{Nearby, NetworkError};

/// Fields of a row that nmcli has written with `--terse`: colons between them, a backslash before colons within.
fn fields(row: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = row.chars();
    while let Some(letter) = letters.next() {
        let last = fields.last_mut().expect("there is always a field");
        match letter {
            '\\' => last.extend(letters.next()),
            ':' => fields.push(String::new()),
            other => last.push(other),
        }
    }
    fields
}

/// Networks that are heard, the strongest of each name, and those that are saved but not heard. `heard` has rows
/// `SSID:SIGNAL:SECURITY`, `saved` has rows `NAME:TYPE`.
fn together(heard: &str, saved: &str, hotspot: &str) -> Vec<Nearby> {
    let saved: Vec<String> = saved
        .lines()
        .filter_map(|row| row.rsplit_once(':'))
        .filter(|(_, kind)| *kind == "802-11-wireless")
        .map(|(name, _)| unescaped(name))
        .filter(|name| name != hotspot)
        .collect();
    let mut networks: Vec<Nearby> = Vec::new();
    for row in heard.lines().map(fields) {
        let [ssid, signal, security] = row.as_slice() else { continue };
        if ssid.is_empty() {
            continue;
        }
        let signal = signal.parse::<u8>().ok().map(|signal| signal.min(100));
        match networks.iter_mut().find(|network| network.ssid == *ssid) {
            Some(known) => known.signal = known.signal.max(signal),
            None => networks.push(Nearby {
                ssid: ssid.clone(),
                signal,
                secured: !security.is_empty() && security != "--",
                saved: saved.contains(ssid),
            }),
        }
    }
    for name in saved {
        if !networks.iter().any(|network| network.ssid == name) {
            networks.push(Nearby { ssid: name, signal: None, secured: true, saved: true });
        }
    }
    networks
}

impl NetworkManager {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.nmcli);
        command.args(arguments);
        command
    }

    pub(super) fn networks(&self, rescan: bool) -> Result<Vec<Nearby>, NetworkError> {
        let rescan = if rescan { "yes" } else { "no" };
        let heard = run(&mut self.command(&[
            "--terse",
            "--colors",
            "no",
            "--fields",
            "SSID,SIGNAL,SECURITY",
            "device",
            "wifi",
            "list",
            "--rescan",
            rescan,
        ]))?;
        let saved = run(&mut self.command(&[
            "--terse",
            "--colors",
            "no",
            "--fields",
            "NAME,TYPE",
            "connection",
            "show",
        ]))?;
        Ok(together(&heard, &saved, &self.connection))
    }

    /// The password goes through a pipe: what is on a command line can be read by every program of the machine.
    pub(super) fn join_network(&self, ssid: &str, password: Option<&str>) -> Result<(), NetworkError> {
        let known = self.networks(false)?;
        let network = known.iter().find(|network| network.ssid == ssid);
        if password.is_none() && network.is_some_and(|network| network.saved) {
            return run(&mut self.command(&["--wait", "40", "connection", "up", "id", ssid])).map(drop);
        }
        if password.is_some() && network.is_some_and(|network| network.saved) {
            // the old password goes with the old connection
            run(&mut self.command(&["connection", "delete", "id", ssid]))?;
        }
        let mut arguments = vec!["--ask", "--wait", "40", "device", "wifi", "connect", ssid];
        if network.is_none_or(|network| network.signal.is_none()) {
            arguments.extend(["hidden", "yes"]);
        }
        run_with(&mut self.command(&arguments), &format!("{}\n", password.unwrap_or_default())).map(drop)
    }

    pub(super) fn leave_network(&self, name: &str) -> Result<(), NetworkError> {
        run(&mut self.command(&["connection", "down", "id", name])).map(drop)
    }

    pub(super) fn forget_network(&self, name: &str) -> Result<(), NetworkError> {
        run(&mut self.command(&["connection", "delete", "id", name])).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_heard_saved_or_both() {
        let heard = "Bar\\: Grill:40:WPA2\nHome:80:WPA2 WPA3\nHome:30:WPA2\n:70:WPA2\nCafe:20:\nbroken\n";
        let saved = "Home:802-11-wireless\nStudio:802-11-wireless\neth:802-3-ethernet\npistomp-hotspot:802-11-wireless\n";
        let networks = together(heard, saved, "pistomp-hotspot");
        let row = |one: &Nearby| (one.ssid.clone(), one.signal, one.secured, one.saved);
        assert_eq!(
            networks.iter().map(row).collect::<Vec<_>>(),
            [
                ("Bar: Grill".to_owned(), Some(40), true, false),
                ("Home".to_owned(), Some(80), true, true),
                ("Cafe".to_owned(), Some(20), false, false),
                ("Studio".to_owned(), None, true, true),
            ]
        );
    }

    #[test]
    fn a_password_is_on_no_command_line() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().expect("folder");
        let script = "#!/bin/sh\necho \"$*\" >> \"$(dirname \"$0\")/calls\"\n\
                      case \"$*\" in *connect\\ Home*) cat >> \"$(dirname \"$0\")/typed\" ;; *list*) echo Home:80:WPA2 ;; esac\n";
        let nmcli = place.path().join("nmcli");
        std::fs::write(&nmcli, script).expect("written");
        std::fs::set_permissions(&nmcli, std::fs::Permissions::from_mode(0o755)).expect("set");
        let radio = NetworkManager { nmcli, ..NetworkManager::default() };
        radio.join_network("Home", Some("tulip-ember")).expect("joined");
        let calls = std::fs::read_to_string(place.path().join("calls")).expect("called");
        assert!(
            calls.contains("--ask --wait 40 device wifi connect Home\n") && !calls.contains("tulip"),
            "{calls}"
        );
        assert_eq!(std::fs::read_to_string(place.path().join("typed")).expect("typed"), "tulip-ember\n");
    }
}
