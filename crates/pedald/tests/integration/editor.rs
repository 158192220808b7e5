//! The editor: its socket and routes. The page in a browser is in `journey`, `step` and `axe`.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::web_rig::WebRig;

pub struct Editor(
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>,
);

impl Editor {
    pub async fn connect(address: std::net::SocketAddr, name: &str) -> Self {
        let url = format!("ws://{address}/api/ws?editor={name}");
        Self(tokio_tungstenite::connect_async(url).await.unwrap().0)
    }

    pub async fn say(&mut self, value: Value) {
        self.0.send(Message::text(value.to_string())).await.unwrap();
    }

    /// The next message that has this field.
    pub async fn hear(&mut self, field: &str) -> Value {
        loop {
            let message = tokio::time::timeout(std::time::Duration::from_secs(60), self.0.next()).await;
            if let Message::Text(text) = message.expect("a message").unwrap().unwrap() {
                let value: Value = serde_json::from_str(&text).unwrap();
                if !value[field].is_null() {
                    return value;
                }
            }
        }
    }

    pub async fn ask(&mut self, id: u64, intent: Value) -> Value {
        self.say(json!({"id": id, "do": intent})).await;
        loop {
            let answer = self.hear("id").await;
            if answer["id"] == id {
                return answer;
            }
        }
    }
}

pub fn add(instance: &str, plugin: &str) -> Value {
    json!({"add": {"instance": instance, "uri": format!("urn:fake:{plugin}"), "position": [10.0, 20.0]}})
}

pub fn cable(kind: &str, source: Value, target: Value) -> Value {
    json!({kind: {"source": source, "target": target}})
}

pub fn port(instance: &str, symbol: &str) -> Value {
    json!({"Plugin": {"instance": instance, "symbol": symbol}})
}

#[tokio::test]
async fn an_arrangement_is_one_step_and_is_made_whole_or_not_at_all() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    let mut one = Editor::connect(address, "one").await;
    assert_eq!(one.hear("hello").await["hello"]["role"], "admin");
    assert_eq!(one.hear("state").await["state"]["board"]["plugins"], json!([]));
    let edits = json!([
        add("gain", "gain"),
        add("delay", "delay"),
        cable("connect", json!({"System": "capture_1"}), port("gain", "in")),
        cable("connect", port("gain", "out"), port("delay", "in")),
    ]);
    let answer = one.ask(1, json!({"arrange": {"label": "build", "edits": edits}})).await;
    assert_eq!(answer["done"], "done", "{answer}");
    let state = rig.web.session().state();
    assert_eq!((state.board.plugins.len(), state.board.connections.len()), (2, 2));
    assert_eq!((state.history.undo.as_deref(), state.history.depth), (Some("build"), 1));

    let broken =
        json!([add("filter", "filter"), cable("connect", port("filter", "none"), port("delay", "in"))]);
    let answer = one.ask(2, json!({"arrange": {"label": "broken", "edits": broken}})).await;
    assert_eq!(answer["error"], "filter/none cannot be the start of a cable", "{answer}");
    assert_eq!(rig.web.session().state().board.plugins.len(), 2);

    one.ask(3, json!("undo")).await;
    assert_eq!(rig.web.session().state().board.plugins.len(), 0);
}

#[tokio::test]
async fn what_is_asked_for_again_after_a_lost_connection_is_done_once() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    let mut one = Editor::connect(address, "same").await;
    one.ask(1, json!({"arrange": {"label": "a", "edits": [add("gain", "gain")]}})).await;
    let toggle = json!({"toggle": {"port": {"instance": "gain", "symbol": ":bypass"}}});
    one.ask(2, toggle.clone()).await;
    assert!(rig.web.session().state().board.plugins[0].bypassed);
    drop(one);
    let mut again = Editor::connect(address, "same").await;
    let state = again.hear("state").await;
    assert_eq!(state["state"]["board"]["plugins"][0]["uri"], "urn:fake:gain");
    assert_eq!(again.ask(2, toggle.clone()).await["done"], "repeated");
    assert!(rig.web.session().state().board.plugins[0].bypassed, "not twice");
    again.ask(3, toggle).await;
    assert!(!rig.web.session().state().board.plugins[0].bypassed);
    let nonsense = again.ask(4, json!({"format": {"disk": true}})).await;
    assert!(nonsense["error"].as_str().unwrap().contains("cannot be read"), "{nonsense}");
    let preset = json!({"save_preset": {"instance": "gain", "name": "x", "bundle": "/etc", "file": "x"}});
    assert_eq!(again.ask(5, preset).await["error"], "this cannot be asked for over the web");
}

