//! Where a period is kept for the next start of the server.

use super::server::Kind;
use crate::change::{Machine, Place, Step};
use std::path::Path;

/// Why a period cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The system is made from a configuration that is not ours to write.
    #[error(
        "this is NixOS, where /etc is made from the configuration: `rt-tune emit-nix` writes the period as options"
    )]
    Nixos,
    /// Nobody knows how this server is started.
    #[error(
        "how this JACK server is started is not known here: add -p {frames} to its command (~/.jackdrc is not there)"
    )]
    Unknown {
        /// The period.
        frames: u32,
    },
    /// The file has no period that could be changed.
    #[error("{path} has no -p with a number: set the period there by hand")]
    NoPeriod {
        /// Which file.
        path: String,
    },
}

/// A file that keeps the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The write; through the journal it can be undone.
    pub step: Step,
}

/// The pedal's own file, which stands over the built-in values.
const PEDAL: &str = "/var/lib/archibald/jack";
/// Name of our file among PipeWire's; later names win.
const DROP_IN: &str = "pipewire/pipewire.conf.d/95-rt-tune.conf";

/// What has to be written so that the next start of the server has this period. `home` is the user's folder, `root` whether this
/// is root.
///
/// # Errors
/// [`ConfigError`].
pub fn target(
    machine: &dyn Machine,
    kind: Kind,
    frames: u32,
    home: Option<&Path>,
    root: bool,
) -> Result<Target, ConfigError> {
    let nixos = machine.read("/etc/NIXOS").is_ok();
    let document = |path: String, text: String| {
        let before = machine.read(&path).ok();
        let why = "for the next start of the server".to_owned();
        Target {
            step: Step {
                place: Place::Document { path },
                before,
                after: Some(text),
                why,
                may_be_refused: false,
            },
        }
    };
    let at_home = |file: &str| home.map(|home| home.join(file).to_string_lossy().into_owned());
    match kind {
        Kind::PipeWire => {
            let path = match at_home(&format!(".config/{DROP_IN}")).filter(|_| !root) {
                Some(path) => path,
                None if nixos => return Err(ConfigError::Nixos),
                None => format!("/etc/{DROP_IN}"),
            };
            Ok(document(path, pipewire(frames)))
        }
        Kind::Jack => {
            if machine.resolve("/var/lib/archibald").is_some() {
                let old = machine.read(PEDAL).unwrap_or_default();
                return Ok(document(PEDAL.to_owned(), pedal(&old, frames)));
            }
            let start = at_home(".jackdrc").and_then(|path| Some((machine.read(&path).ok()?, path)));
            let Some((old, path)) = start else { return Err(ConfigError::Unknown { frames }) };
            let new = jackdrc(&old, frames).ok_or_else(|| ConfigError::NoPeriod { path: path.clone() })?;
            Ok(document(path, new))
        }
    }
}

/// The lowest allowed period is the same: one program that asks for less would take all others with it. In a virtual machine
/// PipeWire raises that bound to 1024, in older versions by another section.
fn pipewire(frames: u32) -> String {
    format!(
        "# Found by `rt-tune quantum`. Undo with `rt-tune revert quantum`, or remove this file.
context.properties = {{
    default.clock.quantum     = {frames}
    default.clock.min-quantum = {frames}
    vm.overrides = {{ default.clock.min-quantum = {frames} }}
}}
context.properties.rules = [
    {{ matches = [ {{ cpu.vm.name = !null }} ]
      actions = {{ update-props = {{ default.clock.min-quantum = {frames} }} }} }}
]
"
    )
}

/// Replaces or adds one line.
fn pedal(old: &str, frames: u32) -> String {
    let line = format!("JACK_PERIOD={frames}");
    let mut lines: Vec<&str> =
        old.lines().filter(|line| !line.trim_start().starts_with("JACK_PERIOD=")).collect();
    lines.push(&line);
    lines.join("\n") + "\n"
}

/// Replaces the number after the driver's `-p` or `--period`; the one before `-d` is the number of ports.
fn jackdrc(old: &str, frames: u32) -> Option<String> {
    let driver = ["-d", "--driver"].iter().filter_map(|word| old.find(&format!(" {word}"))).min()?;
    let (head, tail) = old.split_at(driver);
    let at = ["-p", "--period"]
        .iter()
        .filter_map(|word| tail.find(&format!(" {word}")).map(|at| at + 1 + word.len()))
        .min()?;
    let rest = &tail[at..];
    let gap = rest.len() - rest.trim_start_matches([' ', '=']).len();
    let number = rest[gap..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - gap);
    (number > 0).then(|| format!("{head}{}{}{frames}{}", &tail[..at], &rest[..gap], &rest[gap + number..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::simulated::Simulated;

    fn text(target: &Target) -> (String, String) {
        let Place::Document { path } = &target.step.place else { panic!("{target:?}") };
        (path.clone(), target.step.after.clone().unwrap())
    }

    #[test]
    fn each_server_has_its_file() {
        let home = Path::new("/home/ann");
        let machine =
            Simulated::default().file("/home/ann/.jackdrc", "/usr/bin/jackd -R -p 512 -d alsa -p1024 -n 2\n");
        let kept = text(&target(&machine, Kind::PipeWire, 64, Some(home), false).unwrap());
        assert_eq!(kept.0, "/home/ann/.config/pipewire/pipewire.conf.d/95-rt-tune.conf");
        assert!(kept.1.contains("default.clock.quantum     = 64\n"), "{}", kept.1);
        let kept = text(&target(&machine, Kind::PipeWire, 64, Some(home), true).unwrap());
        assert_eq!(kept.0, "/etc/pipewire/pipewire.conf.d/95-rt-tune.conf");
        let kept = text(&target(&machine, Kind::Jack, 64, Some(home), false).unwrap());
        assert_eq!(kept.1, "/usr/bin/jackd -R -p 512 -d alsa -p64 -n 2\n");
        let pedal = Simulated::default().file(PEDAL, "JACK_PERIOD=128\nJACK_NPERIODS=3\n");
        let kept = text(&target(&pedal, Kind::Jack, 64, None, true).unwrap());
        assert_eq!(kept, (PEDAL.to_owned(), "JACK_NPERIODS=3\nJACK_PERIOD=64\n".to_owned()));
    }

    #[test]
    fn what_cannot_be_kept_is_said() {
        let nixos = Simulated::default().file("/etc/NIXOS", "");
        assert_eq!(target(&nixos, Kind::PipeWire, 64, None, true), Err(ConfigError::Nixos));
        let bare = Simulated::default();
        assert_eq!(target(&bare, Kind::Jack, 64, None, true), Err(ConfigError::Unknown { frames: 64 }));
        for odd in ["jackd -d alsa\n", "jackd\n", "", "jackd -d alsa -p x", "jackd -p 64"] {
            assert_eq!(jackdrc(odd, 64), None, "{odd}");
        }
        assert_eq!(jackdrc("jackd -d dummy --period=256", 64).unwrap(), "jackd -d dummy --period=64");
    }
}
