//! `cargo xtask bench web`: the editor's script per frame with a large board, and how soon it can be used; each round
//! beside a control in the same browser.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::bars::Bar;
use super::browser::Browser;
use super::{board, median, number};
use crate::audio::child::Background;
use crate::audio::engine;
use crate::process;
use crate::workspace::Workspace;

/// Options of `cargo xtask bench web`.
#[derive(clap::Args)]
pub(super) struct WebOptions {
    /// Alternating rounds
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(3..=100))]
    rounds: u32,
    /// Plugins on the board
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=200))]
    plugins: u32,
    /// Frames of each view and round
    #[arg(long, default_value_t = 240, value_parser = clap::value_parser!(u32).range(60..=3600))]
    frames: u32,
}

/// Script of a frame, in ms.
const FRAME: f64 = 4.0;
/// From the address to a page that can be used, in ms.
const INTERACTIVE: f64 = 1000.0;

const VIEWS: [(&str, &str); 3] = [("play", ".tile"), ("chain", ".card"), ("graph", ".node")];

/// Turns four controls with each frame and a plugin on or off with each sixth, for so many frames: what two hands and a
/// foot do. Answers the script of the frames, messages and this included.
const PLAY: &str = r#"
(async frames => {
  const { turn } = await import(document.querySelector("script[type=module]").src.replace("main.js", "link.js"));
  const { store, frameTimes } = window.pedal, list = store.board.plugins;
  frameTimes.length = 0;
  let own = 0;
  for (let frame = 0; frame < frames; frame++) {
    await new Promise(requestAnimationFrame);
    const begun = performance.now();
    for (let at = 0; at < 4; at++) turn({ instance: list[(frame + at * 7) % list.length].instance, symbol: "gain" }, -20 + (frame + at) % 20);
    if (frame % 6 === 0) { const one = list[(frame / 6) % list.length]; turn({ instance: one.instance, symbol: ":bypass" }, one.bypassed ? 0 : 1); }
    own = Math.max(own, performance.now() - begun);
  }
  await new Promise(done => setTimeout(done, 100));
  const times = frameTimes.slice().sort((a, b) => a - b), at = share => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return { frames: times.length, median_ms: at(0.5), p99_ms: at(0.99), worst_ms: at(1), own_ms: own };
})"#;

/// The same number of frames with a fixed piece of work and no page around it.
const CONTROL: &str = r#"
(async frames => {
  const times = [], numbers = Float64Array.from({ length: 4000 }, (_, at) => Math.sin(at * 12.9898) * 43758.5453 % 1);
  for (let frame = 0; frame < frames; frame++) {
    await new Promise(requestAnimationFrame);
    const begun = performance.now();
    numbers.slice().sort();
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  const at = share => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return { frames: times.length, median_ms: at(0.5), p99_ms: at(0.99), worst_ms: at(1), own_ms: 0 };
})"#;

/// Runs it.
pub(super) fn run(workspace: &Workspace, options: &WebOptions) -> Result<Vec<Bar>> {
    let engine = engine::build(workspace)?;
    println!("build: pedald, release");
    process::run(workspace.cargo().args(["build", "--release", "--locked", "--package", "pedald"]))?;
    let (data, logs) = (workspace.scratch("web-data")?, workspace.scratch("logs")?);
    let socket = std::env::temp_dir().join(format!("archibald-xtask-web-{}.sock", std::process::id()));
    let mut command = Command::new(&engine);
    command.args(["run", "--backend", "dummy", "--socket"]).arg(&socket).env("XDG_STATE_HOME", &data);
    let _engine = Background::start(&mut command, &logs.join("web-engine.log"))?;
    let address =
        TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).context("no port is free")?;
    let mut command = Command::new(workspace.release("pedald"));
    command.args(["--dev", "--listen", &address.to_string(), "--engine"]).arg(&socket);
    command.arg("--data").arg(&data).env("ARCHIBALD_ENGINE", &engine).env_remove("NOTIFY_SOCKET");
    let mut pedald = Background::start(&mut command, &logs.join("web-pedald.log"))?;
    pedald.wait_for(Duration::from_secs(30), || TcpStream::connect(address).ok())?;

    let mut browser = Browser::start(&data.join("profile"), &logs.join("chromium.log"))?;
    let screen = json!({"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": false});
    browser.call("Emulation.setDeviceMetricsOverride", screen)?;
    open(&mut browser, address, "chain")?;
    build(&mut browser, options.plugins)?;
    let mut bars = frames(&mut browser, address, options)?;
    bars.push(interactive(&mut browser, address, options)?);
    Ok(bars)
}

