//! From a press to the change in the audio: a simulated footswitch goes through the state machines, the controls and the
//! session, which asks the engine over its socket, and the callback notes when the sound changes. Beside it, turn by turn,
//! the same asked of the session, and a control that sends the same command without a session.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use pedal_engine::backend::Backend;
use pedal_engine::backend::dummy::{DummyBackend, DummyOptions, Source as Input};
use pedal_engine::exec::{Engine, EngineSettings};
use pedal_engine::host::{Host, HostOptions};
use pedal_engine::io::{Block, Process};
use pedal_engine::lv2::Lv2Plugins;
use pedal_engine::server::{FeedbackHub, Server, ServerConfig};
use pedal_engine::service::Service;
use pedal_hardware::Profile;
use pedal_hardware::input::Part;
use pedald::controls::{self, AlsaOut, Files};
use pedald::display::Display;
use pedald::engine::SocketEngine;
use pedald::hardware::{Found, Hand, Hardware};
use pedald::session::{
    Board, Catalogue, ControlPort, ControlSpec, Core, Endpoint, Intent, MidiBinding, Plugin, PluginSpec,
    PortSpec, SessionHandle, Source, Step,
};
use pedald::store::MemoryDisk;
use serde_json::{Value, json};

/// LV2's own example: a gain.
const AMP: &str = "http://lv2plug.in/plugins/eg-amp";
const RATE: u32 = 48_000;
/// The controller of the switch.
const SWITCH: (u8, u8) = (13, 60);
/// A change of level that is no rounding.
const CHANGE: f32 = 1e-5;
/// The sound is at rest this long after a change: fades are 20 ms.
const REST: Duration = Duration::from_millis(60);

/// Options of `engine-bench pedal`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Presses of each kind
    #[arg(long, default_value_t = 400)]
    count: u32,
    /// Board switches
    #[arg(long, default_value_t = 30)]
    switches: u32,
    /// Frames of a period
    #[arg(long, default_value_t = 128)]
    period: usize,
}

/// What the callback and the test share.
#[derive(Default)]
struct Watched {
    armed: AtomicBool,
    /// When the sound changed, in ns since the start.
    changed: AtomicU64,
}

/// Runs the engine and looks at what it puts out.
struct Watch<P> {
    inner: P,
    watched: Arc<Watched>,
    start: Instant,
    last: f32,
}

impl<P: Process> Process for Watch<P> {
    fn process(&mut self, block: &mut Block<'_, '_>) {
        self.inner.process(block);
        let Some(left) = block.outputs.first() else { return };
        let moved = left.iter().any(|sample| (sample - self.last).abs() > CHANGE);
        self.last = left.last().copied().unwrap_or(self.last);
        if moved && self.watched.armed.swap(false, Ordering::AcqRel) {
            self.watched.changed.store(self.start.elapsed().as_nanos() as u64, Ordering::Release);
        }
    }

    fn set_max_frames(&mut self, frames: usize) {
        self.inner.set_max_frames(frames);
    }

    fn xrun(&mut self, periods: u32) {
        self.inner.xrun(periods);
    }
}

struct AmpCatalogue;

impl Catalogue for AmpCatalogue {
    fn plugin(&self, uri: &str) -> Option<Arc<PluginSpec>> {
        let port = |symbol: &str| vec![PortSpec { symbol: symbol.into(), name: symbol.into() }];
        let gain = ControlSpec { symbol: "gain".into(), min: -90.0, max: 24.0, ..ControlSpec::default() };
        (uri == AMP).then(|| {
            Arc::new(PluginSpec {
                uri: uri.into(),
                name: "Amp".into(),
                controls: vec![gain],
                audio_inputs: port("in"),
                audio_outputs: port("out"),
                ..PluginSpec::default()
            })
        })
    }
}

/// Ten gains in a row; the first one turns down by `decibels` and is switched.
fn board(title: &str, decibels: f32) -> Board {
    let mut board = Board { title: title.into(), ..Board::empty() };
    let mut from = Endpoint::system("capture_1");
    for number in 0..10 {
        let name = format!("amp_{number}");
        let spec = AmpCatalogue.plugin(AMP).expect("the only plugin");
        let mut plugin = Plugin::new(name.as_str().into(), number, spec);
        if number == 0 {
            plugin.values.insert("gain".into(), decibels);
            let binding = MidiBinding { channel: SWITCH.0, controller: SWITCH.1, min: 0.0, max: 1.0 };
            plugin.midi.insert(ControlPort::BYPASS.into(), binding);
        }
        board.plugins.push(Arc::new(plugin));
        board.connections.push((from, Endpoint::plugin(name.as_str(), "in")));
        from = Endpoint::plugin(name.as_str(), "out");
    }
    board.connections.push((from, Endpoint::system("playback_1")));
    board
}

/// Measures, and prints JSON: delays in µs of session and control, and of switches of boards.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = std::env::temp_dir().join(format!("archibald-bench-pedal-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let measured = measure(options, &folder);
    let _ = std::fs::remove_dir_all(&folder);
    println!("{}", measured?);
    Ok(())
}

