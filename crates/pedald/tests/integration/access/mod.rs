//! Pairing (`pairing`), tokens and roles, on every route there is.

mod pairing;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use pedald::access::{Desk, Role};
use pedald::network::{Network, Simulated};
use pedald::web::{Options, Paired, Rule, Web, router};
use serde_json::{Value, json};

use crate::web_rig::{Back, Client, WebRig};

/// The web with paired devices.
struct Door {
    rig: WebRig,
    desk: Desk,
    network: Network,
}

impl Door {
    fn new(trusted: bool) -> Self {
        let base = WebRig::with(true, Options { install: true, ..Options::default() });
        let (desk, error) = Desk::open(&base.paths.state);
        assert_eq!(error, None);
        let network = Network::start(Simulated::default(), &base.paths.state);
        let access = Paired { desk: desk.clone(), network: network.clone(), trusted };
        let web = Web::new(
            base.web.session().clone(),
            base.web.plugins().clone(),
            Arc::new(pedald::web::NoMachine),
            Arc::new(access),
            base.web.folders().clone(),
            base.web.options().clone(),
        );
        Self { rig: WebRig { routes: router(web.clone()), web, ..base }, desk, network }
    }

    async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Back {
        let mut request = Request::builder().method(method).uri(path).header("host", "pedal.local");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.rig.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Back {
        self.call(Method::GET, path, headers, "").await
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Back {
        self.call(Method::POST, path, headers, &body.to_string()).await
    }

    fn token(&self, role: Role) -> String {
        self.desk.admit(role.name(), role).unwrap().0.text()
    }
}

fn path_of(pattern: &str) -> String {
    let parts = pattern.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_route_has_a_role_and_keeps_to_it() {
    let door = Door::new(false);
    let rules = door.rig.web.rules();
    assert!(rules.len() > 100, "{}", rules.len());
    // strangers get these and nothing else: who adds one here must have thought about it
    let open =
        rules.iter().filter(|(_, rule)| rule.role == Role::Guest).map(|(path, _)| path.trim_end_matches('/'));
    let mut open = open.collect::<Vec<_>>();
    open.dedup();
    let known = [
        "/api/pair",
        "/api/pair/ask",
        "/api/pair/code",
        // the editor's own files: the same on every pedal
        "/editor/{version}/{*path}",
        "/encryption",
        "/encryption.js",
        "/encryption/authority.crt",
        "/hello",
        "/icon.svg",
        "/manifest.webmanifest",
        "/pair",
        "/pair.css",
        "/pair.js",
        "/ping",
        "/sw.js",
    ];
    assert_eq!(open, known);
    let mut devices = Role::GIVEN.map(|role| (role, door.desk.admit("x", role).unwrap()));
    for (pattern, Rule { role: needed, .. }) in &rules {
        if *needed == Role::Guest {
            continue;
        }
        let path = path_of(pattern);
        for method in [Method::GET, Method::POST, Method::DELETE, Method::PUT] {
            let back = door.call(method.clone(), &path, &[], "").await;
            assert_eq!(back.status, StatusCode::UNAUTHORIZED, "{method} {path}");
            for (role, device) in &mut devices {
                if door.desk.get(&device.1.id).is_none() {
                    // one of the routes puts its own device out, another one all
                    *device = door.desk.admit("x", *role).unwrap();
                }
                let bearer = format!("Bearer {}", device.0.text());
                let back = door.call(method.clone(), &path, &[("authorization", &bearer)], "").await;
                let turned_away = back.status == StatusCode::FORBIDDEN && back.text().contains("its role is");
                assert_eq!(turned_away, *role < *needed, "{method} {path} as {role}: {}", back.text());
                assert_ne!(back.status, StatusCode::UNAUTHORIZED, "{method} {path} as {role}");
            }
        }
    }
}

/// A route that is added past the table has no role. This finds those that are written that way.
#[test]
fn no_route_is_added_past_the_table() {
    fn look(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                look(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs")
                && !path.ends_with("web/access/table.rs")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                for (at, line) in code.lines().enumerate() {
                    if [".route(", ".nest(", ".route_service(", ".nest_service(", ".fallback_service("]
                        .iter()
                        .any(|call| line.contains(call))
                    {
                        found.push(format!("{}:{}: {}", path.display(), at + 1, line.trim()));
                    }
                }
            }
        }
    }
    let mut found = Vec::new();
    look(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut found);
    assert!(found.is_empty(), "add routes by web::Table, which wants a role: {found:#?}");
}

#[tokio::test]
async fn a_socket_ends_when_its_device_is_put_out_and_keeps_to_its_role() {
    let door = Door::new(false);
    let (token, client) = door.desk.admit("Phone", Role::Player).unwrap();
    let address = door.rig.serve().await;
    let mut socket = Client::connect_with(address, &[("authorization", &format!("Bearer {}", token.text()))])
        .await
        .unwrap();
    socket.until("loading_end").await;
    let before = door.rig.web.session().state().board.size;
    socket.say("pb_size 9000 9000").await;
    assert!(socket.hear().await.contains("not change boards"));
    socket.say("transport-bpm 133").await;
    socket.until("transport").await;
    assert_eq!(door.rig.web.session().state().board.size, before);
    // where the tempo comes from is played as the tempo is, by REST too
    socket.say("midi_clock_slave_enable").await;
    assert!(socket.until("transport").await.iter().any(|line| line.ends_with("midi_clock_slave")));
    let bearer = format!("Bearer {}", token.text());
    let internal = "/pedalboard/transport/set_sync_mode//none";
    let back = door.post(internal, &[("authorization", &bearer)], &json!({})).await;
    assert_eq!(back.json(), json!(true));
    socket.until("transport").await;
    // the role is asked for anew with each message
    door.desk.change(|list| list.set_role(&client.id, Role::Editor)).await.unwrap();
    socket.say("pb_size 9000 9000").await;
    socket.say("transport-bpm 134").await;
    socket.until("transport").await;
    assert_eq!(door.rig.web.session().state().board.size, (9000, 9000));
    door.desk.change(|list| list.revoke(&client.id)).await.unwrap();
    assert!(socket.is_ended().await);
    for headers in [vec![], vec![("authorization", "Bearer x")]] {
        assert!(Client::connect_with(address, &headers).await.is_err());
    }
    let cookie = format!("archibald={}", door.token(Role::Admin));
    for origin in ["http://evil.example", "null"] {
        assert!(Client::connect_with(address, &[("cookie", &cookie), ("origin", origin)]).await.is_err());
    }
    assert!(
        Client::connect_with(address, &[("cookie", &cookie)]).await.is_err(),
        "a cookie without an origin"
    );
    let own = format!("http://{address}");
    assert!(Client::connect_with(address, &[("cookie", &cookie), ("origin", &own)]).await.is_ok());
}

#[tokio::test]
async fn what_strangers_send_is_tiny() {
    let door = Door::new(false);
    let request = Request::post("/api/pair/code").header(header::CONTENT_TYPE, "application/json");
    let back = door.rig.send(request.body(Body::from(vec![b' '; 5000])).unwrap()).await;
    assert_eq!(back.status, StatusCode::PAYLOAD_TOO_LARGE);
}
