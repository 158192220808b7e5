//! Cables that are pulled out one by one before another board is asked for.
//!
//! mod-ui's page empties its drawing before a change of boards: a request for each cable, some of them at a time, then
//! `/reset`, then `/pedalboard/load_bundle`. Done at once, the old board would fall silent cable by cable, and without them
//! it would be kept as its last version. So a pulled cable waits for a moment: a reset forgets it, and anything that
//! builds on it has it done first.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use crate::session::{Answer, ChangeError, Endpoint, Intent, SessionError, Source};
use crate::web::Web;

/// How long after the last pulled cable they are done. A page sends a few of them at a time and then its reset, with
/// the network's delay between.
const HOLD: Duration = Duration::from_millis(200);

/// Cables that were pulled and still sound.
#[derive(Debug, Default)]
pub(in crate::web) struct Pulled(tokio::sync::Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    cables: VecDeque<(Endpoint, Endpoint)>,
    /// The board that they belong to.
    board: Option<PathBuf>,
    /// Counts the cables, so that only the timer of the last one ends the wait.
    count: u64,
}

/// Pulls a cable a moment later. The answer is the page's: the cable is there, or there is none.
pub(super) async fn pull(web: &Web, source: Endpoint, target: Endpoint) -> Result<(), SessionError> {
    let mut waiting = web.0.pulled.0.lock().await;
    // looked at under the lock: no reset comes between
    let state = web.session().state();
    let cable = (source, target);
    if waiting.board != state.board.bundle {
        carry_out(web, &mut waiting).await;
    }
    if !state.board.connections.contains(&cable) || waiting.cables.contains(&cable) {
        let (source, target) = cable;
        return Err(ChangeError::NoCable(source, target).into());
    }
    waiting.board = state.board.bundle.clone();
    waiting.cables.push_back(cable);
    waiting.count += 1;
    let (web, mine) = (web.clone(), waiting.count);
    tokio::spawn(async move {
        tokio::time::sleep(HOLD).await;
        let mut waiting = web.0.pulled.0.lock().await;
        if waiting.count == mine {
            carry_out(&web, &mut waiting).await;
        }
    });
    Ok(())
}

/// Pulls what waits, before something that builds on it.
pub(super) async fn settle(web: &Web) {
    let mut waiting = web.0.pulled.0.lock().await;
    carry_out(web, &mut waiting).await;
}

/// Another board is asked for: the present one keeps the cables that wait.
pub(super) async fn forget(web: &Web) {
    web.0.pulled.0.lock().await.cables.clear();
}

/// The reset after which another board comes.
pub(super) async fn reset(web: &Web) -> Answer {
    // locked until it is done: a late cable of the old board finds none
    let mut waiting = web.0.pulled.0.lock().await;
    waiting.cables.clear();
    web.session().ask(Source::Rest, Intent::Reset).await
}

async fn carry_out(web: &Web, waiting: &mut Waiting) {
    while let Some((source, target)) = waiting.cables.pop_front() {
        if web.session().state().board.bundle != waiting.board {
            // somebody at the pedal has chosen another board
            waiting.cables.clear();
            return;
        }
        let intent = Intent::Disconnect { source: source.clone(), target: target.clone() };
        if let Err(error) = web.session().ask(Source::Rest, intent).await {
            tracing::debug!(%error, "a pulled cable stays");
            // the page was told that it is gone
            let line = format!("connect {} {}", source.path(), target.path());
            if web.session().state().board.connections.contains(&(source, target)) {
                web.announce(line);
            }
        }
    }
}
