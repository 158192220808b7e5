//! `dry-through`: the guitar without the engine.

use super::args::DryThroughArgs;
use super::backend::Kind;
use super::failure::Failure;
use super::notify::Notify;
use super::plugins::print;
use super::signals::Ending;
use crate::backend::BackendState;
use crate::dry_through::{Seen, Switched, Where, Wire, guard, switch};
use std::time::{Duration, Instant};

pub(super) fn run(args: &DryThroughArgs) -> Result<(), Failure> {
    match args.backend.backend {
        Kind::Jack if args.guard => beside_the_engine(args),
        Kind::Jack => in_the_server(args),
        Kind::Alsa | Kind::Dummy if args.guard => Err(Failure::usage(
            "--guard works with --backend jack only: another back end has no server that could carry the signal",
        )),
        Kind::Alsa | Kind::Dummy if args.off => Err(Failure::usage(
            "--off works with --backend jack only: with another back end, end the process instead",
        )),
        Kind::Alsa | Kind::Dummy => by_ourselves(args),
    }
}

fn in_the_server(args: &DryThroughArgs) -> Result<(), Failure> {
    let ending = args.hold.then(Ending::watch).transpose()?;
    let place = Where {
        server: args.backend.server.as_deref(),
        engine: &args.backend.client_name,
        wait: Duration::from_secs(args.wait),
    };
    print(&match switch(&place, !args.off).map_err(Failure::run)? {
        Switched::On(count) => format!("dry: {count} connections from capture to playback\n"),
        Switched::Off(count) => format!("dry: {count} connections removed\n"),
        Switched::EngineRuns => format!("dry: nothing done, `{}` is running\n", place.engine),
    })?;
    if let Some(ending) = ending {
        let notify = Notify::from_environment();
        notify.ready("dry through");
        while !ending.within(notify.watchdog_interval().unwrap_or(Duration::from_secs(3600))) {
            notify.alive();
        }
        notify.stopping();
        // A server that is gone took the connections along.
        let _ = switch(&Where { wait: Duration::ZERO, ..place }, false);
    }
    Ok(())
}

/// For as long as nobody asks for the end; then what it connected stays, because the engine may be gone too.
fn beside_the_engine(args: &DryThroughArgs) -> Result<(), Failure> {
    let ending = Ending::watch()?;
    let place = Where {
        server: args.backend.server.as_deref(),
        engine: &args.backend.client_name,
        wait: Duration::ZERO,
    };
    let notify = Notify::from_environment();
    notify.ready("waiting for a server");
    let mut fed = Instant::now();
    let rest = |time| {
        if notify.watchdog_interval().is_some_and(|interval| fed.elapsed() * 2 >= interval) {
            fed = Instant::now();
            notify.alive();
        }
        ending.within(time)
    };
    let tell = |seen| {
        let text = match seen {
            Seen::Server => "a server is there".to_owned(),
            Seen::ServerGone => "the server is gone".to_owned(),
            Seen::Dry(count) => format!("dry: {count} connections from capture to playback"),
            Seen::Engine => format!("`{}` is running", args.backend.client_name),
        };
        tracing::info!("{text}");
        notify.ready(&text);
    };
    guard(&place, rest, tell).map_err(Failure::run)?;
    notify.stopping();
    Ok(())
}

/// Without a server somebody has to copy the samples.
fn by_ourselves(args: &DryThroughArgs) -> Result<(), Failure> {
    let ending = Ending::watch()?;
    let mut backend = args.backend.try_open()?;
    backend.start(Box::new(Wire))?;
    print("dry: copying capture to playback until the process ends\n")?;
    let notify = Notify::from_environment();
    notify.ready("dry through");
    let mut periods = 0;
    while !ending.within(Duration::from_millis(100)) {
        if let BackendState::Lost(why) = backend.state() {
            return Err(Failure::run(why));
        }
        let now = backend.stats().periods;
        if now != periods {
            notify.alive();
        }
        periods = now;
    }
    notify.stopping();
    backend.stop();
    Ok(())
}
