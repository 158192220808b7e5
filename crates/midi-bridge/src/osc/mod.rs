//! OSC ↔ MIDI: TouchOSC's own MIDI messages as they are, other addresses by a map.

mod allow;
mod map;
mod server;
mod touch;

pub use allow::{Allow, Prefix};
pub use map::{DEFAULT_MAP, Map, MapError};
pub use server::{Osc, run};
pub use touch::{Order, from_osc, to_osc};
