//! The machine below the page: looked after by who may do everything, looked at by who plays.

use std::sync::{Arc, Mutex};

use pedald::access::Role;
use pedald::display::{MachineDeed, RoundTrip, UpdateStatus};
use pedald::session::{Intent, Source};
use pedald::web::{Machine, MachineError, Options};
use serde_json::json;

use crate::browser::{Browser, skipped};
use crate::editor::add;
use crate::web_rig::WebRig;

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
