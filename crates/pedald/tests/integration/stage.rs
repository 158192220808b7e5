//! The whole pedal in one process: simulated wires and display, controls, menus, tuner, session, boards on the disk, and the
//! real engine on a clock of samples.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mod_protocol::{Command, Reply};
use pedal_engine::exec::{Engine, EngineSettings};
use pedal_engine::host::{Host, HostOptions};
use pedal_engine::lv2::Lv2Plugins;
use pedal_hardware::Profile;
use pedal_hardware::input::Part;
use pedald::access::Desk;
use pedald::context::Paths;
use pedald::controls::{self, AlsaOut, Files};
use pedald::display::{Display, Parts, SimulatedMachine};
use pedald::engine::{EngineBoard, EngineEvent, EngineLink, Place};
use pedald::hardware::{Found, Hand, Hardware};
use pedald::network::{Network, Simulated};
use pedald::session::{Board, Core, SessionHandle, State, Ticket};
use pedald::store::{Disk, DiskAnswer, DiskJob, FolderDisk};
use pedald::tuner::{SourceError, TunerSource};
use tokio::sync::{mpsc, oneshot};

use crate::boards::TestCatalogue;
use crate::display::{differences, read, write};
use crate::rig::{PERIOD, RATE, block};

/// Starts a display on a session, with all that is around it simulated in `place`; who is paired is kept in `state`.
pub fn show(display: &Display, session: &SessionHandle, place: &Path, state: &Path) -> Desk {
    let (access, problem) = Desk::open(state);
    assert!(problem.is_none());
    let parts = Parts {
        session: session.clone(),
        access: access.clone(),
        network: Network::start(Simulated::default(), place),
        machine: Arc::new(SimulatedMachine::new(place)),
        messages: place.join("provision.txt"),
    };
    tokio::spawn(pedald::display::run(display.clone(), parts));
    access
}

/// What is played: the sample at a time.
pub type Tone = fn(u64) -> f32;

enum Order {
    Command(Ticket, Command),
    Load(Ticket, Box<EngineBoard>, Place),
    Play { blocks: usize, tone: Tone, heard: oneshot::Sender<Vec<f32>> },
}

/// The session's way to the engine's thread.
struct Link {
    orders: Sender<Order>,
    events: mpsc::UnboundedReceiver<EngineEvent>,
}

impl EngineLink for Link {
    fn send(&mut self, ticket: Ticket, command: Command) {
        let _ = self.orders.send(Order::Command(ticket, command));
    }

    fn load(&mut self, ticket: Ticket, board: &EngineBoard, place: Place) {
        let _ = self.orders.send(Order::Load(ticket, Box::new(board.clone()), place));
    }

    async fn next(&mut self) -> EngineEvent {
        match self.events.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }
}

struct Player {
    host: Host,
    engine: Engine,
    frames: Arc<Mutex<u64>>,
    events: mpsc::UnboundedSender<EngineEvent>,
    folder: PathBuf,
    ear: Arc<Mutex<Vec<f32>>>,
}

impl Player {
    fn new(events: mpsc::UnboundedSender<EngineEvent>, folder: &Path, ear: Arc<Mutex<Vec<f32>>>) -> Self {
        let settings = EngineSettings { sample_rate: RATE, ..EngineSettings::default() };
        let (engine, handle) = Engine::new(&settings).expect("threads");
        let plugins = Lv2Plugins::new(RATE, PERIOD, Some(&test_plugins::lv2_path())).expect("lilv");
        let frames = Arc::new(Mutex::new(0_u64));
        let clock = frames.clone();
        let clock = move || Duration::from_secs_f64(*clock.lock().unwrap() as f64 / f64::from(RATE));
        let options = HostOptions { period: PERIOD, ..HostOptions::default() };
        let host = Host::new(options, handle, Box::new(plugins), None, Box::new(clock));
        let _ = events.send(EngineEvent::Up);
        Self { host, engine, frames, events, folder: folder.to_owned(), ear }
    }

