//! Engine, host, server and back end, put together: what `run` starts and stops.

use super::failure::Failure;
use super::notify::Notify;
use super::run::RunArgs;
use super::signals::Ending;
use crate::backend::{Backend, BackendState};
use crate::board::{BoardFile, ReadBoardError};
use crate::exec::{Engine, EngineSettings};
use crate::host::{Host, HostOptions, LoadReport, PluginSource};
use crate::lv2::Lv2Plugins;
use crate::server::{FeedbackHub, Server, ServerConfig};
use crate::service::Service;
use lv2_host::ThreadSchedule;
use std::path::Path;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How often the main thread looks after the back end.
const LOOK: Duration = Duration::from_millis(20);

/// Silence must be reached before the back end is stopped; the fade itself is 30 ms of audio.
const FADE_PATIENCE: Duration = Duration::from_millis(80);

/// Writes the state file. First the service's thread ends: it may be writing the board of a second ago, which must not come after
/// this one.
fn keep_board(service: Service) {
    let owner = service.host();
    drop(service);
    if let Err(error) = owner.lock().unwrap_or_else(PoisonError::into_inner).save_state_file() {
        tracing::error!(%error, "the board could not be kept for the next start");
    }
}

/// A running engine.
pub(super) struct Session {
    service: Service,
    server: Server,
    description: String,
    /// Files that plugins make without being told where; gone with the session.
    _scratch: TempDir,
}

impl Session {
    /// Starts everything; when it returns, sound comes out and clients are served.
    pub(super) fn start(args: &RunArgs, backend: Box<dyn Backend>) -> Result<Self, Failure> {
        let format = backend.format();
        let description = format!(
            "{}, {} Hz, {} frames, {} in, {} out",
            backend.name(),
            format.sample_rate,
            format.max_frames,
            format.captures,
            format.playbacks
        );
        let priority = backend.real_time_priority();
        let settings = EngineSettings {
            sample_rate: format.sample_rate,
            workers: usize::from(args.workers),
            worker_cpus: args.cpus.clone(),
            // Above the callback they would keep the audio server waiting while they look for work.
            worker_priority: args.worker_priority.or(priority).unwrap_or(0),
        };
        let (engine, handle) = Engine::new(&settings).map_err(|error| {
            Failure::run(format!("cannot start {} worker threads: {error}", args.workers))
        })?;
        let client_name = backend.client_name().unwrap_or(&args.backend.client_name).to_owned();
        let (mut plugins, scratch) = plugins(format.sample_rate, format.max_frames)?;
        plugins.set_schedule(schedule(priority), ThreadSchedule::OTHER);
        let options = HostOptions {
            sample_rate: format.sample_rate,
            period: format.max_frames,
            captures: format.captures,
            playbacks: format.playbacks,
            workers: usize::from(args.workers),
            fade_ms: args.fade_ms,
            strict_processing: args.strict_processing,
            client_name,
            state_file: args.state_file(),
            cost_cache: super::cost::cache_path(args.cost_cache.as_deref()),
            ..HostOptions::default()
        };
        let epoch = Instant::now();
        let clock = Box::new(move || epoch.elapsed());
        let mut host = Host::new(options, handle, Box::new(plugins), Some(backend), clock);
        set_up(&mut host, args)?;

        let config = args.server();
        let hub =
            FeedbackHub::new().map_err(|error| Failure::run(format!("cannot make a queue: {error}")))?;
        match crate::sys::thread::lock_memory() {
            Ok(true) => tracing::info!("memory is locked"),
            Ok(false) => tracing::info!("memory is not locked: its limit is not `unlimited` (ulimit -l)"),
            Err(error) => tracing::warn!("memory cannot be locked: {error}"),
        }
        let backend = host.backend().expect("it was given above");
        backend.start(Box::new(engine))?;
        let service = Service::start(host, hub.clone(), |_| {})
            .map_err(|error| Failure::run(format!("cannot start a thread: {error}")))?;
        let server = Server::start(&config, service.host(), hub).map_err(Failure::run)?;
        let session = Self { service, server, description, _scratch: scratch };
        session.wait_for_sound(args.fade_ms);
        if let Some(ports) = session.service.lock().backend().and_then(|backend| backend.ports()) {
            let count = ports.take_over();
            if count > 0 {
                tracing::info!("{count} dry connections from capture to playback removed");
            }
        }
        session.say_where(&config);
        Ok(session)
    }

