//! Our own web editor: its files, and what it asks beyond mod-ui's interface, under `/api`.
//!
//! The editor follows the session itself: [`socket`] gives it the whole state and then every event, and takes intents.

mod assets;
mod cost;
mod library;
mod notes;
mod plugins;
mod right;
mod shop;
mod socket;

use std::collections::VecDeque;
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::extract::{DefaultBodyLimit, State};
use axum::routing::{get, post};
use tokio::sync::broadcast;

use super::Web;
use super::access::{Role, Table};
use super::arguments::{Arguments, Failure, Reply, json};
use crate::display::{Display, Wish};

/// Editors whose last request is remembered, so that a repeated one is not done twice.
const REMEMBERED: usize = 64;

/// What the editor's part of the server keeps.
pub(super) struct Editor {
    /// What is on the pedal's own display: set once at the start, where there is one.
    display: OnceLock<Display>,
    /// Told to every editor: the player's files or a board's notes have changed.
    news: broadcast::Sender<String>,
    /// The last request that was taken of each editor, the newest editor at the back.
    taken: Mutex<VecDeque<(String, u64)>>,
    /// What plugins take, as far as it was asked for.
    costs: cost::Costs,
}

impl Default for Editor {
    fn default() -> Self {
        let (news, _) = broadcast::channel(64);
        Self { display: OnceLock::new(), news, taken: Mutex::default(), costs: cost::Costs::default() }
    }
}

impl Editor {
    /// Whether request `number` of this editor is new. Numbers rise.
    fn is_new(&self, editor: &str, number: u64) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let known = taken.iter().position(|(name, _)| name == editor);
        let last = known.and_then(|at| taken.remove(at)).map_or(0, |(_, last)| last);
        taken.push_back((editor.to_owned(), last.max(number)));
        if taken.len() > REMEMBERED {
            taken.pop_front();
        }
        number > last
    }

    fn tell(&self, news: impl Into<String>) {
        // Nobody may be there.
        let _ = self.news.send(news.into());
    }
}

impl Web {
    /// Lets the editor show what the pedal's own switches and display show.
    #[must_use]
    pub fn with_display(self, display: Display) -> Self {
        let _ = self.0.editor.display.set(display);
        self
    }
}

/// The routes of the editor. Its files are for everybody: they hold nothing of the pedal. The page itself sends who is
/// not paired to where that is done.
pub(super) fn routes(web: &Web) -> Table {
    let files = Table::new(Role::Guest)
        .page("/editor/{version}/{*path}", get(assets::versioned))
        .page("/sw.js", get(assets::worker))
        .page("/manifest.webmanifest", get(assets::manifest))
        .page("/icon.svg", get(assets::icon));
    let page = get(assets::page);
    let player = Table::new(Role::Player);
    let player = if web.folders().html.is_none() {
        player.page("/", page.clone()).page("/index.html", page)
    } else {
        player.page("/editor", page.clone()).page("/editor/", page)
    };
    let player = player
        .on("/api/ws", get(socket::upgrade))
        .on("/api/plugins", get(plugins::shelf))
        .on("/api/plugin", get(plugins::plugin))
        .on("/api/cost", get(cost::cost))
        .on("/api/files", get(library::list))
        .on("/api/file", get(library::get))
        .on("/api/assets", get(shop::list))
        .on("/api/press", post(press));
    let editor = Table::new(Role::Editor)
        .on("/api/files/upload", post(library::upload).layer(DefaultBodyLimit::disable()))
        .on("/api/files/rename", post(library::rename))
        .on("/api/files/delete", post(library::delete))
        .on("/api/files/restore", post(library::restore))
        .on("/api/assets/fetch", post(shop::fetch))
        .on("/api/assets/put", post(shop::put))
        .on("/api/notes/keep", post(notes::write));
    let player = player.on("/api/notes", get(notes::read));
    files.merge(player).merge(editor)
}

#[derive(serde::Deserialize)]
struct Press {
    switch: usize,
    #[serde(default)]
    hold: bool,
}

/// As if a footswitch of the pedal were pressed, or held.
async fn press(State(web): State<Web>, arguments: Arguments) -> Reply {
    let press: Press = arguments.json()?;
    // whoever confirms a pairing must stand at the pedal: from the first digit on no switch is pressed from afar
    let pairing = web.access().paired().is_some_and(|paired| {
        let state = paired.desk.state();
        let state = state.borrow();
        state.code.is_some() || state.confirm.is_some()
    });
    if pairing {
        return Err(Failure(
            axum::http::StatusCode::CONFLICT,
            "a device is being paired: press the switch at the pedal".to_owned(),
        ));
    }
    let display = web.0.editor.display.get();
    let display = display.ok_or_else(|| Failure::not_found("this pedal has no footswitches"))?;
    display.wish(match press.hold {
        true => Wish::HoldFootswitch(press.switch),
        false => Wish::PressFootswitch(press.switch),
    });
    Ok(json(&true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_request_is_known_and_editors_are_forgotten_oldest_first() {
        let editor = Editor::default();
        assert!(editor.is_new("a", 1) && editor.is_new("a", 2));
        assert!(!editor.is_new("a", 2) && !editor.is_new("a", 1));
        assert!(editor.is_new("b", 1));
        for number in 0..REMEMBERED {
            assert!(editor.is_new(&format!("other{number}"), 1));
        }
        assert!(editor.is_new("a", 2), "forgotten");
        assert_eq!(editor.taken.lock().unwrap().len(), REMEMBERED);
    }
}