    fn run(mut self, orders: &Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            match order {
                Order::Play { blocks, tone, heard } => {
                    let mut sound = Vec::with_capacity(blocks * PERIOD);
                    for _ in 0..blocks {
                        while let Ok(order) = orders.try_recv() {
                            self.take(order);
                        }
                        self.block(tone, &mut sound);
                    }
                    let _ = heard.send(sound);
                }
                other => self.take(other),
            }
        }
    }

    fn take(&mut self, order: Order) {
        let (ticket, command) = match order {
            Order::Command(ticket, command) => (ticket, command),
            Order::Load(ticket, board, place) => {
                let path = self.folder.join("board.json");
                std::fs::write(&path, serde_json::to_vec(&board).expect("JSON")).expect("written");
                let path = path.display().to_string();
                let command = match place {
                    Place::Running => Command::XLoad { path },
                    Place::Slot(slot) => Command::XPreload { slot, path },
                };
                (ticket, command)
            }
            Order::Play { .. } => panic!("one plays at a time"),
        };
        // through the wire's text, as it would come by the socket
        let bytes = command.to_bytes();
        let read = Command::parse(&bytes[..bytes.len() - 1]).expect("our own command");
        let mut reply = self.host.execute(&read);
        if let (Command::XStats {}, Reply::Text(text)) = (&read, &reply) {
            // how busy this machine is at the moment must not be seen on the display
            let mut stats: serde_json::Value = serde_json::from_str(text).expect("JSON");
            stats["load_percent"] = 10.0.into();
            stats["load_max_percent"] = 20.0.into();
            stats["callback"]["p99_us"] = 100.0.into();
            reply = Reply::Text(stats.to_string());
        }
        let _ = self.events.send(EngineEvent::Reply { ticket, reply });
    }

    fn block(&mut self, tone: Tone, sound: &mut Vec<f32>) {
        let time = *self.frames.lock().unwrap();
        let samples: Vec<f32> = (0..PERIOD as u64).map(|frame| tone(time + frame)).collect();
        let left = block(&mut self.engine, &samples);
        *self.frames.lock().unwrap() += PERIOD as u64;
        self.host.tick();
        for told in self.host.take_feedback() {
            let _ = self.events.send(EngineEvent::Feedback(told));
        }
        let mut ear = self.ear.lock().unwrap();
        if ear.len() < RATE as usize {
            ear.extend(&samples);
        }
        sound.extend(left);
    }
}

/// The tuner hears what is played.
struct Ear(Arc<Mutex<Vec<f32>>>);

impl TunerSource for Ear {
    fn rate(&self) -> f64 {
        RATE.into()
    }

    fn read(&mut self, into: &mut Vec<f32>) -> bool {
        into.append(&mut self.0.lock().unwrap());
        true
    }
}

/// The pedal.
pub struct Stage {
    pub session: SessionHandle,
    pub hand: Hand,
    orders: Sender<Order>,
    ear: Arc<Mutex<Vec<f32>>>,
    _access: Desk,
    _place: tempfile::TempDir,
}

