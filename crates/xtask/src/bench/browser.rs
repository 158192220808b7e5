//! Debian's chromium, steered by its DevTools protocol: one page, one question at a time.

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::audio::child::Background;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page; it ends with this.
pub(super) struct Browser {
    socket: WebSocket<TcpStream>,
    session: String,
    number: u64,
    _program: Background,
}

impl Browser {
    /// Starts it with an empty profile in `folder`.
    pub(super) fn start(folder: &Path, log: &Path) -> Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        let mut command = Command::new("chromium");
        command
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--remote-debugging-port=0", "--no-first-run", "--disable-background-networking"])
            .arg(format!("--user-data-dir={}", folder.display()))
            .arg("about:blank");
        let mut program = Background::start(&mut command, log)?;
        let address = program.wait_for(PATIENCE, || {
            let text = std::fs::read_to_string(log).ok()?;
            let line = text.lines().find_map(|line| line.split_once("DevTools listening on ws://"))?;
            Some(line.1.trim().to_owned())
        })?;
        let host = address.split('/').next().context("an address without a host")?;
        let stream = TcpStream::connect(host).with_context(|| format!("cannot reach chromium at {host}"))?;
        stream.set_read_timeout(Some(PATIENCE)).context("cannot limit a wait")?;
        let (socket, _) = tungstenite::client(format!("ws://{address}"), stream)
            .map_err(|error| anyhow::anyhow!("chromium's DevTools: {error}"))?;
        let mut browser = Self { socket, session: String::new(), number: 0, _program: program };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}))?;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", attach)?;
        browser.session = session["sessionId"].as_str().context("no session")?.to_owned();
        for domain in ["Page.enable", "Runtime.enable", "Network.enable"] {
            browser.call(domain, json!({}))?;
        }
        Ok(browser)
    }

    /// Calls a method of the protocol.
    pub(super) fn call(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.number += 1;
        let mut message = json!({"id": self.number, "method": method, "params": parameters});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(message.to_string())).context("chromium is gone")?;
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            let Message::Text(text) = self.socket.read().with_context(|| format!("no answer to {method}"))?
            else {
                continue;
            };
            let mut value: Value = serde_json::from_str(&text).context("chromium speaks no JSON")?;
            if value["id"] == self.number {
                ensure!(value["error"].is_null(), "{method}: {}", value["error"]);
                return Ok(value["result"].take());
            }
        }
        bail!("no answer to {method} within {} s", PATIENCE.as_secs())
    }

    /// The value of an expression; promises are waited for.
    pub(super) fn value(&mut self, expression: &str) -> Result<Value> {
        let question = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut answer = self.call("Runtime.evaluate", question)?;
        ensure!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        Ok(answer["result"]["value"].take())
    }

    /// Waits until an expression is true.
    pub(super) fn until(&mut self, expression: &str) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        // while a page is being loaded there is nobody to ask
        while !self.value(&format!("!!({expression})")).is_ok_and(|value| value == true) {
            ensure!(Instant::now() < end, "never came true: {expression}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}
