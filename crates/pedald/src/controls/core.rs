//! What the pedal's controls do: events of the hardware and the session's state in, acts out. It knows no device, thread
//! or clock.

use pedal_hardware::config::{ActOn, Action, Calibration, Settings, Snapshot};
use pedal_hardware::input::{Chords, Group, Part, Switch, SwitchEvent, speed, to_cc};
use pedal_hardware::port::CodecLevels;
use pedal_hardware::profile::Bypass;
use pedal_hardware::{Event, Moment};

use super::blend;
use super::bound::bound;
use super::setup::{Setup, Wiring};
use super::tap::Tap;
use crate::display::MenuInput;
use crate::hardware::MixerChange;
use crate::session::{ControlPort, Intent, NoticeLevel, Press, Signal, State, Step};

/// Controller steps of an encoder that drives nothing here, for each click.
const CC_STEP: i32 = 8;
/// Clicks of an encoder from one end of a blend to the other.
const BLEND_STEPS: f32 = 60.0;
/// A click of the volume encoder in dB.
const VOLUME_STEP: f32 = 0.75;

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Ask the session.
    Intent(Intent),
    /// Send a controller to a client; when it is not there, ask the session instead.
    Send {
        /// Name of the client.
        port: String,
        /// Channel 0–15, controller, value 0–127.
        cc: (u8, u8, u8),
    },
    /// Hand something to the screen.
    Menu(MenuInput),
    /// Pass the pedal by, or not; sides left and right.
    Bypass {
        /// Whether it is passed by.
        active: bool,
        /// Which sides.
        sides: [bool; 2],
    },
    /// Move the codec's mixer.
    Mixer(MixerChange),
    /// The settings have changed and are to be kept.
    Keep,
}

/// Levels of the codec: as they were found at the start, or were set here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// Output volume in dB.
    pub output: f32,
    /// Input gain in dB.
    pub input: f32,
    /// The equaliser is on.
    pub equaliser: bool,
    /// Its bands in dB.
    pub bands: [f32; 5],
}

/// Range of the output volume in dB, lowest and highest.
pub fn output_range(setup: &Setup) -> (f32, f32) {
    (if setup.profile.name == "v1" { -32.0 } else { -25.75 }, 6.0)
}

/// Range of the input gain in dB.
pub const INPUT_RANGE: (f32, f32) = (-19.75, 12.0);

#[derive(Debug, Clone, Default)]
struct FootState {
    /// Lit, when nothing is bound to it.
    on: bool,
    /// What its long press has sent is on.
    long_on: bool,
    /// The short action was done on the press; the value before, if it can be taken back.
    acted: Option<Option<u8>>,
    /// The screen has taken this press.
    taken: bool,
}

/// The controls of a pedal.
#[derive(Debug, Clone)]
pub struct Controls {
    pub(super) setup: Setup,
    /// What the player has chosen; kept in `settings.yml`.
    pub settings: Settings,
    chords: Chords,
    actions: Vec<Action>,
    feet: Vec<FootState>,
    /// Switches of a MIDI foot controller.
    far: Vec<Switch>,
    encoders: Vec<(u8, Option<Moment>)>,
    pub(super) counts: Vec<Option<u16>>,
    sent: Vec<Option<u8>>,
    pub(super) tap: Tap,
    pub(super) tap_mode: bool,
    pub(super) bypassed: bool,
    pub(super) levels: Levels,
    /// The blend that was begun last, of those of this board.
    pub(super) blend: Option<usize>,
}

impl Controls {
    /// Everything at rest.
    pub fn new(setup: Setup, settings: Settings) -> Self {
        let mut controls = Self {
            feet: Vec::new(),
            far: Vec::new(),
            encoders: Vec::new(),
            counts: Vec::new(),
            sent: Vec::new(),
            chords: Chords::default(),
            actions: Vec::new(),
            tap: Tap::default(),
            tap_mode: false,
            bypassed: false,
            levels: Levels { output: -3.0, input: -9.0, equaliser: false, bands: [0.0; 5] },
            blend: None,
            setup: setup.clone(),
            settings,
        };
        controls.set_up(setup);
        controls
    }

    /// Takes another configuration. What is on stays on.
    pub fn set_up(&mut self, setup: Setup) {
        let mode = self.settings.chords.unwrap_or_default();
        let (actions, groups): (Vec<Action>, Vec<Group>) = setup
            .chords()
            .into_iter()
            .enumerate()
            .map(|(number, (action, switches))| (action, Group { action: number.to_string(), switches }))
            .unzip();
        (self.actions, self.chords) = (actions, Chords::new(groups, mode));
        self.feet.resize(setup.feet.len(), FootState::default());
        self.far.resize(setup.feet.len(), Switch::default());
        self.encoders.resize(setup.encoders.len(), (64, None));
        self.counts.resize(setup.analog.len(), None);
        self.sent = vec![None; setup.analog.len()];
        self.blend = self.blend.filter(|at| *at < setup.blends.len());
        self.setup = setup;
    }

    /// What the pedal does now.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// When [`Controls::tick`] has something to do.
    pub fn deadline(&self) -> Option<Moment> {
        let far = self.far.iter().filter_map(Switch::deadline).min();
        [self.chords.deadline(), far].into_iter().flatten().min()
    }

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

