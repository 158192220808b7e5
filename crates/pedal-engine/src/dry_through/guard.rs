//! A process that stands beside the engine and connects the dry way as soon as the engine is gone.
//!
//! It is there before anything happens, so between the death of an engine and the dry signal lies neither the start of
//! a program nor a decision of the service manager. It looks at the server's port table, which lies in shared memory:
//! nobody is asked, and a client that is not active costs the server nothing in its periods.

use super::{CLIENT, DryThroughError, Where};
use crate::backend::StartError;
use crate::backend::jack::{Door, DryThrough, EngineSeen, connect, door};
use crate::sys::jack::{Departure, quiet};
use std::time::{Duration, Instant};

/// How often the port table is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// How often a missing server is looked for, at first.
const SOON: Duration = Duration::from_millis(20);
/// How often, when it has been away for longer than [`PATIENCE`]; and how often the library is asked when there is no socket.
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
    /// An engine is there and its output is connected.
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
    let mut asked = None::<Instant>;
    loop {
        let ask = match door(place.server) {
            Door::Open => true,
            Door::Shut => false,
            Door::None => asked.is_none_or(|asked| asked.elapsed() >= LATE),
        };
        if !ask {
            if rest(if missing.elapsed() < PATIENCE { SOON } else { LATE }) {
                return Ok(());
            }
            continue;
        }
        asked = Some(Instant::now());
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
    name: &str,
    departure: &Departure,
    rest: &mut impl FnMut(Duration) -> bool,
    tell: &mut impl FnMut(Seen),
) -> bool {
    let dry = DryThrough::new(departure.client());
    let mut last = None;
    loop {
        let engine = dry.engine(name);
        // Asked after the table was read: the table of a dead server still stands in our memory.
        if departure.is_gone() {
            return false;
        }
        let now = match step(last, engine) {
            Step::Stay => last,
            Step::Connect => connect_dry(&dry, name),
            Step::Leave => {
                // Its own removal may have come before our connection.
                dry.off();
                Some(Seen::Engine)
            }
        };
        if now.is_some() && now != last {
            now.into_iter().for_each(&mut *tell);
        }
        last = now;
        if rest(LOOK) {
            return true;
        }
    }
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Nothing.
    Stay,
    /// Make the dry way.
    Connect,
    /// Take it away.
    Leave,
}

/// The dry way is there until the engine's output is connected, and from its end on. An engine that was heard once and whose
/// output somebody takes out afterwards is left alone: that was meant.
fn step(last: Option<Seen>, engine: EngineSeen) -> Step {
    match (last, engine) {
        (Some(Seen::Engine), EngineSeen::Connected | EngineSeen::Unconnected) => Step::Stay,
        (_, EngineSeen::Connected) => Step::Leave,
        (Some(Seen::Dry(_)), _) => Step::Stay,
        (_, EngineSeen::None | EngineSeen::Unconnected) => Step::Connect,
    }
}

/// Makes the connections; `None` if that has to be tried again.
fn connect_dry(dry: &DryThrough<'_>, engine: &str) -> Option<Seen> {
    match dry.on() {
        // A server whose card has no ports yet.
        Ok(0) => None,
        Ok(_) if dry.engine(engine) == EngineSeen::Connected => {
            // It connected its output after we had looked, and may have removed the dry way before this one was made. From here on
            // it is heard.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_is_not_heard_yet_leaves_the_guitar_dry() {
        let dry = Some(Seen::Dry(2));
        assert_eq!(step(None, EngineSeen::None), Step::Connect);
        assert_eq!(step(None, EngineSeen::Unconnected), Step::Connect);
        assert_eq!(step(dry, EngineSeen::Unconnected), Step::Stay);
        assert_eq!(step(dry, EngineSeen::Connected), Step::Leave);
        assert_eq!(step(None, EngineSeen::Connected), Step::Leave);
        assert_eq!(step(Some(Seen::Engine), EngineSeen::Connected), Step::Stay);
        assert_eq!(step(Some(Seen::Engine), EngineSeen::None), Step::Connect);
        // Somebody puts another program between engine and amplifier.
        assert_eq!(step(Some(Seen::Engine), EngineSeen::Unconnected), Step::Stay);
    }
}
