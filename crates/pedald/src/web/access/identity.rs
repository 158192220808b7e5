//! Who calls: a paired device by its token, a program of this machine, or anybody.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{HeaderMap, header, request::Parts};
use tokio::sync::watch;

use super::Role;
use crate::access::{Client, ClientId, Desk, Secret};
use crate::network::{Mode, Network};

/// Name of the cookie with a browser's token. Over TLS it has a prefix, so that no plain page can overwrite it.
pub(super) const COOKIE: &str = "archibald";
/// The same over TLS.
pub(super) const COOKIE_TLS: &str = "__Host-archibald";

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caller {
    /// Where the call comes from; `None` when the server was not told.
    pub address: Option<SocketAddr>,
    /// Which of our addresses was called; `None` when the server was not told.
    pub local: Option<SocketAddr>,
}

/// How a caller was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Not at all.
    Nobody,
    /// As a program of this machine, where those are trusted.
    Machine,
    /// By a browser's cookie, which the browser sends without being asked.
    Cookie(ClientId),
    /// By a token that the program itself put into the request.
    Bearer(ClientId),
}

/// Who calls, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// What it may do.
    pub role: Role,
    /// How it was recognised.
    pub by: By,
}

impl Identity {
    /// Anybody.
    pub const NOBODY: Self = Self { role: Role::Guest, by: By::Nobody };
    /// A trusted program of this machine.
    pub const MACHINE: Self = Self { role: Role::Admin, by: By::Machine };

    /// The paired device.
    pub fn client(&self) -> Option<&ClientId> {
        match &self.by {
            By::Cookie(id) | By::Bearer(id) => Some(id),
            By::Nobody | By::Machine => None,
        }
    }
}

/// Says who calls.
pub trait Access: Send + Sync + 'static {
    /// Who makes this request. Called for each request and each new WebSocket; it must not block.
    fn identify(&self, caller: Caller, request: &Parts) -> Identity;

    /// What it may do now: less than before, if it was put out meanwhile.
    fn role_now(&self, identity: &Identity) -> Role {
        identity.role
    }

    /// Tells when roles may have changed. `None`: never.
    fn changes(&self) -> Option<watch::Receiver<Arc<Vec<Client>>>> {
        None
    }

    /// The list of paired devices, where there is one: then there are routes for pairing.
    fn paired(&self) -> Option<&Paired> {
        None
    }

    /// Whether the network that the caller is in may see us at all; the error is a sentence.
    fn admits(&self, _caller: Caller) -> Result<(), &'static str> {
        Ok(())
    }
}

/// Callers on this machine are trusted, when that is switched on; all others are guests. For tests and tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Loopback {
    /// Whether they are.
    pub trusted: bool,
}

impl Access for Loopback {
    fn identify(&self, caller: Caller, _request: &Parts) -> Identity {
        if self.trusted && is_here(caller) { Identity::MACHINE } else { Identity::NOBODY }
    }
}

/// Paired devices; programs of this machine only when that is switched on (`--dev`, `--legacy-pi-stomp`).
#[derive(Debug, Clone)]
pub struct Paired {
    /// The list of devices.
    pub desk: Desk,
    /// Which networks may see us.
    pub network: Network,
    /// Whether programs of this machine are trusted.
    pub trusted: bool,
}

impl Access for Paired {
    fn identify(&self, caller: Caller, request: &Parts) -> Identity {
        // A token that the program shows itself comes before one that the browser adds.
        if let Some(token) = bearer(&request.headers) {
            return Secret::parse(token).and_then(|token| self.desk.find(&token)).map_or(
                Identity::NOBODY,
                |client| Identity { role: client.role, by: By::Bearer(client.id) },
            );
        }
        let known = cookies(&request.headers)
            .filter(|(name, _)| [COOKIE, COOKIE_TLS].contains(name))
            .filter_map(|(_, value)| self.desk.find(&Secret::parse(value)?))
            .max_by_key(|client| client.role);
        match known {
            Some(client) => Identity { role: client.role, by: By::Cookie(client.id) },
            None if self.trusted && is_here(caller) => Identity::MACHINE,
            None => Identity::NOBODY,
        }
    }

    fn role_now(&self, identity: &Identity) -> Role {
        match identity.client() {
            Some(id) => self.desk.get(id).map_or(Role::Guest, |client| client.role),
            None => identity.role,
        }
    }

    fn changes(&self) -> Option<watch::Receiver<Arc<Vec<Client>>>> {
        Some(self.desk.clients())
    }

    fn paired(&self) -> Option<&Paired> {
        Some(self)
    }