    /// Lets time pass.
    pub fn tick(&mut self, state: &State, now: Moment, out: &mut Vec<Act>) {
        for number in 0..self.far.len() {
            let mut events = Vec::new();
            self.far[number].tick(now, &mut events);
            for event in events {
                self.event(Event::Switch(Part::Footswitch(number), event), state, false, now, out);
            }
        }
        let mut due = Vec::new();
        self.chords.tick(now, &mut due);
        self.run_chords(due, state, now, out);
    }

    /// Something was done to the pedal. `asking`: the screen waits for a foot.
    pub fn event(&mut self, event: Event, state: &State, asking: bool, at: Moment, out: &mut Vec<Act>) {
        match event {
            Event::Switch(Part::Footswitch(number), event) => {
                if self.setup.feet.get(number).is_some_and(|foot| !foot.disabled) {
                    self.foot(number, event, state, asking, at, out);
                }
            }
            Event::Switch(Part::Encoder(0), event) => match event {
                SwitchEvent::Click => out.push(Act::Menu(MenuInput::Press)),
                SwitchEvent::Long => out.push(Act::Menu(MenuInput::LongPress)),
                SwitchEvent::Press | SwitchEvent::Release => {}
            },
            Event::Switch(Part::Encoder(number), SwitchEvent::Long) => {
                let actions = self.setup.encoders.get(number).map(|one| one.long.clone()).unwrap_or_default();
                for action in actions {
                    self.action(&action, None, state, at, out);
                }
            }
            // v1's second encoder has no work of its own: it turns the menus too
            Event::Switch(Part::Encoder(_), SwitchEvent::Click) if self.setup.profile.name == "v1" => {
                out.push(Act::Menu(MenuInput::Press));
            }
            Event::Switch(Part::Encoder(_), _) => {}
            Event::Turn { encoder: 0, clicks } => menu_turn(clicks, out),
            Event::Turn { clicks, .. } if self.setup.profile.name == "v1" => menu_turn(clicks, out),
            Event::Turn { encoder, clicks } => self.turn(encoder, clicks, state, at, out),
            Event::Analog { index, value } => {
                if let Some(count) = self.counts.get_mut(index) {
                    *count = Some(value);
                    self.analog(index, value, state, out);
                }
            }
        }
    }

    fn foot(
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
        let lit = driven.first().map_or(self.feet[number].on, super::bound::Bound::lit);
        self.feet[number].on = !lit;
        send(&foot.midi, if lit { 0 } else { 127 }, out);
        foot.midi.cc.map(|_| if lit { 127 } else { 0 })
    }

    fn run_chords(&mut self, due: Vec<String>, state: &State, at: Moment, out: &mut Vec<Act>) {
        for number in due {
            let action = number.parse::<usize>().ok().and_then(|number| self.actions.get(number)).cloned();
            if let Some(action) = action {
                let owner = self.setup.feet.iter().position(|foot| foot.long.contains(&action));
                self.action(&action, owner, state, at, out);
            }
        }
    }

    fn action(
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
        self.settings.bypass.as_deref().map_or([true, true], super::setup::sides_of)
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

    /// Takes the codec's levels over as they are; what cannot be read stays as it was.
    pub fn found(&mut self, levels: CodecLevels) {
        let own = &mut self.levels;
        own.output = levels.output.unwrap_or(own.output);
        own.input = levels.input.unwrap_or(own.input);
        own.equaliser = levels.equaliser.unwrap_or(own.equaliser);
        own.bands = levels.bands.unwrap_or(own.bands);
    }

    /// Sets the output volume.
    pub fn volume(&mut self, decibels: f32, out: &mut Vec<Act>) {
        let (low, high) = output_range(&self.setup);
        self.levels.output = decibels.clamp(low, high);
        out.push(Act::Mixer(MixerChange::Output(self.levels.output)));
    }

    fn turn(&mut self, encoder: usize, clicks: i32, state: &State, at: Moment, out: &mut Vec<Act>) {
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

    fn analog(&mut self, index: usize, count: u16, state: &State, out: &mut Vec<Act>) {
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

    /// Whether a footswitch is on, when nothing is bound to it.
    pub(super) fn is_on(&self, number: usize) -> bool {
        self.feet.get(number).is_some_and(|foot| foot.on)
    }
}

/// A controller's value to where it belongs.
fn send(midi: &Wiring, value: u8, out: &mut Vec<Act>) {
    let Some(controller) = midi.cc else { return };
    out.push(match &midi.port {
        Some(port) => Act::Send { port: port.clone(), cc: (midi.channel, controller, value) },
        None => Act::Intent(Intent::Controller { channel: midi.channel, controller, value: value.into() }),
    });
}

fn menu_turn(clicks: i32, out: &mut Vec<Act>) {
    let clicks = clicks.clamp(i8::MIN.into(), i8::MAX.into()) as i8;
    out.push(Act::Menu(MenuInput::Turn(clicks)));
}

fn step(to: Snapshot) -> Step {
    match to {
        Snapshot::Up => Step::Next,
        Snapshot::Down => Step::Previous,
        Snapshot::Index(at) => Step::To(at.into()),
    }
}
