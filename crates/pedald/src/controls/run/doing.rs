//! What is to be done: asked, sent, switched, written, tested.

use std::sync::PoisonError;
use std::time::Duration;

use pedal_hardware::profile::Bypass;
use tokio::time::Instant;

use super::Part;
use crate::controls::core::Act;
use crate::controls::midi_out::Order;
use crate::controls::selftest::{SelfTest, Told};
use crate::hardware::{MixerChange, Output};
use crate::session::{Intent, NoticeLevel, Source};

/// Settings are written when nobody has changed them for so long.
pub(super) const SETTLED: Duration = Duration::from_secs(1);

pub(super) fn unwritten(error: &std::io::Error) -> String {
    format!("settings.yml could not be written: {error}. Is the disk full or read-only?")
}

impl Part {
    pub(super) fn perform(&mut self, acts: Vec<Act>) {
        for act in acts {
            match act {
                Act::Intent(intent) => self.session.tell(Source::Hardware, intent),
                Act::Send { port, cc } => drop(self.midi.send(Order::Controller { port, cc })),
                Act::Menu(input) => self.display.input(input),
                Act::Mixer(change) => self.hardware.send(Output::Mixer(change)),
                Act::Bypass { active, sides } => self.bypass(active, sides),
                Act::Keep => {
                    self.write_at = Some(Instant::now() + SETTLED);
                    self.rewire();
                }
            }
        }
    }

    pub(super) fn bypass(&self, active: bool, sides: [bool; 2]) {
        match self.base.bypass {
            Bypass::Relay { set, reset } => {
                self.hardware.send(Output::Relay { set, reset, bypass: active });
                *self.relay.lock().unwrap_or_else(PoisonError::into_inner) = active;
                let (files, relay) = (self.files.clone(), self.relay.clone());
                tokio::task::spawn_blocking(move || {
                    // whichever of two such tasks comes last, it writes what holds
                    let relay = relay.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Err(error) = files.write_relay(*relay) {
                        tracing::warn!("the relay's place could not be kept: {error}");
                    }
                });
            }
            Bypass::Codec => {
                let sides = sides.map(|side| side && active);
                self.hardware.send(Output::Mixer(MixerChange::Bypass(sides)));
            }
            Bypass::None => {}
        }
    }

    /// Writes the settings on a thread for that: a card may take half a second for it, and a foot does not wait so long.
    pub(super) fn write_settings(&mut self) {
        if self.writing.as_ref().is_some_and(|writing| !writing.is_finished()) {
            self.write_at = Some(Instant::now() + SETTLED);
            return;
        }
        self.write_at = None;
        let (files, settings) = (self.files.clone(), self.controls.settings.clone());
        let session = self.session.clone();
        self.writing = Some(tokio::task::spawn_blocking(move || {
            if let Err(error) = files.write_settings(&settings) {
                let text = unwritten(&error);
                tracing::error!("{text}");
                session.tell(Source::Hardware, Intent::Notify { level: NoticeLevel::Error, text });
            }
        }));
    }

    pub(super) fn begin_test(&mut self, acts: &mut Vec<Act>) {
        let now = self.hardware.clock().now();
        let (test, told) = SelfTest::begin(&self.controls.setup().profile, now);
        self.test = Some(test);
        self.tested(Some(told), acts);
    }

    /// Tells what the test asks for, and ends it.
    pub(super) fn tested(&mut self, told: Option<Told>, acts: &mut Vec<Act>) {
        let Some(told) = told else { return };
        self.test.take_if(|test| test.is_over());
        let (level, text) = match told {
            Told::Ask(text) => (NoticeLevel::Info, text),
            Told::Failed(text) => (NoticeLevel::Error, text),
            Told::Passed(text) => {
                if let Err(error) = self.files.write_tested() {
                    tracing::error!(path = %self.files.tested.display(), "{error}");
                }
                (NoticeLevel::Info, text)
            }
        };
        acts.push(Act::Intent(Intent::Notify { level, text }));
    }
}
