//! Footswitches: short, long, held together, far away.

use pedal_hardware::config::ActOn;
use pedal_hardware::input::{Part, Switch, SwitchEvent};
use pedal_hardware::{Event, Moment};

use super::actions::step;
use super::{Act, Controls, send};
use crate::controls::bound::{Bound, bound};
use crate::display::MenuInput;
use crate::session::{Intent, Press, State};

impl Controls {
    /// A foot controller has sent this over MIDI; from 64 up its switch is down. One that only sends its presses is let go
    /// by the next.
    pub fn far(&mut self, cc: (u8, u8, u8), state: &State, asking: bool, now: Moment, out: &mut Vec<Act>) {
        let (channel, controller, value) = cc;
        for number in 0..self.setup.feet.len() {
            let foot = &self.setup.feet[number];
            if !foot.far || (foot.midi.channel, foot.midi.cc) != (channel, Some(controller)) {
                continue;
            }
            let (down, mut events) = (value >= 64, Vec::new());
            let switch = &mut self.far[number];
            if down && switch.is_down() {
                *switch = Switch::default();
            }
            switch.level(down, now, &mut events);
            for event in events {
                self.event(Event::Switch(Part::Footswitch(number), event), state, asking, now, out);
            }
        }
    }

    pub(super) fn foot(
        &mut self,
        number: usize,
        event: SwitchEvent,
        state: &State,
        asking: bool,
        at: Moment,
        out: &mut Vec<Act>,
    ) {
        let mut setup = self.setup.feet[number].clone();
        let held = |port| state.board.shape(port).press == Press::Hold;
        setup.momentary |= bound(&state.board, &setup.midi).iter().any(|bound| held(&bound.port));
        match event {
            SwitchEvent::Press => {
                self.feet[number].acted = None;
                self.feet[number].taken = asking;
                if asking {
                    out.push(Act::Menu(MenuInput::Footswitch(number)));
                } else if setup.momentary && setup.preset.is_none() && !setup.far {
                    self.feet[number].on = true;
                    send(&setup.midi, 127, out);
                } else if self.acts_at_once(number) {
                    let before = self.short(number, state, at, out);
                    self.feet[number].acted = Some(before);
                }
            }
            _ if self.feet[number].taken => {}
            SwitchEvent::Release if setup.momentary && setup.preset.is_none() && !setup.far => {
                self.feet[number].on = false;
                send(&setup.midi, 0, out);
            }
            SwitchEvent::Release => {}
            SwitchEvent::Click => {
                if self.feet[number].acted.is_none() && !(setup.momentary && setup.preset.is_none()) {
                    self.short(number, state, at, out);
                }
            }
            SwitchEvent::Long => {
                // a foot that stays on means the other action: what the press did is taken back
                if let Some(Some(before)) = self.feet[number].acted {
                    self.feet[number].on = before > 0;
                    send(&setup.midi, before, out);
                }
                if let Some(sides) = setup.bypass {
                    self.pass_by(!self.bypassed, sides, out);
                } else {
                    let mut due = Vec::new();
                    self.chords.long(number, at, &mut due);
                    self.run_chords(due, state, at, out);
                }
            }
        }
    }

    /// Whether a press acts on its first edge. One that also has a long press does so only if it can be taken back.
    fn acts_at_once(&self, number: usize) -> bool {
        let foot = &self.setup.feet[number];
        let has_long = !foot.long.is_empty() || foot.bypass.is_some();
        let tapping = self.tap_mode && foot.taps;
        let returns = foot.preset.is_none() && self.settings.act_on.unwrap_or_default() == ActOn::Press;
        !has_long || tapping || returns
    }

    /// The short action. The controller's value before it, when it can be taken back.
    fn short(&mut self, number: usize, state: &State, at: Moment, out: &mut Vec<Act>) -> Option<u8> {
        let foot = self.setup.feet[number].clone();
        if self.tap_mode && foot.taps {
            self.tap(at, out);
            return None;
        }
        if let Some(preset) = foot.preset {
            out.push(Act::Intent(Intent::LoadSnapshot(step(preset))));
            return None;
        }
        let driven = bound(&state.board, &foot.midi);
        if foot.far {
            self.feet[number].on = !self.feet[number].on;
            return None;
        }
        let lit = driven.first().map_or(self.feet[number].on, Bound::lit);
        self.feet[number].on = !lit;
        send(&foot.midi, if lit { 0 } else { 127 }, out);
        foot.midi.cc.map(|_| if lit { 127 } else { 0 })
    }

    pub(super) fn run_chords(&mut self, due: Vec<String>, state: &State, at: Moment, out: &mut Vec<Act>) {
        for number in due {
            let action = number.parse::<usize>().ok().and_then(|number| self.actions.get(number)).cloned();
            if let Some(action) = action {
                let owner = self.setup.feet.iter().position(|foot| foot.long.contains(&action));
                self.action(&action, owner, state, at, out);
            }
        }
    }

    /// Acts as if a footswitch had been pressed briefly, from a menu.
    pub fn press(&mut self, number: usize, state: &State, at: Moment, out: &mut Vec<Act>) {
        if number < self.feet.len() {
            self.short(number, state, at, out);
        }
    }

    /// Acts as if a footswitch had been held, from a menu: without waiting for a chord.
    pub fn hold(&mut self, number: usize, state: &State, at: Moment, out: &mut Vec<Act>) {
        let Some(foot) = self.setup.feet.get(number).cloned() else { return };
        if let Some(sides) = foot.bypass {
            return self.pass_by(!self.bypassed, sides, out);
        }
        for action in &foot.long {
            self.action(action, Some(number), state, at, out);
        }
    }
}
