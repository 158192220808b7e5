//! The task that keeps the display: everything that happens becomes the model, input becomes wishes, and a picture is drawn
//! when something that is seen has changed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use embedded_graphics::draw_target::DrawTargetExt;
use embedded_graphics::pixelcolor::BinaryColor;
use pedal_ui::model::Model;
use pedal_ui::paint::{ColourScreen, draw_mono};
use pedal_ui::{Input, Ui, UiAction};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::actions::{Deed, NetworkDeed, PairingDeed, deed};
use super::machine::Machine;
use super::model::{self, Around};
use super::surroundings::{self, Surroundings};
use super::{Display, Frame, MachineDeed, MenuInput, Panel, Screen, outside};
use crate::access::{Client, Desk, PairingIntent, PairingState};
use crate::network::{Nearby, Network, NetworkError, Status};
use crate::session::{
    Done, EventKind, Intent, Notice, NoticeLevel, Seen, SessionError, SessionHandle, Signal, Source, State,
    Version,
};

/// Time between two pictures: at most 30 a second.
const FRAME: Duration = Duration::from_millis(33);
/// How long a message that is no error stands on the home screen.
const MESSAGE: Duration = Duration::from_secs(6);
/// How long clipping is shown.
const CLIP: Duration = Duration::from_secs(2);
/// After this time without an engine the menus open: the network can be set up without sound.
const STARTING: Duration = Duration::from_secs(15);
/// Level in dBFS from which it counts as clipping.
const FULL: f32 = -0.1;

/// What the display shows and acts on.
pub struct Parts {
    /// The session.
    pub session: SessionHandle,
    /// Pairing.
    pub access: Desk,
    /// The network.
    pub network: Network,
    /// Power, updates, period and rate.
    pub machine: Arc<dyn Machine>,
    /// Where the first boot leaves its messages.
    pub messages: PathBuf,
}

/// What comes back from work that was waited for elsewhere.
enum Back {
    Versions(Vec<Version>),
    Networks(Vec<Nearby>),
    Key(Option<String>),
    Surroundings(Box<Surroundings>),
    /// The network has done what was asked.
    Quiet,
    Tell(NoticeLevel, String),
}

struct Task {
    display: Display,
    parts: Parts,
    ui: Ui,
    state: Arc<State>,
    panel: Panel,
    around: Around,
    back: mpsc::UnboundedSender<Back>,
    painter: ColourScreen,
    picture: Frame,
    shown: Screen,
    /// Something may look different.
    due: bool,
    last_picture: Instant,
    last_input: Instant,
    begun: Instant,
    message: Option<(Notice, Instant)>,
    clipped: Option<Instant>,
    recording: Option<Instant>,
    pairing: PairingState,
    clients: Arc<Vec<Client>>,
    network: Status,
    nearby: Vec<Nearby>,
    key: Option<String>,
    busy: bool,
    /// As the machine was when it was last looked at.
    surroundings: Option<Box<Surroundings>>,
}

/// Keeps the display until the session ends.
pub async fn run(display: Display, parts: Parts) {
    let Some(mut inputs) = display.take_inputs() else {
        tracing::error!("the display is kept already");
        return;
    };
    let mut watch = parts.session.watch();
    let mut panel = display.panel();
    let mut end = display.end.subscribe();
    let (mut pairing, mut clients) = (parts.access.state(), parts.access.clients());
    let mut network = parts.network.watch();
    let (back, mut returned) = mpsc::unbounded_channel();
    let mut task = Task::new(display, parts, back);
    task.look_around();
    loop {
        task.show();
        let wake = task.wake();
        tokio::select! {
            seen = watch.next() => {
                let Ok(seen) = seen else { return };
                task.seen(&seen);
            }
            Some(input) = inputs.recv() => task.input(input),
            Some(back) = returned.recv() => task.returned(back),
            changed = panel.changed() => if changed.is_ok() { task.panel = panel.borrow_and_update().clone(); task.due = true; },
            changed = end.changed() => if changed.is_ok() {
                task.around.end = end.borrow_and_update().clone();
                task.due = true;
                // nothing can come after it that would have to be waited for
                task.last_picture = Instant::now() - FRAME;
            },
            changed = pairing.changed() => if changed.is_ok() { task.pairing = current(&mut pairing); task.due = true; },
            changed = clients.changed() => if changed.is_ok() { task.clients = current(&mut clients); task.due = true; },
            changed = network.changed() => if changed.is_ok() { task.network_changed(current(&mut network)); },
            () = tokio::time::sleep_until(wake) => task.time(),
        }
    }
}

