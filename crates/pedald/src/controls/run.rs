//! The task between hardware, controls, session and screen.

mod configuration;
mod doing;
mod showing;

use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use configuration::{LOOK, bus_settings};
use doing::unwritten;
use pedal_hardware::config::{Config, Keeper};
use pedal_hardware::light::Level;
use pedal_hardware::profile::Bypass;
use pedal_hardware::{Moment, Profile, Rgb};
use showing::lamp_of;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use super::core::{Act, Controls};
use super::files::{Files, Stamp, stamp};
use super::midi_out::{self, MidiOut, Order};
use super::selftest::SelfTest;
use super::setup::Setup;
use crate::display::{Display, Wish};
use crate::hardware::{Found, Hardware, Input, Output};
use crate::session::{EventKind, Intent, NoticeLevel, Seen, SessionHandle, Signal, Source};

/// What the task works on.
pub struct Part {
    session: SessionHandle,
    display: Display,
    hardware: Hardware,
    files: Files,
    found: Found,
    /// The wiring before the configuration.
    base: Profile,
    keeper: Keeper,
    overlay: Config,
    bundle: Option<PathBuf>,
    stamps: [Stamp; 3],
    controls: Controls,
    midi: Sender<Order>,
    levels: [Rgb; 2],
    strip: Vec<Rgb>,
    lines: Vec<(u32, bool)>,
    /// When settings are to be written.
    write_at: Option<Instant>,
    /// Settings on their way to the disk.
    writing: Option<JoinHandle<()>>,
    /// Where the relay is, for those that write it down.
    relay: Arc<Mutex<bool>>,
    /// Whether the bank of the settings was looked for.
    bank_chosen: bool,
    blink: Option<Moment>,
    /// Whether a board was seen.
    begun: bool,
    /// The test of the pedal's parts, while it runs.
    test: Option<SelfTest>,
}

impl Drop for Part {
    /// What was chosen in the last second is kept too.
    fn drop(&mut self) {
        if self.write_at.take().is_some()
            && let Err(error) = self.files.write_settings(&self.controls.settings)
        {
            tracing::error!("{}", unwritten(&error));
        }
    }
}

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part").field("found", &self.found).finish_non_exhaustive()
    }
}

/// Carries things until the session ends.
pub async fn run(part: Part) {
    part.run().await;
}

impl Part {
    /// Reads the configuration and wires the pedal. Call on a tokio runtime; it reads files.
    pub fn new(
        session: SessionHandle,
        display: Display,
        files: Files,
        found: Found,
        mut hardware: Hardware,
        out: impl MidiOut,
    ) -> Self {
        let base = found.profile();
        let plugged = matches!(found, Found::Simulated(_));
        let (keeper, told) = files.start(&base, plugged);
        let (settings, also_told) = files.settings();
        for text in [told, also_told].into_iter().flatten() {
            tracing::error!("{text}");
            session.tell(Source::Hardware, Intent::Notify { level: NoticeLevel::Error, text });
        }
        let setup = Setup::new(&base, keeper.config());
        let mut controls = Controls::new(setup, settings);
        controls.bypassed = base.bypass != Bypass::None && files.relay();
        let bus = bus_settings(&controls);
        hardware.wire(&controls.setup().profile, bus);
        if let Found::Nothing(why) = &found {
            tracing::info!("{why}; it is steered by browsers and MIDI, as the profile generic");
        }
        let midi = midi_out::start(out, session.clone());
        let stamps = [stamp(&files.config), None, stamp(&files.settings)];
        Self {
            display,
            session,
            hardware,
            files,
            found,
            base,
            keeper,
            overlay: Config::default(),
            bundle: None,
            stamps,
            controls,
            midi,
            levels: [Rgb::BLACK; 2],
            strip: Vec::new(),
            lines: Vec::new(),
            write_at: None,
            writing: None,
            relay: Arc::default(),
            bank_chosen: false,
            blink: None,
            begun: false,
            test: None,
        }
    }

