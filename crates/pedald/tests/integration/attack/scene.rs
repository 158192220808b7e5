//! The pedal that is attacked, and what a stranger can send to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pedald::access::{Desk, Role};
use serde_json::Value;

use super::ARGUMENTS;
use crate::process::{Engine, ask};

/// Frames of a period: so long that a busy machine loses none by itself.
const PERIOD: &str = "8192";

pub(super) struct Server {
    child: Child,
    pub(super) port: u16,
    pub(super) log: std::sync::Arc<std::sync::Mutex<String>>,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let (socket, data) = (folder.join("engine.sock"), folder.join("data"));
        let arguments = [
            "pedald",
            "--engine",
            socket.to_str().unwrap(),
            "--data",
            data.to_str().unwrap(),
            "--listen",
            "0.0.0.0:0",
            "--verbose",
        ];
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "attack::server_program", "--nocapture"])
            .env(ARGUMENTS, arguments.join("\n"))
            .env("LV2_PATH", test_plugins::lv2_path())
            .env("XDG_RUNTIME_DIR", folder)
            .env_remove("NOTIFY_SOCKET")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
        let port = loop {
            let line = lines.next().expect("it says where it listens").unwrap();
            if let Some((_, address)) = line.split_once("http://") {
                break address.trim().rsplit_once(':').unwrap().1.parse().unwrap();
            }
        };
        let all = log.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut all = all.lock().unwrap();
                all.push_str(&line);
                all.push('\n');
            }
        });
        Self { child, port, log }
    }

    pub(super) fn memory_kb(&self) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = text.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Our own address in the network, from which we count as a stranger; loopback where there is no network.
fn outside() -> IpAddr {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    let found = socket.connect("192.0.2.1:9").ok().and_then(|()| Some(socket.local_addr().ok()?.ip()));
    found.filter(|address| !address.is_unspecified()).unwrap_or_else(|| {
        println!("skipped: this machine has no network, so all attacks come from loopback");
        IpAddr::from([127, 0, 0, 1])
    })
}

pub(super) fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Sends bytes and takes whatever comes until the other side ends. A reset is an end like any other.
pub(super) fn raw(to: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(to);
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request as text; its status and the whole answer.
pub(super) fn request(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, String) {
    let mut text =
        format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| *name == "Host") {
        text.push_str(&format!("Host: {to}\r\n"));
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let answer = raw(to, format!("{text}\r\n{body}").as_bytes());
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, answer)
}

/// What must not change: the board in the engine, and what is on the disk.
pub(super) fn possessions(folder: &Path) -> (Value, Vec<String>) {
    fn names(folder: &Path, all: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                names(&path, all);
            }
            all.push(path.display().to_string());
        }
    }
    let board = serde_json::from_str(&ask(&folder.join("engine.sock"), "x_board")).unwrap();
    let mut all = Vec::new();
    names(&folder.join("data"), &mut all);
    // What the pedal writes by itself, a while after its start or after an edit: the measured plugins, the settings,
    // which board was the last, the automatic copies of a board, and the temporary file of each.
    let by_itself = [".cache", "/data/config", "last.json", "/.pedald/versions"];
    all.retain(|path| !by_itself.iter().any(|own| path.contains(own)));
    all.sort();
    (board, all)
}

pub(super) struct Tokens {
    pub(super) play: String,
    pub(super) edit: String,
    pub(super) admin: String,
}

pub(super) struct Scene {
    pub(super) folder: tempfile::TempDir,
    _engine: Engine,
    pub(super) server: Server,
    pub(super) tokens: Tokens,
    /// Where a stranger finds us.
    pub(super) there: SocketAddr,
}

impl Scene {
    pub(super) async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (desk, _) = Desk::open(&folder.path().join("data/.pedald"));
        let token = |role| desk.admit("test", role).unwrap().0.text();
        let tokens =
            Tokens { play: token(Role::Player), edit: token(Role::Editor), admin: token(Role::Admin) };
        desk.save().await.unwrap();
        let engine = Engine::start_with(&folder.path().join("engine.sock"), &["--period", PERIOD]);
        let server = Server::start(folder.path());
        let there = SocketAddr::new(outside(), server.port);
        let scene = Self { folder, _engine: engine, server, tokens, there };
        let patience = Instant::now() + Duration::from_secs(60);
        while request(scene.there, "GET", "/healthz", &[], "").0 != 200 {
            assert!(Instant::now() < patience, "the engine plays");
            std::thread::sleep(Duration::from_millis(200));
        }
        let bearer = format!("Bearer {}", scene.tokens.edit);
        for path in [
            "/effect/add//graph/a?uri=urn:archibald:test:gain&x=1&y=1",
            "/effect/connect//graph/capture_1,/graph/a/in",
            "/effect/connect//graph/a/out,/graph/playback_1",
        ] {
            let (status, answer) = request(scene.there, "GET", path, &[("Authorization", &bearer)], "");
            assert!(status == 200 && !answer.ends_with("false"), "{path}: {answer}");
        }
        let body = "title=Mine&asNew=1";
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let (status, _) =
            request(scene.there, "POST", "/pedalboard/save", &[("Authorization", &bearer), form], body);
        assert_eq!(status, 200);
        scene
    }

    pub(super) fn lost(&self) -> u64 {
        self.engine("xruns")
    }

    pub(super) fn engine(&self, what: &str) -> u64 {
        let stats: Value =
            serde_json::from_str(&ask(&self.folder.path().join("engine.sock"), "x_stats")).unwrap();
        stats[what].as_u64().unwrap_or_else(|| panic!("{what}: {stats}"))
    }
}
