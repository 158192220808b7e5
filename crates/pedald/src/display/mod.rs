//! The LCD: what it shows, and what is done with its encoder.
//!
//! [`Display`] is where the parts meet. The screens' task publishes pictures and takes [`MenuInput`]; the hardware (or the
//! simulator) shows the pictures, sends the input, says by [`Panel`] what its switches and knobs are, and takes the
//! [`Wish`]es that concern it. Neither waits for the other.

mod actions;
mod machine;
mod model;
mod outside;
mod panel;
mod surroundings;
mod task;

use std::sync::{Arc, Mutex};

use pedal_ui::model::Stage;
use tokio::sync::{mpsc, watch};

pub use actions::MachineDeed;
pub use machine::{Machine, MachineFailed, RoundTrip, SimulatedMachine, Systemd};
pub use panel::{Panel, Screen, Wish};
/// A picture, and where it differs from another. Colour pictures are 320×240; mono ones 128×64, where any pixel but 0
/// is a dark dot.
pub use pedal_hardware::lcd::Frame;
pub use task::{Parts, run};
pub use update::report::Status as UpdateStatus;

/// Input that may wait for the screens' task; more is lost, as turns of a knob that nobody looks at.
const WAITING: usize = 64;

/// What is done with the encoder that belongs to the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MenuInput {
    /// Turned by so many detents; clockwise is positive.
    Turn(i8),
    /// Pressed and released.
    Press,
    /// Held for 0.5 s.
    LongPress,
    /// Footswitch `0..` was pressed while [`Display::wants_footswitches`].
    Footswitch(usize),
}

/// The way to the LCD. Cheap to clone; may be used on any thread; no call blocks.
#[derive(Debug, Clone)]
pub struct Display {
    frame: watch::Sender<Arc<Frame>>,
    panel: watch::Sender<Panel>,
    asking: watch::Sender<bool>,
    end: watch::Sender<Option<Stage>>,
    input: mpsc::Sender<MenuInput>,
    inputs: Taken<mpsc::Receiver<MenuInput>>,
    wish: mpsc::UnboundedSender<Wish>,
    wishes: Taken<mpsc::UnboundedReceiver<Wish>>,
}

/// A receiver until the one part that reads it takes it.
type Taken<T> = Arc<Mutex<Option<T>>>;

impl Default for Display {
    fn default() -> Self {
        Self::new()
    }
}

impl Display {
    /// A black 320×240 picture, and a panel with nothing on it.
    pub fn new() -> Self {
        let (input, inputs) = mpsc::channel(WAITING);
        let (wish, wishes) = mpsc::unbounded_channel();
        Self {
            frame: watch::Sender::new(Arc::new(Frame::new(320, 240))),
            panel: watch::Sender::new(Panel::default()),
            asking: watch::Sender::new(false),
            end: watch::Sender::new(None),
            input,
            inputs: Arc::new(Mutex::new(Some(inputs))),
            wish,
            wishes: Arc::new(Mutex::new(Some(wishes))),
        }
    }

    /// The picture, now and whenever it changes: at most 30 times a second, and never without a change. A slow reader
    /// misses pictures, not the last one; [`Frame::changes`] tells what to send to a display that shows an older one.
    pub fn frames(&self) -> watch::Receiver<Arc<Frame>> {
        self.frame.subscribe()
    }

    /// Hands input to the screens.
    pub fn input(&self, input: MenuInput) {
        let _ = self.input.try_send(input);
    }

    /// Whether the screen asks something that a foot may answer: then presses go to [`Display::input`] as
    /// [`MenuInput::Footswitch`] and do nothing else.
    pub fn wants_footswitches(&self) -> bool {
        *self.asking.borrow()
    }

    /// Changes what the hardware shows on the screen.
    pub fn update_panel(&self, change: impl FnOnce(&mut Panel)) {
        self.panel.send_if_modified(|panel| {
            let before = panel.clone();
            change(panel);
            *panel != before
        });
    }

    /// What the hardware shows on the screen, now and whenever it changes.
    pub fn panel(&self) -> watch::Receiver<Panel> {
        self.panel.subscribe()
    }

    /// The last pictures: the pedal stops, may be unplugged, or installs an update. Nothing else is shown after it.
    pub fn end(&self, stage: Stage) {
        self.end.send_replace(Some(stage));
    }

    /// What is done with the encoder. For the screens' task: the second call gives `None`.
    pub fn take_inputs(&self) -> Option<mpsc::Receiver<MenuInput>> {
        take(&self.inputs)
    }

    /// Asks something of the hardware.
    pub fn wish(&self, wish: Wish) {
        let _ = self.wish.send(wish);
    }

    /// Wishes for the hardware. For the one part that owns it: the second call gives `None`.
    pub fn take_wishes(&self) -> Option<mpsc::UnboundedReceiver<Wish>> {
        take(&self.wishes)
    }
}

fn take<T>(slot: &Taken<T>) -> Option<T> {
    slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_of_the_panel_is_told() {
        let display = Display::new();
        let mut panel = display.panel();
        panel.mark_unchanged();
        display.update_panel(|panel| panel.tap_mode = false);
        assert!(!panel.has_changed().expect("open"));
        display.update_panel(|panel| panel.tap_mode = true);
        assert!(panel.has_changed().expect("open") && panel.borrow().tap_mode);
    }

    #[test]
    fn wishes_have_one_reader() {
        let display = Display::new();
        let mut wishes = display.clone().take_wishes().expect("the first");
        assert!(display.take_wishes().is_none());
        display.wish(Wish::PressFootswitch(2));
        assert_eq!(wishes.try_recv(), Ok(Wish::PressFootswitch(2)));
    }
}