fn measure(options: &Options, folder: &Path) -> Result<Value> {
    let start = Instant::now();
    let watched = Arc::new(Watched::default());
    let socket = folder.join("engine.sock");
    let dummy = DummyOptions {
        period: options.period,
        source: Input::Loop(vec![0.5; 4096]),
        ..DummyOptions::default()
    };
    let mut backend = DummyBackend::new(dummy).context("the dummy back end")?;
    let settings = EngineSettings { sample_rate: RATE, ..EngineSettings::default() };
    let (engine, handle) = Engine::new(&settings).context("the engine's threads")?;
    let plugins = Lv2Plugins::new(RATE, options.period, None).context("lilv")?;
    let host_options = HostOptions { period: options.period, ..HostOptions::default() };
    let host = Host::new(host_options, handle, Box::new(plugins), None, Box::new(move || start.elapsed()));
    let hub = FeedbackHub::new().context("a queue")?;
    let process = Watch { inner: engine, watched: watched.clone(), start, last: 0.0 };
    backend.start(Box::new(process)).context("the back end")?;
    let service = Service::start(host, hub.clone(), |_| {}).context("a thread")?;
    let config = ServerConfig { unix: Some(socket.clone()), ..ServerConfig::default() };
    let server = Server::start(&config, service.host(), hub).context("the server")?;

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let report = runtime.block_on(async {
        let disk = MemoryDisk::default().with("/b/0", board("One", -6.0)).with("/b/1", board("Two", -12.0));
        disk.contents().last = Some("/b/0".into());
        let link = SocketEngine::new(&socket, &folder.join("boards"))?;
        let session = SessionHandle::start(Core::new(AmpCatalogue), link, disk);
        let display = Display::new();
        let found = Found::Simulated(Profile::v3());
        let hardware = Hardware::new(&found, display.frames());
        let hand = hardware.hand().context("the pedal is simulated")?;
        let files = Files::new(folder, folder, None);
        let part = controls::Part::new(session.clone(), display, files, found, hardware, AlsaOut::default());
        tokio::spawn(controls::run(part));
        let bench = Bench { session, hand, watched, start, period: options.period };
        bench.run(options, &socket).await
    });
    drop(server);
    drop(service);
    drop(backend.stop());
    report
}

struct Bench {
    session: SessionHandle,
    /// Its first footswitch sends [`SWITCH`].
    hand: Hand,
    watched: Arc<Watched>,
    start: Instant,
    period: usize,
}

impl Bench {
    async fn run(&self, options: &Options, socket: &Path) -> Result<Value> {
        let patience = Instant::now() + Duration::from_secs(20);
        while self.session.state().preloaded.is_empty() {
            ensure!(Instant::now() < patience, "no board stands ready: {:?}", self.session.state().notice);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut control = UnixStream::connect(socket)?;
        let (mut feet, mut pressed, mut direct) = (Vec::new(), Vec::new(), Vec::new());
        let mut on = true;
        for number in 0..options.count {
            on = !on;
            // spread over the period, so that no phase of it is preferred
            let phase = Duration::from_nanos(u64::from(number) * 7919 % (self.period as u64 * 20_833));
            tokio::time::sleep(REST + phase).await;
            feet.push(
                self.delay(|| {
                    self.hand.press(Part::Footswitch(0), true);
                    Ok(())
                })
                .await?,
            );
            // before it becomes a long press
            self.hand.press(Part::Footswitch(0), false);
            tokio::time::sleep(REST + phase).await;
            on = !on;
            let position = if on { 127 } else { 0 };
            let (channel, controller) = SWITCH;
            pressed.push(
                self.delay(|| {
                    let intent = Intent::Controller { channel, controller, value: position };
                    self.session.tell(Source::Hardware, intent);
                    Ok(())
                })
                .await?,
            );
            tokio::time::sleep(REST + phase).await;
            on = !on;
            let line = format!("bypass 0 {}\0", u8::from(!on));
            direct.push(self.delay(|| Ok(control.write_all(line.as_bytes())?)).await?);
            let mut reply = [0; 64];
            let count = control.read(&mut reply)?;
            ensure!(&reply[..count] == b"resp 0\0", "the control was not understood");
            // the control turns it back itself: the session has seen none of it
            on = !on;
            tokio::time::sleep(REST).await;
            control.write_all(format!("bypass 0 {}\0", u8::from(!on)).as_bytes())?;
            ensure!(control.read(&mut reply)? > 0, "the engine has gone");
        }
        let mut switched = Vec::new();
        for _ in 0..options.switches {
            let patience = Instant::now() + Duration::from_secs(10);
            while self.session.state().preloaded.is_empty() {
                ensure!(Instant::now() < patience, "no board stands ready any more");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            tokio::time::sleep(Duration::from_millis(700)).await;
            switched.push(
                self.delay(|| {
                    self.session.tell(Source::Hardware, Intent::StepBoard(Step::Next));
                    Ok(())
                })
                .await?,
            );
        }
        Ok(json!({
            "period_us": self.period as f64 / f64::from(RATE) * 1e6,
            "foot": figures(feet),
            "press": figures(pressed),
            "control": figures(direct),
            "switch": figures(switched),
        }))
    }

    /// Time from `press` to the end of the block in which the sound changes.
    async fn delay(&self, press: impl FnOnce() -> Result<()>) -> Result<Duration> {
        self.watched.changed.store(0, Ordering::Release);
        self.watched.armed.store(true, Ordering::Release);
        let pressed = self.start.elapsed();
        press()?;
        let patience = Instant::now() + Duration::from_secs(5);
        loop {
            tokio::time::sleep(Duration::from_millis(2)).await;
            match self.watched.changed.load(Ordering::Acquire) {
                0 if Instant::now() > patience => bail!("the sound did not change"),
                0 => {}
                changed => return Ok(Duration::from_nanos(changed).saturating_sub(pressed)),
            }
        }
    }
}

fn figures(mut delays: Vec<Duration>) -> Value {
    delays.sort();
    let at = |share: f64| {
        let place = ((delays.len() as f64 * share).ceil() as usize).clamp(1, delays.len().max(1)) - 1;
        delays.get(place).map_or(f64::NAN, |delay| delay.as_secs_f64() * 1e6)
    };
    json!({ "count": delays.len(), "median_us": at(0.5), "p99_us": at(0.99), "worst_us": at(1.0) })
}
