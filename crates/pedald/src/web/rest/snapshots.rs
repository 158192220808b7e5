//! Snapshots of the board.

use axum::extract::State;
use axum::routing::{get, post};
use serde_json::{Map, Value, json};

use super::Table;
use crate::session::{Answer, Done, Intent, Source, Step};
use crate::web::Web;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer, reasoned, truth};

pub(super) fn player(table: Table) -> Table {
    table.on("/snapshot/list", get(list)).on("/snapshot/load", get(load)).on("/snapshot/name", get(name))
}

pub(super) fn editor(table: Table) -> Table {
    table
        .on("/snapshot/save", post(save).get(save))
        .on("/snapshot/saveas", get(save_as))
        .on("/snapshot/rename", get(rename))
        .on("/snapshot/remove", get(remove))
}

async fn list(State(web): State<Web>) -> Reply {
    let state = web.session().state();
    let names = state.board.snapshots.iter().enumerate();
    let names = names.map(|(at, snapshot)| (at.to_string(), Value::from(snapshot.name.as_str())));
    Ok(answer(&names.collect::<Map<_, _>>()))
}

async fn load(State(web): State<Web>, arguments: Arguments) -> Reply {
    let at = arguments.whole("id")?;
    Ok(truth(&web.session().ask(Source::Rest, Intent::LoadSnapshot(Step::To(at))).await))
}

async fn name(State(web): State<Web>, arguments: Arguments) -> Reply {
    let state = web.session().state();
    // The fork's word for the one that was chosen last.
    let name = if arguments.get("id") == Some("current") {
        state.board.snapshot_name()
    } else {
        state.board.snapshots.get(arguments.whole("id")?).map(|snapshot| snapshot.name.as_str())
    };
    Ok(answer(&json!({"ok": name.is_some(), "name": name.unwrap_or_default()})))
}

async fn save(State(web): State<Web>) -> Reply {
    Ok(truth(&web.session().ask(Source::Rest, Intent::SaveSnapshot).await))
}

fn stored(done: Answer, with_number: bool) -> Reply {
    let failed = |reason: &str| {
        let body =
            if with_number { json!({"ok": false, "id": null, "title": null}) } else { json!({"ok": false}) };
        Ok(reasoned(answer(&body), reason))
    };
    match done {
        Ok(Done::Snapshot { at, name }) if with_number => {
            Ok(answer(&json!({"ok": true, "id": at, "title": name})))
        }
        Ok(Done::Snapshot { name, .. }) => Ok(answer(&json!({"ok": true, "title": name}))),
        Ok(_) => failed("the session did not say which snapshot"),
        Err(error) => failed(&error.to_string()),
    }
}

async fn save_as(State(web): State<Web>, arguments: Arguments) -> Reply {
    let name = arguments.need("title")?.to_owned();
    stored(web.session().ask(Source::Rest, Intent::SaveSnapshotAs { name }).await, true)
}

async fn rename(State(web): State<Web>, arguments: Arguments) -> Reply {
    let (at, name) = (arguments.whole("id")?, arguments.need("title")?.trim().to_owned());
    if name.is_empty() {
        return Err(Failure::bad("a snapshot needs a name"));
    }
    stored(web.session().ask(Source::Rest, Intent::RenameSnapshot { at, name }).await, false)
}

async fn remove(State(web): State<Web>, arguments: Arguments) -> Reply {
    let at = arguments.whole("id")?;
    Ok(truth(&web.session().ask(Source::Rest, Intent::RemoveSnapshot { at }).await))
}
