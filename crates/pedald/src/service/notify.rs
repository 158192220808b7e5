//! Telling systemd how it goes: ready when sound passes, alive as long as the session answers.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::session::{Intent, Seen, SessionHandle, Source, State};

/// Longest time without sound after which the service counts as started all the same: the pages and the display are
/// there to say what is wrong, and a service that never becomes ready would be started over and over.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tells systemd when sound passes, then feeds its watchdog. Runs until the session ends.
pub async fn run(session: SessionHandle) {
    let passes = tokio::time::timeout(PATIENCE, sound_passes(&session)).await;
    let status = match passes {
        Ok(true) => format!("playing {}", session.state().board.shown_title()),
        _ => "no sound yet: the engine is not there".to_owned(),
    };
    tell(&[NotifyState::Ready, NotifyState::Status(&status)]);
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    loop {
        let asked = tokio::time::timeout(limit / 3, session.ask(Source::Session, Intent::Ping)).await;
        match asked {
            Ok(Ok(_)) => tell(&[NotifyState::Watchdog]),
            Ok(Err(_)) => return, // the session has ended
            Err(_) => tracing::error!("the session does not answer"),
        }
        tokio::time::sleep(limit / 3).await;
    }
}

/// The program is about to end.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager does not listen");
    }
}

/// Waits until the engine plays our board and its count of blocks rises. False when the session has ended.
pub async fn sound_passes(session: &SessionHandle) -> bool {
    let mut watch = session.watch();
    let mut blocks = None;
    loop {
        if watch.next().await.is_err() {
            return false;
        }
        let state = watch.state();
        if !state.engine.is_running() {
            blocks = None;
            continue;
        }
        match blocks {
            Some(before) if state.health.blocks > before => return true,
            Some(_) => {}
            None if state.health.sample_rate > 0 => blocks = Some(state.health.blocks),
            None => {}
        }
    }
}

/// Whether this thing seen is of the kind that `systemctl status` shows: the title of the board.
pub async fn keep_status(session: SessionHandle) {
    let mut watch = session.watch();
    let mut shown = String::new();
    while let Ok(seen) = watch.next().await {
        if matches!(seen, Seen::Event(ref event) if !matches!(event.kind, crate::session::EventKind::BoardLoaded(_) | crate::session::EventKind::Engine(_)))
        {
            continue;
        }
        let status = line(&watch.state());
        if status != shown {
            tell(&[NotifyState::Status(&status)]);
            shown = status;
        }
    }
}

fn line(state: &State) -> String {
    if state.engine.is_running() {
        format!("playing {}", state.board.shown_title())
    } else {
        "the engine is not there".to_owned()
    }
}
