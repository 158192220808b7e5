//! The page around the board: the machine below it, the asset store, what each role sees; a tab that sleeps, a long time
//! without the pedal, and that nothing jumps.

use std::sync::{Arc, Mutex};

use pedald::access::Role;
use pedald::display::{MachineDeed, RoundTrip, UpdateStatus};
use pedald::session::{Intent, Source};
use pedald::web::{Machine, MachineError, NoMachine, Options};
use serde_json::json;

use crate::browser::{Browser, ends_well, skipped};
use crate::editor::{Editor, add, cable, port};
use crate::web_rig::WebRig;
use crate::wire::Wire;

/// A machine that notes what it shall do.
#[derive(Default)]
struct Noted {
    deeds: Mutex<Vec<MachineDeed>>,
    update: Mutex<UpdateStatus>,
}

impl Noted {
    fn deeds(&self) -> Vec<MachineDeed> {
        self.deeds.lock().unwrap().clone()
    }
}

impl Machine for Noted {
    fn perform(&self, deed: MachineDeed) -> Result<String, MachineError> {
        if deed == MachineDeed::Restore {
            return Err(MachineError("there is no stick in the pedal – put one in".into()));
        }
        self.deeds.lock().unwrap().push(deed);
        Ok(format!("{deed:?} is on its way"))
    }
    fn chosen(&self) -> (Option<u32>, Option<u32>) {
        (Some(128), Some(48_000))
    }
    fn update(&self) -> UpdateStatus {
        self.update.lock().unwrap().clone()
    }
    fn round_trip(&self) -> Option<RoundTrip> {
        Some(RoundTrip { ms: 7.4, period: 128, rate: 48_000 })
    }
}

