//! `/healthz` and `/metrics`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Json};
use serde_json::json;

use crate::access::Role;
use crate::session::{EngineState, SessionHandle};
use crate::web::Table;

/// The routes. `/healthz` answers 200 while the engine plays our board, else 503; both with JSON, of which strangers get
/// the first line only.
pub fn routes(session: SessionHandle) -> Table<()> {
    let guest = Table::new(Role::Guest).page("/healthz", get(healthz));
    guest.merge(Table::new(Role::Player).page("/metrics", get(metrics))).with_state(session)
}

async fn healthz(
    State(session): State<SessionHandle>,
    Extension(role): Extension<Role>,
) -> impl IntoResponse {
    let state = session.state();
    let engine = match &state.engine {
        EngineState::Running => json!("running"),
        EngineState::Connecting => json!("connecting"),
        EngineState::Down(reason) => json!({ "down": reason }),
    };
    let status = if state.engine.is_running() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    if role < Role::Player {
        return (status, Json(json!({ "ok": state.engine.is_running() })));
    }
    let body = json!({
        "ok": state.engine.is_running(),
        "engine": engine,
        "board": state.board.shown_title(),
        "unsaved": state.unsaved,
        "dsp_load_percent": state.health.load_percent,
        "xruns": state.health.xruns,
        "notice": state.notice.as_ref().map(|notice| &notice.text),
        "version": env!("CARGO_PKG_VERSION"),
    });
    (status, Json(body))
}

async fn metrics(State(session): State<SessionHandle>) -> impl IntoResponse {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], super::metrics::text(&session.state()))
}
