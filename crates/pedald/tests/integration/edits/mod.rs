//! Edits in the page beyond the journey: splits on the rail, several plugins at once, boards and versions; faces of plugins
//! and files (`files`).

mod files;

use serde_json::json;

use crate::browser::{Browser, ends_well, skipped};
use crate::editor::{Editor, add, cable, port};
use crate::journey::middle;
use crate::web_rig::WebRig;

/// Cables of the board as `a>b`, sorted.
const CABLES: &str = "pedal.store.board.connections.map(pair => pair.map(end => end.System ?? `${end.Plugin.instance}/${end.Plugin.symbol}`).join('>')).sort().join()";

/// A board of these plugins and cables.
async fn build(rig: &WebRig, address: std::net::SocketAddr, edits: serde_json::Value) {
    let mut one = Editor::connect(address, "build").await;
    let answer = one.ask(1, json!({"arrange": {"label": "build", "edits": edits}})).await;
    assert!(answer["error"].is_null(), "{answer}");
    assert!(!rig.web.session().state().board.plugins.is_empty());
}

fn input(to: serde_json::Value) -> serde_json::Value {
    cable("connect", json!({"System": "capture_1"}), to)
}

fn output(from: serde_json::Value) -> serde_json::Value {
    cable("connect", from, json!({"System": "playback_1"}))
}

