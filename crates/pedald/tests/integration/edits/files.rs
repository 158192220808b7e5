//! What is not of our making: a plugin's own face, models and sounds.

use serde_json::json;

use super::build;
use crate::browser::{Browser, ends_well, skipped};
use crate::editor::add;
use crate::web_rig::WebRig;

const FACE: &str = r#"<div class="face{{{cns}}}"><h1>{{name}}</h1>{{#controls}}<div class="knob" mod-role="input-control-port" mod-port-symbol="{{symbol}}">{{name}}</div>{{/controls}}<div class="foot" mod-role="bypass">on</div><img src="/resources/lamp.svg{{{ns}}}" onload="parent.postMessage({ is: 'turn', symbol: 'gain', at: 0.1 }, '*')"><script>document.title = "ran"; parent.document.title = "ran";</script></div>"#;
const FACE_STYLE: &str = ".face{{{cns}}} { width: 240px; height: 180px; background: url(/resources/lamp.svg{{{ns}}}) } .knob { height: 60px }";
const LAMP: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="#f00"/></svg>"##;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plugins_own_face_draws_in_a_frame_without_rights() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().to_owned();
    for (name, text) in [("icon.html", FACE), ("style.css", FACE_STYLE), ("lamp.svg", LAMP)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let rig = WebRig::new().ready().await.with_plugins(move |plugin| {
        if plugin["uri"] == "urn:fake:gain" {
            plugin["gui"] = json!({
                "resourcesDirectory": folder, "iconTemplate": folder.join("icon.html"),
                "stylesheet": folder.join("style.css"), "ports": [], "monitoredOutputs": [],
            });
        }
    });
    let address = rig.serve().await;
    build(&rig, address, json!([add("gain", "gain")])).await;
    let Some(mut page) = Browser::open(address, "graph", 1440, 900).await else { return skipped() };
    page.click(".node[data-key=gain] .node-open").await;
    page.until("document.querySelector('.graph-side iframe.skin')?.style.width === '240px'").await;
    assert_eq!(
        page.value("document.querySelector('iframe.skin').getAttribute('sandbox')").await,
        json!("allow-scripts")
    );
    // Nothing that it brings has run: its picture came, and turned nothing.
    assert_eq!(page.value("pedal.store.board.plugins[0].values.gain ?? 0").await, json!(0));
    // Not our origin: neither side reaches into the other.
    assert_eq!(page.value("document.querySelector('iframe.skin').contentDocument").await, json!(null));
    assert_ne!(page.value("document.title").await, json!("ran"));
    // A knob in it turns the control, its switch bypasses.
    page.settle().await;
    let frame = "(() => { const b = document.querySelector('iframe.skin').getBoundingClientRect();";
    let knob = page.value(&format!("{frame} return [b.x + 40, b.y + 100]; }})()")).await;
    let up = page.value(&format!("{frame} return [b.x + 40, b.y + 60]; }})()")).await;
    page.drag(&knob, &up).await;
    page.until("pedal.store.board.plugins[0].values.gain > 5").await;
    page.settle().await;
    let said = page.value("document.querySelector('.graph-side .value').textContent").await;
    assert_ne!(said, json!("0.00"), "the panel of ours shows it too");
    ends_well(&mut page, &rig.web).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_sent_looked_at_renamed_deleted_and_brought_back() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    let place = tempfile::tempdir().unwrap();
    let model = place.path().join("clean.nam");
    std::fs::write(&model, r#"{"version": "0.5.2", "architecture": "WaveNet", "weights": [1, 2]}"#).unwrap();
    let sound = place.path().join("room.wav");
    std::fs::write(&sound, wave()).unwrap();
    let Some(mut page) = Browser::open(address, "chain", 360, 740).await else { return skipped() };
    page.dialog("files", "openFiles()").await;
    page.until("document.querySelector('dialog .folder[data-kind=nammodel] input')").await;
    page.value("document.querySelectorAll('dialog details').forEach(one => { one.open = true; })").await;
    page.value("window.seen = []; new MutationObserver(list => list.forEach(one => seen.push(one.target.value))).observe(document.querySelector('[data-kind=nammodel] progress'), { attributes: true })").await;
    page.give_files("dialog .folder[data-kind=nammodel] input", &[&model]).await;
    page.until("document.querySelector('[data-kind=nammodel] .file-list')?.innerText.includes('clean.nam')")
        .await;
    assert_ne!(page.value("seen.length").await, json!(0), "the progress was shown");
    page.give_files("dialog .folder[data-kind=cabsim] input", &[&sound]).await;
    page.until("document.querySelector('[data-kind=cabsim] .file-list')?.innerText.includes('room.wav')")
        .await;
    assert!(rig.paths.user_files.join("NAM Models/clean.nam").exists());
    // What is in it: of a model what it says of itself, of a sound its shape.
    page.click("dialog [aria-label='Preview clean.nam']").await;
    page.until(
        "[...document.querySelectorAll('.file-about')].some(one => one.innerText.includes('WaveNet'))",
    )
    .await;
    page.click("dialog [aria-label='Preview room.wav']").await;
    page.until("document.querySelector('canvas.wave + small')?.textContent === '0.10 s, 1 channels'").await;
    assert_eq!(page.value("document.querySelector('dialog .sheet-body').scrollWidth").await, json!(360));
    // Another name.
    page.click("dialog [aria-label='Rename clean.nam']").await;
    page.until("document.querySelector('dialog.sheet form input')").await;
    page.value("document.querySelector('dialog form input').select()").await;
    page.write("sparkling.nam").await;
    page.click("dialog form .primary").await;
    page.until(
        "document.querySelector('[data-kind=nammodel] .file-list').innerText.includes('sparkling.nam')",
    )
    .await;
    // Gone, and back.
    page.click("dialog [aria-label='Delete sparkling.nam']").await;
    page.until("!document.querySelector('[data-kind=nammodel] .file-list').innerText.includes('sparkling')")
        .await;
    assert!(!rig.paths.user_files.join("NAM Models/sparkling.nam").exists());
    page.until("(() => { const undo = [...document.querySelectorAll('.toast button')].find(one => one.textContent === 'Undo'); undo?.click(); return undo; })()")
        .await;
    page.until(
        "document.querySelector('[data-kind=nammodel] .file-list').innerText.includes('sparkling.nam')",
    )
    .await;
    assert!(rig.paths.user_files.join("NAM Models/sparkling.nam").exists());
    assert_eq!(page.complaints, Vec::<String>::new());
}

/// A tenth of a second of silence as a WAV file.
fn wave() -> Vec<u8> {
    let samples = 4800_u32;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + samples * 2).to_le_bytes());
    file.extend(b"WAVEfmt ");
    for word in [
        16_u32.to_le_bytes(),
        [1, 0, 1, 0],
        48_000_u32.to_le_bytes(),
        96_000_u32.to_le_bytes(),
        [2, 0, 16, 0],
    ] {
        file.extend(word);
    }
    file.extend(b"data");
    file.extend((samples * 2).to_le_bytes());
    file.resize(file.len() + samples as usize * 2, 0);
    file
}
