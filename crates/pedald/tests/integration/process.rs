//! The real engine as a process of its own, killed and started anew.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pedald::engine::SocketEngine;
use pedald::session::{ControlPort, Core, Intent, SessionHandle, Source, State};
use pedald::store::MemoryDisk;

use crate::boards::{TestCatalogue, chain};

const ARGUMENTS: &str = "PEDALD_TEST_ENGINE";

/// Not a test: the engine's program, when this binary is started as such by [`Engine::start`].
#[test]
fn engine_program() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    let arguments = arguments.split('\n').map(std::ffi::OsString::from);
    let _ = pedal_engine::cli::main(arguments);
}

/// The engine's program; it ends with this.
pub struct Engine(Child);

impl Engine {
    fn start(socket: &Path) -> Self {
        Self::start_with(socket, &[])
    }

    pub fn start_with(socket: &Path, more: &[&str]) -> Self {
        let mut arguments = vec![
            "archibald-engine",
            "run",
            "--backend",
            "dummy",
            "--socket",
            socket.to_str().expect("UTF-8"),
        ];
        arguments.extend(more);
        let child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "process::engine_program", "--nocapture"])
            .env(ARGUMENTS, arguments.join("\n"))
            .env("LV2_PATH", test_plugins::lv2_path())
            .env_remove("NOTIFY_SOCKET")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("started"))
    }

    fn kill(&mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("gone");
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn until(session: &SessionHandle, what: &str, holds: impl Fn(&State) -> bool) {
    let patience = Instant::now() + Duration::from_secs(30);
    while !holds(&session.state()) {
        assert!(Instant::now() < patience, "{what}: {:?}", session.state());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_comes_back_after_kill_9() {
    let folder = tempfile::tempdir().expect("folder");
    let socket = folder.path().join("engine.sock");
    let disk = MemoryDisk::default().with("/b/0", chain("Board", 5));
    disk.contents().last = Some("/b/0".into());
    let link = SocketEngine::new(&socket, &folder.path().join("boards")).expect("a folder");
    // the session is there before the engine is
    let session = SessionHandle::start(Core::new(TestCatalogue), link, disk);
    until(&session, "the board is read", |state| state.board.title == "Board").await;
    assert!(!session.state().engine.is_running());
    let mut engine = Engine::start(&socket);
    until(&session, "the engine runs", |state| state.engine.is_running()).await;

    let port = ControlPort::new("p0", "gain");
    let set = Intent::Set { port: port.clone(), value: 0.25 };
    session.ask(Source::Web(1), set).await.expect("set");
    until(&session, "blocks are counted", |state| state.health.plugins.len() == 5 && state.health.blocks > 0)
        .await;

    for value in [0.5, 0.75] {
        engine.kill();
        until(&session, "the loss is seen", |state| !state.engine.is_running()).await;
        let set = Intent::Set { port: port.clone(), value };
        session.ask(Source::Web(1), set).await.expect("it can be turned meanwhile");
        engine = Engine::start(&socket);
        until(&session, "the engine runs again", |state| state.engine.is_running()).await;
    }
    // what the engine holds is asked for on a connection of its own
    let board = tokio::task::spawn_blocking({
        let socket = socket.clone();
        move || ask(&socket, "x_board")
    });
    let board: serde_json::Value = serde_json::from_str(&board.await.expect("asked")).expect("JSON");
    assert_eq!(board["plugins"].as_array().map(Vec::len), Some(5), "{board}");
    assert_eq!(board["plugins"][0]["params"]["gain"], 0.75, "{board}");
    assert_eq!(board["connections"].as_array().map(Vec::len), Some(6), "{board}");
    assert_eq!(session.state().notice, None);
}

/// What the engine answers to a command on a connection of its own.
pub fn ask(socket: &Path, line: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::os::unix::net::UnixStream::connect(socket).expect("connected");
    stream.write_all(format!("{line}\0").as_bytes()).expect("sent");
    let mut answer = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte).expect("answered") == 1 && byte[0] != 0 {
        answer.push(byte[0]);
    }
    String::from_utf8(answer).expect("UTF-8")
}
