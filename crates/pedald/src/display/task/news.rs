//! What has happened, in the session and beside it, becomes what the screens are made of.

use std::time::{SystemTime, UNIX_EPOCH};

use pedal_ui::Input;
use tokio::time::Instant;

use super::{Back, Task};
use crate::display::{outside, surroundings};
use crate::network::Status;
use crate::session::{Done, EventKind, Intent, NoticeLevel, Seen, Signal, Source};

/// Level in dBFS from which it counts as clipping.
const FULL: f32 = -0.1;

impl Task {
    /// What is asked once, and again when it may have changed.
    pub(super) fn look_around(&self) {
        let (machine, file) = (self.parts.machine.clone(), self.parts.messages.clone());
        let back = self.back.clone();
        tokio::spawn(surroundings::follow(machine, file, move |seen| {
            back.send(Back::Surroundings(Box::new(seen))).is_ok()
        }));
        let (back, network) = (self.back.clone(), self.parts.network.clone());
        tokio::spawn(async move {
            let _ = back.send(Back::Key(network.hotspot_key().await));
            if let Ok(networks) = network.with_radio(|radio| radio.networks(false)).await {
                let _ = back.send(Back::Networks(networks));
            }
        });
        self.ask_versions();
    }

    fn ask_versions(&self) {
        let (back, session) = (self.back.clone(), self.parts.session.clone());
        tokio::spawn(async move {
            if let Ok(Done::Versions(versions)) = session.ask(Source::Display, Intent::ListVersions).await {
                let _ = back.send(Back::Versions(versions));
            }
        });
    }

    pub(super) fn seen(&mut self, seen: &Seen) {
        self.state = self.parts.session.state();
        self.around.started |= self.state.engine.is_running();
        let Seen::Event(event) = seen else {
            self.due = true;
            return;
        };
        match &event.kind {
            EventKind::Signal(signal) => return self.signal(signal),
            EventKind::BoardLoaded(_) | EventKind::Saved { .. } | EventKind::Unsaved(_) => {
                self.ask_versions()
            }
            EventKind::Recorder(recorder) => {
                self.recording = recorder.file.as_ref().map(|_| Instant::now());
            }
            EventKind::Notice(notice) => {
                self.message = notice.clone().map(|notice| (notice, Instant::now()));
                self.around.read = false;
            }
            _ => {}
        }
        self.due = true;
    }

    fn signal(&mut self, signal: &Signal) {
        match signal {
            Signal::Tuner(reading) => {
                self.around.pitch = reading.map(|reading| reading.frequency);
                self.due |= self.state.tuner.on;
            }
            Signal::Levels { inputs, outputs } => {
                let peak = |levels: &[f32]| levels.iter().copied().fold(-90.0_f32, f32::max).round();
                self.around.levels = Some((peak(inputs), peak(outputs)));
                if inputs.iter().chain(outputs).any(|level| *level >= FULL) {
                    self.due |= !self.around.clip;
                    self.around.clip = true;
                    self.clipped = Some(Instant::now());
                }
            }
            Signal::Touched(port) => {
                let (instance, symbol) = (port.instance.label().to_owned(), port.symbol.to_string());
                self.ui_input(Input::Moved { instance, symbol });
            }
            _ => {}
        }
    }

    pub(super) fn network_changed(&mut self, status: Status) {
        if let Some(problem) =
            status.problem.as_ref().filter(|problem| self.network.problem.as_ref() != Some(problem))
        {
            self.tell(NoticeLevel::Error, problem.clone());
        }
        self.network = status;
        let (back, network) = (self.back.clone(), self.parts.network.clone());
        tokio::spawn(async move {
            let _ = back.send(Back::Key(network.hotspot_key().await));
        });
        self.due = true;
    }

    pub(super) fn returned(&mut self, back: Back) {
        match back {
            Back::Versions(versions) => {
                self.around.versions = versions;
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                self.around.now = now.as_secs();
            }
            Back::Networks(networks) => {
                self.nearby = networks;
                self.busy = false;
            }
            Back::Key(key) => self.key = key,
            Back::Surroundings(seen) => {
                for (level, text) in seen.news(self.surroundings.as_deref()) {
                    self.tell(level, text);
                }
                self.around.system.clone_from(&seen.state);
                self.around.chosen = seen.chosen;
                self.around.messages.clone_from(&seen.messages);
                self.around.update = outside::update(&seen.update);
                self.around.round_trip = seen.round_trip;
                self.surroundings = Some(seen);
            }
            Back::Quiet => self.busy = false,
            Back::Tell(level, text) => {
                self.busy = false;
                self.tell(level, text);
            }
        }
        self.due = true;
    }

    fn tell(&self, level: NoticeLevel, text: String) {
        self.parts.session.tell(Source::Display, Intent::Notify { level, text });
    }
}