#[tokio::test]
async fn files_stay_in_their_folders_and_come_back_from_the_bin() {
    let rig = WebRig::new().ready().await;
    let back = rig.post("/api/files/upload?path=NAM%20Models/a.nam", "{}").await;
    assert_eq!(back.json(), json!({"path": "NAM Models/a.nam"}));
    let back = rig.post("/api/files/upload?path=NAM%20Models/a.nam", "{}").await;
    assert_eq!(back.json(), json!({"path": "NAM Models/a (2).nam"}), "nothing is overwritten");
    for bad in [
        "../x.nam",
        "NAM Models/../../x.nam",
        "NAM Models/x.so",
        "Other/x.nam",
        "NAM Models/.x.nam",
        "/etc/x.nam",
    ] {
        let back = rig.post(&format!("/api/files/upload?path={}", crate::web_rig::escaped(bad)), "{}").await;
        assert_eq!(back.status, 400, "{bad}");
        let back = rig.get(&format!("/api/file?path={}", crate::web_rig::escaped(bad))).await;
        assert_eq!(back.status, 400, "{bad}");
    }
    let renamed = json!({"from": "NAM Models/a.nam", "to": "NAM Models/amps/b.nam"}).to_string();
    assert_eq!(rig.post("/api/files/rename", renamed).await.json()["path"], "NAM Models/amps/b.nam");
    let gone = rig.post("/api/files/delete", r#"{"path": "NAM Models/amps/b.nam"}"#).await.json();
    assert!(!rig.paths.user_files.join("NAM Models/amps/b.nam").exists());
    let back = rig.post("/api/files/restore", gone.to_string()).await;
    assert_eq!(back.json()["path"], "NAM Models/amps/b.nam");
    let list = rig.get("/api/files").await.json();
    let folders = list["folders"].as_array().unwrap();
    let models = folders.iter().find(|folder| folder["kind"] == "nammodel").unwrap();
    let names: Vec<_> = models["files"].as_array().unwrap().iter().map(|file| file["name"].clone()).collect();
    assert_eq!(names, ["a (2).nam", "amps/b.nam"]);
}

#[tokio::test]
async fn notes_lie_beside_the_board() {
    let rig = WebRig::new().ready().await;
    let saved = rig.form("/pedalboard/save", &[("title", "Song"), ("asNew", "1")]).await;
    let bundle = crate::web_rig::bundle(&saved);
    let body = json!({"bundle": bundle, "text": "capo 2\n"}).to_string();
    assert_eq!(rig.post("/api/notes/keep", body).await.json(), json!(true));
    assert_eq!(std::fs::read_to_string(bundle.join("notes.txt")).unwrap(), "capo 2\n");
    let read =
        rig.get(&format!("/api/notes?bundle={}", crate::web_rig::escaped(bundle.to_str().unwrap()))).await;
    assert_eq!(read.json(), json!({"text": "capo 2\n"}));
    assert_eq!(rig.get("/api/notes?bundle=/etc").await.status, 404);
}

#[tokio::test]
async fn the_page_is_packed_kept_and_tells_its_policy() {
    let rig = WebRig::new().ready().await;
    let page = rig.get("/").await;
    assert!(page.text().contains("modulepreload") && page.kind.starts_with("text/html"));
    let path = page.text();
    let start = path.find("/editor/").unwrap();
    let script = &path[start..start + path[start..].find('"').unwrap()];
    assert_eq!(rig.get(script).await.status, 200);
    assert_eq!(rig.get("/editor/x/js/none.js").await.status, 404);
    assert_eq!(rig.get("/editor/x/../../Cargo.toml").await.status, 404);
    assert!(rig.get("/sw.js").await.text().contains("/editor/"));
    // Without any role the files load, and nothing else.
    let guest = WebRig::with(false, pedald::web::Options::default()).ready().await;
    assert_eq!(guest.get(script).await.status, 200);
    assert!(guest.get("/api/plugins").await.status.is_client_error());
    assert!(guest.get("/api/files").await.status.is_client_error());
}

#[tokio::test]
async fn a_player_loads_boards_and_no_other_folder() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    let saved = rig.form("/pedalboard/save", &[("title", "Song"), ("asNew", "1")]).await;
    let bundle = crate::web_rig::bundle(&saved);
    let mut one = Editor::connect(address, "one").await;
    one.hear("state").await;
    // a board that somebody has put elsewhere, and ways to it
    let outside = rig.place.path().join("outside/Other.pedalboard");
    std::fs::create_dir_all(&outside).unwrap();
    for entry in std::fs::read_dir(&bundle).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        std::fs::copy(entry.path(), outside.join(entry.file_name())).unwrap();
    }
    std::os::unix::fs::symlink(&outside, rig.paths.pedalboards.join("Link.pedalboard")).unwrap();
    let strange = [
        outside.clone(),
        rig.paths.pedalboards.join("../../outside/Other.pedalboard"),
        rig.paths.pedalboards.join("Link.pedalboard"),
        "/etc".into(),
        "".into(),
    ];
    for (at, path) in strange.iter().enumerate() {
        let answer = one.ask(at as u64 + 1, json!({"load_board": {"bundle": path}})).await;
        assert!(
            answer["error"].as_str().is_some_and(|text| text.contains("not among the boards")),
            "{answer}"
        );
        let body = [("bundlepath", path.to_str().unwrap())];
        assert_eq!(
            rig.form("/pedalboard/load_bundle/", &body).await.json()["ok"],
            false,
            "{}",
            path.display()
        );
        let answer = one.ask(at as u64 + 20, json!({"measure_loudness": {"bundles": [path]}})).await;
        assert!(answer["error"].is_string(), "{answer}");
    }
    let answer = one.ask(50, json!({"load_board": {"bundle": bundle}})).await;
    assert_eq!(answer["done"]["board"]["title"], "Song", "{answer}");
}

