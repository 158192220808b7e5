//! The whole pedal in one process: simulated wires and display, controls, menus, tuner, session, boards on the disk, and the
//! real engine on a clock of samples.

mod player;

use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pedal_hardware::Profile;
use pedal_hardware::input::Part;
use pedald::access::Desk;
use pedald::context::Paths;
use pedald::controls::{self, AlsaOut, Files};
use pedald::display::{Display, Parts, SimulatedMachine};
use pedald::hardware::{Found, Hand, Hardware};
use pedald::network::{Network, Simulated};
use pedald::session::{Board, Core, SessionHandle, State};
use pedald::store::{Disk, DiskAnswer, DiskJob, FolderDisk};
use pedald::tuner::{SourceError, TunerSource};
use tokio::sync::{mpsc, oneshot};

use crate::boards::TestCatalogue;
use crate::display::{differences, read, write};
use player::{Ear, Link, Order, Player, Tone};

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
