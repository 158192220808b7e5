//! `dry-through`: the guitar without the engine.

use super::args::DryThroughArgs;
use super::backend::Kind;
use super::failure::Failure;
use super::notify::Notify;
use super::signals::Ending;
use crate::backend::BackendState;
use crate::dry_through::{Switched, Where, Wire, switch};
use std::time::Duration;

pub(super) fn run(args: &DryThroughArgs) -> Result<(), Failure> {
    match args.backend.backend {
        Kind::Jack => in_the_server(args),
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
    match switch(&place, !args.off).map_err(Failure::run)? {
        Switched::On(count) => println!("dry: {count} connections from capture to playback"),
        Switched::Off(count) => println!("dry: {count} connections removed"),
        Switched::EngineRuns => println!("dry: nothing done, `{}` is running", place.engine),
    }
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

/// Without a server somebody has to copy the samples.
fn by_ourselves(args: &DryThroughArgs) -> Result<(), Failure> {
    let ending = Ending::watch()?;
    let mut backend = args.backend.try_open()?;
    backend.start(Box::new(Wire))?;
    println!("dry: copying capture to playback until the process ends");
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