fn open(browser: &mut Browser, address: SocketAddr, zoom: &str) -> Result<()> {
    browser.call("Page.navigate", json!({"url": "about:blank"}))?;
    browser.call("Page.navigate", json!({"url": format!("http://{address}/#{zoom}")}))?;
    browser.until("window.pedal?.store.online")
}

/// A chain of plugins as long as is asked for.
fn build(browser: &mut Browser, plugins: u32) -> Result<()> {
    let text = format!(
        r#"(async () => {{
  const {{ ask }} = await import(document.querySelector("script[type=module]").src.replace("main.js", "link.js"));
  await ask("new_board");
  const edits = [], end = (instance, symbol) => ({{ Plugin: {{ instance, symbol }} }});
  for (let at = 0; at < {plugins}; at++) {{
    edits.push({{ add: {{ instance: `gain_${{at}}`, uri: {}, position: [at % 8 * 280, Math.floor(at / 8) * 200] }} }});
    edits.push({{ connect: {{ source: at ? end(`gain_${{at - 1}}`, "out") : {{ System: "capture_1" }}, target: end(`gain_${{at}}`, "in") }} }});
  }}
  await ask({{ arrange: {{ label: "bench", edits }} }});
}})()"#,
        json!(board::URI)
    );
    browser.value(&text)?;
    browser.until(&format!("pedal.store.board.plugins.length === {plugins}"))
}

/// Script of a frame in each view, alternating with the control.
fn frames(browser: &mut Browser, address: SocketAddr, options: &WebOptions) -> Result<Vec<Bar>> {
    let mut all: Vec<(&str, Vec<Value>)> =
        ["control", "play", "chain", "graph"].map(|name| (name, Vec::new())).into();
    // the first round fills caches
    for round in 0..=options.rounds {
        for (name, reports) in &mut all {
            let script = if *name == "control" {
                browser.call("Page.navigate", json!({"url": "about:blank"}))?;
                CONTROL
            } else {
                open(browser, address, name)?;
                let look = VIEWS.iter().find(|(view, _)| view == name).map_or("", |(_, look)| look);
                let shown = format!("document.querySelectorAll('{look}').length >= {}", options.plugins);
                browser.until(&shown)?;
                PLAY
            };
            let report = browser.value(&format!("{script}({})", options.frames))?;
            if round > 0 {
                reports.push(report);
            }
        }
    }
    println!(
        "\n{:24} {:>8} {:>8} {:>8}   script of a frame in ms, medians of {} rounds",
        "", "median", "p99", "worst", options.rounds
    );
    let mut bars = Vec::new();
    for (name, reports) in &all {
        let of = |figure: &str| -> Result<f64> {
            Ok(median(reports.iter().map(|report| number(report, figure)).collect::<Result<_>>()?))
        };
        let (middle, p99, worst) = (of("median_ms")?, of("p99_ms")?, of("worst_ms")?);
        println!("{name:24} {middle:8.2} {p99:8.2} {worst:8.2}");
        if *name != "control" {
            let what = format!("{name} with {} plugins, script of a frame, p99 in ms", options.plugins);
            bars.push(Bar::at_most(what, FRAME, p99));
        }
    }
    Ok(bars)
}

/// From the address to a page that shows the board and takes input, nothing of it kept; alternating with the pairing page,
/// which is a document, a style and one script.
fn interactive(browser: &mut Browser, address: SocketAddr, options: &WebOptions) -> Result<Bar> {
    browser.call("Network.setCacheDisabled", json!({"cacheDisabled": true}))?;
    browser.call("Network.setBypassServiceWorker", json!({"bypass": true}))?;
    let watch = "(() => { const look = () => { const done = location.pathname === '/pair' ? document.readyState === 'complete' : \
document.querySelectorAll('.card').length && window.pedal?.store.online; \
if (done) window.usable = performance.now(); else requestAnimationFrame(look); }; look(); })()";
    browser.call("Page.addScriptToEvaluateOnNewDocument", json!({"source": watch}))?;
    let (mut ours, mut control) = (Vec::new(), Vec::new());
    for round in 0..=options.rounds {
        for (path, times) in [("/#chain", &mut ours), ("/pair", &mut control)] {
            browser.call("Page.navigate", json!({"url": "about:blank"}))?;
            browser.call("Page.navigate", json!({"url": format!("http://{address}{path}")}))?;
            browser.until("window.usable")?;
            if round > 0 {
                times.push(browser.value("window.usable")?.as_f64().context("no time")?);
            }
        }
    }
    let (ours, control) = (median(ours), median(control));
    println!("\nusable after: editor {ours:.0} ms, pairing page {control:.0} ms (medians, nothing kept)");
    Ok(Bar::at_most("editor usable after, median ms", INTERACTIVE, ours))
}
