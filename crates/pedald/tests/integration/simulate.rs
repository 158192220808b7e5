//! The simulated pedal's page, as a browser sees it: over HTTP and its socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use pedal_hardware::Profile;
use pedald::controls::{self, AlsaOut, Files};
use pedald::display::Display;
use pedald::engine::fake::FakeEngine;
use pedald::hardware::{Found, Hardware};
use pedald::session::{ControlPort, Core, MidiBinding, SessionHandle};
use pedald::store::MemoryDisk;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

use crate::boards::{TestCatalogue, chain};

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

struct Stage {
    address: SocketAddr,
    session: SessionHandle,
    hand: pedald::hardware::Hand,
    _folder: tempfile::TempDir,
}

/// A board whose first plugin is on footswitch 0, served on a port of this machine.
async fn stage() -> Stage {
    let mut board = chain("Board", 2);
    let binding = MidiBinding { channel: 13, controller: 60, min: 0.0, max: 1.0 };
    Arc::make_mut(&mut board.plugins[0]).midi.insert(ControlPort::BYPASS.into(), binding);
    let disk = MemoryDisk::default().with("/b/0", board);
    disk.contents().last = Some("/b/0".into());
    let session = SessionHandle::start(Core::new(TestCatalogue), FakeEngine::new(TestCatalogue).0, disk);
    let folder = tempfile::tempdir().expect("folder");
    let display = Display::new();
    let found = Found::Simulated(Profile::v3());
    let hardware = Hardware::new(&found, display.frames());
    let hand = hardware.hand().expect("it is simulated");
    let files = Files::new(folder.path(), folder.path(), None);
    let part =
        controls::Part::new(session.clone(), display.clone(), files, found, hardware, AlsaOut::default());
    tokio::spawn(controls::run(part));
    let routes = pedald::web::alone(pedald::simulate::routes(hand.clone(), display));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let stage = Stage { address, session, hand, _folder: folder };
    stage.until("the board is loaded", |stage| stage.session.state().board.title == "Board").await;
    stage
}

impl Stage {
    async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..3000 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{what}: {:?}", self.session.state());
    }

    async fn connect(&self) -> Socket {
        let url = format!("ws://{}/simulate/socket", self.address);
        tokio_tungstenite::connect_async(url).await.expect("connected").0
    }

    /// The first line of the answer to a GET.
    async fn get(&self, path: &str, headers: &str) -> (String, String) {
        let mut stream = tokio::net::TcpStream::connect(self.address).await.expect("connected");
        let request = format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.to_owned(), body.to_owned())
    }

    fn bypassed(&self) -> bool {
        self.session.state().board.plugins[0].bypassed
    }
}

/// Reads until a message of this name holds what is asked for.
async fn told(socket: &mut Socket, name: &str, holds: impl Fn(&Value) -> bool) -> Value {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(30), socket.next()).await;
        let message = message.unwrap_or_else(|_| panic!("nothing more is told of {name}"));
        let Message::Text(text) = message.expect("open").expect("a message") else { continue };
        let value: Value = serde_json::from_str(&text).expect("JSON");
        if value.get(name).is_some_and(&holds) {
            return value[name].clone();
        }
    }
}

async fn say(socket: &mut Socket, text: &str) {
    socket.send(Message::text(text)).await.expect("sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_presses_and_sees_the_lamp() {
    let stage = stage().await;
    let mut socket = stage.connect().await;
    let hello = told(&mut socket, "hello", |_| true).await;
    assert_eq!((&hello["feet"], &hello["screen"][0]), (&Value::from(4), &Value::from(320)));
    assert_eq!(hello["encoders"].as_array().map(Vec::len), Some(4));
    told(&mut socket, "labels", |labels| {
        labels["feet"][0]["label"] == "gain" && labels["feet"][0]["lit"] == true
    })
    .await;
    let lit = |lamps: &Value| lamps["feet"][0] != "#000000";
    let press = |down: bool| format!(r#"{{"do":"press","encoder":false,"index":0,"down":{down}}}"#);
    say(&mut socket, &press(true)).await;
    told(&mut socket, "lamps", |lamps| !lit(lamps)).await;
    assert!(stage.bypassed());
    say(&mut socket, &press(false)).await;
    // nonsense between is left out
    for text in [
        "",
        "{}",
        r#"{"do":"press","encoder":false,"index":99,"down":true}"#,
        r#"{"do":"turn","index":7,"clicks":3}"#,
    ] {
        say(&mut socket, text).await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await; // longer than contacts bounce
    say(&mut socket, &press(true)).await;
    told(&mut socket, "lamps", lit).await;
    assert!(!stage.bypassed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_goes_away_lets_go() {
    let stage = stage().await;
    let mut socket = stage.connect().await;
    told(&mut socket, "hello", |_| true).await;
    say(&mut socket, r#"{"do":"press","encoder":false,"index":0,"down":true}"#).await;
    stage.until("the press is heard", Stage::bypassed).await;
    assert_eq!(stage.hand.pedal().channel(0), 0);
    drop(socket);
    stage.until("the switch is let go", |stage| stage.hand.pedal().channel(0) == 1023).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_picture_is_whole_and_files_are_for_this_machine_only() {
    let stage = stage().await;
    let mut socket = stage.connect().await;
    let picture = loop {
        if let Message::Binary(bytes) = socket.next().await.expect("open").expect("a message") {
            break bytes;
        }
    };
    assert_eq!(picture[..8], [0, 0, 0, 0, 1, 64, 0, 240]);
    assert_eq!(picture.len(), 8 + 320 * 240 * 2);
    let host = format!("Host: {}\r\n", stage.address);
    for (path, part) in
        [("/simulate", "<canvas"), ("/simulate/simulate.js", "WebSocket"), ("/simulate/style.css", ".stomp")]
    {
        let (head, body) = stage.get(path, &host).await;
        assert!(head.starts_with("HTTP/1.1 200") && body.contains(part), "{path}: {head}");
        assert!(head.contains("default-src 'self'"), "{head}");
    }
    for headers in ["Host: pedal.example\r\n".to_owned(), format!("{host}Origin: http://evil.example\r\n")] {
        let (head, _) = stage.get("/simulate", &headers).await;
        assert!(head.starts_with("HTTP/1.1 403"), "{head}");
    }
}
