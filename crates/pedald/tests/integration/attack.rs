//! Somebody in the network who means harm: real sockets, the real program, the real engine in a process of its own.
//! He gets nothing, and the engine does not notice him: no command reaches it, no block is lost because of him.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pedald::access::{Desk, Role};
use serde_json::Value;

use crate::process::{Engine, ask};

const ARGUMENTS: &str = "PEDALD_TEST_SERVER";
/// Frames of a period: so long that a busy machine loses none by itself.
const PERIOD: &str = "8192";

/// Not a test: the control service's program, when this binary is started as such by [`Server::start`].
#[test]
fn server_program() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    let _ = pedald::cli::main(arguments.split('\n').map(std::ffi::OsString::from));
}

struct Server {
    child: Child,
    port: u16,
    log: std::sync::Arc<std::sync::Mutex<String>>,
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

    fn memory_kb(&self) -> u64 {
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

fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Sends bytes and takes whatever comes until the other side ends. A reset is an end like any other.
fn raw(to: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(to);
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request as text; its status and the whole answer.
fn request(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
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
fn possessions(folder: &Path) -> (Value, Vec<String>) {
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

struct Tokens {
    play: String,
    edit: String,
    admin: String,
}

struct Scene {
    folder: tempfile::TempDir,
    _engine: Engine,
    server: Server,
    tokens: Tokens,
    /// Where a stranger finds us.
    there: SocketAddr,
}

impl Scene {
    async fn set() -> Self {
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

    fn lost(&self) -> u64 {
        self.engine("xruns")
    }

    fn engine(&self, what: &str) -> u64 {
        let stats: Value =
            serde_json::from_str(&ask(&self.folder.path().join("engine.sock"), "x_stats")).unwrap();
        stats[what].as_u64().unwrap_or_else(|| panic!("{what}: {stats}"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_means_harm_gets_nothing_and_is_not_heard() {
    let scene = Scene::set().await;
    let before = possessions(scene.folder.path());
    let memory = scene.server.memory_kb();
    let mut worst = Vec::new();
    // Another process may take the machine for 170 ms; an attack that costs blocks would cost some in every round.
    for round in 0..3 {
        let (lost, blocks) = (scene.lost(), scene.engine("blocks"));
        tokio::task::block_in_place(|| attack(&scene, round));
        assert!(scene.engine("blocks") > blocks, "blocks go on");
        worst.push(scene.lost() - lost);
        if worst.last() == Some(&0) {
            break;
        }
    }
    assert_eq!(worst.last(), Some(&0), "blocks lost in each round: {worst:?}");
    let after = possessions(scene.folder.path());
    assert_eq!(after.0, before.0, "the board is as it was");
    assert_eq!(after.1, before.1, "the files are as they were");
    let grown = scene.server.memory_kb().saturating_sub(memory);
    assert!(grown < 64 << 10, "{grown} kB more");
    let (status, _) = request(scene.there, "GET", "/healthz", &[], "");
    assert!(status == 200 || status == 429, "{status}");
    let bearer = format!("Bearer {}", scene.tokens.admin);
    let (status, clients) = request(scene.there, "GET", "/api/clients", &[("Authorization", &bearer)], "");
    assert_eq!((status, clients.matches("\"paired\"").count()), (200, 3), "nobody was let in: {clients}");
    let log = scene.server.log.lock().unwrap();
    for secret in [&scene.tokens.play, &scene.tokens.edit, &scene.tokens.admin] {
        assert!(!log.contains(secret.as_str()), "a token is in the log");
    }
}

fn attack(scene: &Scene, round: usize) {
    let to = scene.there;
    let play = format!("Bearer {}", scene.tokens.play);
    let cookie = format!("archibald={}", scene.tokens.admin);

    // slow-loris first: they hang on while the rest goes on
    let lorises = (0..20).map(|_| TcpStream::connect(to).unwrap()).collect::<Vec<_>>();
    for mut loris in &lorises {
        let _ = loris.write_all(b"GET / HTTP/1.1\r\nHost: pedal\r\nX-A: ");
    }
    no_token(to);
    playing_is_not_editing(to, &play);
    foreign(to, &cookie, scene.server.port);
    codes(to, if round == 0 { 10_000 } else { 1_000 });
    paths(to, &play);
    uploads(to, &play);
    frames(to, &play);
    garbage(to);
    let opened = Instant::now();
    for loris in lorises {
        loris.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut end = Vec::new();
        // an end or a reset; waiting for ever would be the error
        if let Err(error) = { loris }.read_to_end(&mut end) {
            assert!(
                !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
                "it hangs on"
            );
        }
    }
    println!("round {round}: the last slow one was gone {:?} after the rest", opened.elapsed());
}

fn no_token(to: SocketAddr) {
    let paths = [
        "/reset",
        "/effect/add//graph/evil?uri=urn:archibald:test:gain",
        "/effect/remove//graph/a",
        "/pedalboard/list",
        "/websocket",
        "/api/clients",
        "/api/network",
        "/metrics",
        "/files/list",
        "/nothing",
    ];
    for headers in [
        vec![],
        vec![("Authorization", "Bearer "), ("Cookie", "archibald=")],
        vec![("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=127.0.0.1")],
    ] {
        for path in paths {
            let (status, answer) = request(to, "GET", path, &headers, "");
            assert!(matches!(status, 401 | 429), "{path}: {answer}");
        }
    }
    let (status, answer) = request(to, "GET", "/healthz", &[], "");
    assert!(status == 429 || !answer.contains("Mine"), "a stranger learns the board's name: {answer}");
    // on this machine it is no different: nothing is trusted without --dev
    let here = SocketAddr::new([127, 0, 0, 1].into(), to.port());
    assert!(matches!(request(here, "GET", "/reset", &[], "").0, 401 | 429));
}

fn playing_is_not_editing(to: SocketAddr, play: &str) {
    let play = ("Authorization", play);
    for path in [
        "/effect/add//graph/evil?uri=urn:archibald:test:gain",
        "/effect/remove//graph/a",
        "/snapshot/saveas?title=x",
        "/pedalboard/remove?bundlepath=/",
        "/api/clients",
        "/truebypass/Left/true",
    ] {
        let (status, answer) = request(to, "GET", path, &[play], "");
        assert_eq!(status, 403, "{path}: {answer}");
    }
    for path in [
        "/pedalboard/save",
        "/banks/save",
        "/config/set",
        "/effect/parameter/address//graph/a/gain",
        "/set_buffersize/64",
        "/api/network/mode",
        "/api/clients/revoke-all",
        "/pedalboard/load_web",
    ] {
        let (status, answer) = request(to, "POST", path, &[play], "{}");
        assert_eq!(status, 403, "{path}: {answer}");
    }
}

fn foreign(to: SocketAddr, cookie: &str, port: u16) {
    let cookie = ("Cookie", cookie);
    let rebound = format!("evil.example:{port}");
    let own = format!("http://{to}");
    let cases: [&[(&str, &str)]; 8] = [
        &[cookie, ("Origin", "http://evil.example")],
        &[cookie, ("Origin", "null")],
        &[cookie, ("Host", &rebound), ("Origin", &rebound)],
        &[cookie, ("Host", "evil.example")],
        &[cookie, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")],
        &[cookie, ("Sec-Fetch-Site", "same-site")],
        // a picture on a page that hides where it comes from
        &[cookie, ("User-Agent", "Mozilla/5.0")],
        &[cookie, ("Origin", &own), ("Sec-Fetch-Site", "cross-site")],
    ];
    for headers in cases {
        for (method, path) in [
            ("GET", "/reset"),
            ("GET", "/effect/remove//graph/a"),
            ("POST", "/pedalboard/save"),
            ("GET", "/websocket"),
            ("OPTIONS", "/reset"),
        ] {
            let (status, answer) = request(to, method, path, headers, "");
            assert!(status == 403, "{method} {path} {headers:?}: {answer}");
            assert!(!answer.to_lowercase().contains("access-control-allow"), "{answer}");
        }
    }
}

/// Answers of a connection that is kept, one at a time: the status, and whether the connection goes on.
fn on_the_line(stream: &mut BufReader<TcpStream>, bytes: &[u8]) -> Option<u16> {
    stream.get_mut().write_all(bytes).ok()?;
    let (mut status, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_lowercase();
        if status.is_none() {
            status = line.split(' ').nth(1)?.parse().ok();
        } else if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().ok()?;
        } else if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    status
}

fn codes(to: SocketAddr, count: usize) {
    let mut line = BufReader::new(connect(to));
    let (mut sent, mut judged) = (0, 0);
    let post = |path: &str, body: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: {to}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            .into_bytes()
    };
    while sent < count {
        let ask = on_the_line(&mut line, &post("/api/pair/ask", "{}"));
        let code = on_the_line(&mut line, &post("/api/pair/code", &format!("{{\"code\":\"{sent:06}\"}}")));
        match (ask, code) {
            (Some(_), Some(status)) => {
                sent += 1;
                assert_ne!(status, 200, "a guess was right");
                judged += usize::from(matches!(status, 403 | 410));
            }
            _ => line = BufReader::new(connect(to)),
        }
    }
    println!("{sent} wrong codes were sent, and {judged} of them compared");
    assert!(judged < 100, "{judged} guesses were compared with the code");
}

fn paths(to: SocketAddr, play: &str) {
    for path in [
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/resources/..%2f..%2f..%2fetc/passwd?uri=urn:archibald:test:gain",
        "/resources//etc/passwd?uri=urn:archibald:test:gain",
        "/effect/file/custom?uri=urn:archibald:test:gain&filename=../../../../etc/passwd",
        "/pedalboard/info?bundlepath=/etc",
        "/pedalboard/pack_bundle?bundlepath=/etc",
        "/pedalboard/image/screenshot.png?bundlepath=/etc/passwd",
        "/pair.css/../../etc/passwd",
        "/load_template/..%2f..%2fetc%2fpasswd",
        "/js/%00",
        "//etc/passwd",
    ] {
        let (status, answer) = request(to, "GET", path, &[("Authorization", play)], "");
        assert!(!answer.contains("root:"), "{path}");
        assert!((200..500).contains(&status), "{path}: {status}");
    }
}

fn uploads(to: SocketAddr, play: &str) {
    let huge = (1_u64 << 30).to_string();
    for (path, headers) in [
        ("/pedalboard/load_web", vec![]),
        ("/pedalboard/load_web", vec![("Authorization", play)]),
        ("/api/pair/code", vec![]),
        ("/effect/bulk", vec![("Authorization", play)]),
    ] {
        let mut text = format!(
            "POST {path} HTTP/1.1\r\nHost: {to}\r\nContent-Type: application/json\r\nContent-Length: {huge}\r\n"
        );
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = connect(to);
        let _ = stream.write_all(format!("{text}\r\n").as_bytes());
        let block = vec![b'7'; 1 << 20];
        let mut taken = 0;
        // whoever sends on is cut off
        while taken < 1 << 30 && stream.write_all(&block).is_ok() {
            taken += block.len();
        }
        assert!(taken < 64 << 20, "{path}: {taken} bytes were taken");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
        assert!(matches!(status, None | Some(401 | 403 | 413 | 429)), "{path}: {answer}");
    }
}

/// Frames that no browser sends, on a socket that a paired device has opened.
fn frames(to: SocketAddr, play: &str) {
    let mut endless = vec![0x81, 0xff];
    endless.extend((u64::MAX >> 1).to_be_bytes());
    endless.extend([0; 4]);
    // whole, because a frame that is still under way is only a slow client
    let mut long_ping = vec![0x89, 0xfe, 0, 0x80];
    long_ping.extend([0; 4 + 128]);
    let cases: [&[u8]; 8] = [
        b"\x81\x05hello",
        b"\x83\x80\0\0\0\0",
        b"\xf1\x80\0\0\0\0",
        b"\x81\x82\0\0\0\0\xff\xfe",
        b"\x09\x80\0\0\0\0",
        &long_ping,
        &endless,
        b"\0\0\0\0\0\0\0\0\0\0\0\0",
    ];
    for bytes in cases {
        let mut stream = connect(to);
        let upgrade = format!(
            "GET /websocket HTTP/1.1\r\nHost: {to}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: {play}\r\n\r\n"
        );
        stream.write_all(upgrade.as_bytes()).unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 101", "{:?}", String::from_utf8_lossy(&first));
        let _ = stream.write_all(bytes);
        let mut rest = Vec::new();
        if let Err(error) = stream.read_to_end(&mut rest) {
            assert!(
                !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut),
                "{bytes:?} is listened to"
            );
        }
    }
}

fn garbage(to: SocketAddr) {
    let mut many = b"GET / HTTP/1.1\r\nHost: pedal\r\n".to_vec();
    for number in 0..500 {
        many.extend(format!("X-{number}: y\r\n").bytes());
    }
    many.extend(b"\r\n");
    let long = [b"GET /".as_slice(), &vec![b'a'; 100 << 10], b" HTTP/1.1\r\nHost: pedal\r\n\r\n"].concat();
    let cases: [&[u8]; 7] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0\0\0\0\r\n\r\n",
        b"GET http://evil.example/reset HTTP/1.1\r\nHost: pedal\r\nConnection: close\r\n\r\n",
        b"POST /reset HTTP/1.1\r\nHost: pedal\r\nContent-Length: 5\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello",
        b"POST /reset HTTP/1.1\r\nHost: pedal\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nffffffffffffffffff\r\n",
        &many,
        &long,
    ];
    for bytes in cases {
        let answer = raw(to, bytes);
        let status = answer.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
        assert!(status.is_none_or(|status| (400..500).contains(&status)), "{answer}");
    }
}
