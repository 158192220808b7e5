//! Who may do what: roles, pairing by a code on the display, and the list of paired devices.
//!
//! The web asks [`Desk`] who has a token. Display and hardware show [`PairingState`] and send [`PairingIntent`]s.

pub mod clients;
mod desk;
pub mod pairing;
mod role;
mod secret;

use std::time::Instant;

pub use clients::{Client, ClientId, ClientList, ClientsError, write_private};
pub use desk::{Desk, Standing};
pub use pairing::PairingError;
pub use role::{NoSuchRole, Role};
pub(crate) use secret::random;
pub use secret::{Secret, SecretHash, random_code};

/// What the display shows of pairing. Nothing is going on when both `code` and `confirm` are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PairingState {
    /// The code to show, each digit 0–9. It goes to nobody but the display.
    pub code: Option<[u8; 6]>,
    /// Address of the pairing page, for the QR code: `http://192.168.1.4/pair`. The code is not in it.
    pub url: String,
    /// When this ends by itself.
    pub expires: Option<Instant>,
    /// A device has typed the code and waits for a footswitch: its name and the role that it wants. Only now presses
    /// of footswitches mean [`PairingIntent::Confirm`] instead of what they always do.
    pub confirm: Option<(String, Role)>,
}

/// What somebody at the pedal wants. Nothing of it can be asked for over the network by these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PairingIntent {
    /// Show a code: chosen in the display's menu.
    Open,
    /// Let the device in that waits. Without one it does nothing.
    Confirm,
    /// End it; a device that waits is turned away.
    Close,
    /// Give a device another name.
    Rename(ClientId, String),
    /// Give a device another role.
    SetRole(ClientId, Role),
    /// Put a device out.
    Revoke(ClientId),
    /// Put all devices out.
    RevokeAll,
}
