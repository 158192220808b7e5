//! Browsers and the pedal in step: two of them, over a cut wire, and without a server.

use pedal_hardware::input::Part;
use pedald::session::{Intent, Source, Step};
use serde_json::json;

use crate::browser::{Browser, same_state, skipped};
use crate::editor::add;
use crate::web_rig::WebRig;
use crate::wire::Wire;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_and_a_desktop_stay_in_step_and_nothing_is_lost_without_a_connection() {
    let (rig, hand) = WebRig::new().ready().await.with_pedal();
    let address = rig.serve().await;
    let Some(mut phone) = Browser::open(address, "chain", 360, 740).await else { return skipped() };
    let mut desk = Browser::open(address, "play", 1440, 900).await.expect("the first came up");
    phone.click(".rail .plus").await;
    phone.until("document.querySelectorAll('dialog .shelf-item').length === 4").await;
    phone.click("dialog .shelf-item").await;
    phone.until("document.querySelectorAll('.card').length === 1").await;
    // four footswitches, and the plugin
    desk.until("document.querySelectorAll('.tile').length === 5").await;
    // On the desktop it is switched off; the phone shows it.
    desk.click(".tile:last-child").await;
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
    // The pedal's own footswitch and a snapshot reach both. It is given to the switch from the phone.
    let session = rig.web.session();
    phone.click(".card-open").await;
    phone.click("dialog [aria-label=More]").await;
    phone.click_text("dialog .menu-item", "Assign the footswitch").await;
    phone.click("dialog [aria-label^='Footswitch 1']").await;
    desk.until("pedal.store.board.plugins[0].midi[':bypass']?.controller === 60").await;
    desk.until("document.querySelectorAll('.tile[aria-pressed=true]').length === 2").await;
    session.ask(Source::Rest, Intent::SaveSnapshotAs { name: "Loud".into() }).await.unwrap();
    for down in [true, false] {
        hand.press(Part::Footswitch(0), down);
        tokio::time::sleep(std::time::Duration::from_millis(30)).await; // longer than contacts bounce
    }
    phone.until("document.querySelector('.card.bypassed')").await;
    desk.until("document.querySelectorAll('.tile[aria-pressed=false]').length === 5").await;
    session.ask(Source::Hardware, Intent::LoadSnapshot(Step::To(1))).await.unwrap();
    phone.until("!document.querySelector('.card.bypassed')").await;
    desk.until("document.querySelectorAll('.tile[aria-pressed=true]').length === 2").await;
    desk.until("document.querySelector('.snapshot:nth-child(2)[aria-pressed=true]')").await;
    // And the tile of the switch on the page presses it.
    desk.click(".tile").await;
    phone.until("document.querySelector('.card.bypassed')").await;
    for page in [&mut phone, &mut desk] {
        same_state(page, &rig.web).await;
        assert_eq!(page.complaints, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_wire_loses_nothing_of_either_side() {
    let rig = WebRig::new().ready().await;
    let (wire, address) = Wire::to(rig.serve().await).await;
    let Some(mut page) = Browser::open(address, "chain", 1440, 900).await else { return skipped() };
    let session = rig.web.session();
    let edits = [add("gain", "gain"), add("delay", "delay"), add("filter", "filter")];
    let arrange = serde_json::from_value(json!({"arrange": {"label": "three", "edits": edits}})).unwrap();
    session.ask(Source::Rest, arrange).await.unwrap();
    page.until("document.querySelectorAll('.card').length === 3").await;
    for round in 0..3 {
        let client = page.value("pedal.store.hello.client").await;
        wire.cut();
        page.until("!pedal.store.online").await;
        page.until("document.querySelector('#strip .engine').textContent === 'not reached'").await;
        // The page goes on: a lamp, and a board menu's worth of intents; the pedal goes on as well.
        page.click(".card-lamp").await;
        page.value("import(document.querySelector('script[type=module]').src.replace('main.js', 'link.js')).then(link => { for (let n = 0; n < 30; n++) link.ask({ save_snapshot_as: { name: `page` } }); })").await;
        let port = |symbol: &str| pedald::session::ControlPort::new("delay", symbol);
        session
            .ask(Source::Hardware, Intent::Set { port: port("feedback"), value: 0.25 * round as f32 })
            .await
            .unwrap();
        session.ask(Source::Rest, Intent::SaveSnapshotAs { name: "pedal".into() }).await.unwrap();
        session.ask(Source::Rest, Intent::SetTempo(90.0 + f64::from(round))).await.unwrap();
        wire.mend();
        page.until(&format!("pedal.store.online && pedal.store.hello.client !== {client}")).await;
        let all = 1 + 31 * (round + 1);
        page.until(&format!("pedal.store.board.snapshots.length === {all}")).await;
        let off = round % 2 == 0;
        page.until(&format!(
            "pedal.store.board.plugins.find(one => one.instance === 'gain').bypassed === {off}"
        ))
        .await;
        same_state(&mut page, &rig.web).await;
        assert_eq!(session.state().board.snapshots.len(), all as usize, "each once");
    }
    assert_eq!(page.complaints, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_opens_without_the_pedal_says_so_and_goes_on_when_it_is_back() {
    let rig = WebRig::new().ready().await;
    let (wire, address) = Wire::to(rig.serve().await).await;
    let Some(mut page) = Browser::open(address, "play", 360, 740).await else { return skipped() };
    let manifest = page.call("Page.getAppManifest", json!({})).await;
    assert_eq!(manifest["errors"], json!([]), "{manifest}");
    let icon = rig.get("/icon.svg").await;
    assert!(icon.kind.starts_with("image/svg") && icon.status == 200);
    let read: serde_json::Value = serde_json::from_str(manifest["data"].as_str().unwrap()).unwrap();
    assert_eq!((&read["display"], &read["start_url"]), (&json!("standalone"), &json!("/")));
    page.value("navigator.serviceWorker.ready.then(() => 1)").await;
    page.until("navigator.serviceWorker.controller").await;
    wire.cut();
    page.call("Page.reload", json!({})).await;
    page.until("document.querySelector('.not-reached')?.innerText.includes('not reached')").await;
    assert_eq!(
        page.value("document.querySelector('#strip .engine').textContent").await,
        json!("not reached")
    );
    assert_eq!(page.value("document.documentElement.scrollWidth").await, json!(360));
    wire.mend();
    page.until("window.pedal.store.online && document.querySelector('.tiles')").await;
    assert_eq!(page.value("!!document.querySelector('.not-reached')").await, json!(false));
    same_state(&mut page, &rig.web).await;
}
