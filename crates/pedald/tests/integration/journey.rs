//! What a player does with the editor, from an empty board on, at a desk and on a phone.

use pedald::session::{Intent, Source};
use serde_json::json;

use crate::browser::{Browser, ends_well, skipped};
use crate::web_rig::WebRig;

const CABLES: &str = "pedal.store.board.connections.length";

/// The middle of what a selector finds, as an expression.
pub fn middle(selector: &str) -> String {
    format!(
        "(() => {{ const b = document.querySelector({}).getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()",
        json!(selector)
    )
}

/// Touch the pedal: the control that waits is driven by this controller then.
async fn move_pedal(rig: &WebRig, controller: u8) {
    let moved = Intent::Controller { channel: 0, controller, value: 127 };
    rig.web.session().ask(Source::Hardware, moved).await.unwrap();
}

/// Saves under a title that is typed.
async fn save_as(page: &mut Browser, title: &str) {
    page.until("document.querySelector('dialog input')").await;
    page.value("document.querySelector('dialog input').select()").await;
    page.write(title).await;
    page.click("dialog .primary").await;
    page.until(&format!("pedal.store.board.title === {} && !pedal.store.state.unsaved", json!(title))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_board_is_built_assigned_saved_reloaded_and_undone_on_a_desktop() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    let Some(mut page) = Browser::open(address, "graph", 1440, 900).await else { return skipped() };
    // From nothing: two plugins from the shelf. The first sounds at once, the second comes behind it.
    page.click(".shelf-item:nth-of-type(1)").await;
    page.until("pedal.store.board.plugins.length === 1").await;
    assert_eq!(page.value(CABLES).await, json!(3), "in, and both outputs");
    page.value("document.querySelector('.shelf-drawer input').focus()").await;
    page.write("gain").await;
    page.until("document.querySelectorAll('.shelf-item').length === 1").await;
    // Dragged over the drawing.
    let from = page.value(&middle(".shelf-item")).await;
    let to = page.value("(() => { const b = document.querySelector('.canvas').getBoundingClientRect(); return [b.x + b.width * 0.8, b.y + b.height * 0.6]; })()").await;
    page.drag(&from, &to).await;
    page.until("pedal.store.board.plugins.length === 2").await;
    page.until(
        "document.querySelectorAll('.node').length === 2 && document.querySelector('.graph-side .knob')",
    )
    .await;
    page.settle().await;
    let instance = page.value("pedal.store.board.plugins[1].instance").await;
    let instance = instance.as_str().unwrap().to_owned();
    // A cable by hand: from the second input to the plugin, and away again.
    let before = page.value(CABLES).await.as_u64().unwrap();
    let from = page.value(&middle("[data-port=\"capture_2\"] .dot")).await;
    let to = page.value(&middle(&format!("[data-port=\"{instance}/in\"] .dot"))).await;
    page.drag(&from, &to).await;
    page.until(&format!("{CABLES} === {}", before + 1)).await;
    page.key("z", 2).await;
    page.until(&format!("{CABLES} === {before}")).await;
    // Assign its control: touch it, then move the pedal.
    page.click(&format!(".node[data-key=\"{instance}\"] .node-open")).await;
    page.click(".graph-side [data-symbol=gain] .assign").await;
    page.click("dialog .big").await;
    page.until("pedal.store.state.learning.length === 1").await;
    move_pedal(&rig, 64).await;
    page.until("!document.querySelector('dialog')").await;
    page.until("document.querySelector('.graph-side [data-symbol=gain] .badge').textContent === 'CC 64'")
        .await;
    // A curve: the session has it, and the dialog shows it when it is opened again.
    page.click(".graph-side [data-symbol=gain] .assign").await;
    page.choose("dialog .field", "Curve", "slow").await;
    let shape = format!(
        "Object.values(pedal.store.board.addressings).flat().filter(one => one.port.instance === '{instance}' && one.rest.bend === 'slow').length === 1"
    );
    page.until(&shape).await;
    page.click("dialog [aria-label=Close]").await;
    page.until("!document.querySelector('dialog')").await;
    // Save under a title, load the page anew: all is there.
    page.click("#top .save").await;
    save_as(&mut page, "From nothing").await;
    page.reload().await;
    page.until("document.querySelectorAll('.node').length === 2").await;
    assert_eq!(page.value("document.querySelector('.board-name').textContent").await, json!("From nothing"));
    page.until(&shape).await;
    // Take a plugin off; undo brings it back with its cables and its binding.
    let cables = page.value(CABLES).await;
    page.click(&format!(".node[data-key=\"{instance}\"] .node-open")).await;
    page.click(".graph-tools button:last-child").await;
    page.until("pedal.store.board.plugins.length === 1").await;
    page.click("#top .undo").await;
    page.until("pedal.store.board.plugins.length === 2").await;
    assert_eq!(page.value(CABLES).await, cables);
    let bound = format!(
        "pedal.store.board.plugins.find(one => one.instance === '{instance}').midi.gain.controller === 64"
    );
    page.until(&bound).await;
    ends_well(&mut page, &rig.web).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_board_is_built_assigned_saved_reloaded_and_undone_on_a_phone() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    let Some(mut page) = Browser::open(address, "chain", 360, 740).await else { return skipped() };
    for (count, plugin) in [(1, "Delay"), (2, "Filter")] {
        page.click(".rail > li:nth-last-child(2) .plus").await;
        page.until("document.querySelectorAll('dialog .shelf-item').length === 4").await;
        assert_eq!(page.value("document.querySelectorAll('dialog').length").await, json!(1), "one shelf");
        page.value("document.querySelector('dialog input[type=search]').focus()").await;
        page.write(plugin).await;
        page.until("document.querySelectorAll('dialog .shelf-item').length === 1").await;
        page.click("dialog .shelf-item").await;
        page.until(&format!("document.querySelectorAll('.card').length === {count}")).await;
        // its panel comes up over the rail
        page.click("dialog.panel-sheet [aria-label=Close]").await;
        page.until("!document.querySelector('dialog')").await;
    }
    let order = "pedal.store.board.plugins.map(one => one.uri).join()";
    assert_eq!(page.value(order).await, json!("urn:fake:delay,urn:fake:filter"));
    // A switch for the delay's on and off.
    page.click(".card .card-open").await;
    page.click("dialog [aria-label=More]").await;
    page.click_text("dialog .menu-item", "Assign the footswitch").await;
    page.click("dialog .big").await;
    page.until("pedal.store.state.learning.length === 1").await;
    move_pedal(&rig, 60).await;
    page.until("!document.querySelector('dialog .big')").await;
    page.until("pedal.store.board.plugins[0].midi[':bypass']?.controller === 60").await;
    // The switch goes on with one press and off with the next; the card shows it.
    page.value("document.querySelectorAll('dialog [aria-label=Close]').forEach(one => one.click())").await;
    let press = Intent::Controller { channel: 0, controller: 60, value: 0 };
    rig.web.session().ask(Source::Hardware, press).await.unwrap();
    page.until("document.querySelector('.card.bypassed')").await;
    page.click("[aria-label=More]").await;
    page.click_text("dialog .menu-item", "Save as").await;
    save_as(&mut page, "On a phone").await;
    page.reload().await;
    page.until("document.querySelectorAll('.card').length === 2").await;
    assert_eq!(page.value("pedal.store.board.plugins[0].midi[':bypass'].controller").await, json!(60));
    assert_eq!(page.value(order).await, json!("urn:fake:delay,urn:fake:filter"));
    // Take it off, and back.
    page.click(".card .card-more").await;
    page.click_text("dialog .menu-item", "Take off").await;
    page.until("document.querySelectorAll('.card').length === 1").await;
    page.click("#top .undo").await;
    page.until("document.querySelectorAll('.card').length === 2").await;
    ends_well(&mut page, &rig.web).await;
}
