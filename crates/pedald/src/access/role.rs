//! What a caller may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a caller may do; each role may do all that those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// See that the pedal is there: its name and version, and the page for pairing.
    #[serde(rename = "guest")]
    Guest,
    /// Look at everything, choose boards and snapshots, play.
    #[serde(rename = "play")]
    Player,
    /// Change and save boards, banks and files.
    #[serde(rename = "edit")]
    Editor,
    /// Install and remove plugins, change the machine, let others in.
    #[serde(rename = "admin")]
    Admin,
}

impl Role {
    /// The roles that a device can be given.
    pub const GIVEN: [Self; 3] = [Self::Player, Self::Editor, Self::Admin];
    /// All roles, the smallest first.
    pub const ALL: [Self; 4] = [Self::Guest, Self::Player, Self::Editor, Self::Admin];

    /// Its name in files, requests and on the display.
    pub fn name(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Player => "play",
            Self::Editor => "edit",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no role which a device can be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no role {0:?}; there are play, edit and admin")]
pub struct NoSuchRole(pub String);

impl FromStr for Role {
    type Err = NoSuchRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::GIVEN.into_iter().find(|role| role.name() == text);
        found.ok_or_else(|| NoSuchRole(text.chars().take(20).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_in_order_and_nobody_is_given_guest() {
        assert!(Role::ALL.windows(2).all(|pair| pair[0] < pair[1]));
        for role in Role::GIVEN {
            assert_eq!(role.name().parse(), Ok(role));
            assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
        }
        assert!("guest".parse::<Role>().is_err());
    }
}