    async fn run(mut self) {
        let Some(mut inputs) = self.hardware.take_inputs() else { return };
        let mut wishes = self.display.take_wishes();
        let mut watch = self.session.watch();
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let name = self.found.name();
        self.display.update_panel(|panel| panel.hardware = name);
        if let Bypass::Relay { set, reset } = self.base.bypass {
            self.hardware.send(Output::Relay { set, reset, bypass: self.controls.bypassed });
        }
        // the first pi-Stomp is soldered by its player: it is tested once, when it plays for the first time
        let built = matches!(self.found, Found::Header(_)) && self.base.name == "v1";
        if built && !self.files.tested.exists() {
            let mut acts = Vec::new();
            self.begin_test(&mut acts);
            self.perform(acts);
        }
        loop {
            let mut acts = Vec::new();
            let wake = self.wake();
            let mut refresh = true;
            tokio::select! {
                biased;
                Some(input) = inputs.recv() => self.input(input, &mut acts),
                Some(wish) = wish(&mut wishes) => {
                    let (state, now) = (self.session.state(), self.hardware.clock().now());
                    match wish {
                        Wish::SelfTest => self.begin_test(&mut acts),
                        wish => self.controls.wish(wish, &state, now, &mut acts),
                    }
                }
                seen = watch.next() => match seen {
                    Ok(seen) => refresh = self.seen(seen, &mut acts),
                    Err(_) => break,
                },
                () = tokio::time::sleep_until(wake) => self.tick(&mut acts),
                _ = look.tick() => refresh = self.look(&mut acts),
            }
            self.perform(acts);
            if refresh {
                self.refresh();
            }
        }
    }

    fn input(&mut self, input: Input, acts: &mut Vec<Act>) {
        match input {
            Input::Event { event, at } if self.test.is_some() => {
                let told = self.test.as_mut().and_then(|test| test.event(event, at));
                self.tested(told, acts);
            }
            Input::Event { event, at } => {
                let (state, asking) = (self.session.state(), self.display.wants_footswitches());
                self.controls.event(event, &state, asking, at, acts);
            }
            Input::Codec(found) => {
                self.controls.found(found);
                // the level meter's thresholds depend on the gain
                self.rewire();
            }
            Input::Levels(levels) => self.levels = levels.map(Level::colour),
            Input::Problem(error) => {
                tracing::error!("{error}");
                let text = format!("{error}.");
                acts.push(Act::Intent(Intent::Notify { level: NoticeLevel::Warning, text }));
            }
        }
    }

    /// Whether something is to be shown anew.
    fn seen(&mut self, seen: Seen, acts: &mut Vec<Act>) -> bool {
        let state = self.session.state();
        let event = match seen {
            Seen::State(_) => {
                // also what this task was too slow for; the same board is no reason to begin anew
                if !self.begun || self.bundle != state.board.bundle {
                    self.another_board(&state, acts);
                }
                if !state.library.boards.is_empty() {
                    self.choose_bank(&state, acts);
                }
                self.choices(&state);
                return true;
            }
            Seen::Event(event) => event,
        };
        match &event.kind {
            EventKind::BoardLoaded(_) => self.another_board(&state, acts),
            EventKind::Library(_) => self.choose_bank(&state, acts),
            EventKind::Tuner(_) => {}
            EventKind::Signal(Signal::Levels { inputs, .. }) if self.hardware.hand().is_some() => {
                let lamp = |side: usize| {
                    inputs.get(side).or(inputs.first()).map_or(Rgb::BLACK, |level| lamp_of(*level))
                };
                self.levels = [lamp(0), lamp(1)];
                return true;
            }
            EventKind::Signal(Signal::Controller { channel, controller, value })
                if matches!(event.source, Source::Engine | Source::Midi) =>
            {
                let (asking, now) = (self.display.wants_footswitches(), self.hardware.clock().now());
                let cc = (*channel, *controller, *value);
                self.controls.far(cc, &state, asking, now, acts);
                return !acts.is_empty();
            }
            EventKind::Signal(_) | EventKind::Output(..) | EventKind::Health(_) => return false,
            _ => {}
        }
        self.choices(&state);
        true
    }

    fn tick(&mut self, acts: &mut Vec<Act>) {
        let now = self.hardware.clock().now();
        let told = self.test.as_mut().and_then(|test| test.tick(now));
        self.tested(told, acts);
        self.controls.tick(&self.session.state(), now, acts);
        if self.write_at.is_some_and(|at| at <= Instant::now()) {
            self.write_settings();
        }
    }

    /// When the task has something to do by itself.
    fn wake(&self) -> Instant {
        let clock = self.hardware.clock();
        let due = [self.controls.deadline(), self.blink, self.test.as_ref().map(SelfTest::deadline)];
        let due = due.into_iter().flatten().map(|moment| Instant::from_std(clock.instant(moment)));
        let far = Instant::now() + Duration::from_secs(3600);
        due.chain(self.write_at).min().unwrap_or(far)
    }
}

/// The next wish; never, when another part takes them.
async fn wish(
    wishes: &mut Option<tokio::sync::mpsc::UnboundedReceiver<crate::display::Wish>>,
) -> Option<crate::display::Wish> {
    match wishes {
        Some(wishes) => wishes.recv().await,
        None => std::future::pending().await,
    }
}