fn current<T: Clone>(watch: &mut watch::Receiver<T>) -> T {
    watch.borrow_and_update().clone()
}

impl Task {
    fn new(display: Display, parts: Parts, back: mpsc::UnboundedSender<Back>) -> Self {
        let now = Instant::now();
        let panel = display.panel.borrow().clone();
        let picture = Frame::new(320, 240);
        Self {
            state: parts.session.state(),
            pairing: parts.access.state().borrow().clone(),
            clients: parts.access.clients().borrow().clone(),
            network: parts.network.status(),
            around: Around { messages: outside::messages(&parts.messages), ..Around::default() },
            ui: Ui::new(Model::default()),
            painter: ColourScreen::new(),
            shown: Screen::Colour,
            due: true,
            last_picture: now - FRAME,
            last_input: now,
            begun: now,
            message: None,
            clipped: None,
            recording: None,
            nearby: Vec::new(),
            key: None,
            busy: false,
            surroundings: None,
            display,
            parts,
            panel,
            back,
            picture,
        }
    }

    /// What is asked once, and again when it may have changed.
    fn look_around(&self) {
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

    fn seen(&mut self, seen: &Seen) {
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

    fn network_changed(&mut self, status: Status) {
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

    fn returned(&mut self, back: Back) {
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

    fn input(&mut self, input: MenuInput) {
        // whoever turns the encoder does not want to wait for the sound
        self.around.started = true;
        self.refresh();
        match input {
            MenuInput::Turn(detents) => self.ui_input(Input::Turn(detents.into())),
            MenuInput::Press => self.ui_input(Input::Click),
            MenuInput::LongPress => self.ui_input(Input::Long),
            MenuInput::Footswitch(at) => self.ui_input(Input::Footswitch(at)),
        }
    }

    fn ui_input(&mut self, input: Input) {
        self.last_input = Instant::now();
        self.due = true;
        for action in self.ui.input(input) {
            self.act(action);
        }
    }

    fn act(&mut self, action: UiAction) {
        let Some(deed) = deed(action, &self.state, &self.around.versions) else { return };
        let back = self.back.clone();
        match deed {
            Deed::Wish(wish) => self.display.wish(wish),
            Deed::Ask(intent) => {
                // asked here and not in the task: two turns of the encoder stay in their order
                let answer = self.parts.session.asked(Source::Display, *intent);
                tokio::spawn(async move {
                    match answer.await {
                        // a board that cannot be loaded is told by the session itself
                        Ok(_)
                        | Err(
                            SessionError::Load { .. } | SessionError::Superseded(_) | SessionError::Closed,
                        ) => {}
                        Err(error) => drop(back.send(Back::Tell(NoticeLevel::Error, error.to_string()))),
                    }
                });
            }
            Deed::Machine(deed) => {
                let machine = self.parts.machine.clone();
                let (session, file) = (self.parts.session.clone(), self.parts.messages.clone());
                tokio::spawn(async move {
                    if matches!(deed, MachineDeed::PowerOff | MachineDeed::Reboot) {
                        let _ = session.ask(Source::Display, Intent::Flush).await;
                    }
                    let done = tokio::task::spawn_blocking(move || {
                        let done = machine.perform(deed);
                        (done, Surroundings::look(&*machine, &file))
                    });
                    let Ok((done, seen)) = done.await else { return };
                    let _ = back.send(Back::Surroundings(Box::new(seen)));
                    match done {
                        Ok(text) if text.is_empty() => {}
                        Ok(text) => drop(back.send(Back::Tell(NoticeLevel::Info, text))),
                        Err(error) => drop(back.send(Back::Tell(NoticeLevel::Error, error.to_string()))),
                    }
                });
            }
            Deed::Network(deed) => self.network_deed(deed),
            Deed::Pairing(deed) => self.parts.access.tell(match deed {
                PairingDeed::Open => PairingIntent::Open,
                PairingDeed::Confirm => PairingIntent::Confirm,
                PairingDeed::Close => PairingIntent::Close,
                PairingDeed::Revoke(at) => match self.clients.get(at) {
                    Some(client) => PairingIntent::Revoke(client.id.clone()),
                    None => return,
                },
            }),
        }
    }

    fn network_deed(&mut self, deed: NetworkDeed) {
        if let NetworkDeed::Mode(mode) = deed {
            return self.parts.network.wish(outside::mode(mode));
        }
        self.busy = true;
        let (back, network) = (self.back.clone(), self.parts.network.clone());
        tokio::spawn(async move {
            let rescan = deed == NetworkDeed::Scan;
            let done: Result<(), NetworkError> = network
                .with_radio(move |radio| match deed {
                    NetworkDeed::Scan | NetworkDeed::Mode(_) => Ok(()),
                    NetworkDeed::Join(ssid, password) => {
                        radio.join(&ssid, password.as_ref().map(pedal_ui::model::Password::reveal))
                    }
                    NetworkDeed::Leave => radio.leave(),
                    NetworkDeed::Forget(ssid) => radio.forget(&ssid),
                })
                .await;
            let networks = network.with_radio(move |radio| radio.networks(rescan)).await;
            let answer = match (done, networks) {
                (Err(error), _) | (Ok(()), Err(error)) => Back::Tell(NoticeLevel::Error, error.to_string()),
                (Ok(()), Ok(networks)) => Back::Networks(networks),
            };
            let _ = back.send(answer);
            let _ = back.send(Back::Quiet);
        });
    }

    /// When something is to be done without anything happening.
    fn wake(&self) -> Instant {
        let never = Instant::now() + Duration::from_secs(3600);
        [
            self.due.then(|| self.last_picture + FRAME),
            self.ui.patience().map(|patience| self.last_input + patience),
            self.message.as_ref().filter(|_| !self.around.read).map(|(_, since)| *since + MESSAGE),
            self.clipped.map(|since| since + CLIP),
            self.recording.map(|since| since + Duration::from_secs(u64::from(self.around.recording) + 1)),
            (!self.around.started).then(|| self.begun + STARTING),
        ]
        .into_iter()
        .flatten()
        .fold(never, std::cmp::Ord::min)
    }

    /// Some time has passed.
    fn time(&mut self) {
        let now = Instant::now();
        if self.ui.patience().is_some_and(|patience| now >= self.last_input + patience) {
            self.ui.idle();
            self.last_input = now;
            self.due = true;
        }
        if self.message.as_ref().is_some_and(|(_, since)| now >= *since + MESSAGE) {
            self.message = None;
            self.around.read = true;
            self.due = true;
        }
        if self.clipped.is_some_and(|since| now >= since + CLIP) {
            self.clipped = None;
            self.around.clip = false;
            self.due = true;
        }
        match self.recording {
            Some(since) => {
                let seconds = now.duration_since(since).as_secs() as u32;
                self.due |= seconds != self.around.recording;
                self.around.recording = seconds;
            }
            None => self.around.recording = 0,
        }
        if !self.around.started && now >= self.begun + STARTING {
            self.around.started = true;
            self.due = true;
        }
    }

    /// Brings the screens up to date with what is known.
    fn refresh(&mut self) {
        self.around.pairing = outside::pairing(&self.pairing, &self.clients);
        self.around.wifi =
            outside::wifi(&self.network, &self.nearby, self.key.as_deref(), self.busy, &self.pairing.url);
        let model = model::model(&self.state, &self.panel, &self.around);
        if model != *self.ui.model() {
            self.ui.set_model(model);
        }
        let asks = self.ui.wants_footswitches();
        self.display.asking.send_if_modified(|asking| std::mem::replace(asking, asks) != asks);
    }

    /// Draws a picture when it is due, and publishes it when it differs.
    fn show(&mut self) {
        let now = Instant::now();
        if !self.due || now < self.last_picture + FRAME {
            return;
        }
        self.due = false;
        self.last_picture = now;
        self.refresh();
        let (view, model) = (self.ui.view(), self.ui.model());
        if self.shown != self.panel.screen {
            self.shown = self.panel.screen;
            self.painter = ColourScreen::new();
            self.picture = match self.shown {
                Screen::Colour => Frame::new(320, 240),
                Screen::Mono => Frame::new(128, 64),
            };
        }
        let never = match self.shown {
            Screen::Colour => self.painter.show(&view, model, &mut self.picture).map(drop),
            Screen::Mono => draw_mono(&view, model, &mut self.picture.color_converted::<BinaryColor>()),
        };
        match never {
            Ok(()) => {}
            Err(never) => match never {},
        }
        self.display.frame.send_if_modified(|frame| {
            let differs = **frame != self.picture;
            if differs {
                *frame = Arc::new(self.picture.clone());
            }
            differs
        });
    }
}