    /// The board has faded in and two more blocks are through, or a second has passed (a server that runs in fits and starts is no
    /// reason to fail). Nothing of this is heard: the playbacks are not connected yet, and the guitar is dry until they are.
    fn wait_for_sound(&self, fade_ms: f32) {
        let patience = Instant::now() + Duration::from_secs(1);
        let (shared, rate) = {
            let host = self.service.lock();
            (host.shared().clone(), host.options().sample_rate)
        };
        let fade = (fade_ms * rate as f32 / 1000.0) as u64;
        let sounds = || {
            let (blocks, frames) =
                (shared.blocks.load(Ordering::Relaxed), shared.frames.load(Ordering::Relaxed));
            blocks >= 2 && frames >= fade + 2 * frames / blocks
        };
        while !sounds() && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn say_where(&self, config: &ServerConfig) {
        tracing::info!("running: {}", self.description);
        if let Some(path) = &config.unix {
            tracing::info!("commands on {}", path.display());
        }
        if let Some(address) = self.server.command_address() {
            tracing::info!("commands on {address}");
        }
        if let Some(address) = self.server.feedback_address() {
            tracing::info!("feedback on {address}");
        }
    }

    /// Serves until a signal, `quit`, or the end of the back end; then fades out and stops.
    pub(super) fn serve(self, ending: &Ending, notify: &Notify) -> Result<(), Failure> {
        notify.ready(&self.description);
        let mut periods = 0;
        let mut fed = Instant::now();
        let lost = loop {
            if ending.within(LOOK) {
                break None;
            }
            let mut host = self.service.lock();
            if host.is_quitting() {
                break None;
            }
            let (state, now) = {
                let backend = host.backend().expect("it was given at the start");
                (backend.state(), backend.stats().periods)
            };
            if let BackendState::Lost(why) = state {
                break Some(why);
            }
            // Fed only as long as periods come: an engine that gives no sound is as good as dead.
            if let Some(interval) = notify.watchdog_interval()
                && now != periods
                && fed.elapsed() * 2 >= interval
            {
                fed = Instant::now();
                notify.alive();
            }
            periods = now;
        };
        notify.stopping();
        let Some(why) = lost else {
            self.stop();
            return Ok(());
        };
        self.abandon();
        Err(Failure::run(why))
    }

    /// Only what must not be lost: nothing of ours sounds any more, and the next server is not started before our end.
    fn abandon(self) {
        let Self { service, server, _scratch: scratch, .. } = self;
        let owner = service.host();
        keep_board(service);
        drop(scratch);
        // The kernel closes sockets and threads quicker than they end by themselves.
        std::mem::forget((owner, server));
    }

    /// Fades out, stops the back end, writes the state file.
    fn stop(self) {
        let owner = self.service.host();
        self.fade_out();
        let process = self.service.lock().backend().and_then(|backend| backend.stop());
        self.server.stop(Duration::from_millis(20));
        keep_board(self.service);
        // The process ends now. Plugins' own clean-up is neither needed nor to be trusted to be quick.
        std::mem::forget((process, owner));
    }

    fn fade_out(&self) {
        let (shared, rate) = {
            let mut host = self.service.lock();
            host.fade_out();
            (host.shared().clone(), host.options().sample_rate)
        };
        // One block until the command is taken, 30 ms of fade, one block until it is out.
        let from = shared.frames.load(Ordering::Relaxed);
        let frames = u64::from(rate) * 35 / 1000;
        let patience = Instant::now() + FADE_PATIENCE;
        while shared.frames.load(Ordering::Relaxed) < from + frames && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// What plugins are told of the callback's thread.
fn schedule(priority: Option<u8>) -> ThreadSchedule {
    priority.map_or(ThreadSchedule::OTHER, |priority| ThreadSchedule {
        policy: libc::SCHED_FIFO,
        priority: i32::from(priority),
    })
}

/// The installed plugins, and a folder of our own for the files that they make until the client names one.
pub(super) fn plugins(sample_rate: u32, period: usize) -> Result<(Lv2Plugins, TempDir), Failure> {
    let parent = super::run::managed("RUNTIME_DIRECTORY", "").unwrap_or_else(std::env::temp_dir);
    let scratch =
        tempfile::Builder::new().prefix("archibald-engine-").tempdir_in(&parent).map_err(|error| {
            Failure::run(format!("cannot make a folder in {}: {error}; set TMPDIR", parent.display()))
        })?;
    let mut plugins = Lv2Plugins::new(sample_rate, period, None).map_err(Failure::run)?;
    plugins.set_scratch(scratch.path());
    Ok((plugins, scratch))
}

/// Limiter, policy, and the board to begin with.
fn set_up(host: &mut Host, args: &RunArgs) -> Result<(), Failure> {
    if args.limiter.is_some() {
        host.set_limiter(args.limiter);
    }
    if let Some(policy) = args.overrun {
        host.set_policy(policy.into(), args.overrun_share, args.overrun_periods);
    }
    if let Some(path) = &args.board {
        let report = host.load_file(path).map_err(Failure::config)?;
        say(&report);
    } else if let Some(path) = args.state_file() {
        restore(host, &path);
    }
    Ok(())
}

/// The board of the last run. A file that cannot be read is put aside, so that it is not written over.
fn restore(host: &mut Host, path: &Path) {
    match BoardFile::read(path) {
        Ok(board) => say(&host.load_board(&board)),
        Err(ReadBoardError::Unreadable { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            let aside = path.with_extension("broken");
            let kept = std::fs::rename(path, &aside).is_ok();
            let where_to = if kept { format!("; kept as {}", aside.display()) } else { String::new() };
            tracing::error!("starting without a board: {error}{where_to}");
        }
    }
}

fn say(report: &LoadReport) {
    tracing::info!("board `{}` with {} plugins", report.name, report.plugins);
    for problem in report.missing.iter().chain(&report.problems) {
        tracing::warn!("{problem}");
    }
}
