//! The pedal's screens and menus.
//!
//! Three parts, none of which knows hardware, network or audio:
//!
//! * [`model`]: what the pedal is doing at the moment, as the screens need it. The owner of a [`Ui`] fills it.
//! * [`Ui`]: the navigation. Turns and presses of the encoder go in, [`UiAction`]s come out; what is to be seen is a
//!   [`view::View`].
//! * [`paint`]: draws a view on any target of embedded-graphics, in colour (320×240) or in black and white (128×64), and
//!   finds the rectangles that have changed.
//!
//! ```
//! use pedal_ui::{Input, Ui, UiAction, model::Model};
//!
//! let mut ui = Ui::new(Model::sample());
//! // Two detents to the left lead to the true bypass, a click turns it on.
//! ui.input(Input::Turn(-2));
//! assert_eq!(ui.input(Input::Click), [UiAction::SetTrueBypass(true)]);
//! ```

pub mod model;
pub mod paint;
pub mod view;

mod action;
mod input;
mod nav;

pub use action::UiAction;
pub use input::Input;
pub use nav::Ui;
