//! The pedal's screens and menus, apart from hardware, network and audio.
//!
//! * [`model`]: what the pedal is doing at the moment, as the screens need it.
//! * [`Input`]: what the player does to the screen; [`UiAction`]: what the screen asks the pedal to do.
//! * [`view`]: what is to be seen.

pub mod model;
pub mod view;

mod action;
mod input;

pub use action::UiAction;
pub use input::Input;
