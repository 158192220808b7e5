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
        browser.call("Page.navigate", json!({"url": format!("http://{address}/#{zoom}")})).await;
        browser.until("document.querySelector('.strip-button') && window.pedal?.store.online").await;
        Some(browser)
    }

    pub async fn call(&mut self, method: &str, parameters: Value) -> Value {
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
                assert!(value["error"].is_null(), "{method}: {value}");
                return value["result"].take();
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
        while self.value(&format!("!!({expression})")).await != json!(true) {
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
        let place = self
            .value(&format!(
                "(() => {{ const one = {find}; one.scrollIntoView({{ block: 'center', inline: 'center' }}); \
                 const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
            ))
            .await;
        self.mouse("mousePressed", &place).await;
        self.mouse("mouseReleased", &place).await;
    }

    async fn mouse(&mut self, what: &str, place: &Value) {
        let event = json!({"type": what, "x": place[0], "y": place[1], "button": "left", "buttons": 1, "clickCount": 1});
        self.call("Input.dispatchMouseEvent", event).await;
    }

    /// Drags from one point to another, in steps.
    pub async fn drag(&mut self, from: &Value, to: &Value) {
        self.mouse("mousePressed", from).await;
        for step in 1..=8 {
            let part = f64::from(step) / 8.0;
            let between = |at: usize| {
                let (a, b) = (from[at].as_f64().unwrap(), to[at].as_f64().unwrap());
                a + (b - a) * part
            };
            self.mouse("mouseMoved", &json!([between(0), between(1)])).await;
        }
        self.mouse("mouseReleased", to).await;
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
