//! From levels and counts to what the foot has done.

mod analog;
mod chord;
mod encoder;
mod surface;
mod switch;

pub use analog::{Analog, FULL, to_cc};
pub use chord::{ChordMode, Chords, Group};
pub use encoder::{Encoder, speed};
pub use surface::{Event, Inputs, Part};
pub use switch::{ADC_PRESSED, BOUNCE_MILLIS, LONG_MILLIS, Switch, SwitchEvent};
