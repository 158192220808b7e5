//! Configuration, settings, the board's overlay: taken, looked after, wired.

use std::time::Duration;

use pedal_hardware::config::{Config, Keeper};
use tokio::time::Instant;

use super::Part;
use super::doing::SETTLED;
use crate::controls::core::{Act, Controls};
use crate::controls::files::{Files, stamp};
use crate::controls::midi_out::Order;
use crate::controls::setup::Setup;
use crate::hardware::{BusSettings, Found};
use crate::session::{Intent, NoticeLevel, State};

/// How often it is looked whether a file was changed from outside.
pub(super) const LOOK: Duration = Duration::from_secs(2);

pub(super) fn bus_settings(controls: &Controls) -> BusSettings {
    BusSettings {
        megahertz: controls.settings.lcd_spi_speed_mhz.unwrap_or(24).into(),
        baseline: controls.settings.vu_baseline.unwrap_or(512),
        gain: controls.levels.input,
    }
}

impl Part {
    /// Takes a board's own configuration.
    pub(super) fn another_board(&mut self, state: &State, acts: &mut Vec<Act>) {
        self.begun = true;
        self.bundle.clone_from(&state.board.bundle);
        self.overlay(acts);
        self.set_up();
        self.controls.board_loaded(state, acts);
        let messages = self.controls.setup().messages.clone();
        let _ = self.midi.send(Order::Board(messages));
    }

    fn overlay(&mut self, acts: &mut Vec<Act>) {
        self.stamps[1] = self.bundle.as_ref().and_then(|bundle| stamp(&bundle.join("config.yml")));
        self.overlay = match self.bundle.as_deref().map_or(Ok(Config::default()), Files::overlay) {
            Ok(overlay) => overlay,
            Err(text) => {
                tracing::error!("{text}");
                acts.push(Act::Intent(Intent::Notify { level: NoticeLevel::Error, text }));
                Config::default()
            }
        };
    }

    fn set_up(&mut self) {
        let setup = Setup::new(&self.base, &self.keeper.config().with(&self.overlay));
        if setup != *self.controls.setup() {
            self.controls.set_up(setup);
        }
        self.rewire();
    }

    pub(super) fn rewire(&mut self) {
        let bus = bus_settings(&self.controls);
        self.hardware.wire(&self.controls.setup().profile, bus);
    }

    /// The player's choices in menus are settings.
    pub(super) fn choices(&mut self, state: &State) {
        let settings = &mut self.controls.settings;
        let before = settings.clone();
        if self.bank_chosen {
            let bank = state.library.bank.and_then(|at| state.library.banks.get(at));
            settings.bank = bank.map(|bank| bank.title.clone());
            settings.tuner_mute = Some(state.tuner.mute);
            settings.tuner_input = Some(state.tuner.input);
        }
        if *settings != before {
            self.write_at = Some(Instant::now() + SETTLED);
        }
    }

    /// Once, when the banks are known: what the settings name.
    pub(super) fn choose_bank(&mut self, state: &State, acts: &mut Vec<Act>) {
        if self.bank_chosen {
            return;
        }
        self.bank_chosen = true;
        let settings = &self.controls.settings;
        if let Some(title) = &settings.bank {
            let at = state.library.banks.iter().position(|bank| bank.title == *title);
            if at.is_some() && at != state.library.bank {
                acts.push(Act::Intent(Intent::SelectBank(at)));
            }
        }
        acts.extend(settings.tuner_mute.map(|mute| Act::Intent(Intent::TunerMute(mute))));
        acts.extend(settings.tuner_input.map(|input| Act::Intent(Intent::TunerInput(input))));
    }

    /// Reads files that were changed from outside. Whether something is to be shown anew.
    pub(super) fn look(&mut self, acts: &mut Vec<Act>) -> bool {
        let overlay = self.bundle.as_ref().and_then(|bundle| stamp(&bundle.join("config.yml")));
        let now = [stamp(&self.files.config), overlay, stamp(&self.files.settings)];
        let before = std::mem::replace(&mut self.stamps, now);
        let mut changed = false;
        if now[0] != before[0] {
            changed = true;
            if let Some(text) = self.files.reread(&mut self.keeper) {
                tracing::error!("{text}");
                acts.push(Act::Intent(Intent::Notify { level: NoticeLevel::Error, text }));
            } else {
                if now[0].is_none() {
                    let plugged = matches!(self.found, Found::Simulated(_));
                    self.keeper = Keeper::new(Config::built_in(&self.base, plugged));
                }
                let text = "The configuration was read again.".to_owned();
                acts.push(Act::Intent(Intent::Notify { level: NoticeLevel::Info, text }));
            }
        }
        if now[1] != before[1] {
            changed = true;
            self.overlay(acts);
        }
        if now[2] != before[2] && self.write_at.is_none() {
            let (settings, told) = self.files.settings();
            match told {
                None if settings != self.controls.settings => {
                    changed = true;
                    self.controls.settings = settings;
                    // chords and times are part of the setup
                    let setup = self.controls.setup().clone();
                    self.controls.set_up(setup);
                    self.bank_chosen = false;
                    self.choose_bank(&self.session.state(), acts);
                }
                None => {}
                Some(text) => acts.push(Act::Intent(Intent::Notify { level: NoticeLevel::Error, text })),
            }
        }
        if changed {
            self.set_up();
        }
        changed
    }
}