/// Chooses from the menu of the card with this name.
async fn card_menu(page: &mut Browser, name: &str, item: &str) {
    page.click(&format!("[aria-label='More about {name}']")).await;
    page.click_text("dialog .menu-item", item).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_is_split_in_two_rails_and_joined_again() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    build(
        &rig,
        address,
        json!([add("Gain", "gain"), input(port("Gain", "in")), output(port("Gain", "out"))]),
    )
    .await;
    let Some(mut page) = Browser::open(address, "chain", 360, 740).await else { return skipped() };
    page.until("document.querySelectorAll('.card').length === 1").await;
    // Beside it: both get the guitar, both are heard; the rails have letters.
    card_menu(&mut page, "Gain", "split A/B").await;
    page.click_text("dialog .shelf-item", "Filter").await;
    page.click("dialog.panel-sheet [aria-label=Close]").await;
    page.until("document.querySelectorAll('.split .card').length === 2").await;
    let rails = "[...document.querySelectorAll('.split .card-open')].map(one => one.dataset.rail).join()";
    assert_eq!(page.value(rails).await, json!("A,B"));
    let split = "Filter/out>playback_1,Gain/out>playback_1,capture_1>Filter/in,capture_1>Gain/in";
    assert_eq!(page.value(CABLES).await, json!(split));
    // What comes below a split is heard behind both rails.
    page.click(".split .plus").await;
    page.click_text("dialog .shelf-item", "Amp").await;
    page.click("dialog.panel-sheet [aria-label=Close]").await;
    let joined = "Amp/out>playback_1,Filter/out>Amp/in,Gain/out>Amp/in,capture_1>Filter/in,capture_1>Gain/in";
    page.until(&format!("{CABLES} === '{joined}'")).await;
    // A rail that goes leaves the other, and no dry sound beside it.
    card_menu(&mut page, "Filter", "Take off").await;
    page.until(&format!("{CABLES} === 'Amp/out>playback_1,Gain/out>Amp/in,capture_1>Gain/in'")).await;
    // The only way through is bridged.
    card_menu(&mut page, "Amp", "Take off").await;
    page.until(&format!("{CABLES} === 'Gain/out>playback_1,capture_1>Gain/in'")).await;
    for _ in 0..2 {
        page.click("#top .undo").await;
    }
    page.until("document.querySelectorAll('.card').length === 3").await;
    // Into the split and out of it by moving.
    card_menu(&mut page, "Filter", "Out of the split").await;
    let chain = "Amp/out>playback_1,Filter/out>Amp/in,Gain/out>Filter/in,capture_1>Gain/in";
    page.until(&format!("{CABLES} === '{chain}'")).await;
    card_menu(&mut page, "Filter", "Move beside Gain").await;
    page.until(&format!("{CABLES} === '{joined}'")).await;
    // And in the order of a chain.
    card_menu(&mut page, "Amp", "Move up").await;
    let first =
        "Amp/out>Filter/in,Amp/out>Gain/in,Filter/out>playback_1,Gain/out>playback_1,capture_1>Amp/in";
    page.until(&format!("{CABLES} === '{first}'")).await;
    ends_well(&mut page, &rig.web).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_plugins_are_chosen_aligned_duplicated_and_taken_off_in_the_drawing() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    let place = |name: &str, plugin: &str, x: f64, y: f64| json!({"add": {"instance": name, "uri": format!("urn:fake:{plugin}"), "position": [x, y]}});
    let edits = json!([
        place("one", "gain", 100.0, 100.0),
        place("two", "filter", 420.0, 220.0),
        place("far", "amp", 300.0, 620.0),
        cable("connect", port("one", "out"), port("two", "in")),
    ]);
    build(&rig, address, edits).await;
    let Some(mut page) = Browser::open(address, "graph", 1600, 900).await else { return skipped() };
    page.until("document.querySelectorAll('.node .port').length === 7").await;
    page.settle().await;
    // A frame around two of them, with Shift.
    let corner = |name: &str, side: &str| {
        format!(
            "(() => {{ const b = document.querySelector('[data-instance={name}]').getBoundingClientRect(); return {side}; }})()"
        )
    };
    let from = page.value(&corner("one", "[b.left - 20, b.top - 12]")).await;
    let to = page.value(&corner("two", "[b.right + 12, b.bottom + 12]")).await;
    page.drag_with(&from, &to, 8).await;
    page.until("document.querySelectorAll('.node.chosen').length === 2").await;
    page.click(".graph-tools [aria-label^=Align]").await;
    let row = "pedal.store.board.plugins.slice(0, 2).map(one => one.position.join(':')).join()";
    page.until(&format!("{row} === '100:160,372:160'")).await;
    // Duplicated with the cable between them; undo takes all of it back at once.
    page.click(".graph-tools [aria-label=Duplicate]").await;
    page.until("pedal.store.board.plugins.length === 5 && pedal.store.board.connections.length === 2").await;
    page.until("document.querySelectorAll('.node.chosen').length === 2").await;
    page.value("document.querySelector('.canvas').focus()").await;
    page.key("Delete", 0).await;
    page.until("pedal.store.board.plugins.length === 3").await;
    page.click("#top .undo").await;
    page.until("pedal.store.board.plugins.length === 5 && pedal.store.board.connections.length === 2").await;
    page.click("#top .undo").await;
    page.until("pedal.store.board.plugins.length === 3").await;
    // By the keyboard: all of them, a step down.
    page.value("document.querySelector('.canvas').focus()").await;
    page.key("a", 2).await;
    page.until("document.querySelectorAll('.node.chosen').length === 3").await;
    page.key("ArrowDown", 0).await;
    page.until("pedal.store.board.plugins[2].position.join(':') === '300:630'").await;
    // Cables from port to port by the keyboard.
    for name in ["capture_1", "one/in"] {
        page.value(&format!("document.querySelector('[data-port=\"{name}\"]').focus()")).await;
        for kind in ["rawKeyDown", "char", "keyUp"] {
            let event = json!({"type": kind, "key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13});
            page.call("Input.dispatchKeyEvent", event).await;
        }
    }
    page.until(&format!("{CABLES}.includes('capture_1>one/in')")).await;
    // The map: touched at its edge, the drawing goes there.
    let before = page.value("document.querySelector('.world').style.transform").await;
    let edge = page.value("(() => { const b = document.querySelector('.minimap').getBoundingClientRect(); return [b.right - 6, b.bottom - 6]; })()").await;
    page.drag(&edge, &edge).await;
    assert_ne!(page.value("document.querySelector('.world').style.transform").await, before);
    // A window that shrinks loses the shelf beside the drawing, and gets it back.
    let narrow = json!({"width": 900, "height": 800, "deviceScaleFactor": 1, "mobile": false});
    page.call("Emulation.setDeviceMetricsOverride", narrow).await;
    page.until(
        "document.querySelector('.shelf-drawer').hidden && document.querySelector('.add-tool').offsetParent",
    )
    .await;
    let wide = json!({"width": 1600, "height": 900, "deviceScaleFactor": 1, "mobile": false});
    page.call("Emulation.setDeviceMetricsOverride", wide).await;
    page.until("document.querySelectorAll('.shelf-drawer .shelf-item').length === 4").await;
    ends_well(&mut page, &rig.web).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_board_is_renamed_looked_into_and_has_versions_that_go() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    build(&rig, address, json!([add("gain", "gain"), add("delay", "delay")])).await;
    let mut one = Editor::connect(address, "boards").await;
    one.ask(1, json!({"save_board": {"title": "First", "as_new": true}})).await;
    let first = rig.web.session().state().board.bundle.clone().unwrap();
    one.ask(2, json!({"set_banks": [{"title": "Gig", "boards": [first]}]})).await;
    one.ask(3, json!({"save_board": {"title": "Second", "as_new": true}})).await;
    one.ask(4, json!({"keep_version": {"name": "as it was"}})).await;
    let Some(mut page) = Browser::open(address, "play", 360, 740).await else { return skipped() };
    page.dialog("boards", "openBoards()").await;
    let rename = async |page: &mut Browser, from: &str, to: &str| {
        page.click(&format!("dialog [aria-label='More about {from}']")).await;
        page.click_text("dialog .menu-item", "Rename").await;
        page.until("document.querySelector('dialog form input')").await;
        page.value("document.querySelector('dialog form input').select()").await;
        page.write(to).await;
        page.click("dialog form .primary").await;
        page.until(&format!("pedal.store.state.library.boards.some(one => one.title === '{to}')")).await;
        page.until(&format!("document.querySelector(\"dialog [aria-label='More about {to}']\")")).await;
    };
    rename(&mut page, "First", "Opener").await;
    rename(&mut page, "Second", "Closer").await;
    assert_eq!(page.value("pedal.store.board.title").await, json!("Closer"), "the one that plays");
    // The folder stays: the bank still has it.
    let bank = &rig.web.session().state().library.banks[0].boards;
    assert_eq!(bank, std::slice::from_ref(&first));
    let read = rig.get(&format!("/pedalboard/info/?bundlepath={}", first.display())).await.json();
    assert_eq!(read["title"], "Opener");
    // Its plugins, without loading it.
    page.click("dialog [aria-label='More about Opener']").await;
    page.click_text("dialog .menu-item", "What is in it").await;
    page.until("[...document.querySelectorAll('.inside .set-title')].map(one => one.textContent).sort().join() === 'Delay,Gain'")
        .await;
    assert_eq!(page.value("pedal.store.board.title").await, json!("Closer"));
    page.close_dialogs().await;
    // A version goes when it is asked for twice.
    page.dialog("versions", "openVersions()").await;
    page.click("dialog [aria-label='Delete as it was']").await;
    page.click_text("dialog .primary.danger", "Delete").await;
    page.until("!document.querySelector(\"[aria-label='Delete as it was']\")").await;
    let left = one.ask(9, json!("list_versions")).await;
    assert!(!left["done"].to_string().contains("as it was"), "{left}");
    // A title that is none, and boards that are not the player's.
    for (bundle, title, status) in
        [(first.clone(), " ", 400), ("/etc".into(), "x", 404), (first.join("../First.pedalboard"), "x", 404)]
    {
        let body = json!({"bundle": bundle, "title": title}).to_string();
        assert_eq!(rig.post("/api/board/rename", body).await.status, status, "{}", bundle.display());
    }
    ends_well(&mut page, &rig.web).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cable_is_taken_away_where_it_is_touched() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    build(&rig, address, json!([add("gain", "gain"), input(port("gain", "in"))])).await;
    let Some(mut page) = Browser::open(address, "graph", 1440, 900).await else { return skipped() };
    page.until("document.querySelector('.cable-hit')?.getAttribute('d')").await;
    page.settle().await;
    let [from, to] = ["[data-port=capture_1] .dot", "[data-port='gain/in'] .dot"].map(middle);
    let half = page
        .value(&format!(
            "(() => {{ const a = {from}, b = {to}; return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]; }})()"
        ))
        .await;
    page.drag(&half, &half).await;
    page.until("document.querySelector('.cable.chosen')").await;
    page.click(".graph-tools [aria-label='Take the cable away']").await;
    page.until("pedal.store.board.connections.length === 0").await;
    page.click("#top .undo").await;
    page.until("pedal.store.board.connections.length === 1").await;
}
