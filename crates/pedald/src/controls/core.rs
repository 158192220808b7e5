//! What the pedal's controls do: events of the hardware and the session's state in, acts out. It knows no device, thread
//! or clock.

mod actions;
mod feet;
mod levels;
mod turned;

use pedal_hardware::config::{Action, Settings};
use pedal_hardware::input::{Chords, Group, Part, Switch, SwitchEvent};
use pedal_hardware::{Event, Moment};

use super::setup::{Setup, Wiring};
use super::tap::Tap;
use crate::display::MenuInput;
use crate::hardware::MixerChange;
use crate::session::{Intent, State};

pub use levels::{INPUT_RANGE, Levels, output_range};

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
