//! The hand and foot of a simulated pedal.

use std::sync::Arc;
use std::time::Duration;

use pedal_hardware::Profile;
use pedal_hardware::input::Part;
use pedal_hardware::simulate::SimulatedPedal;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Notify, watch};

use super::{Clock, Input};

/// Presses, turns and moves a simulated pedal. Clones are the same; any thread.
#[derive(Clone)]
pub struct Hand {
    pedal: SimulatedPedal,
    clock: Clock,
    events: UnboundedSender<Input>,
    moved: Arc<Notify>,
    looks: watch::Sender<u64>,
}

impl Hand {
    /// A pedal with this wiring. Long presses happen by a task of the present runtime.
    pub(super) fn new(profile: &Profile, clock: Clock, events: UnboundedSender<Input>) -> Self {
        let (moved, looks) = (Arc::new(Notify::new()), watch::Sender::new(0));
        let hand = Self { pedal: SimulatedPedal::new(profile), clock, events, moved, looks };
        // where knobs stand is known from the start
        hand.pedal.rewire(profile);
        tokio::spawn(hand.clone().watch());
        hand
    }

    /// The pedal itself: its lamps, its display, its mixer.
    pub fn pedal(&self) -> SimulatedPedal {
        self.pedal.clone()
    }

    /// Presses (`true`) or lets go.
    pub fn press(&self, part: Part, down: bool) {
        self.pedal.advance_to(self.clock.now());
        self.pedal.press(part, down);
        self.tell();
    }

    /// Turns an encoder by so many clicks, right positive. At most 100 at a time.
    pub fn turn(&self, encoder: usize, clicks: i32) {
        self.pedal.advance_to(self.clock.now());
        self.pedal.turn(encoder, clicks.clamp(-100, 100));
        self.tell();
    }

    /// Moves a knob or pedal (its place in the profile) to 0–1.
    pub fn analog(&self, index: usize, value: f32) {
        self.pedal.advance_to(self.clock.now());
        self.pedal.expression(index, if value.is_finite() { value } else { 0.0 });
        self.tell();
    }

    /// Told whenever display, lamps or mixer look otherwise.
    pub fn looks(&self) -> watch::Receiver<u64> {
        self.looks.subscribe()
    }

    /// Display, lamps or mixer look otherwise.
    pub(super) fn looks_changed(&self) {
        self.looks.send_modify(|count| *count += 1);
    }

    pub(super) fn rewire(&self, profile: &Profile) {
        if self.pedal.profile() != *profile {
            self.pedal.rewire(profile);
            self.looks_changed();
        }
    }

    fn tell(&self) {
        let at = self.pedal.now();
        for event in self.pedal.take_events() {
            let _ = self.events.send(Input::Event { event, at });
        }
        self.moved.notify_one();
    }

    /// Lets time pass where something is held; sleeps while nothing is.
    async fn watch(self) {
        loop {
            match self.pedal.deadline() {
                None => self.moved.notified().await,
                Some(due) => {
                    let wait = Duration::from_micros(due.micros_since(self.clock.now()) + 100);
                    let slept = tokio::time::timeout(wait, self.moved.notified()).await;
                    if slept.is_err() {
                        self.pedal.advance_to(self.clock.now());
                        self.tell();
                    }
                }
            }
            if self.events.is_closed() {
                return;
            }
        }
    }
}
