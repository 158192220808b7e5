//! The list of paired devices, the network's mode, and what is shown and pressed at the pedal itself.

use std::time::Instant;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Pairer;
use crate::access::{ClientId, PairingIntent};
use crate::network::Mode;
use crate::web::access::Role;
use crate::web::access::identity::{By, Identity};
use crate::web::arguments::{Arguments, Failure, Reply, json as answer};

pub(super) async fn clients(State(pairer): State<Pairer>, Extension(identity): Extension<Identity>) -> Reply {
    let list = pairer.0.paired.desk.clients().borrow().clone();
    Ok(answer(&json!({"clients": *list, "own": identity.client()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    name: Option<String>,
    role: Option<String>,
}

pub(super) async fn change(
    State(pairer): State<Pairer>,
    Path(id): Path<String>,
    arguments: Arguments,
) -> Reply {
    let wanted: Change = arguments.json()?;
    let role = wanted.role.map(|role| role.parse::<Role>()).transpose();
    let role = role.map_err(|error| Failure::bad(error.to_string()))?;
    let id = ClientId(id);
    let changed = pairer.0.paired.desk.change(|list| {
        if let Some(name) = &wanted.name {
            list.rename(&id, name)?;
        }
        role.map_or(Ok(()), |role| list.set_role(&id, role))
    });
    changed.await?;
    let client = pairer.0.paired.desk.get(&id);
    Ok(answer(&json!({"ok": client.is_some(), "client": client})))
}

pub(super) async fn revoke(State(pairer): State<Pairer>, Path(id): Path<String>) -> Reply {
    pairer.0.paired.desk.change(|list| list.revoke(&ClientId(id))).await?;
    Ok(answer(&json!({"ok": true})))
}

pub(super) async fn revoke_all(State(pairer): State<Pairer>) -> Reply {
    pairer
        .0
        .paired
        .desk
        .change(|list| {
            list.revoke_all();
            Ok(())
        })
        .await?;
    Ok(answer(&json!({"ok": true})))
}

pub(super) async fn network(State(pairer): State<Pairer>) -> Reply {
    Ok(answer(&pairer.0.paired.network.status()))
}

#[derive(Deserialize)]
struct Wanted {
    mode: Mode,
}

pub(super) async fn set_mode(State(pairer): State<Pairer>, arguments: Arguments) -> Reply {
    let Wanted { mode } = arguments.json()?;
    let network = pairer.0.paired.network.clone();
    // the answer may not reach a caller who sits in the network that is left: it goes on all the same
    let done = tokio::spawn(async move {
        let done = network.set_mode(mode).await;
        (done, network.status())
    });
    match done.await {
        Ok((Ok(()), status)) => Ok(answer(&status)),
        Ok((Err(error), _)) => Err(Failure(StatusCode::BAD_GATEWAY, error.to_string())),
        Err(_) => Err(Failure::internal("the network could not be asked")),
    }
}

/// What is shown at the pedal is for whoever is at the pedal. A trusted program of this machine stands for him.
fn need_machine(identity: &Identity) -> Result<(), Failure> {
    if identity.by == By::Machine {
        return Ok(());
    }
    let text =
        "only a trusted program of the pedal's own machine sees the display (--dev); look at the pedal";
    Err(Failure(StatusCode::FORBIDDEN, text.to_owned()))
}

pub(super) async fn display(State(pairer): State<Pairer>, Extension(identity): Extension<Identity>) -> Reply {
    need_machine(&identity)?;
    let state = pairer.0.paired.desk.state().borrow().clone();
    let code = state.code.map(|code| code.map(|digit| char::from(b'0' + digit)).iter().collect::<String>());
    let seconds = state.expires.map(|at| at.saturating_duration_since(Instant::now()).as_secs());
    let confirm = state.confirm.map(|(name, role)| json!({"name": name, "role": role}));
    Ok(answer(&json!({"code": code, "url": state.url, "expires_s": seconds, "confirm": confirm})))
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Pressed {
    Open,
    Confirm,
    Close,
}

#[derive(Deserialize)]
struct Press {
    press: Pressed,
}

pub(super) async fn at_the_pedal(
    State(pairer): State<Pairer>,
    Extension(identity): Extension<Identity>,
    arguments: Arguments,
) -> Result<Json<Value>, Failure> {
    need_machine(&identity)?;
    let Press { press } = arguments.json()?;
    pairer.0.paired.desk.tell(match press {
        Pressed::Open => PairingIntent::Open,
        Pressed::Confirm => PairingIntent::Confirm,
        Pressed::Close => PairingIntent::Close,
    });
    Ok(Json(json!({"ok": true})))
}
