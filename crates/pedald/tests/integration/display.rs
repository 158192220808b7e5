//! From what happens in the session to the picture on the display, and from the encoder back to the session.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pedald::access::{Desk, PairingIntent};
use pedald::display::{Display, Frame, MenuInput, Screen, Wish};
use pedald::engine::FakeCatalogue;
use pedald::engine::fake::{FakeControl, FakeEngine};
use pedald::session::{
    Board, Catalogue, ControlPort, Core, Endpoint, Instance, Intent, Plugin, SessionHandle, Signal, Source,
    TunerReading,
};
use pedald::store::MemoryDisk;

struct Rig {
    session: SessionHandle,
    display: Display,
    control: FakeControl,
    access: Desk,
    _place: tempfile::TempDir,
}

fn board(title: &str) -> Board {
    let mut board = Board { title: title.into(), ..Board::empty() };
    let mut from = Endpoint::system("capture_1");
    for (number, name) in ["amp", "filter", "delay"].into_iter().enumerate() {
        let spec = FakeCatalogue::default().plugin(&format!("urn:fake:{name}")).expect("a fake plugin");
        board.plugins.push(Arc::new(Plugin::new(Instance::new(name), number as i32, spec)));
        board.connections.push((from, Endpoint::plugin(name, "in")));
        from = Endpoint::plugin(name, "out");
    }
    board.snapshots = vec![Arc::new(board.capture("Verse")), Arc::new(board.capture("Solo"))];
    board
}

impl Rig {
    async fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let disk = MemoryDisk::default()
            .with("/b/clean", board("Clean Glass"))
            .with("/b/wide", board("Wide Crunch"));
        disk.contents().last = Some(PathBuf::from("/b/clean"));
        let (engine, control) = FakeEngine::new(FakeCatalogue::default());
        control.model().refused.insert("Wide Crunch".into());
        let session = SessionHandle::start(Core::new(FakeCatalogue::default()), engine, disk);
        let display = Display::new();
        let access = crate::stage::show(&display, &session, place.path(), place.path());
        let rig = Self { session, display, control, access, _place: place };
        let mut watch = rig.session.watch();
        within("the first board", async {
            while watch.state().board.title != "Clean Glass" || !watch.state().engine.is_running() {
                watch.next().await.unwrap();
            }
        })
        .await;
        rig
    }

    fn turn(&self, detents: i8) {
        self.display.input(MenuInput::Turn(detents));
    }

    fn press(&self) {
        self.display.input(MenuInput::Press);
    }

    /// Waits for the golden picture.
    async fn shows(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.png"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            write(&path, &self.display.frames().borrow().clone());
        }
        let golden = read(&path).unwrap_or_else(|| panic!("{} is missing", path.display()));
        let mut frames = self.display.frames();
        let same = async {
            while differences(&golden, &frames.borrow_and_update().clone()) > 0 {
                frames.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(Duration::from_secs(30), same).await.is_err() {
            let seen = std::env::temp_dir().join(format!("pedald-{name}.png"));
            let frame = frames.borrow().clone();
            write(&seen, &frame);
            panic!("{name}: {} pixels differ, see {}", differences(&golden, &frame), seen.display());
        }
    }
}

pub async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), work)
        .await
        .unwrap_or_else(|_| panic!("{what} does not come"))
}

pub type Golden = (usize, usize, Vec<u8>);

fn bytes(frame: &Frame) -> Vec<u8> {
    let wide = |part: u16, top: u16| ((u32::from(part) * 255 + u32::from(top) / 2) / u32::from(top)) as u8;
    let pixel = |pixel: &u16| [wide(pixel >> 11, 31), wide(pixel >> 5 & 63, 63), wide(pixel & 31, 31)];
    frame.pixels().iter().flat_map(pixel).collect()
}

pub fn write(path: &Path, frame: &Frame) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, frame.width() as u32, frame.height() as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&bytes(frame)).unwrap();
}

pub fn read(path: &Path) -> Option<Golden> {
    let decoder = png::Decoder::new(BufReader::new(std::fs::File::open(path).ok()?));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    Some((info.width as usize, info.height as usize, pixels))
}

