//! Named actions, tap tempo, true bypass.

use pedal_hardware::Moment;
use pedal_hardware::config::{Action, Snapshot};
use pedal_hardware::profile::Bypass;

use super::{Act, Controls, send};
use crate::controls::setup::Wiring;
use crate::session::{Intent, NoticeLevel, Signal, State, Step};

pub(super) fn step(to: Snapshot) -> Step {
    match to {
        Snapshot::Up => Step::Next,
        Snapshot::Down => Step::Previous,
        Snapshot::Index(at) => Step::To(at.into()),
    }
}

impl Controls {
    pub(super) fn action(
        &mut self,
        action: &Action,
        foot: Option<usize>,
        state: &State,
        at: Moment,
        out: &mut Vec<Act>,
    ) {
        let intent = match action {
            Action::Preset(to) => Intent::LoadSnapshot(step(*to)),
            Action::Pedalboard(to) => Intent::StepBoard(step(*to)),
            Action::Cc(cc) => {
                let on = foot.is_none_or(|foot| {
                    self.feet[foot].long_on = !self.feet[foot].long_on;
                    self.feet[foot].long_on
                });
                let channel = foot.map_or(13, |foot| self.setup.feet[foot].midi.channel);
                let port = foot.and_then(|foot| self.setup.feet[foot].midi.port.clone());
                send(&Wiring { cc: Some(*cc), channel, port }, if on { 127 } else { 0 }, out);
                return;
            }
            Action::Named(name) => match name.as_str() {
                "next_snapshot" => Intent::LoadSnapshot(Step::Next),
                "previous_snapshot" => Intent::LoadSnapshot(Step::Previous),
                "next_pedalboard" => Intent::StepBoard(Step::Next),
                "previous_pedalboard" => Intent::StepBoard(Step::Previous),
                "toggle_tuner_enable" => Intent::Tuner(!state.tuner.on),
                "toggle_tap_tempo_enable" => {
                    self.tap_mode = !self.tap_mode;
                    return;
                }
                "set_mod_tap_tempo" => return self.tap(at, out),
                "toggle_bypass" => {
                    let sides = self.sides();
                    return self.pass_by(!self.bypassed, sides, out);
                }
                _ => return,
            },
        };
        out.push(Act::Intent(intent));
    }

    /// A tap of the tempo.
    pub fn tap(&mut self, at: Moment, out: &mut Vec<Act>) {
        if let Some(bpm) = self.tap.tap(at) {
            out.push(Act::Intent(Intent::SetTempo(bpm)));
        }
        out.push(Act::Intent(Intent::Signal(Signal::Beat)));
    }

    /// Sides of the true bypass that the settings name.
    pub fn sides(&self) -> [bool; 2] {
        self.settings.bypass.as_deref().map_or([true, true], crate::controls::setup::sides_of)
    }

    /// True bypass.
    pub fn pass_by(&mut self, active: bool, sides: [bool; 2], out: &mut Vec<Act>) {
        if self.setup.profile.bypass == Bypass::None {
            let text = "This hardware has no true bypass.".to_owned();
            out.push(Act::Intent(Intent::Notify { level: NoticeLevel::Info, text }));
            return;
        }
        self.bypassed = active;
        out.push(Act::Bypass { active, sides });
    }
}
