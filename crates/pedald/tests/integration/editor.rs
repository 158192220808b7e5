//! The editor: its socket and routes, and the page in a browser.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::browser::{Browser, skipped};
use crate::web_rig::WebRig;

struct Editor(tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>);

impl Editor {
    async fn connect(address: std::net::SocketAddr, name: &str) -> Self {
        let url = format!("ws://{address}/api/ws?editor={name}");
        Self(tokio_tungstenite::connect_async(url).await.unwrap().0)
    }

    async fn say(&mut self, value: Value) {
        self.0.send(Message::text(value.to_string())).await.unwrap();
    }

    /// The next message that has this field.
    async fn hear(&mut self, field: &str) -> Value {
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

    async fn ask(&mut self, id: u64, intent: Value) -> Value {
        self.say(json!({"id": id, "do": intent})).await;
        loop {
            let answer = self.hear("id").await;
            if answer["id"] == id {
                return answer;
            }
        }
    }
}

fn add(instance: &str, plugin: &str) -> Value {
    json!({"add": {"instance": instance, "uri": format!("urn:fake:{plugin}"), "position": [10.0, 20.0]}})
}

fn cable(kind: &str, source: Value, target: Value) -> Value {
    json!({kind: {"source": source, "target": target}})
}

fn port(instance: &str, symbol: &str) -> Value {
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

#[ignore = "fails: after the pedal moved, the dialog that learns a control stays open; page or test, not found yet"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_board_is_built_assigned_saved_reloaded_and_undone_on_a_desktop() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    let Some(mut page) = Browser::open(address, "graph", 1440, 900).await else { return skipped() };
    // From nothing: two plugins from the shelf. The first sounds at once, the second comes behind it.
    page.click(".shelf-item:nth-of-type(1)").await;
    page.until("pedal.store.board.plugins.length === 1").await;
    let wired = "pedal.store.board.connections.length";
    assert_eq!(page.value(wired).await, json!(3), "in, and both outputs");
    page.value("document.querySelector('.shelf-drawer input').focus()").await;
    page.write("gain").await;
    page.until("document.querySelectorAll('.shelf-item').length === 1").await;
    // Dragged over the drawing.
    let from = page.value("(() => { const b = document.querySelector('.shelf-item').getBoundingClientRect(); return [b.x + 80, b.y + 20]; })()").await;
    let to = page.value("(() => { const b = document.querySelector('.canvas').getBoundingClientRect(); return [b.x + b.width * 0.8, b.y + b.height * 0.6]; })()").await;
    page.drag(&from, &to).await;
    page.until("pedal.store.board.plugins.length === 2").await;
    page.until(
        "document.querySelectorAll('.node').length === 2 && document.querySelector('.graph-side .knob')",
    )
    .await;
    settle(&mut page).await;
    let instance = page.value("pedal.store.board.plugins[1].instance").await;
    let instance = instance.as_str().unwrap().to_owned();
    // A cable by hand: from the second input to the plugin, and away again.
    let before = page.value(wired).await.as_u64().unwrap();
    let middle = |port: &str| {
        format!(
            "(() => {{ const b = document.querySelector('[data-port=\"{port}\"] .dot').getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()"
        )
    };
    let from = page.value(&middle("capture_2")).await;
    let to = page.value(&middle(&format!("{instance}/in"))).await;
    page.drag(&from, &to).await;
    page.until(&format!("{wired} === {}", before + 1)).await;
    page.key("z", 2).await;
    page.until(&format!("{wired} === {before}")).await;
    // Assign its control: touch it, then move the pedal.
    page.click(&format!(".node[data-key=\"{instance}\"] .node-open")).await;
    page.click(".graph-side [data-symbol=gain] .assign").await;
    page.click("dialog .big").await;
    page.until("pedal.store.state.learning.length === 1").await;
    let moved = pedald::session::Intent::Controller { channel: 0, controller: 64, value: 127 };
    rig.web.session().ask(pedald::session::Source::Hardware, moved).await.unwrap();
    page.until("!document.querySelector('dialog')").await;
    let bound = page
        .value(&format!(
            "pedal.store.board.plugins.find(one => one.instance === '{instance}').midi.gain.controller"
        ))
        .await;
    assert_eq!(bound, json!(64));
    // Save under a title, load the page anew: all is there.
    page.click("#top .save").await;
    page.until("document.querySelector('dialog input')").await;
    page.value("document.querySelector('dialog input').select()").await;
    page.write("From nothing").await;
    page.click("dialog .primary").await;
    page.until("pedal.store.board.title === 'From nothing' && !pedal.store.state.unsaved").await;
    page.call("Page.reload", json!({})).await;
    page.until("window.pedal?.store.online && document.querySelectorAll('.node').length === 2").await;
    assert_eq!(page.value("document.querySelector('.board-name').textContent").await, json!("From nothing"));
    // Take a plugin off; undo brings it back with its cables and its binding.
    let cables = page.value(wired).await;
    page.click(&format!(".node[data-key=\"{instance}\"] .node-open")).await;
    page.click(".graph-tools button:last-child").await;
    page.until("pedal.store.board.plugins.length === 1").await;
    page.click("#top .undo").await;
    page.until("pedal.store.board.plugins.length === 2").await;
    assert_eq!(page.value(wired).await, cables);
    assert_eq!(page.complaints, Vec::<String>::new());
}

#[ignore = "fails: four plugins are shown on the shelf of the phone, and the test does not count them; not found yet"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_and_a_desktop_stay_in_step_and_nothing_is_lost_without_a_connection() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    let Some(mut phone) = Browser::open(address, "chain", 360, 740).await else { return skipped() };
    let mut desk = Browser::open(address, "play", 1440, 900).await.expect("the first came up");
    phone.click(".rail .plus").await;
    phone.until("document.querySelectorAll('dialog .shelf-item').length === 4").await;
    phone.click("dialog .shelf-item").await;
    phone.until("document.querySelectorAll('.card').length === 1").await;
    desk.until("document.querySelectorAll('.tile').length === 1").await;
    // On the desktop it is switched off; the phone shows it.
    desk.click(".tile").await;
    phone.until("document.querySelector('.card.bypassed')").await;
    // The phone's connection is cut; what is done meanwhile is done when it is back, once.
    phone.until("document.querySelector('dialog [aria-label=Close]')").await;
    phone.click("dialog [aria-label=Close]").await;
    let before = phone.value("pedal.store.hello.client").await;
    phone.value("pedal.cut(); document.querySelector('.card-lamp').click()").await;
    phone.until(&format!("pedal.store.online && pedal.store.hello.client !== {before}")).await;
    desk.until("document.querySelector('.tile[aria-pressed=true]')").await;
    assert!(!rig.web.session().state().board.plugins[0].bypassed);
    // Everything that can be touched is large enough, and nothing sticks out.
    let small = phone
        .value(
            "[...document.querySelectorAll('button, a, input, select')].filter(one => one.offsetParent && !one.closest('.hidden, .skip')) \
             .map(one => [one, one.getBoundingClientRect()]).filter(([, box]) => box.width < 44 || box.height < 43.5) \
             .map(([one, box]) => `${one.className} ${box.width}x${box.height}`)",
        )
        .await;
    assert_eq!(small, json!([]));
    assert_eq!(phone.value("document.documentElement.scrollWidth").await, json!(360));
    assert_eq!((&phone.complaints, &desk.complaints), (&Vec::new(), &Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_view_passes_axe() {
    let axe =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web-tests/node_modules/axe-core/axe.min.js");
    let Ok(axe) = std::fs::read_to_string(&axe) else {
        eprintln!("skipped: axe-core is not installed; run `npm ci` in crates/pedald/web-tests");
        return;
    };
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    rig.get("/effect/add//graph/delay?uri=urn:fake:delay&x=200&y=160").await;
    rig.get("/effect/connect//graph/capture_1,/graph/delay/in").await;
    for (width, height) in [(360, 740), (1440, 900)] {
        let Some(mut page) = Browser::open(address, "play", width, height).await else { return skipped() };
        page.value(&axe).await;
        for (zoom, look) in [("play", ".tile"), ("chain", ".card"), ("graph", ".node")] {
            page.value(&format!("location.hash = '{zoom}'")).await;
            page.until(&format!("document.querySelector('{look}')")).await;
            check(&mut page, zoom).await;
            if zoom == "chain" {
                page.click(".card-open").await;
                page.until("document.querySelector('.knob')").await;
                check(&mut page, "panel").await;
                page.value("document.querySelector('[data-symbol=time] .assign').click()").await;
                page.until("document.querySelector('dialog .big')").await;
                check(&mut page, "assign").await;
                page.value(
                    "document.querySelectorAll('dialog [aria-label=Close]').forEach(one => one.click())",
                )
                .await;
                page.value("document.querySelector('.rail .plus').click()").await;
                page.until("document.querySelector('dialog .shelf-item')").await;
                check(&mut page, "shelf").await;
                page.value(
                    "document.querySelectorAll('dialog [aria-label=Close]').forEach(one => one.click())",
                )
                .await;
            }
        }
        for theme in ["light", "dark"] {
            page.value(&format!("document.documentElement.dataset.theme = '{theme}'")).await;
            page.value("location.hash = 'play'").await;
            page.until("document.querySelector('.tile')").await;
            check(&mut page, theme).await;
        }
    }
}

/// What was to be drawn is drawn.
async fn settle(page: &mut Browser) {
    page.value("new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => done(1))), 100))").await;
}

async fn check(page: &mut Browser, what: &str) {
    // Colours that are on their way would be measured half way.
    page.value("Promise.all(document.getAnimations().map(one => one.finished.catch(() => {})))").await;
    let found = page
        .value(
            "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }) \
             .then(found => found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html.slice(0, 160) + node.failureSummary).join(' | ')}`))",
        )
        .await;
    assert_eq!(found, json!([]), "{what}");
}
