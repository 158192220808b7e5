//! Encoders, knobs and expression pedals, and the blends that they move.

use pedal_hardware::Moment;
use pedal_hardware::config::Calibration;
use pedal_hardware::input::{speed, to_cc};

use super::levels::VOLUME_STEP;
use super::{Act, Controls, send};
use crate::controls::blend;
use crate::controls::bound::bound;
use crate::session::{ControlPort, Intent, NoticeLevel, Signal, State};

/// Controller steps of an encoder that drives nothing here, for each click.
const CC_STEP: i32 = 8;

/// Clicks of an encoder from one end of a blend to the other.
const BLEND_STEPS: f32 = 60.0;

impl Controls {
    pub(super) fn turn(
        &mut self,
        encoder: usize,
        clicks: i32,
        state: &State,
        at: Moment,
        out: &mut Vec<Act>,
    ) {
        let Some(setup) = self.setup.encoders.get(encoder).cloned() else { return };
        let last = self.encoders[encoder].1.replace(at);
        let steps = clicks * i32::try_from(speed(last, at)).unwrap_or(1);
        if setup.volume {
            let decibels = self.levels.output + steps as f32 * VOLUME_STEP;
            return self.volume(decibels, out);
        }
        if self.blends_by(u8::try_from(encoder).unwrap_or(u8::MAX), state) {
            let now = state.morph.as_ref().map_or(0.0, |morph| morph.position);
            let position = (now + steps as f32 / BLEND_STEPS).clamp(0.0, 1.0);
            return out.push(Act::Intent(Intent::MorphTo { position }));
        }
        let driven = bound(&state.board, &setup.midi);
        if state.learning.is_empty() && !driven.is_empty() {
            let values: Vec<(ControlPort, f32)> =
                driven.iter().map(|one| (one.port.clone(), one.stepped(steps))).collect();
            let touched = values[0].0.clone();
            out.push(Act::Intent(Intent::SetMany { values }));
            return out.push(Act::Intent(Intent::Signal(Signal::Touched(touched))));
        }
        let position = &mut self.encoders[encoder].0;
        *position = (i32::from(*position) + clicks * CC_STEP).clamp(0, 127) as u8;
        let value = *position;
        send(&setup.midi, value, out);
    }

    pub(super) fn analog(&mut self, index: usize, count: u16, state: &State, out: &mut Vec<Act>) {
        let setup = self.setup.analog[index].clone();
        let way = self.calibration(setup.channel).way(count);
        if setup.expression && self.blends_by(0, state) {
            return out.push(Act::Intent(Intent::MorphTo { position: way }));
        }
        let driven = bound(&state.board, &setup.midi);
        if state.learning.is_empty() && !driven.is_empty() {
            // all ten bits of the converter: 128 steps of a controller can be heard
            let values = driven.iter().map(|one| (one.port.clone(), one.at(way))).collect();
            let touched = driven[0].port.clone();
            out.push(Act::Intent(Intent::SetMany { values }));
            return out.push(Act::Intent(Intent::Signal(Signal::Touched(touched))));
        }
        let value = to_cc((way * 1023.0).round() as u16);
        if self.sent[index].replace(value) != Some(value) {
            send(&setup.midi, value, out);
        }
    }

    /// How the pedal on this channel of the converter is read.
    pub fn calibration(&self, channel: u8) -> Calibration {
        self.settings.calibration.get(&channel).copied().unwrap_or_default()
    }

    /// Whether a running blend of this board is moved by this input.
    fn blends_by(&self, input: u8, state: &State) -> bool {
        let blend = self.blend.and_then(|at| self.setup.blends.get(at));
        blend.is_some_and(|blend| {
            blend.input_id == input && state.morph.as_ref().is_some_and(|morph| morph.name == blend.name)
        })
    }

    /// Another board sounds: knobs say where they stand, and its first blend begins.
    pub fn board_loaded(&mut self, state: &State, out: &mut Vec<Act>) {
        self.blend = None;
        for foot in &mut self.feet {
            (foot.on, foot.long_on) = (false, false);
        }
        self.sent.fill(None);
        if !self.setup.blends.is_empty() {
            self.begin_blend(0, state, out);
        }
        // the state does not know of the blend yet: the pedal belongs to it all the same
        let blended = self.blend.is_some_and(|at| self.setup.blends[at].input_id == 0);
        for index in 0..self.setup.analog.len() {
            let setup = &self.setup.analog[index];
            let tells = setup.autosync && !(blended && setup.expression);
            if let Some(count) = self.counts[index].filter(|_| tells) {
                self.analog(index, count, state, out);
            }
        }
    }

    /// Begins a blend of this board.
    pub fn begin_blend(&mut self, at: usize, state: &State, out: &mut Vec<Act>) {
        let Some(blend) = self.setup.blends.get(at) else { return };
        let foot = self.setup.analog.iter().position(|one| one.expression);
        let position = foot.filter(|_| blend.input_id == 0).and_then(|index| {
            Some(self.calibration(self.setup.analog[index].channel).way(self.counts[index]?))
        });
        match blend::morph(blend, &state.board, position.unwrap_or(0.0)) {
            Ok(morph) => {
                self.blend = Some(at);
                out.push(Act::Intent(Intent::Morph(Some(morph))));
                if let Some(position) = position {
                    out.push(Act::Intent(Intent::MorphTo { position }));
                }
            }
            Err(text) => {
                out.push(Act::Intent(Intent::Notify { level: NoticeLevel::Warning, text }));
            }
        }
    }
}
