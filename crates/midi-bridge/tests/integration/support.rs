//! Servers, programs and clients that end with the test that started them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use jack::{
    AsyncClient, Client, ClientOptions, Control, MidiIn, MidiOut, Port, ProcessHandler, ProcessScope, RawMidi,
};

/// The program under test.
pub(crate) const BRIDGE: &str = env!("CARGO_BIN_EXE_midi-bridge");

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until `ready`, or fails.
pub(crate) fn wait_for(what: &str, mut ready: impl FnMut() -> bool) {
    let start = Instant::now();
    while !ready() {
        assert!(start.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a program is installed.
pub(crate) fn installed(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
    })
}

/// A child that is asked to end, then ended, at the end of its scope.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    pub(crate) fn ask_to_end(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).stderr(Stdio::null()).status();
    }

    /// Its exit status once it ended.
    pub(crate) fn end(&mut self) -> Option<i32> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code();
            }
            assert!(start.elapsed() < PATIENCE, "the process does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Asked first: a jackd that is killed leaves its shared memory behind.
        self.ask_to_end();
        let start = Instant::now();
        while matches!(self.0.try_wait(), Ok(None)) && start.elapsed() < Duration::from_secs(3) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A bridge, and what it says.
pub(crate) struct Bridge {
    pub(crate) process: Process,
    pub(crate) log: Receiver<String>,
}

impl Bridge {
    /// Starts the program and waits until it says that it runs.
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut bridge = Self::spawn(args);
        bridge.wait_for("running as");
        bridge
    }

    pub(crate) fn spawn(args: &[&str]) -> Self {
        let mut child = Command::new(BRIDGE)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, log) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { process: Process(child), log }
    }

    /// The next line of the log with `part` in it.
    pub(crate) fn wait_for(&mut self, part: &str) -> String {
        let mut heard = Vec::new();
        loop {
            match self.log.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(part) => return line,
                Ok(line) => heard.push(line),
                Err(error) => panic!("{error}: no `{part}` in {heard:#?}"),
            }
        }
    }
}

/// A `jackd` with the dummy driver and a name of its own, which clients of this process and its children use.
pub(crate) struct Jackd {
    pub(crate) server: Process,
    _alone: MutexGuard<'static, ()>,
}

/// libjack finds the server by the environment, which a process has once.
static ALONE: Mutex<()> = Mutex::new(());

impl Jackd {
    /// Starts it, or says why the test is skipped.
    pub(crate) fn start(test: &str) -> Option<Self> {
        if !installed("jackd") {
            eprintln!("skipped: jackd is not installed");
            return None;
        }
        let alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let name = format!("mb{test}{}", std::process::id());
        sys::choose_server(&name);
        let args = ["-n", &name, "-R", "-d", "dummy", "-r", "48000", "-p", "128"];
        let child = Command::new("jackd")
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let this = Self { server: Process(child), _alone: alone };
        wait_for("jackd", || tool("jack_lsp", &[]).contains("system:playback_1"));
        Some(this)
    }
}

#[allow(unsafe_code)]
mod sys {
    pub(super) fn choose_server(name: &str) {
        // SAFETY: the caller holds the lock under which alone this process's tests read or write the environment.
        unsafe { std::env::set_var("JACK_DEFAULT_SERVER", name) };
    }
}

fn tool(program: &str, args: &[&str]) -> String {
    let output: Output = Command::new(program).args(args).stdin(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A MIDI client of the test's own: one port to write, one to read. Dropped, it disappears.
pub(crate) struct Musician {
    client: AsyncClient<(), Player>,
    name: String,
    to_send: rtrb::Producer<Vec<u8>>,
    came: Receiver<Vec<u8>>,
}

struct Player {
    out: Port<MidiOut>,
    input: Port<MidiIn>,
    to_send: rtrb::Consumer<Vec<u8>>,
    came: std::sync::mpsc::Sender<Vec<u8>>,
}

impl ProcessHandler for Player {
    // A test's client may allocate here; the server waits for it.
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        for event in self.input.iter(scope) {
            let _ = self.came.send(event.bytes.to_vec());
        }
        let mut writer = self.out.writer(scope);
        while let Ok(message) = self.to_send.pop() {
            writer.write(&RawMidi { time: 0, bytes: &message }).unwrap();
        }
        Control::Continue
    }
}

impl Musician {
    pub(crate) fn new(name: &str) -> Self {
        jack::set_logger(jack::LoggerType::None);
        let (client, _) = Client::new(name, ClientOptions::NO_START_SERVER).unwrap();
        let out = client.register_port("out", MidiOut::default()).unwrap();
        let input = client.register_port("in", MidiIn::default()).unwrap();
        let name = client.name().to_owned();
        let (to_send, consumer) = rtrb::RingBuffer::new(1024);
        let (sender, came) = channel();
        let client =
            client.activate_async((), Player { out, input, to_send: consumer, came: sender }).unwrap();
        Self { client, name, to_send, came }
    }

    pub(crate) fn client(&self) -> &Client {
        self.client.as_client()
    }

    pub(crate) fn port(&self, short: &str) -> String {
        format!("{}:{short}", self.name)
    }

    /// Plugs our `out` into `to`.
    pub(crate) fn play_to(&self, to: &str) {
        self.connect(&self.port("out"), to);
    }

    /// Plugs `from` into our `in`.
    pub(crate) fn listen_to(&self, from: &str) {
        self.connect(from, &self.port("in"));
    }

    pub(crate) fn connect(&self, from: &str, to: &str) {
        match self.client().connect_ports_by_name(from, to) {
            Ok(()) | Err(jack::Error::PortAlreadyConnected(..)) => {}
            Err(error) => panic!("{from} -> {to}: {error}"),
        }
    }

    pub(crate) fn unplug(&self, from: &str, to: &str) {
        self.client().disconnect_ports_by_name(from, to).unwrap();
    }

    pub(crate) fn send(&mut self, message: &[u8]) {
        self.to_send.push(message.to_vec()).unwrap();
    }

    /// The next `count` messages.
    pub(crate) fn hear(&self, count: usize) -> Vec<Vec<u8>> {
        (0..count)
            .map(|index| {
                self.came
                    .recv_timeout(PATIENCE)
                    .unwrap_or_else(|_| panic!("only {index} of {count} messages came"))
            })
            .collect()
    }

    /// Whether nothing came that was not heard yet.
    pub(crate) fn silence(&self) -> bool {
        std::thread::sleep(Duration::from_millis(50));
        self.came.try_recv().is_err()
    }
}