impl Stage {
    /// A pedal with this wiring and these boards on its disk; the first is loaded.
    pub async fn new(profile: Profile, boards: &[Board]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut paths = Paths::new(Some(place.path().to_owned()), |_| None);
        paths.factory_pedalboards = place.path().join("factory");
        let mut disk = FolderDisk::new(paths.clone(), Arc::new(TestCatalogue));
        let mut first = None;
        for board in boards {
            let (board, title) = (Arc::new(board.clone()), board.title.clone());
            let saved = disk.run(DiskJob::Save { board, title, as_new: true });
            let Ok(DiskAnswer::Saved { bundle, .. }) = saved else { panic!("{saved:?}") };
            first.get_or_insert(bundle);
        }
        disk.run(DiskJob::Remember { bundle: first, bank: None }).unwrap();

        let (orders, inbox) = channel();
        let (events, told) = mpsc::unbounded_channel();
        let ear = Arc::new(Mutex::new(Vec::new()));
        let (folder, hears) = (place.path().to_owned(), ear.clone());
        std::thread::spawn(move || Player::new(events, &folder, hears).run(&inbox));
        let link = Link { orders: orders.clone(), events: told };
        let session = SessionHandle::start(Core::new(TestCatalogue), link, disk);
        let ears = ear.clone();
        pedald::tuner::start(
            session.clone(),
            Box::new(move |_| Ok::<Box<dyn TunerSource>, SourceError>(Box::new(Ear(ears.clone())))),
        );
        let display = Display::new();
        let access = show(&display, &session, place.path(), &paths.state);
        let found = Found::Simulated(profile);
        let hardware = Hardware::new(&found, display.frames());
        let hand = hardware.hand().expect("it is simulated");
        let files = Files::new(&paths.data, &paths.state, None);
        let part = controls::Part::new(session.clone(), display, files, found, hardware, AlsaOut::default());
        tokio::spawn(controls::run(part));
        let stage = Self { session, hand, orders, ear, _access: access, _place: place };
        let title = boards[0].title.clone();
        stage.until("the first board", |state| state.board.title == title && state.engine.is_running()).await;
        stage
    }

    /// Plays so many blocks; what is heard on the left.
    pub async fn play(&self, blocks: usize, tone: Tone) -> Vec<f32> {
        let (heard, wait) = oneshot::channel();
        self.orders.send(Order::Play { blocks, tone, heard }).expect("the engine's thread");
        wait.await.expect("the engine's thread")
    }

    /// Plays silence until something holds.
    pub async fn until(&self, what: &str, holds: impl Fn(&State) -> bool) {
        self.until_with(what, |_| 0.0, holds).await;
    }

    /// Plays until something holds; what is heard meanwhile.
    pub async fn until_with(&self, what: &str, tone: Tone, holds: impl Fn(&State) -> bool) -> Vec<f32> {
        let mut sound = Vec::new();
        for _ in 0..6000 {
            if holds(&self.session.state()) {
                return sound;
            }
            sound.extend(self.play(4, tone).await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{what}: {:?}", self.session.state());
    }

    /// Presses and lets go, as a foot or finger does: contacts bounce for less than this.
    pub async fn press(&self, part: Part) {
        self.hand.press(part, true);
        tokio::time::sleep(Duration::from_millis(30)).await;
        self.hand.press(part, false);
        tokio::time::sleep(Duration::from_millis(30)).await;
    }

    /// Turns the encoder of the menus, click by click.
    pub async fn turn(&self, clicks: i32) {
        for _ in 0..clicks.abs() {
            self.hand.turn(0, clicks.signum());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Whether footswitch `0..` is lit.
    pub fn lit(&self, at: usize) -> bool {
        self.hand.pedal().leds()[at] != pedal_hardware::Rgb::BLACK
    }

    /// Waits until the display itself, behind its wires, shows the golden picture.
    pub async fn shows(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.png"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            write(&path, &self.hand.pedal().framebuffer());
        }
        let golden = read(&path).unwrap_or_else(|| panic!("{} is missing", path.display()));
        let mut looks = self.hand.looks();
        let same = async {
            loop {
                looks.mark_unchanged();
                if differences(&golden, &self.hand.pedal().framebuffer()) == 0 {
                    return;
                }
                let _ = tokio::time::timeout(Duration::from_millis(200), looks.changed()).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(30), same).await.is_err() {
            let frame = self.hand.pedal().framebuffer();
            let seen = std::env::temp_dir().join(format!("pedald-{name}.png"));
            write(&seen, &frame);
            panic!("{name}: {} pixels differ, see {}", differences(&golden, &frame), seen.display());
        }
    }

    /// Forgets what the tuner has not heard yet.
    pub fn deafen(&self) {
        self.ear.lock().unwrap().clear();
    }
}
