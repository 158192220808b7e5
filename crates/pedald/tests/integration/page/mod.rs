//! The page around the board: the machine below it and what each role sees (`machine`), the asset store; a tab that
//! sleeps, a long time without the pedal, and that nothing jumps.

mod machine;

use std::sync::Arc;

use pedald::session::{Intent, Source};
use pedald::web::{NoMachine, Options};
use serde_json::json;

use crate::browser::{Browser, ends_well, skipped};
use crate::editor::{Editor, add, cable, port};
use crate::web_rig::WebRig;
use crate::wire::Wire;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_come_from_the_asset_store_and_go_there() {
    let place = tempfile::tempdir().unwrap();
    let (assets, _) = crate::assets::store(place.path(), crate::assets::TOKEN).await;
    let own = place.path().join("own.nam");
    std::fs::write(&own, "{}").unwrap();
    for name in ["amps/twin.nam", "cabs/open.wav", "notes/read.txt"] {
        assets.put(name, &own).await.unwrap();
    }
    let rig =
        WebRig::with(true, Options { assets: Some(assets.clone()), ..Options::default() }).ready().await;
    let address = rig.serve().await;
    let Some(mut page) = Browser::open(address, "play", 360, 740).await else { return skipped() };
    page.listen().await;
    page.dialog("files", "openFiles()").await;
    page.click_text("dialog button", "Asset store").await;
    page.until("document.querySelectorAll('dialog .asset').length === 3").await;
    page.value("document.querySelector('[aria-label=\"Path in the store\"]').focus()").await;
    page.write("amps/").await;
    page.until("document.querySelectorAll('dialog .asset').length === 1").await;
    page.click("dialog [aria-label='Fetch twin.nam']").await;
    page.hears("NAM Models/twin.nam").await;
    assert!(rig.paths.user_files.join("NAM Models/twin.nam").exists());
    // Several folders take sounds: the player chooses.
    page.value("document.querySelector('[aria-label=\"Path in the store\"]').select()").await;
    page.write("cabs").await;
    page.click("dialog [aria-label='Fetch open.wav']").await;
    page.until("document.querySelector('dialog .menu-item')?.textContent && document.querySelectorAll('dialog').length === 3").await;
    let folder = page.value("document.querySelector('dialog .menu .menu-item').textContent").await;
    page.click("dialog .menu .menu-item").await;
    page.hears("open.wav is on").await;
    assert!(rig.paths.user_files.join(folder.as_str().unwrap()).join("open.wav").exists());
    assert_eq!(page.value("document.documentElement.scrollWidth").await, json!(360));
    // And one of the player's goes there.
    page.click("dialog:last-of-type [aria-label=Close]").await;
    page.until("document.querySelectorAll('dialog').length === 1").await;
    page.value("document.querySelectorAll('dialog details').forEach(one => { one.open = true; })").await;
    page.click("dialog [aria-label='Preview twin.nam']").await;
    page.click_text("dialog button", "Put into the asset store").await;
    page.until("document.querySelector('dialog form input')").await;
    page.value("document.querySelector('dialog form input').select()").await;
    page.write("back/again.nam").await;
    page.click("dialog form .primary").await;
    page.hears("back/again.nam is in the store").await;
    let found = rig.get("/api/assets?prefix=back/").await.json();
    assert_eq!(found["entries"][0]["path"], "back/again.nam");
    assert_eq!(page.complaints, Vec::<String>::new());
}

