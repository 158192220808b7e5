use std::sync::Arc;

use super::*;
use crate::session::{Endpoint, Instance, Loading, PluginSpec};

fn state() -> State {
    let mut board = session::Board::empty();
    board.title = "Lead".into();
    for (number, name) in ["reverb", "drive", "amp"].into_iter().enumerate() {
        let spec = Arc::new(PluginSpec { name: name.into(), ..PluginSpec::default() });
        board.plugins.push(Arc::new(session::Plugin::new(Instance::new(name), number as i32, spec)));
    }
    board.connections = vec![
        (Endpoint::system("capture_1"), Endpoint::plugin("drive", "in")),
        (Endpoint::plugin("drive", "out"), Endpoint::plugin("amp", "in")),
        (Endpoint::plugin("amp", "out"), Endpoint::plugin("reverb", "in")),
        (Endpoint::plugin("reverb", "out"), Endpoint::system("playback_1")),
    ];
    State { board: Arc::new(board), engine: EngineState::Running, ..State::default() }
}

#[test]
fn plugins_stand_in_the_order_of_the_signal_and_circles_lose_none() {
    let mut state = state();
    let names = |state: &State| -> Vec<String> {
        model(state, &Panel::default(), &Around::default())
            .board
            .plugins
            .into_iter()
            .map(|one| one.name)
            .collect()
    };
    assert_eq!(names(&state), ["drive", "amp", "reverb"]);
    let board = Arc::make_mut(&mut state.board);
    board.connections.push((Endpoint::plugin("reverb", "out"), Endpoint::plugin("amp", "in")));
    assert_eq!(names(&state), ["drive", "reverb", "amp"], "what is in a circle: as it was added");
}

#[test]
fn the_pedal_starts_until_the_engine_has_played_once() {
    let mut state = State { engine: EngineState::Down("no socket".into()), ..state() };
    let shown =
        |state: &State, started| model(state, &Panel::default(), &Around { started, ..Around::default() });
    assert!(matches!(shown(&state, false).stage, Stage::Booting(step) if step.text.contains("no socket")));
    let later = shown(&state, true);
    assert_eq!(later.stage, Stage::Playing);
    assert!(later.notice.is_some_and(|notice| !notice.error && notice.text.contains("no socket")));
    state.engine = EngineState::Running;
    assert_eq!(shown(&state, true).notice, None);
}

#[test]
fn a_board_on_its_way_is_named() {
    let mut state = state();
    state.loading = Some(Loading { bundle: None, title: "Wide".into() });
    let model = model(&state, &Panel::default(), &Around::default());
    assert_eq!(model.board.loading.as_deref(), Some("Wide"));
}

#[test]
fn what_is_not_seen_changes_no_model() {
    let mut state = state();
    let (panel, around) = (Panel::default(), Around::default());
    let before = model(&state, &panel, &around);
    let health = Arc::make_mut(&mut state.health);
    health.load_p99_percent = 0.3;
    health.blocks = 1000;
    assert!(model(&state, &panel, &around) == before);
}
