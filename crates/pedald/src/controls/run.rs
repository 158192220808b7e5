//! The task between hardware, controls, session and screen.

use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pedal_hardware::config::{Config, Keeper};
use pedal_hardware::light::Level;
use pedal_hardware::profile::Bypass;
use pedal_hardware::{Moment, Profile, Rgb};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};

use super::core::{Act, Controls};
use super::files::{Files, Stamp, stamp};
use super::midi_out::{self, MidiOut, Order};
use super::panel::Shown;
use super::selftest::{SelfTest, Told};
use super::setup::Setup;
use crate::display::{Display, Wish};
use crate::hardware::{BusSettings, Found, Hardware, Input, MixerChange, Output};
use crate::session::{EventKind, Intent, NoticeLevel, Seen, SessionHandle, Signal, Source, State};

/// How often it is looked whether a file was changed from outside.
const LOOK: Duration = Duration::from_secs(2);
/// Settings are written when nobody has changed them for so long.
const SETTLED: Duration = Duration::from_secs(1);

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

    /// Takes a board's own configuration.
    fn another_board(&mut self, state: &State, acts: &mut Vec<Act>) {
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

    fn rewire(&mut self) {
        let bus = bus_settings(&self.controls);
        self.hardware.wire(&self.controls.setup().profile, bus);
    }

    /// The player's choices in menus are settings.
    fn choices(&mut self, state: &State) {
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
    fn choose_bank(&mut self, state: &State, acts: &mut Vec<Act>) {
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

    fn tick(&mut self, acts: &mut Vec<Act>) {
        let now = self.hardware.clock().now();
        let told = self.test.as_mut().and_then(|test| test.tick(now));
        self.tested(told, acts);
        self.controls.tick(&self.session.state(), now, acts);
        if self.write_at.is_some_and(|at| at <= Instant::now()) {
            self.write_settings();
        }
    }

    fn begin_test(&mut self, acts: &mut Vec<Act>) {
        let now = self.hardware.clock().now();
        let (test, told) = SelfTest::begin(&self.controls.setup().profile, now);
        self.test = Some(test);
        self.tested(Some(told), acts);
    }

    /// Tells what the test asks for, and ends it.
    fn tested(&mut self, told: Option<Told>, acts: &mut Vec<Act>) {
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

    /// Reads files that were changed from outside. Whether something is to be shown anew.
    fn look(&mut self, acts: &mut Vec<Act>) -> bool {
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

    fn perform(&mut self, acts: Vec<Act>) {
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

    fn bypass(&self, active: bool, sides: [bool; 2]) {
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
    fn write_settings(&mut self) {
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

    /// Shows what has changed: lamps, strip, screen.
    fn refresh(&mut self) {
        let state = self.session.state();
        let (shown, blink) = self.controls.shown(&state, self.hardware.clock().now());
        self.blink = blink;
        let strip = self.controls.strip(&shown, self.levels);
        if strip != self.strip {
            self.strip.clone_from(&strip);
            if !strip.is_empty() {
                self.hardware.send(Output::Strip(strip));
            }
        }
        let lines = self.controls.lines(&shown);
        for (line, lit) in &lines {
            if !self.lines.contains(&(*line, *lit)) {
                self.hardware.send(Output::Line(*line, *lit));
            }
        }
        self.lines = lines;
        self.panel(&shown, &state);
    }

    fn panel(&self, shown: &[Shown], state: &Arc<State>) {
        self.display.update_panel(|panel| self.controls.fill(panel, shown, state));
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

fn unwritten(error: &std::io::Error) -> String {
    format!("settings.yml could not be written: {error}. Is the disk full or read-only?")
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

fn bus_settings(controls: &Controls) -> BusSettings {
    BusSettings {
        megahertz: controls.settings.lcd_spi_speed_mhz.unwrap_or(24).into(),
        baseline: controls.settings.vu_baseline.unwrap_or(512),
        gain: controls.levels.input,
    }
}

/// A level lamp of the simulator, which has no meter of its own.
fn lamp_of(dbfs: f32) -> Rgb {
    match dbfs {
        level if level > -1.0 => Level::Clip,
        level if level > -12.0 => Level::Warn,
        level if level > -50.0 => Level::Signal,
        _ => Level::Silence,
    }
    .colour()
}