    fn admits(&self, caller: Caller) -> Result<(), &'static str> {
        if is_here(caller) {
            return Ok(());
        }
        let status = self.network.status();
        match status.mode {
            Mode::Home => Ok(()),
            Mode::Off => Err("the pedal's network is off; the display's menu turns it on"),
            Mode::Stage => {
                // both ends: an answer to an address of the hotspot leaves by the hotspot only
                let inside = |address: Option<SocketAddr>| {
                    address.is_some_and(|address| status.is_hotspot(plain(address.ip())))
                };
                if inside(caller.address) && inside(caller.local) {
                    Ok(())
                } else {
                    Err("the pedal is in stage mode: only devices in its own hotspot reach it")
                }
            }
        }
    }
}

/// An IPv4 address that came in IPv6's clothes, as IPv4.
pub(crate) fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(address, IpAddr::V4),
        four => four,
    }
}

/// Whether the caller is on this machine.
pub(super) fn is_here(caller: Caller) -> bool {
    caller.address.is_some_and(|address| plain(address.ip()).is_loopback())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (kind, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    kind.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Cookies of a request: names and values.
pub(super) fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Simulated;

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let mut builder = axum::http::Request::builder();
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).unwrap().into_parts().0
    }

    fn from(address: &str) -> Caller {
        Caller { address: Some(address.parse().unwrap()), local: None }
    }

    #[test]
    fn only_this_machine_is_trusted_and_only_when_asked_for() {
        let role = |trusted, caller| Loopback { trusted }.identify(caller, &parts(&[])).role;
        for here in ["127.0.0.1:5", "[::1]:5", "[::ffff:127.0.0.1]:5"] {
            assert_eq!(role(true, from(here)), Role::Admin);
            assert_eq!(role(false, from(here)), Role::Guest);
        }
        assert_eq!(role(true, from("192.168.1.4:5")), Role::Guest);
        assert_eq!(role(true, Caller::default()), Role::Guest);
    }

    #[tokio::test]
    async fn tokens_are_known_by_cookie_and_by_header_until_they_are_revoked() {
        let place = tempfile::tempdir().unwrap();
        let (desk, _) = Desk::open(place.path());
        let network = Network::start(Simulated::default(), place.path());
        let access = Paired { desk: desk.clone(), network, trusted: true };
        let (token, client) = desk.admit("Phone", Role::Editor).unwrap();
        let text = token.text();
        let far = from("192.168.1.4:5");
        let by = |name: &str, value: String| access.identify(far, &parts(&[(name, &value)]));
        assert_eq!(by("cookie", format!("a=b; archibald={text}")).by, By::Cookie(client.id.clone()));
        assert_eq!(by("cookie", format!("__Host-archibald={text}")).role, Role::Editor);
        assert_eq!(by("authorization", format!("Bearer {text}")).by, By::Bearer(client.id.clone()));
        let wrong = Secret::random().text();
        assert_eq!(by("cookie", format!("archibald={wrong}")), Identity::NOBODY);
        assert_eq!(by("cookie", format!("archibald2={text}")), Identity::NOBODY);
        assert_eq!(by("authorization", format!("Basic {text}")), Identity::NOBODY);
        // a wrong token shown by a program of this machine is not healed by its place
        let wrong = parts(&[("authorization", &format!("Bearer {wrong}"))]);
        assert_eq!(access.identify(from("127.0.0.1:9"), &wrong), Identity::NOBODY);
        assert_eq!(access.identify(from("127.0.0.1:9"), &parts(&[])), Identity::MACHINE);
        let identity = by("cookie", format!("archibald={text}"));
        assert_eq!(access.role_now(&identity), Role::Editor);
        desk.change(|list| list.revoke(&client.id)).await.unwrap();
        assert_eq!(access.role_now(&identity), Role::Guest);
        assert_eq!(by("cookie", format!("archibald={text}")), Identity::NOBODY);
    }

    #[tokio::test]
    async fn on_stage_only_the_hotspot_reaches_us() {
        let place = tempfile::tempdir().unwrap();
        let (desk, _) = Desk::open(place.path());
        let network = Network::start(Simulated::default(), place.path());
        let access = Paired { desk, network: network.clone(), trusted: false };
        let call = |peer: &str, local: &str| {
            let caller = Caller { address: Some(peer.parse().unwrap()), local: Some(local.parse().unwrap()) };
            access.admits(caller).is_ok()
        };
        assert!(call("192.168.1.4:9", "192.168.1.7:80"));
        network.set_mode(Mode::Stage).await.unwrap();
        assert!(!call("192.168.1.4:9", "192.168.1.7:80"));
        assert!(!call("192.168.1.4:9", "10.42.0.1:80") && !call("10.42.0.9:9", "192.168.1.7:80"));
        assert!(call("10.42.0.9:9", "10.42.0.1:80") && call("[::ffff:10.42.0.9]:9", "[::ffff:10.42.0.1]:80"));
        assert!(call("127.0.0.1:9", "127.0.0.1:80"));
        network.set_mode(Mode::Off).await.unwrap();
        assert!(!call("10.42.0.9:9", "10.42.0.1:80") && call("127.0.0.1:9", "127.0.0.1:80"));
    }
}
