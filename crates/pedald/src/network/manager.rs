//! NetworkManager, by its command `nmcli`; stage and hotspot by the system's units, which alone may make them.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Mode, Nearby, Net, NetworkError, Radio, Seen};

/// How long a command may take. A hotspot needs several seconds to come up.
const PATIENCE: Duration = Duration::from_secs(45);
/// Longest output that is read, in bytes.
const LONGEST: u64 = 64 << 10;

/// The radio of the pedal.
#[derive(Debug, Clone)]
pub struct NetworkManager {
    /// NetworkManager's command.
    pub nmcli: PathBuf,
    /// systemd's command.
    pub systemctl: PathBuf,
    /// The unit of the stage: it shuts out foreign networks, and starts the hotspot.
    pub stage: String,
    /// The unit of the hotspot, which may also be up at home.
    pub hotspot: String,
    /// The hotspot's connection.
    pub connection: String,
    /// Where the unit keeps the hotspot's key.
    pub key: PathBuf,
}

impl Default for NetworkManager {
    fn default() -> Self {
        Self {
            nmcli: "nmcli".into(),
            systemctl: "systemctl".into(),
            stage: "archibald-stage.service".into(),
            hotspot: "wifi-hotspot.service".into(),
            connection: "pistomp-hotspot".into(),
            key: "/var/lib/archibald/hotspot.key".into(),
        }
    }
}

impl NetworkManager {
    fn nmcli(&self, arguments: &[&str]) -> Result<String, NetworkError> {
        run(Command::new(&self.nmcli).args(["--terse", "--colors", "no"]).args(arguments))
    }

    fn unit(&self, what: &str, unit: &str) -> Result<String, NetworkError> {
        // never a password prompt in a service
        run(Command::new(&self.systemctl).args(["--no-ask-password", what, unit]))
    }
}

impl Radio for NetworkManager {
    fn go(&mut self, mode: Mode) -> Result<(), NetworkError> {
        match mode {
            Mode::Stage => {
                self.nmcli(&["radio", "wifi", "on"])?;
                self.unit("restart", &self.stage)?;
            }
            Mode::Home => {
                self.unit("stop", &self.stage)?;
                self.unit("stop", &self.hotspot)?;
                self.nmcli(&["radio", "wifi", "on"])?;
            }
            Mode::Off => {
                self.unit("stop", &self.stage)?;
                self.unit("stop", &self.hotspot)?;
                self.nmcli(&["radio", "wifi", "off"])?;
            }
        }
        Ok(())
    }

    fn look(&mut self) -> Result<Seen, NetworkError> {
        let radio = self.nmcli(&["--fields", "WIFI", "general"])?.trim() == "enabled";
        let active = self.nmcli(&["--fields", "NAME,TYPE", "connection", "show", "--active"])?;
        let active = active.lines().filter_map(name_and_type).collect::<Vec<_>>();
        let is_hotspot = |(name, _): &&(String, String)| *name == self.connection;
        let up = active.iter().any(|row| is_hotspot(&row));
        let about = |field: &str| -> Option<String> {
            let text = self.nmcli(&["--get-values", field, "connection", "show", &self.connection]).ok()?;
            Some(unescaped(text.lines().next()?))
        };
        let other = active.iter().find(|row| !is_hotspot(row) && row.1 != "loopback");
        Ok(Seen {
            radio,
            connected: other.map(|(name, _)| name.clone()),
            hotspot: if up { about("802-11-wireless.ssid") } else { None },
            hotspot_net: if up { about("IP4.ADDRESS").as_deref().and_then(Net::parse) } else { None },
        })
    }

    fn networks(&mut self, rescan: bool) -> Result<Vec<Nearby>, NetworkError> {
        Self::networks(self, rescan)
    }

    fn join(&mut self, ssid: &str, password: Option<&str>) -> Result<(), NetworkError> {
        self.join_network(ssid, password)
    }

    fn leave(&mut self) -> Result<(), NetworkError> {
        match self.look()?.connected {
            Some(name) => self.leave_network(&name),
            None => Ok(()),
        }
    }

    fn forget(&mut self, ssid: &str) -> Result<(), NetworkError> {
        self.forget_network(ssid)
    }

