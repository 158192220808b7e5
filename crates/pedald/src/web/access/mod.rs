//! Who may do what.

pub(super) mod origin;

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Web;
pub use crate::access::Role;

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Where the call comes from; `None` when the server was not told.
    pub address: Option<SocketAddr>,
}

/// Says which role a request has.
pub trait Access: Send + Sync + 'static {
    /// The role of this request. Called for each request and each new WebSocket; it must not block.
    fn role(&self, caller: Caller, request: &Parts) -> Role;
}

/// Callers on this machine are trusted, when that is switched on (`--dev`, `--legacy-pi-stomp`); all others are guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loopback {
    /// Whether they are.
    pub trusted: bool,
}

impl Access for Loopback {
    fn role(&self, caller: Caller, _request: &Parts) -> Role {
        let local = caller.address.is_some_and(|address| is_loopback(address.ip()));
        if self.trusted && local { Role::Admin } else { Role::Guest }
    }
}

fn is_loopback(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_loopback(),
        IpAddr::V6(address) => {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
        }
    }
}

/// Routes that need a role.
pub(super) fn needing(router: Router<Web>, web: &Web, role: Role) -> Router<Web> {
    router.route_layer(axum::middleware::from_fn_with_state((web.clone(), role), check))
}

async fn check(State((web, needed)): State<(Web, Role)>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let address = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let role = web.access().role(Caller { address }, &parts);
    if role < needed {
        return refused(needed);
    }
    let mut request = Request::from_parts(parts, body);
    request.extensions_mut().insert(role);
    next.run(request).await
}

fn refused(needed: Role) -> Response {
    let what = match needed {
        Role::Guest | Role::Player => "look at this pedal or play it",
        Role::Editor => "change boards on this pedal",
        Role::Admin => "install things on this pedal",
    };
    let text =
        format!("You may not {what} from here. Pair this device with the code on the pedal's display.\n");
    (StatusCode::FORBIDDEN, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_trusted_and_only_when_asked_for() {
        let (parts, ()) = axum::http::Request::new(()).into_parts();
        let role = |trusted, address: &str| {
            let address = Some(address.parse().unwrap());
            Loopback { trusted }.role(Caller { address }, &parts)
        };
        assert_eq!(role(true, "127.0.0.1:5"), Role::Admin);
        assert_eq!(role(true, "[::1]:5"), Role::Admin);
        assert_eq!(role(true, "[::ffff:127.0.0.1]:5"), Role::Admin);
        assert_eq!(role(false, "127.0.0.1:5"), Role::Guest);
        assert_eq!(role(true, "192.168.1.4:5"), Role::Guest);
        assert_eq!(Loopback { trusted: true }.role(Caller { address: None }, &parts), Role::Guest);
        assert!(Role::Guest < Role::Player && Role::Player < Role::Editor && Role::Editor < Role::Admin);
    }
}
