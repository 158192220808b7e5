//! The editor in a real browser: Debian's chromium, steered by its DevTools protocol. Without one the tests say so.
//! `hand` does what a player's hand does, `state` compares what the page knows with what the session knows.

mod hand;
mod state;

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub use state::{ends_well, same_state};

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
}

pub fn skipped() {
    eprintln!("skipped: there is no chromium on this machine (Debian package chromium)");
}