/// Says yes to what is asked.
async fn agree(page: &mut Browser, words: &str) {
    page.click_text("dialog .primary.danger", words).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_machine_is_looked_after_by_who_may_do_everything() {
    let machine = Arc::new(Noted::default());
    *machine.update.lock().unwrap() = UpdateStatus {
        present: Some("2026-11-01".into()),
        available: Some("2026-12-01".into()),
        ..UpdateStatus::default()
    };
    let (rig, desk) = WebRig::strict(Options::default(), machine.clone());
    let rig = rig.ready().await;
    let address = rig.serve().await;
    let admin = desk.admit("Desk", Role::Admin).unwrap().0.text();
    let Some(mut page) = Browser::open_as(address, "play", 360, 740, Some(&admin)).await else {
        return skipped();
    };
    page.listen().await;
    page.dialog("settings", "openSettings()").await;
    page.click_text("dialog button", "Sound card").await;
    page.until(
        "document.querySelector('dialog .facts')?.innerText.includes('7.4 ms, measured at 128 frames')",
    )
    .await;
    page.choose("dialog .field-row", "Period", "64").await;
    page.choose("dialog .field-row", "Rate", "96000").await;
    page.click_text("dialog .primary", "Use these").await;
    assert_eq!(machine.deeds(), [], "it asks first");
    agree(&mut page, "Change").await;
    page.hears("Period(64)").await;
    assert_eq!(machine.deeds(), [MachineDeed::Rate(96_000), MachineDeed::Period(64)]);
    page.close_dialogs().await;

    page.dialog("machine", "openUpdate()").await;
    page.until("document.querySelector('dialog .facts')?.innerText.includes('2026-12-01')").await;
    page.click_text("dialog button", "Look for an update").await;
    page.click_text("dialog button", "Install").await;
    agree(&mut page, "Install").await;
    page.hears("InstallUpdate").await;
    assert_eq!(machine.deeds()[2..], [MachineDeed::CheckUpdate, MachineDeed::InstallUpdate]);
    // What the updater does meanwhile is seen without closing it.
    *machine.update.lock().unwrap() = UpdateStatus {
        present: Some("2026-11-01".into()),
        previous: Some("2026-10-01".into()),
        staged: Some("2026-12-01".into()),
        failed: Some("the last one was undone".into()),
        ..UpdateStatus::default()
    };
    page.until("document.querySelector('dialog .fault')?.textContent === 'the last one was undone'").await;
    page.click_text("dialog button", "Go back").await;
    agree(&mut page, "Go back").await;
    page.click_text("dialog button", "Restart into it").await;
    agree(&mut page, "Restart").await;
    page.close_dialogs().await;

    page.dialog("machine", "openMachine()").await;
    page.click_text("dialog button", "Back up").await;
    page.click_text("dialog button", "Restore").await;
    agree(&mut page, "Restore").await;
    page.hears("there is no stick in the pedal – put one in").await;
    page.click_text("dialog button", "Start it anew").await;
    page.hears("RestartEngine").await;
    page.click_text("dialog button", "Power off").await;
    // Not that: closed without an answer.
    page.click_text("dialog button", "Keep").await;
    page.until("document.querySelectorAll('dialog').length === 1").await;
    let wanted =
        [MachineDeed::RollBack, MachineDeed::Reboot, MachineDeed::Backup, MachineDeed::RestartEngine];
    assert_eq!(machine.deeds()[4..], wanted);
    assert_eq!(page.complaints, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_plays_sees_what_is_for_players_and_a_new_role_shows_at_once() {
    let machine = Arc::new(Noted::default());
    let (rig, desk) = WebRig::strict(Options::default(), machine.clone());
    let rig = rig.ready().await;
    let address = rig.serve().await;
    for intent in [
        json!({"arrange": {"label": "build", "edits": [add("gain", "gain")]}}),
        json!({"save_board": {"title": "Song", "as_new": true}}),
    ] {
        let intent: Intent = serde_json::from_value(intent).unwrap();
        rig.web.session().ask(Source::Rest, intent).await.unwrap();
    }
    let (token, client) = desk.admit("Tablet", Role::Player).unwrap();
    let Some(mut page) = Browser::open_as(address, "chain", 360, 740, Some(&token.text())).await else {
        return skipped();
    };
    page.until("document.querySelector('.card')").await;
    let seen = "[...document.querySelectorAll('.card-more, .assign, #top .undo, #top .save')].filter(one => one.checkVisibility({ visibilityProperty: true })).length";
    page.click(".card-open").await;
    page.until("document.querySelector('dialog .knob')").await;
    assert_eq!(page.value(seen).await, json!(0));
    page.click("dialog [aria-label=More]").await;
    page.until("document.querySelectorAll('dialog .menu-item').length > 0").await;
    assert_eq!(
        page.value("[...document.querySelectorAll('dialog .menu-item')].map(one => one.textContent)").await,
        json!(["All controls to their defaults", "About this plugin"])
    );
    page.close_dialogs().await;
    // Playing is for players.
    page.click(".card-lamp").await;
    page.until("document.querySelector('.card.bypassed')").await;
    let mut watch = rig.web.session().watch();
    tokio::time::timeout(std::time::Duration::from_secs(60), async {
        while !rig.web.session().state().board.plugins[0].bypassed {
            watch.next().await.unwrap();
        }
    })
    .await
    .expect("the pedal does it");
    // The machine: looked at, not touched.
    for (open, what) in [("openAudio()", "select"), ("openMachine()", ".row button")] {
        page.dialog("machine", open).await;
        page.until(&format!("document.querySelector('dialog {what}')")).await;
        let free =
            format!("[...document.querySelectorAll('dialog {what}')].filter(one => !one.disabled).length");
        assert_eq!(page.value(&free).await, json!(0), "{open}");
        assert!(
            page.value("document.querySelector('dialog').innerText")
                .await
                .as_str()
                .unwrap()
                .contains("Only a device")
        );
        page.close_dialogs().await;
    }
    assert_eq!(machine.deeds(), []);
    // Somebody gives it more.
    let admin = desk.admit("Desk", Role::Admin).unwrap().0.text();
    let change = axum::http::Request::post(format!("/api/clients/{}", client.id.0))
        .header("host", "pedal.local")
        .header("authorization", format!("Bearer {admin}"))
        .body(axum::body::Body::from(r#"{"role": "edit"}"#));
    assert_eq!(rig.send(change.unwrap()).await.status, 200);
    page.until("pedal.store.mayEdit && document.querySelector('.card-more').checkVisibility()").await;
    page.key("z", 2).await;
    assert_eq!(page.complaints, Vec::<String>::new());
}

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
