//! The whole pedal without hardware: a page that shows it, and the same in a terminal.
//!
//! Both are hands and eyes of the simulated pedal and know nothing else of the program: what they press goes through the
//! state machines, the controls and the session, and what they show has come back through display bytes and lamps.

mod page;
mod tui;

pub use page::routes;
pub use tui::{restore, run as terminal};
