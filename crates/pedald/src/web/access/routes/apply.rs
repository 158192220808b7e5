//! A browser asks to be paired, types the code, learns how it stands, and may put itself out again.

use std::net::SocketAddr;

use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Pairer;
use crate::access::{Secret, Standing};
use crate::network::Mode;
use crate::web::access::identity::{By, Identity, Paired, cookies};
use crate::web::access::{Arrival, Role, cookie};
use crate::web::arguments::{Arguments, Failure, Reply, json as answer};

pub(super) async fn ask(
    State(pairer): State<Pairer>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
) -> Reply {
    pairer.step(address)?;
    let paired = &pairer.0.paired;
    if paired.network.status().mode == Mode::Stage && paired.desk.state().borrow().code.is_none() {
        let text =
            "on stage a code is shown only when somebody chooses it in the menu of the pedal's display";
        return Err(Failure(StatusCode::FORBIDDEN, text.to_owned()));
    }
    paired.desk.ask()?;
    Ok(answer(&json!({"ok": true})))
}

#[derive(Deserialize)]
struct Typed {
    code: String,
    #[serde(default)]
    name: String,
    role: Option<String>,
    /// For programs without cookies: the ticket and then the token come in the answers.
    #[serde(default)]
    plain: bool,
}

pub(super) async fn enter(
    State(pairer): State<Pairer>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    arguments: Arguments,
) -> Reply {
    pairer.step(address)?;
    let typed: Typed = arguments.json()?;
    let role = typed.role.as_deref().unwrap_or("edit").parse::<Role>();
    let role = role.map_err(|error| Failure::bad(error.to_string()))?;
    let digits = typed.code.chars().filter(|c| !c.is_whitespace() && *c != '-');
    // what is no digit is wrong like any other wrong digit
    let digits = digits.take(7).map(|c| c.to_digit(10).map_or(0xff, |digit| digit as u8)).collect::<Vec<_>>();
    let ticket = pairer.0.paired.desk.enter(&digits, &typed.name, role)?;
    if typed.plain {
        return Ok(answer(&json!({"ok": true, "ticket": ticket.text()})));
    }
    Ok(with_cookies(answer(&json!({"ok": true})), [cookie::ticket(&ticket.text())]))
}

fn with_cookies<const N: usize>(mut response: Response, cookies: [Option<HeaderValue>; N]) -> Response {
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The ticket of a request, and whether it came in a header of its own.
fn ticket(headers: &HeaderMap) -> Option<(Secret, bool)> {
    let shown = headers.get("x-archibald-ticket").and_then(|value| value.to_str().ok());
    if let Some(shown) = shown {
        return Secret::parse(shown).map(|ticket| (ticket, true));
    }
    let (_, value) = cookies(headers).find(|(name, _)| *name == cookie::TICKET)?;
    Secret::parse(value).map(|ticket| (ticket, false))
}

pub(super) async fn standing(
    State(pairer): State<Pairer>,
    Extension(identity): Extension<Identity>,
    arrival: Option<Extension<Arrival>>,
    headers: HeaderMap,
) -> Response {
    let Paired { desk, network, .. } = &pairer.0.paired;
    let tls = arrival.is_some_and(|Extension(arrival)| arrival.tls);
    let (mut role, mut client) = (identity.role, identity.client().and_then(|id| desk.get(id)));
    let (mut standing, mut token, mut cookies) = ("none", Value::Null, [None, None]);
    if let Some((ticket, plain)) = ticket(&headers) {
        standing = match desk.standing(&ticket) {
            Standing::Waiting => "waiting",
            Standing::Refused => {
                cookies[1] = cookie::ticket("");
                "refused"
            }
            Standing::Granted(secret, granted) => {
                (role, client) = (granted.role, Some(granted));
                if plain {
                    token = Value::from(secret.text());
                } else {
                    cookies = [cookie::token(&secret.text(), tls), cookie::ticket("")];
                }
                "granted"
            }
        };
    }
    let encryption = &pairer.0.encryption;
    let mut body = json!({
        "role": role,
        "client": client,
        "this_machine": identity.by == By::Machine,
        "standing": standing,
        "code_shown": desk.state().borrow().code.is_some(),
        "first": desk.clients().borrow().iter().all(|client| client.role < Role::Admin),
        "mode": network.status().mode,
        "tls": tls,
        "tls_port": encryption.port,
        "fingerprint": encryption.fingerprint,
    });
    if !token.is_null() {
        body["token"] = token;
    }
    with_cookies(answer(&body), cookies)
}

/// A device puts itself out.
pub(super) async fn leave(
    State(pairer): State<Pairer>,
    Extension(identity): Extension<Identity>,
    arrival: Option<Extension<Arrival>>,
) -> Reply {
    let tls = arrival.is_some_and(|Extension(arrival)| arrival.tls);
    if let Some(id) = identity.client() {
        pairer.0.paired.desk.change(|list| list.revoke(id)).await?;
    }
    Ok(with_cookies(answer(&json!({"ok": true})), [cookie::no_token(tls)]))
}
