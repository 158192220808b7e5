//! A process that stands beside the engine and connects the dry way as soon as the engine is gone.
//!
//! It is there before anything happens, so between the death of an engine and the dry signal lies neither the start of
//! a program nor a decision of the service manager. It looks at the server's port table, which lies in shared memory:
//! nobody is asked, and a client that is not active costs the server nothing in its periods.

use super::{CLIENT, DryThroughError, Where};
use crate::backend::StartError;
use crate::backend::jack::{DryThrough, connect};
use crate::sys::jack::{Departure, quiet};
use std::time::{Duration, Instant};

/// How often the port table is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How often a missing server is looked for, at first.
const SOON: Duration = Duration::from_millis(50);
/// How often, when it has been away for longer than [`PATIENCE`].
const LATE: Duration = Duration::from_millis(500);
/// A server that restarts is back within this time.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the guard saw or did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// A server is there.
    Server,
    /// The server ended.
    ServerGone,
    /// No engine was there: this many connections from capture to playback exist now.
    Dry(usize),
    /// An engine is there; it removes the connections once it sounds.
    Engine,
}

/// Watches one server, and each that comes after it, until `rest` says so; `place.wait` does not count. `rest` is asked
/// again and again with a time to wait, and answers whether the end is wanted. `tell` hears what happens.
///
/// # Errors
///
/// There is no JACK library, or the client's name is the server's.
pub fn guard(
    place: &Where<'_>,
    mut rest: impl FnMut(Duration) -> bool,
    mut tell: impl FnMut(Seen),
) -> Result<(), DryThroughError> {
    let mut missing = Instant::now();
    loop {
        // Asking again and again would fill the journal with the library's own sentences.
        quiet();
        let client = match connect(CLIENT, place.server) {
            Ok(client) => client,
            Err(StartError::NoServer { .. }) => {
                if rest(if missing.elapsed() < PATIENCE { SOON } else { LATE }) {
                    return Ok(());
                }
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let departure = Departure::of(client);
        tell(Seen::Server);
        if watch(place.engine, &departure, &mut rest, &mut tell) {
            return Ok(());
        }
        tell(Seen::ServerGone);
        missing = Instant::now();
    }
}

/// Until the server is gone (`false`) or the end is wanted (`true`).
fn watch(
    engine: &str,
    departure: &Departure,
    rest: &mut impl FnMut(Duration) -> bool,
    tell: &mut impl FnMut(Seen),
) -> bool {
    let dry = DryThrough::new(departure.client());
    let mut last = None;
    loop {
        let engine_runs = dry.engine_runs(engine);
        // Asked after the table was read: the table of a dead server still stands in our memory.
        if departure.is_gone() {
            return false;
        }
        let now = if engine_runs {
            Some(Seen::Engine)
        } else if matches!(last, Some(Seen::Dry(_))) {
            last
        } else {
            connect_dry(&dry, engine)
        };
        if now.is_some() && now != last {
            last = now;
            now.into_iter().for_each(&mut *tell);
        }
        if rest(LOOK) {
            return true;
        }
    }
}

/// Makes the connections; `None` if that has to be tried again.
fn connect_dry(dry: &DryThrough<'_>, engine: &str) -> Option<Seen> {
    match dry.on() {
        // A server whose card has no ports yet.
        Ok(0) => None,
        Ok(_) if dry.engine_runs(engine) => {
            // It may have looked for dry connections before these were made.
            dry.off();
            Some(Seen::Engine)
        }
        Ok(count) => Some(Seen::Dry(count)),
        Err(refused) => {
            tracing::debug!("cannot connect {refused}");
            None
        }
    }
}
