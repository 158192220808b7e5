//! The editor in a real browser: Debian's chromium, steered by its DevTools protocol. Without one the tests say so.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

const PATIENCE: Duration = Duration::from_secs(90);
const PROGRAMS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A browser with one page; it ends with this.
pub struct Browser {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
    number: u64,
    /// What the page's scripts complained of.
    pub complaints: Vec<String>,
    _child: tokio::process::Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens `address` in a window of this size; `None` when there is no chromium here.
    pub async fn open(address: SocketAddr, zoom: &str, width: u32, height: u32) -> Option<Self> {
        Self::open_as(address, zoom, width, height, None).await
    }

    /// As [`Self::open`], in a browser that has this token already.
    pub async fn open_as(
        address: SocketAddr,
        zoom: &str,
        width: u32,
        height: u32,
        token: Option<&str>,
    ) -> Option<Self> {
        let profile = tempfile::tempdir().unwrap();
        let mut child = PROGRAMS.iter().find_map(|program| {
            tokio::process::Command::new(program)
                .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
                .args(["--remote-debugging-port=0", "--no-first-run", "--disable-background-networking"])
                .arg(format!("--user-data-dir={}", profile.path().display()))
                .arg("about:blank")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .kill_on_drop(true)
                .spawn()
                .ok()
        })?;
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let devtools = tokio::time::timeout(PATIENCE, async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, address)) = line.split_once("DevTools listening on ") {
                    return Some(address.trim().to_owned());
                }
            }
            None
        });
        let devtools = devtools.await.ok().flatten().expect("chromium says where its DevTools are");
        // Its other lines are read away, so that it never waits for us.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let (socket, _) = tokio_tungstenite::connect_async(devtools).await.unwrap();
        let mut browser = Self {
            socket,
            session: String::new(),
            number: 0,
            complaints: Vec::new(),
            _child: child,
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"})).await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", attach).await;
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        browser.call("Runtime.enable", json!({})).await;
        browser.call("Page.enable", json!({})).await;
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        browser.call("Emulation.setDeviceMetricsOverride", screen).await;
        if let Some(token) = token {
            let cookie = json!({"name": "archibald", "value": token, "url": format!("http://{address}/"),
                "httpOnly": true, "sameSite": "Strict"});
            browser.call("Network.setCookie", cookie).await;
        }
        browser.call("Page.navigate", json!({"url": format!("http://{address}/#{zoom}")})).await;
        browser.until("document.querySelector('.strip-button') && window.pedal?.store.online").await;
        Some(browser)
    }

    pub async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.tried(method, parameters).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// As [`Self::call`]; the error is what chromium says.
    async fn tried(&mut self, method: &str, parameters: Value) -> Result<Value, Value> {
        self.number += 1;
        let number = self.number;
        let mut message = json!({"id": number, "method": method, "params": parameters});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(message.to_string())).await.unwrap();
        loop {
            let heard = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("chromium answers");
            let Message::Text(text) = heard.unwrap().unwrap() else { continue };
            let mut value: Value = serde_json::from_str(&text).unwrap();
            if value["method"] == "Runtime.exceptionThrown" {
                self.complaints.push(value["params"]["exceptionDetails"].to_string());
            }
            if value["id"] == number {
                return if value["error"].is_null() { Ok(value["result"].take()) } else { Err(value) };
            }
        }
    }

    /// The value of a JavaScript expression; promises are waited for.
    pub async fn value(&mut self, expression: &str) -> Value {
        let question = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut answer = self.call("Runtime.evaluate", question).await;
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// Waits until an expression is true.
    pub async fn until(&mut self, expression: &str) {
        let end = tokio::time::Instant::now() + PATIENCE;
        let question = json!({"expression": format!("!!({expression})"), "returnByValue": true});
        loop {
            // a page that is just being loaded has nothing to ask
            let answer = self.tried("Runtime.evaluate", question.clone()).await.unwrap_or_default();
            let thrown = &answer["exceptionDetails"];
            assert!(thrown.is_null(), "{expression}: {thrown}");
            if answer["result"]["value"] == true {
                return;
            }
            if tokio::time::Instant::now() > end {
                let shown = self.value("document.body.innerText").await;
                panic!("never came true: {expression}\n{shown}\n{:?}", self.complaints);
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Presses and lets go with the mouse in the middle of what the selector finds, as a hand would.
    pub async fn click(&mut self, selector: &str) {
        let find = format!("document.querySelector({})", json!(selector));
        self.until(&find).await;
        // What is being drawn anew moves: it is touched when it stands still and nothing lies over it.
        let still = format!(
            "(async () => {{ let was = '', at = [0, 0]; \
             for (let frame = 0; frame < 60; frame++) {{ \
             const one = {find}; if (!one) {{ await new Promise(requestAnimationFrame); continue; }} \
             one.scrollIntoView({{ block: 'center', inline: 'center' }}); \
             const box = one.getBoundingClientRect(); at = [box.x + box.width / 2, box.y + box.height / 2]; \
             if (String(at) === was && one.contains(document.elementFromPoint(...at))) break; \
             was = String(at); await new Promise(requestAnimationFrame); }} return at; }})()"
        );
        let place = self.value(&still).await;
        self.mouse("mousePressed", &place).await;
        self.mouse("mouseReleased", &place).await;
    }

    /// As [`Self::click`], on the first of what the selector finds that has this text.
    pub async fn click_text(&mut self, selector: &str, text: &str) {
        let find = format!(
            "[...document.querySelectorAll({})].find(one => one.textContent.includes({}))",
            json!(selector),
            json!(text)
        );
        self.until(&find).await;
        self.value(&format!("{find}.id = 'the-one'")).await;
        self.click("#the-one").await;
        self.value("document.getElementById('the-one')?.removeAttribute('id')").await;
    }

    /// Chooses from the list with this label within `scope`.
    pub async fn choose(&mut self, scope: &str, label: &str, value: &str) {
        let find = format!(
            "[...document.querySelectorAll({})].find(one => one.textContent.startsWith({}))?.querySelector('select')",
            json!(scope),
            json!(label)
        );
        self.until(&find).await;
        let set = format!(
            "(one => {{ one.value = {}; one.dispatchEvent(new Event('change')); return one.value; }})({find})",
            json!(value)
        );
        assert_eq!(self.value(&set).await, json!(value));
    }

    /// Loads the page anew, and waits until it has the pedal.
    pub async fn reload(&mut self) {
        self.value("window.old = 1").await;
        self.call("Page.reload", json!({})).await;
        self.until("!window.old && window.pedal?.store.online").await;
    }

    /// What was to be drawn is drawn.
    pub async fn settle(&mut self) {
        self.value("new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => done(1))), 100))").await;
    }

    /// As if the pointer were over every button and link, or over none.
    pub async fn hover_all(&mut self, over: bool) {
        if !over {
            self.call("CSS.disable", json!({})).await;
            self.call("DOM.disable", json!({})).await;
            return;
        }
        self.call("DOM.enable", json!({})).await;
        self.call("CSS.enable", json!({})).await;
        let root = self.call("DOM.getDocument", json!({"depth": 0})).await["root"]["nodeId"].take();
        let all = json!({"nodeId": root, "selector": "button:not(:disabled), a, summary, .control"});
        let found = self.call("DOM.querySelectorAll", all).await;
        for node in found["nodeIds"].as_array().unwrap() {
            // what a redraw has taken away meanwhile needs no pointer
            let force = json!({"nodeId": node, "forcedPseudoClasses": ["hover"]});
            let _ = self.tried("CSS.forcePseudoState", force).await;
        }
    }

    async fn mouse(&mut self, what: &str, place: &Value) {
        self.mouse_with(what, place, 0).await;
    }

    /// One step of the mouse, with keys held (8 is Shift).
    pub async fn mouse_with(&mut self, what: &str, place: &Value, modifiers: u32) {
        let event = json!({"type": what, "x": place[0], "y": place[1], "button": "left", "buttons": 1, "clickCount": 1, "modifiers": modifiers});
        self.call("Input.dispatchMouseEvent", event).await;
    }

    /// Drags from one point to another, in steps.
    pub async fn drag(&mut self, from: &Value, to: &Value) {
        self.drag_with(from, to, 0).await;
    }

    /// As [`Self::drag`], with keys held.
    pub async fn drag_with(&mut self, from: &Value, to: &Value, modifiers: u32) {
        self.mouse_with("mousePressed", from, modifiers).await;
        for step in 1..=8 {
            let part = f64::from(step) / 8.0;
            let between = |at: usize| {
                let (a, b) = (from[at].as_f64().unwrap(), to[at].as_f64().unwrap());
                a + (b - a) * part
            };
            self.mouse_with("mouseMoved", &json!([between(0), between(1)]), modifiers).await;
        }
        self.mouse_with("mouseReleased", to, modifiers).await;
    }

    /// Opens a dialog by a function of one of the page's modules, e.g. `files`, `openFiles()`.
    pub async fn dialog(&mut self, module: &str, call: &str) {
        let script = format!(
            "import(document.querySelector('script[type=module]').src.replace('main.js', '{module}.js')).then(it => {{ it.{call}; return 1; }})"
        );
        self.value(&script).await;
        self.until("document.querySelector('dialog')").await;
    }

    /// Keeps what the page says in short messages, which go by themselves: `said`.
    pub async fn listen(&mut self) {
        self.value(
            "window.said = []; new MutationObserver(list => list.forEach(one => one.addedNodes.forEach(node => said.push(node.textContent)))) \
             .observe(document.getElementById('toasts'), { childList: true }); 1",
        )
        .await;
    }

    /// Waits until it has said this.
    pub async fn hears(&mut self, text: &str) {
        self.until(&format!("said.some(one => one.includes({}))", json!(text))).await;
    }

    /// Closes every dialog.
    pub async fn close_dialogs(&mut self) {
        self.value("document.querySelectorAll('dialog [aria-label=Close]').forEach(one => one.click())")
            .await;
        self.until("!document.querySelector('dialog')").await;
    }

    /// Gives files to a field, as a hand that chooses them.
    pub async fn give_files(&mut self, selector: &str, files: &[&std::path::Path]) {
        let question = json!({"expression": format!("document.querySelector({})", json!(selector))});
        let object = self.call("Runtime.evaluate", question).await["result"]["objectId"].take();
        let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
        self.call("DOM.setFileInputFiles", json!({"files": files, "objectId": object})).await;
    }

    /// Types into what has the focus.
    pub async fn write(&mut self, text: &str) {
        self.call("Input.insertText", json!({"text": text})).await;
    }

    pub async fn key(&mut self, key: &str, modifiers: u32) {
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({"type": kind, "key": key, "modifiers": modifiers});
            self.call("Input.dispatchKeyEvent", event).await;
        }
    }
}

pub fn skipped() {
    eprintln!("skipped: there is no chromium on this machine (Debian package chromium)");
}

/// Waits until the page's copy of the state is the session's, field by field.
pub async fn same_state(page: &mut Browser, web: &pedald::web::Web) {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let theirs = page.value("JSON.stringify(pedal.store.state)").await;
        let ours = serde_json::to_string(&*web.session().state()).unwrap();
        let [theirs, ours] = [theirs.as_str().unwrap(), &ours].map(leaves);
        if theirs == ours {
            return;
        }
        if tokio::time::Instant::now() > end {
            let only = |of: &[String], other: &[String]| {
                of.iter().filter(|line| !other.contains(line)).cloned().collect::<Vec<_>>().join("\n")
            };
            panic!(
                "only the page has:\n{}\nonly the session:\n{}",
                only(&theirs, &ours),
                only(&ours, &theirs)
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The page shows what the session has, and has not complained of anything.
pub async fn ends_well(page: &mut Browser, web: &pedald::web::Web) {
    same_state(page, web).await;
    assert_eq!(page.complaints, Vec::<String>::new());
}

/// Every leaf of a JSON text as a line with its path; numbers as numbers, whatever they are written like. Left out is what
/// the page does not follow: load and meters.
fn leaves(text: &str) -> Vec<String> {
    fn walk(path: &str, value: &Value, out: &mut Vec<String>) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                map.iter().for_each(|(key, value)| walk(&format!("{path}.{key}"), value, out));
            }
            Value::Array(list) if !list.is_empty() => {
                list.iter().enumerate().for_each(|(at, value)| walk(&format!("{path}[{at}]"), value, out));
            }
            // values of controls are of single precision; a page's numbers never are
            Value::Number(number) => out.push(format!("{path} = {:?}", number.as_f64().map(|n| n as f32))),
            other => out.push(format!("{path} = {other}")),
        }
    }
    let mut value = serde_json::from_str::<Value>(text).unwrap();
    if let Some(map) = value.as_object_mut() {
        map.retain(|key, _| !["health", "outputs"].contains(&key.as_str()));
    }
    let mut out = Vec::new();
    walk("", &value, &mut out);
    out.sort();
    out
}
