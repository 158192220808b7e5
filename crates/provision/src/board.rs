//! Which Raspberry Pi this is, and which pi-Stomp goes with it.

use crate::machine::Machine;
use serde::Serialize;
use std::io;

/// A model of Raspberry Pi, compute modules with their parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Board {
    /// Raspberry Pi 3, CM3, Zero 2 W.
    Pi3,
    /// Raspberry Pi 4, 400, CM4.
    Pi4,
    /// Raspberry Pi 5, 500, CM5.
    Pi5,
    /// Another machine.
    Other,
}

impl Board {
    /// Asks the machine: the device tree first, which ends in a NUL, then the list of processors.
    ///
    /// # Errors
    ///
    /// One of the files is there and cannot be read.
    pub fn of(machine: &dyn Machine) -> io::Result<Self> {
        for path in ["/proc/device-tree/model", "/proc/cpuinfo"] {
            let text = machine.text(path)?.unwrap_or_default();
            let line = text.lines().find_map(|line| {
                let name =
                    line.strip_prefix("Model").map_or(line, |rest| rest.trim_start_matches([' ', '\t', ':']));
                name.strip_prefix("Raspberry Pi ")
            });
            if let Some(model) = line {
                return Ok(Self::from_model(model.trim_end_matches('\0')));
            }
        }
        Ok(Self::Other)
    }

    /// From what follows `Raspberry Pi ` in the model's name.
    fn from_model(model: &str) -> Self {
        let number = model.strip_prefix("Compute Module ").unwrap_or(model);
        match number.as_bytes().first() {
            Some(b'3') => Self::Pi3,
            Some(b'4') => Self::Pi4,
            Some(b'5') => Self::Pi5,
            _ if number.starts_with("Zero 2") => Self::Pi3,
            _ => Self::Other,
        }
    }

    /// Hardware version of the pi-Stomp that is built on it: 2.0 on a Pi 3, 3.0 on later ones.
    pub fn hardware_version(self) -> Option<&'static str> {
        match self {
            Self::Pi3 => Some("2.0"),
            Self::Pi4 | Self::Pi5 => Some("3.0"),
            Self::Other => None,
        }
    }

    /// Period in frames that the pi-Stomp of this board starts with.
    pub fn period(self) -> Option<u32> {
        match self {
            Self::Pi3 => Some(256),
            Self::Pi4 | Self::Pi5 => Some(128),
            Self::Other => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Access, RealMachine};

    #[test]
    fn models_by_their_names() {
        for (model, board) in [
            ("3 Model B Plus Rev 1.3", Board::Pi3),
            ("3 Model A Plus Rev 1.0", Board::Pi3),
            ("Zero 2 W Rev 1.0", Board::Pi3),
            ("4 Model B Rev 1.5", Board::Pi4),
            ("400 Rev 1.0", Board::Pi4),
            ("Compute Module 4 Rev 1.1", Board::Pi4),
            ("Compute Module 5 Rev 1.0", Board::Pi5),
            ("5 Model B Rev 1.0", Board::Pi5),
            ("2 Model B Rev 1.1", Board::Other),
        ] {
            assert_eq!(Board::from_model(model), board, "{model}");
        }
    }

    #[test]
    fn the_device_tree_ends_in_a_nul_and_cpuinfo_has_a_label() {
        let folder = tempfile::tempdir().unwrap();
        let machine = RealMachine::new(folder.path());
        assert_eq!(Board::of(&machine).unwrap(), Board::Other);
        let cpuinfo = b"processor\t: 0\n\nRevision\t: a02082\nModel\t\t: Raspberry Pi 3 Model B Rev 1.2\n";
        machine.write("/proc/cpuinfo", cpuinfo, Access::PUBLIC).unwrap();
        assert_eq!(Board::of(&machine).unwrap(), Board::Pi3);
        machine
            .write("/proc/device-tree/model", b"Raspberry Pi 5 Model B Rev 1.0\0", Access::PUBLIC)
            .unwrap();
        assert_eq!(Board::of(&machine).unwrap(), Board::Pi5);
    }
}