#[tokio::test]
async fn a_page_that_asks_without_end_is_told_and_loses_no_answer() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    let mut one = Editor::connect(address, "many").await;
    one.hear("state").await;
    // A board whose file is a pipe into which nobody writes: the disk waits, and all that asks it waits behind it.
    let stuck = rig.paths.pedalboards.join("Stuck.pedalboard");
    std::fs::create_dir_all(&stuck).unwrap();
    let pipe = stuck.join("manifest.ttl");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    one.say(json!({"id": 1, "do": {"load_board": {"bundle": stuck}}})).await;
    const ALL: u64 = 200;
    for id in 2..=ALL {
        one.say(json!({"id": id, "do": "list_versions"})).await;
    }
    for _ in 64..ALL {
        let answer = one.hear("id").await;
        let error = answer["error"].as_str().unwrap_or_default();
        assert!(error.contains("wait for their answers already"), "{answer}");
    }
    // The others are answered when the disk goes on.
    tokio::task::spawn_blocking(move || std::fs::write(pipe, "")).await.unwrap().unwrap();
    let mut answered = Vec::new();
    for _ in 0..64 {
        answered.push(one.hear("id").await["id"].as_u64().unwrap());
    }
    answered.sort_unstable();
    assert_eq!(answered, (1..=64).collect::<Vec<_>>());
    assert_eq!(one.ask(ALL + 1, json!("ping")).await["done"], "done", "it goes on as before");
}

#[tokio::test]
async fn a_curve_is_kept_with_the_board_and_lost_by_nobody() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    let mut one = Editor::connect(address, "curve").await;
    one.ask(1, json!({"arrange": {"label": "a", "edits": [add("gain", "gain")]}})).await;
    let gain = json!({"instance": "gain", "symbol": "gain"});
    let binding = json!({"channel": 0, "controller": 11, "min": -20.0, "max": 0.0});
    one.ask(2, json!({"bind": {"port": gain, "binding": binding}})).await;
    let shape = json!({"bend": "slow", "press": "follow"});
    let answer = one.ask(3, json!({"shape": {"port": gain, "shape": shape}})).await;
    assert_eq!(answer["done"], "done", "{answer}");
    let saved = one.ask(4, json!({"save_board": {"title": "Curves", "as_new": true}})).await;
    let bundle = saved["done"]["saved"]["bundle"].as_str().unwrap().to_owned();
    let kept = std::fs::read_to_string(format!("{bundle}/archibald.json")).unwrap();
    assert!(kept.contains("\"slow\""), "{kept}");
    let addressings = std::fs::read_to_string(format!("{bundle}/addressings.json")).unwrap_or_default();
    assert!(!addressings.contains("archibald"), "{addressings}");
    one.ask(5, json!("new_board")).await;
    one.ask(6, json!({"load_board": {"bundle": bundle}})).await;
    let moved = pedald::session::Intent::Controller { channel: 0, controller: 11, value: 64 };
    rig.web.session().ask(pedald::session::Source::Hardware, moved).await.unwrap();
    let value = rig.web.session().state().board.plugins[0].values["gain"];
    let wanted = -20.0 + 20.0 * (64.0_f32 / 127.0).powi(2);
    assert!((value - wanted).abs() < 0.01, "{value}, not {wanted}");
    // it travels in the packed board too
    let packed = rig.get(&format!("/api/board/export?bundlepath={}", crate::web_rig::escaped(&bundle))).await;
    let back = rig.post("/api/board/import", packed.bytes).await.json();
    let copy = std::path::PathBuf::from(back["bundlepath"].as_str().unwrap());
    assert_eq!(std::fs::read_to_string(copy.join("archibald.json")).unwrap(), kept);
}