    fn hotspot_key(&self) -> Option<String> {
        let text = std::fs::read_to_string(&self.key).ok()?;
        let key = text.trim();
        (8..=63).contains(&key.len()).then(|| key.to_owned())
    }
}

/// Name and type of a row `NAME:TYPE`, where colons of the name have a backslash before them.
fn name_and_type(row: &str) -> Option<(String, String)> {
    let (name, kind) = row.rsplit_once(':')?;
    Some((unescaped(name), kind.to_owned()))
}

pub(super) fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        plain.push(if letter == '\\' { letters.next().unwrap_or('\\') } else { letter });
    }
    plain
}

/// Runs a command to its end, but not longer than is reasonable. Its output; the error is a sentence.
pub(super) fn run(command: &mut Command) -> Result<String, NetworkError> {
    run_with(command, "")
}

/// As [`run`], with something on its standard input.
pub(super) fn run_with(command: &mut Command, input: &str) -> Result<String, NetworkError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |why: &str| {
        NetworkError(format!("{name} failed: {why}; `systemctl status NetworkManager` tells more"))
    };
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.env("LC_ALL", "C").spawn().map_err(|error| failed(&error.to_string()))?;
    if let Some(mut pipe) = child.stdin.take() {
        // a program that reads nothing has closed it: that is no failure
        let _ = std::io::Write::write_all(&mut pipe, input.as_bytes());
    }
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let read = |from: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            if let Some(from) = from {
                let _ = from.take(LONGEST).read_to_end(&mut text);
            }
            String::from_utf8_lossy(&text).into_owned()
        })
    };
    let stdout = read(stdout.map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let stderr = read(stderr.map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let end = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(20)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed("it does not answer"));
            }
        }
    };
    let (stdout, stderr) = (stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default());
    if status.success() {
        return Ok(stdout);
    }
    let first = stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or("it gave no reason");
    Err(failed(first.trim()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A program that notes what it was called with and answers as nmcli does.
    fn pretend(folder: &std::path::Path) -> NetworkManager {
        let script = r#"#!/bin/sh
echo "$(basename "$0") $*" >> "$(dirname "$0")/calls"
case "$*" in
  *"WIFI general"*) echo enabled ;;
  *--active*) printf 'Bar\\: Grill:802-11-wireless\npistomp-hotspot:802-11-wireless\nlo:loopback\n' ;;
  *802-11-wireless.ssid*) echo 'my\:pedal' ;;
  *IP4.ADDRESS*) echo 10.42.0.1/24 ;;
  *"wifi off"*) echo "Error: not authorized" >&2; exit 4 ;;
esac
"#;
        for name in ["nmcli", "systemctl"] {
            let path = folder.join(name);
            std::fs::write(&path, script).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        std::fs::write(folder.join("key"), "abcdefghjkmn\n").unwrap();
        NetworkManager {
            nmcli: folder.join("nmcli"),
            systemctl: folder.join("systemctl"),
            key: folder.join("key"),
            ..NetworkManager::default()
        }
    }

    #[test]
    fn the_commands_are_what_the_system_knows() {
        let place = tempfile::tempdir().unwrap();
        let mut radio = pretend(place.path());
        radio.go(Mode::Stage).unwrap();
        let calls = std::fs::read_to_string(place.path().join("calls")).unwrap();
        assert_eq!(
            calls,
            "nmcli --terse --colors no radio wifi on\nsystemctl --no-ask-password restart archibald-stage.service\n"
        );
        let seen = radio.look().unwrap();
        assert_eq!(seen.connected.as_deref(), Some("Bar: Grill"));
        assert_eq!(seen.hotspot.as_deref(), Some("my:pedal"));
        assert_eq!(seen.hotspot_net, Net::parse("10.42.0.1/24"));
        assert_eq!(radio.hotspot_key().as_deref(), Some("abcdefghjkmn"));
        let error = radio.go(Mode::Off).unwrap_err().to_string();
        assert!(error.contains("not authorized"), "{error}");
        radio.nmcli = place.path().join("nothing");
        assert!(radio.look().is_err());
    }
}
