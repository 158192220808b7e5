//! Pairing, the list of paired devices, and the network's mode.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::identity::{By, Identity, Paired, cookies};
use super::limits::{Buckets, caller_key};
use super::{Arrival, Role, Table, cookie};
use crate::access::{ClientId, ClientsError, PairingError, PairingIntent, Secret, Standing};
use crate::network::Mode;
use crate::web::arguments::{Arguments, Failure, Reply, json as answer};

/// Greatest body of a request of somebody whom we do not know, in bytes.
const TINY: usize = 4 << 10;

/// What the pairing page tells of encryption.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encryption {
    /// Port of the encrypted page, when there is one.
    pub port: Option<u16>,
    /// SHA-256 of the device's own authority, as pairs of hexadecimal digits.
    pub fingerprint: String,
    /// The authority's certificate, PEM.
    pub authority: String,
}

/// What pairing works on.
#[derive(Clone)]
pub(in crate::web) struct Pairer(Arc<Inner>);

struct Inner {
    paired: Paired,
    encryption: Encryption,
    /// Steps of pairing by caller, and of all callers.
    steps: Buckets<std::net::IpAddr>,
    all_steps: Buckets<()>,
}

impl Pairer {
    pub(in crate::web) fn new(paired: Paired, encryption: Encryption) -> Self {
        Self(Arc::new(Inner {
            paired,
            encryption,
            steps: Buckets::new(0.5, 6.0),
            all_steps: Buckets::new(2.0, 12.0),
        }))
    }

    fn step(&self, address: SocketAddr) -> Result<(), Failure> {
        let now = Instant::now();
        let free = self.0.steps.take(caller_key(Some(address.ip())), now);
        free.and_then(|()| self.0.all_steps.take((), now)).map_err(|seconds| {
            Failure(StatusCode::TOO_MANY_REQUESTS, format!("too many tries: wait {seconds} s"))
        })
    }
}

/// Routes of pairing, of the list and of the network.
pub(in crate::web) fn pairing(pairer: Pairer) -> Table<()> {
    let tiny = || DefaultBodyLimit::max(TINY);
    let guest = Table::new(Role::Guest)
        .page("/pair", get(page))
        .page("/pair.css", get(async || text("text/css; charset=UTF-8", include_str!("pages/pair.css"))))
        .page("/pair.js", get(async || text("text/javascript; charset=UTF-8", include_str!("pages/pair.js"))))
        .page("/encryption", get(async || html(include_str!("pages/encryption.html"))))
        .page(
            "/encryption.js",
            get(async || text("text/javascript; charset=UTF-8", include_str!("pages/encryption.js"))),
        )
        .page("/encryption/authority.crt", get(authority))
        .on("/api/pair", get(standing))
        .on("/api/pair/ask", post(ask).layer(tiny()))
        .on("/api/pair/code", post(enter).layer(tiny()));
    let player = Table::new(Role::Player)
        .on("/api/pair/leave", post(leave).layer(tiny()))
        .on("/api/network", get(network));
    let admin = Table::new(Role::Admin)
        .on("/api/clients", get(clients))
        .on("/api/clients/revoke-all", post(revoke_all).layer(tiny()))
        .on("/api/clients/{id}", post(change).delete(revoke).layer(tiny()))
        .on("/api/clients/{id}/revoke", post(revoke).layer(tiny()))
        .on("/api/network/mode", post(set_mode).layer(tiny()))
        .on("/api/pair/display", get(display).post(at_the_pedal).layer(tiny()));
    guest.merge(player).merge(admin).with_state(pairer)
}

fn text(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], content).into_response()
}

/// A page of ours: scripts and styles come from here only, and nobody frames it.
fn html(content: &'static str) -> Response {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=UTF-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, content).into_response()
}

async fn page() -> Response {
    html(include_str!("pages/pair.html"))
}

async fn authority(State(pairer): State<Pairer>) -> Reply {
    let encryption = &pairer.0.encryption;
    if encryption.port.is_none() {
        return Err(Failure::not_found("this pedal does not encrypt: it was started without --tls"));
    }
    let headers = [
        (header::CONTENT_TYPE, "application/x-x509-ca-cert"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"pedal-authority.crt\""),
    ];
    Ok((headers, encryption.authority.clone()).into_response())
}

impl From<PairingError> for Failure {
    fn from(error: PairingError) -> Self {
        let status = match error {
            PairingError::Pause(_) => StatusCode::TOO_MANY_REQUESTS,
            PairingError::Wrong { .. } => StatusCode::FORBIDDEN,
            PairingError::Dead => StatusCode::GONE,
            _ => StatusCode::CONFLICT,
        };
        Self(status, error.to_string())
    }
}

impl From<ClientsError> for Failure {
    fn from(error: ClientsError) -> Self {
        let status = match error {
            ClientsError::Unknown(_) => StatusCode::NOT_FOUND,
            ClientsError::NoName | ClientsError::Full => StatusCode::BAD_REQUEST,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error.to_string())
    }
}

async fn ask(State(pairer): State<Pairer>, ConnectInfo(address): ConnectInfo<SocketAddr>) -> Reply {
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

async fn enter(
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

async fn standing(
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
async fn leave(
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

async fn clients(State(pairer): State<Pairer>, Extension(identity): Extension<Identity>) -> Reply {
    let list = pairer.0.paired.desk.clients().borrow().clone();
    Ok(answer(&json!({"clients": *list, "own": identity.client()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    name: Option<String>,
    role: Option<String>,
}

async fn change(State(pairer): State<Pairer>, Path(id): Path<String>, arguments: Arguments) -> Reply {
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

async fn revoke(State(pairer): State<Pairer>, Path(id): Path<String>) -> Reply {
    pairer.0.paired.desk.change(|list| list.revoke(&ClientId(id))).await?;
    Ok(answer(&json!({"ok": true})))
}

async fn revoke_all(State(pairer): State<Pairer>) -> Reply {
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

async fn network(State(pairer): State<Pairer>) -> Reply {
    Ok(answer(&pairer.0.paired.network.status()))
}

#[derive(Deserialize)]
struct Wanted {
    mode: Mode,
}

async fn set_mode(State(pairer): State<Pairer>, arguments: Arguments) -> Reply {
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

async fn display(State(pairer): State<Pairer>, Extension(identity): Extension<Identity>) -> Reply {
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

async fn at_the_pedal(
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
