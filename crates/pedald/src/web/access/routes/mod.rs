//! Routes of pairing (`apply`), of the list of paired devices and of the network's mode (`manage`), and the pages that come
//! before anybody is paired (`pages`).

mod apply;
mod manage;
mod pages;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{get, post};

use super::identity::Paired;
use super::limits::{Buckets, caller_key};
use super::{Role, Table};
use crate::access::{ClientsError, PairingError};
use crate::web::arguments::Failure;
use apply::{ask, enter, leave, standing};
use manage::{at_the_pedal, change, clients, display, network, revoke, revoke_all, set_mode};
use pages::{authority, html, page, text};

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
        .page("/pair.css", get(async || text("text/css; charset=UTF-8", include_str!("../pages/pair.css"))))
        .page(
            "/pair.js",
            get(async || text("text/javascript; charset=UTF-8", include_str!("../pages/pair.js"))),
        )
        .page("/encryption", get(async || html(include_str!("../pages/encryption.html"))))
        .page(
            "/encryption.js",
            get(async || text("text/javascript; charset=UTF-8", include_str!("../pages/encryption.js"))),
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
