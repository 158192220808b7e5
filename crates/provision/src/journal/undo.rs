//! One thing to take back.

use crate::machine::{Access, Machine};
use crate::steps::StepError;
use crate::steps::eeprom;
use crate::steps::lines;
use crate::steps::shadow;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;

/// What was at a path before us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Before {
    /// Nothing.
    Nothing,
    /// A symbolic link with this target.
    Link(String),
    /// A file.
    File {
        /// Its bytes.
        content: Vec<u8>,
        /// Its permission bits.
        mode: u32,
        /// Its user and group.
        owner: Option<(u32, u32)>,
    },
}

impl Before {
    /// Looks at a path.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn of(machine: &dyn Machine, path: &str) -> io::Result<Self> {
        if let Some(target) = machine.link(path)? {
            return Ok(Self::Link(target));
        }
        let (Some(content), Some(access)) = (machine.read(path)?, machine.access(path)?) else {
            return Ok(Self::Nothing);
        };
        Ok(Self::File { content, mode: access.mode, owner: access.owner })
    }
}

/// One thing to take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Undo {
    /// Put back what was at a path.
    Path {
        /// The path.
        path: String,
        /// What was there.
        before: Before,
    },
    /// Put back single `KEY=value` lines of a file that others write too.
    Values {
        /// The file.
        path: String,
        /// Values by key; `None` where there was no such line.
        before: BTreeMap<String, Option<String>>,
    },
    /// Take out a line that we added.
    Line {
        /// The file.
        path: String,
        /// The line, without its end.
        line: String,
    },
    /// Put back the password field of an account.
    Password {
        /// Login name.
        user: String,
        /// The field of /etc/shadow.
        field: String,
    },
    /// Write a value into a file of the kernel.
    Kernel {
        /// The file.
        path: String,
        /// The value.
        content: String,
    },
    /// Put back a setting in the EEPROM of a Raspberry Pi 5.
    Eeprom {
        /// The line that was there; `None` if there was none.
        line: Option<String>,
    },
}

impl Undo {
    /// The undo of a change of a whole path.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn path(machine: &dyn Machine, path: &str) -> io::Result<Self> {
        Ok(Self::Path { path: path.to_owned(), before: Before::of(machine, path)? })
    }

    /// Whether this one, which is older, already takes back what `newer` would.
    pub fn covers(&self, newer: &Self) -> bool {
        match (self, newer) {
            (Self::Path { path: old, .. }, Self::Path { path: new, .. })
            | (Self::Values { path: old, .. }, Self::Values { path: new, .. })
            | (Self::Kernel { path: old, .. }, Self::Kernel { path: new, .. })
            | (Self::Password { user: old, .. }, Self::Password { user: new, .. }) => old == new,
            (Self::Eeprom { .. }, Self::Eeprom { .. }) => true,
            (old, new) => old == new,
        }
    }

    /// Takes it back. Doing it twice is the same as once.
    ///
    /// # Errors
    ///
    /// What stood in the way; the rest of the machine is as it was.
    pub fn revert(&self, machine: &dyn Machine) -> Result<(), StepError> {
        match self {
            Self::Path { path, before } => match before {
                Before::Nothing => machine.remove(path),
                Before::Link(target) => machine.symlink(target, path),
                Before::File { content, mode, owner } => {
                    machine.write(path, content, Access { mode: *mode, owner: *owner })
                }
            }
            .map_err(StepError::file(path)),
            Self::Values { path, before } => lines::set_values(machine, path, before),
            Self::Line { path, line } => lines::take_out(machine, path, line),
            Self::Password { user, field } => shadow::set_field(machine, user, field),
            Self::Kernel { path, content } => {
                machine.poke(path, content.as_bytes()).map_err(StepError::file(path))
            }
            Self::Eeprom { line } => eeprom::set_line(machine, line.as_deref()).map(drop),
        }
    }
}
