//! The demo's pedal: JACK, engine and control service, the pedal on a page, and the guitar over and over.

use std::io::{IsTerminal, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::{Options, TAIL, lost, player, server, tell};
use crate::audio::child::Background;
use crate::audio::engine::Engine;
use crate::audio::wav;
use crate::process;
use crate::workspace::Workspace;

/// The board that shows most with this guitar.
const FIRST: &str = "British_Crunch.pedalboard";
/// Where the page is when nobody uses it.
const USUAL: &str = "127.0.0.1:8080";
/// How long the control service may take until its board sounds: the first start reads all plugins.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the pedal begins with.
pub(super) struct Wanted {
    /// Folder with the boards that came with it.
    factory: PathBuf,
    /// The first board.
    board: PathBuf,
}

impl Wanted {
    /// None when the options or the boards ask for the engine alone.
    pub(super) fn of(workspace: &Workspace, options: &Options) -> Result<Option<Self>> {
        let factory = workspace.root().join("boards/factory");
        let board = match &options.board {
            _ if options.no_pedal => return Ok(None),
            Some(board) if board.is_dir() => {
                board.canonicalize().with_context(|| format!("cannot find the board {}", board.display()))?
            }
            Some(_) => return Ok(None),
            None => factory.join(FIRST),
        };
        Ok(board.is_dir().then_some(Self { factory, board }))
    }
}

/// Plays until the phrase or the seconds are over, or in a terminal until Ctrl-C.
pub(super) fn run(
    workspace: &Workspace,
    options: &Options,
    wanted: &Wanted,
    program: &Path,
    files: [&Path; 2],
) -> Result<()> {
    println!("build: pedald, release");
    process::run(workspace.cargo().args(["build", "--release", "--locked", "--package", "pedald"]))?;
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, ended.clone()).context("cannot catch Ctrl-C")?;
    }
    let dry = wav::read(files[0])?;
    let server = server(workspace, dry.rate, options)?;
    let mut engine = Engine::start(workspace, program, server.name(), &[])?;
    let address = address(options)?;
    let _pedal = start(workspace, wanted, program, &engine, address)?;
    println!("\n  The pedal is on http://{address}/simulate\n");
    let endless = options.seconds.is_none() && std::io::stdout().is_terminal();
    println!(
        "play: {:.1} s in real time through the board{}",
        dry.seconds() + TAIL,
        if endless { ", over and over; Ctrl-C ends" } else { "" }
    );
    let Some(played) = take(&mut player(program, &server, TAIL, files), &ended)? else {
        println!("\nended before the phrase was over: nothing was recorded");
        return Ok(());
    };
    tell(&engine.ask("x_stats")?, files)?;
    let share = lost(&played);
    if share > 0.0 {
        println!(
            "\nThis machine lost {:.2} % of the periods to other programs: the recording has holes there.",
            share * 100.0
        );
    }
    let again = workspace.scratch("demo")?.join("again.wav");
    while endless && !ended.load(Ordering::Relaxed) {
        take(&mut player(program, &server, 0.0, [files[0], &again]), &ended)?;
    }
    println!("\nend: the pedal, the engine and the server are ended");
    Ok(())
}

/// One take; its report, or none when it was ended.
fn take(command: &mut Command, ended: &AtomicBool) -> Result<Option<Value>> {
    let line = process::describe(command);
    // Ctrl-C in a terminal goes to all its programs; this one is ended by us
    let child = command.stdout(Stdio::piped()).stdin(Stdio::null()).process_group(0).spawn();
    let mut child = Killed(child.with_context(|| format!("cannot start `{line}`"))?);
    loop {
        if let Some(status) = child.0.try_wait().context("cannot watch the player")? {
            let mut text = String::new();
            if let Some(mut output) = child.0.stdout.take() {
                output.read_to_string(&mut text).context("the player's report cannot be read")?;
            }
            if !status.success() {
                // Ctrl-C also ends the server under the player
                std::thread::sleep(Duration::from_millis(200));
                if ended.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                bail!("`{line}` ended: {status}");
            }
            return Ok(Some(process::first_json(&text).context("the player's report is not JSON")?));
        }
        if ended.load(Ordering::Relaxed) {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A program that is gone when this is dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where the page listens.
fn address(options: &Options) -> Result<SocketAddr> {
    if let Some(address) = options.listen {
        return Ok(address);
    }
    let free = TcpListener::bind(USUAL).or_else(|_| TcpListener::bind("127.0.0.1:0"));
    free.and_then(|listener| listener.local_addr()).context("no port is free on 127.0.0.1")
}

/// Starts the control service with its simulated pedal and waits until its board sounds.
fn start(
    workspace: &Workspace,
    wanted: &Wanted,
    program: &Path,
    engine: &Engine,
    address: SocketAddr,
) -> Result<Background> {
    let data = workspace.scratch("demo-pedal")?;
    let last = json!({ "bank": -2, "pedalboard": wanted.board, "supportsDividers": true });
    let path = data.join("last.json");
    std::fs::write(&path, last.to_string()).with_context(|| format!("cannot write {}", path.display()))?;
    let mut command = Command::new(workspace.release("pedald"));
    command
        .args(["--simulate", "v3", "--dev", "--listen", &address.to_string(), "--engine"])
        .arg(engine.socket());
    command.arg("--data").arg(&data).env("MOD_FACTORY_PEDALBOARDS_DIR", &wanted.factory);
    command.env("ARCHIBALD_ENGINE", program).env_remove("NOTIFY_SOCKET").process_group(0);
    let mut pedal = Background::start(&mut command, &workspace.scratch("logs")?.join("pedald.log"))?;
    println!("pedald: loads {}", wanted.board.display());
    pedal.wait_for(PATIENCE, || healthy(address).then_some(()))?;
    Ok(pedal)
}

/// Whether the service says that its board sounds.
fn healthy(address: SocketAddr) -> bool {
    let asked = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    asked().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
