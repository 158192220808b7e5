//! Every view and dialog against WCAG 2.2 AA by axe: on a phone and at a desk, dark and light, with the pointer over things.

use serde_json::json;

use crate::browser::{Browser, skipped};
use crate::editor::{add, cable, port};
use crate::web_rig::WebRig;

/// Dialogs: a name, what opens it, and what is in it when it is there. `m` loads a module of the page.
const DIALOGS: [(&str, &str, &str); 21] = [
    ("boards", "m('boards').then(it => it.openBoards())", ".board-list button"),
    ("board menu", "m('boards').then(it => it.boardMenu())", ".menu-item"),
    ("banks", "m('boards').then(it => it.openBank())", ".bank-part"),
    ("snapshots", "m('snapshots').then(it => it.openSnapshots())", ".blend select"),
    ("notes", "m('notes').then(it => it.openNotes())", "textarea"),
    ("versions", "m('versions').then(it => it.openVersions())", ".board-list li"),
    ("files", "m('files').then(it => it.openFiles())", ".file-list li"),
    ("settings", "m('settings').then(it => it.openSettings())", "select"),
    ("keys", "m('settings').then(it => it.openKeys())", "kbd"),
    ("devices", "m('devices').then(it => it.openDevices())", ".device select"),
    ("sound card", "m('machine').then(it => it.openAudio())", ".facts"),
    ("update", "m('machine').then(it => it.openUpdate())", ".row button"),
    ("backup and power", "m('machine').then(it => it.openMachine())", "h3"),
    ("asset store", "m('assets').then(it => it.openStore([]))", "select"),
    (
        "inside a board",
        "m('boards').then(it => { it.openBoards(); document.querySelector('dialog [aria-label^=More]').click(); [...document.querySelectorAll('.menu-item')].find(one => one.textContent === 'What is in it').click(); })",
        ".inside li",
    ),
    ("tuner", "m('tuner').then(it => it.openTuner())", ".tuner-note"),
    ("health", "document.querySelector('.strip-button').click()", ".facts"),
    ("assign a knob", "m('assign').then(it => it.assign('delay', spec('time')))", ".curve"),
    ("assign a switch", "m('assign').then(it => it.assign('delay', spec('freeze')))", ".big"),
    (
        "question",
        "m('sheet').then(it => { it.sure('Delete it?', 'It goes.', 'Delete'); })",
        ".primary.danger",
    ),
    ("shelf", "m('shelf').then(it => it.openShelf(() => {}))", ".shelf-item"),
];

const VIEWS: [(&str, &str); 3] = [("play", ".tile"), ("chain", ".card"), ("graph", ".node .port")];

/// `None`: axe is not here.
fn axe() -> Option<String> {
    let axe =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web-tests/node_modules/axe-core/axe.min.js");
    let text = std::fs::read_to_string(&axe);
    if text.is_err() {
        eprintln!("skipped: axe-core is not installed; run `npm ci` in crates/pedald/web-tests");
    }
    text.ok()
}

/// A board with plugins on and off, bound controls, snapshots, a bank, files, paired devices, and a pedal around it.
async fn furnished() -> WebRig {
    let (rig, _hand) = WebRig::paired().ready().await.with_pedal();
    let address = rig.serve().await;
    let mut one = crate::editor::Editor::connect(address, "axe").await;
    let edits = json!([
        add("gain", "gain"),
        add("delay", "delay"),
        add("other", "delay"),
        cable("connect", json!({"System": "capture_1"}), port("gain", "in")),
        cable("connect", port("gain", "out"), port("delay", "in")),
        cable("connect", port("gain", "out"), port("other", "in")),
        cable("connect", port("delay", "left"), json!({"System": "playback_1"})),
    ]);
    let control = |symbol: &str| json!({"instance": "delay", "symbol": symbol});
    let binding = json!({"channel": 13, "controller": 60, "min": 0.0, "max": 1.0});
    for (at, intent) in [
        json!({"arrange": {"label": "build", "edits": edits}}),
        json!({"set": {"port": control("time"), "value": 300.0}}),
        json!({"bind": {"port": control(":bypass"), "binding": binding}}),
        json!({"bind": {"port": control("time"), "binding": binding}}),
        json!({"toggle": {"port": {"instance": "gain", "symbol": ":bypass"}}}),
        json!({"save_snapshot_as": {"name": "Loud"}}),
        json!({"save_board": {"title": "Song", "as_new": true}}),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = one.ask(at as u64 + 1, intent).await;
        assert!(answer["error"].is_null(), "{answer}");
    }
    let bundle = rig.web.session().state().board.bundle.clone();
    one.ask(20, json!({"set_banks": [{"title": "Gig", "boards": [bundle]}]})).await;
    one.ask(21, json!({"keep_version": {"name": "before the gig"}})).await;
    one.ask(22, json!({"set": {"port": control("feedback"), "value": 0.5}})).await;
    rig.post("/api/files/upload?path=NAM%20Models/a.nam", "{}").await;
    rig
}

