//! Who may do what over the network.
//!
//! [`Table`]: routes with their roles. [`gate`]: the one way in. [`Access`]: who calls. [`routes`]: pairing.

mod cookie;
mod gate;
mod identity;
mod limits;
mod origin;
mod routes;
mod table;

pub use crate::access::Role;
pub use gate::Arrival;
pub(crate) use gate::close;
pub(crate) use identity::plain;
pub use identity::{Access, By, Caller, Identity, Loopback, Paired};
pub(crate) use limits::caller_key;
pub use routes::Encryption;
pub(super) use routes::{Pairer, pairing};
pub use table::{Rule, Table};