/// A board with a plugin of each kind, and cables.
async fn furnish(rig: &WebRig, address: std::net::SocketAddr) {
    let mut one = Editor::connect(address, "furnish").await;
    let edits = json!([
        add("gain", "gain"),
        add("delay", "delay"),
        cable("connect", json!({"System": "capture_1"}), port("gain", "in")),
        cable("connect", port("gain", "out"), port("delay", "in")),
        cable("connect", port("delay", "left"), json!({"System": "playback_1"})),
    ]);
    one.ask(1, json!({"arrange": {"label": "build", "edits": edits}})).await;
    one.ask(2, json!({"save_snapshot_as": {"name": "Loud"}})).await;
    let saved = one.ask(3, json!({"save_board": {"title": "Song", "as_new": true}})).await;
    assert!(saved["error"].is_null(), "{saved}");
    assert_eq!(rig.web.session().state().board.plugins.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_time_without_the_pedal_loses_nothing() {
    let rig = WebRig::new().ready().await;
    let server = rig.serve().await;
    furnish(&rig, server).await;
    let (wire, address) = Wire::to(server).await;
    let Some(mut page) = Browser::open(address, "play", 1440, 900).await else { return skipped() };
    wire.cut();
    page.until("!pedal.store.online").await;
    // A dial that is turned for seconds, and more than the pedal takes of one page at once, in their order.
    page.value(
        "import(document.querySelector('script[type=module]').src.replace('main.js', 'link.js')).then(async link => { \
         for (let n = 0; n < 120; n++) { link.turn({ instance: 'gain', symbol: 'gain' }, n / 10); await new Promise(done => setTimeout(done, 4)); } \
         window.failed = 0; \
         for (let n = 0; n < 150; n++) link.ask({ save_snapshot_as: { name: `away ${n}` } }).catch(() => { window.failed++; }); \
         link.turn({ instance: 'gain', symbol: 'gain' }, -12); return 1; })",
    )
    .await;
    assert_eq!(rig.web.session().state().board.plugins[0].values["gain"].to_bits(), 0.0_f32.to_bits());
    wire.mend();
    page.until("pedal.store.online && pedal.store.board.snapshots.length === 152").await;
    page.until("pedal.store.board.plugins[0].values.gain === -12").await;
    let state = rig.web.session().state();
    let names: Vec<_> = state.board.snapshots[2..].iter().map(|one| one.name.clone()).collect();
    assert_eq!(names, (0..150).map(|n| format!("away {n}")).collect::<Vec<_>>(), "in order, each once");
    // What was turned before them is in them.
    assert!(format!("{:?}", state.board.snapshots[2]).contains("11.9"), "{:?}", state.board.snapshots[2]);
    assert_eq!(page.value("[failed, document.querySelectorAll('.toast.error').length]").await, json!([0, 0]));
    ends_well(&mut page, &rig.web).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tab_that_slept_shows_what_is_when_it_wakes_up() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    furnish(&rig, address).await;
    let Some(mut page) = Browser::open(address, "play", 1440, 900).await else { return skipped() };
    page.until("document.querySelectorAll('.tile').length === 2").await;
    page.call("Page.setWebLifecycleState", json!({"state": "frozen"})).await;
    // Much more than is drawn in a frame, and more than the session keeps for one listener.
    let session = rig.web.session();
    for n in 0..3000_u16 {
        let port = pedald::session::ControlPort::new("gain", if n % 2 == 0 { "gain" } else { ":bypass" });
        let value = if n % 2 == 0 { f32::from(n % 20) } else { f32::from(u8::from(n % 4 == 1)) };
        session.ask(Source::Hardware, Intent::Set { port, value }).await.unwrap();
    }
    let bypassed = session.state().board.plugins[0].bypassed;
    session.ask(Source::Hardware, Intent::SaveSnapshotAs { name: "Meanwhile".into() }).await.unwrap();
    assert_eq!(page.value("pedal.store.board.snapshots.length").await, json!(2), "it hears nothing");
    page.call("Page.setWebLifecycleState", json!({"state": "active"})).await;
    // chromium leaves it hidden; somebody looks at it again
    page.call("Emulation.setFocusEmulationEnabled", json!({"enabled": true})).await;
    page.until("document.querySelectorAll('.snapshot').length === 3").await;
    page.until(&format!("document.querySelector('.tile').getAttribute('aria-pressed') === '{}'", !bypassed))
        .await;
    ends_well(&mut page, &rig.web).await;
}

/// Sum of what has moved by itself, as browsers count it.
const SHIFTS: &str = "new Promise(done => { const all = []; const watch = new PerformanceObserver(list => all.push(...list.getEntries())); \
     watch.observe({ type: 'layout-shift', buffered: true }); setTimeout(() => { watch.disconnect(); \
     done(all.filter(one => !one.hadRecentInput).map(one => [one.value, one.sources.map(source => source.node?.className ?? source.node?.nodeName)])); }, 300); })";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_jumps_while_the_page_comes_up_or_the_pedal_moves() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    furnish(&rig, address).await;
    for (width, height) in [(360, 740), (1440, 900)] {
        for (zoom, look) in [("play", ".tile"), ("chain", ".card"), ("graph", ".node .port")] {
            let Some(mut page) = Browser::open(address, zoom, width, height).await else { return skipped() };
            page.until(&format!("document.querySelector('{look}')")).await;
            page.settle().await;
            let session = rig.web.session();
            for n in 0..6_u8 {
                let port = pedald::session::ControlPort::new("gain", ":bypass");
                session.ask(Source::Hardware, Intent::Set { port, value: f32::from(n % 2) }).await.unwrap();
                session.ask(Source::Hardware, Intent::SetTempo(90.0 + f64::from(n) * 11.3)).await.unwrap();
                session
                    .ask(Source::Hardware, Intent::LoadSnapshot(pedald::session::Step::Next))
                    .await
                    .unwrap();
                page.settle().await;
            }
            let shifts = page.value(SHIFTS).await;
            let sum: f64 = shifts.as_array().unwrap().iter().map(|one| one[0].as_f64().unwrap()).sum();
            assert!(sum < 0.01, "{zoom} at {width}: {shifts}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_that_is_held_does_its_other_thing_and_the_tuner_is_at_hand() {
    let (rig, _hand) = WebRig::new().ready().await.with_pedal();
    let address = rig.serve().await;
    let Some(mut page) = Browser::open(address, "play", 360, 740).await else { return skipped() };
    page.until("document.querySelectorAll('.tile').length === 4").await;
    page.value("window.sent = []; window.fetch = (url, options) => { sent.push(`${url} ${options?.body}`); return Promise.resolve(new Response('true')); }; 1").await;
    let place = page.value(&crate::journey::middle(".tile")).await;
    page.mouse_with("mousePressed", &place, 0).await;
    page.until("sent.length === 1").await;
    page.mouse_with("mouseReleased", &place, 0).await;
    page.click(".tile:nth-child(2)").await;
    page.until("sent.length === 2").await;
    assert_eq!(
        page.value("sent").await,
        json!([r#"/api/press {"switch":0,"hold":true}"#, r#"/api/press {"switch":1,"hold":false}"#])
    );
    page.click_text(".tempo button", "Tuner").await;
    page.until("document.querySelector('dialog .tuner') && pedal.store.state.tuner.on").await;
    page.close_dialogs().await;
    page.until("!pedal.store.state.tuner.on").await;
    // What has no room in the head of a phone is in its menu.
    page.click("#top [aria-label=More]").await;
    page.click_text("dialog .menu-item", "Tuner").await;
    page.until("document.querySelector('dialog .tuner')").await;
    assert_eq!(page.complaints, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_can_be_installed() {
    let rig = WebRig::with_machine(true, Options::default(), Arc::new(NoMachine)).ready().await;
    let address = rig.serve().await;
    let Some(mut page) = Browser::open(address, "play", 360, 740).await else { return skipped() };
    page.value("navigator.serviceWorker.ready.then(() => 1)").await;
    let found = page.call("Page.getInstallabilityErrors", json!({})).await;
    // a browser without a head has only profiles that keep nothing
    let errors = found["installabilityErrors"].as_array().unwrap().iter();
    let errors: Vec<_> = errors.map(|one| &one["errorId"]).filter(|id| *id != "in-incognito").collect();
    assert!(errors.is_empty(), "{errors:?}");
}