/// Pixels that differ by more than another machine's rounding.
pub fn differences(golden: &Golden, frame: &Frame) -> usize {
    let (width, height, pixels) = golden;
    if (*width, *height) != (frame.width(), frame.height()) {
        return usize::MAX;
    }
    let seen = bytes(frame);
    let pairs = pixels.chunks(3).zip(seen.chunks(3));
    pairs.filter(|(a, b)| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > 8)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_encoder_and_the_session_agree_on_the_picture() {
    let rig = Rig::new().await;
    rig.shows("home").await;
    // board, snapshot, then the plugins in the order of the signal: the second is bypassed by a click
    rig.turn(4);
    rig.press();
    let mut watch = rig.session.watch();
    within("the bypass", async {
        while watch.state().board.value(&ControlPort::bypass("filter")) != Some(1.0) {
            watch.next().await.unwrap();
        }
    })
    .await;
    rig.shows("home-bypassed").await;
    // what somebody else does is seen as well
    rig.session
        .ask(Source::Rest, Intent::Set { port: ControlPort::bypass("amp"), value: 1.0 })
        .await
        .unwrap();
    rig.session.ask(Source::Rest, Intent::SetTempo(96.0)).await.unwrap();
    rig.shows("home-two-bypassed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_board_that_cannot_be_loaded_is_told_in_a_sentence() {
    let rig = Rig::new().await;
    let failed = rig.session.ask(Source::Rest, Intent::LoadBoard { bundle: "/b/wide".into() }).await;
    assert!(failed.is_err());
    rig.shows("board-not-loaded").await;
    assert!(!rig.display.wants_footswitches());
    rig.press();
    rig.shows("home").await;
    assert_eq!(rig.session.state().notice, None, "it is read everywhere");
    assert_eq!(rig.session.state().board.title, "Clean Glass", "the old one plays on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tuner_pairing_and_mono() {
    let rig = Rig::new().await;
    rig.session.ask(Source::Hardware, Intent::Tuner(true)).await.unwrap();
    let reading = TunerReading { level_dbfs: -20.0, frequency: 110.6, note: 45, cents: 9.4 };
    // a display that has fallen behind takes up the state, and readings are none: the next one shows
    let played = async {
        loop {
            rig.session.tell(Source::Session, Intent::Signal(Signal::Tuner(Some(reading))));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        () = played => {}
        () = rig.shows("tuner") => {}
    }
    rig.session.ask(Source::Hardware, Intent::Tuner(false)).await.unwrap();
    rig.shows("home").await;

    rig.access.tell(PairingIntent::Open);
    let mut frames = rig.display.frames();
    let home = frames.borrow_and_update().clone();
    within("the code", async {
        while **frames.borrow_and_update() == *home {
            frames.changed().await.unwrap();
        }
    })
    .await;
    rig.press();
    rig.shows("home").await;
    assert_eq!(rig.access.state().borrow().code, None, "leaving the screen ends the offer");

    rig.display.update_panel(|panel| panel.screen = Screen::Mono);
    rig.shows("home-mono").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_picture_without_a_change_and_not_more_than_thirty_a_second() {
    let rig = Rig::new().await;
    rig.shows("home").await;
    let mut frames = rig.display.frames();
    frames.mark_unchanged();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert!(!frames.has_changed().unwrap(), "nothing has changed but the time");
    let begun = Instant::now();
    let mut count = 0_u128;
    for turn in 0..60 {
        rig.turn(if turn % 2 == 0 { 1 } else { 2 });
        let next = tokio::time::timeout(Duration::from_millis(10), frames.changed());
        count += u128::from(next.await.is_ok());
    }
    let most = begun.elapsed().as_millis() / 33 + 2;
    assert!(count > 0 && count <= most, "{count} pictures, {most} allowed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wishes_reach_the_hardware_and_periods_the_machine() {
    let rig = Rig::new().await;
    rig.display.update_panel(|panel| {
        panel.bypass = Some(pedal_ui::model::Bypass::default());
    });
    rig.shows("home-with-bypass").await;
    let mut wishes = rig.display.take_wishes().unwrap();
    // the signs from the right: system, bypass, audio
    rig.turn(-2);
    rig.press();
    assert_eq!(within("the wish", wishes.recv()).await, Some(Wish::TrueBypass(true)));
    rig.turn(-1);
    rig.press();
    rig.press();
    rig.turn(-1);
    rig.press();
    rig.shows("period-kept").await;
    assert!(rig.control.model().board.name.contains("Clean"), "the engine has the board");
}