/// Looks at all views and dialogs in one size and one look.
async fn all_pass(width: u32, height: u32, theme: &str) {
    let Some(axe) = axe() else { return };
    let rig = furnished().await;
    let address = rig.serve().await;
    let Some(mut page) = Browser::open(address, "play", width, height).await else { return skipped() };
    page.value(&axe).await;
    page.value(&format!("document.documentElement.dataset.theme = '{theme}'")).await;
    page.value(
        "window.m = name => import(document.querySelector('script[type=module]').src.replace('main.js', `${name}.js`)); \
         m('api').then(it => it.fetchSpec('urn:fake:delay')).then(found => { window.spec = symbol => found.controls.find(one => one.symbol === symbol); return 1; })",
    )
    .await;
    let mut wrong = Vec::new();
    for (zoom, look) in VIEWS {
        page.value(&format!("location.hash = '{zoom}'")).await;
        page.until(&format!("document.querySelector('{look}')")).await;
        if zoom == "graph" && width > 999 {
            page.click(".node[data-key=delay] .node-open").await;
            page.until("document.querySelector('.graph-side .knob')").await;
        }
        check(&mut page, zoom, &mut wrong).await;
        if zoom == "chain" {
            page.click(".card-open").await;
            page.until("document.querySelector('.knob')").await;
            check(&mut page, "panel", &mut wrong).await;
            page.value("document.querySelectorAll('dialog [aria-label=Close]').forEach(one => one.click())")
                .await;
        }
    }
    for (name, open, look) in DIALOGS {
        page.value(&format!("({open})?.then?.(() => 1)")).await;
        page.until(&format!("document.querySelector('dialog {look}')")).await;
        page.value("document.querySelectorAll('dialog details').forEach(one => { one.open = true; })").await;
        check(&mut page, name, &mut wrong).await;
        page.value("document.querySelectorAll('dialog [aria-label=Close]').forEach(one => one.click())")
            .await;
        page.until("!document.querySelector('dialog')").await;
    }
    assert_eq!(page.complaints, Vec::<String>::new());
    // Pages beside the editor: pairing, and what is said of encryption. They look as the system wants it.
    let looks = json!({"features": [{"name": "prefers-color-scheme", "value": theme}]});
    page.call("Emulation.setEmulatedMedia", looks).await;
    for path in ["/pair", "/encryption"] {
        page.call("Page.navigate", json!({"url": format!("http://{address}{path}")})).await;
        page.until(&format!("location.pathname === '{path}' && document.readyState === 'complete'")).await;
        page.value(&axe).await;
        // every part of them, also what another moment would show
        page.value("document.querySelectorAll('[hidden]').forEach(one => { one.hidden = false; })").await;
        check(&mut page, path, &mut wrong).await;
    }
    assert!(wrong.is_empty(), "{width} px, {theme}:\n{}", wrong.join("\n"));
}

/// Once as it is, and once with the pointer over every button and link.
async fn check(page: &mut Browser, what: &str, wrong: &mut Vec<String>) {
    // Colours that are on their way would be measured half way.
    let still =
        "Promise.all(document.getAnimations().map(one => one.finished.catch(() => {}))).then(() => 1)";
    let run = |rules: &str| {
        format!(
            "axe.run({{ {rules} }}).then(found => found.violations.map(one => `${{one.id}}: ${{one.nodes.map(node => node.html.slice(0, 160) + ' ' + node.failureSummary).join(' | ')}}`))"
        )
    };
    page.value(still).await;
    let all = page.value(&run("runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']")).await;
    page.hover_all(true).await;
    page.value(still).await;
    let hovered = page.value(&run("runOnly: { type: 'rule', values: ['color-contrast'] }")).await;
    page.hover_all(false).await;
    for (found, how) in [(all, ""), (hovered, " under the pointer")] {
        for one in found.as_array().unwrap() {
            wrong.push(format!("{what}{how}: {}", one.as_str().unwrap()));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dark_phone_passes() {
    all_pass(360, 740, "dark").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_light_phone_passes() {
    all_pass(360, 740, "light").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dark_desktop_passes() {
    all_pass(1440, 900, "dark").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_light_desktop_passes() {
    all_pass(1440, 900, "light").await;
}
