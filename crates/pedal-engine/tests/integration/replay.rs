//! The recorded session of the real mod-ui, replayed against a running host over real sockets: the same commands
//! in the same order, the same MIDI, and every reply and every line of feedback compared.
//!
//! Needs the plugins of the session (Debian: lv2-examples mda-lv2 calf-plugins guitarix-lv2 x42-plugins).

#![allow(clippy::unwrap_used)] // the helpers of tests

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use pedal_engine::exec::{Engine, EngineSettings};
use pedal_engine::host::{Host, HostOptions};
use pedal_engine::io::{Block, MidiBuffer, Process};
use pedal_engine::lv2::Lv2Plugins;
use pedal_engine::server::{FeedbackHub, Server, ServerConfig};
use pedal_engine::service::Service;
use serde_json::Value;

const SESSION: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../mod-protocol/tests/fixtures/modui-session.jsonl"));

/// How long the host may take for a line of feedback.
const PATIENCE: Duration = Duration::from_secs(5);

/// What stands for the scratch directory in the recording.
const TMP: &str = "$TMP";

#[test]
fn every_reply_and_every_line_of_feedback_matches() {
    let directory = tempfile::tempdir().unwrap();
    let rig = Rig::start(directory.path());
    let mut client = Client::connect(&directory.path().join("socket"), directory.path());
    let mut replies = 0;
    for line in SESSION.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let message = line["msg"].as_str();
        match (line["port"].as_str(), line["dir"].as_str(), message) {
            (Some("cmd"), Some("ui>host"), Some(command)) => client.send(command),
            (Some("cmd"), Some("host>ui"), Some(reply)) => {
                let command = line["re"].as_str().unwrap();
                assert_eq!(client.reply(), reply, "reply number {replies}, to {command}");
                replies += 1;
                after(command, directory.path());
            }
            (Some("feedback"), Some("host>ui"), Some(feedback)) => client.expect(feedback),
            _ => {
                client.wait_for_feedback();
                if let Some(bytes) = line["bytes"].as_array() {
                    rig.play(bytes.iter().map(|byte| byte.as_u64().unwrap() as u8).collect());
                }
            }
        }
    }
    client.wait_for_feedback();
    assert_eq!(replies, 277);
    assert_eq!(client.unexpected, [] as [String; 0], "lines that mod-host did not send");
}

/// What mod-ui did in the file system meanwhile.
fn after(command: &str, tmp: &Path) {
    if command.starts_with("bundle_remove") {
        std::fs::remove_dir_all(tmp.join("lv2/amp-My_Preset.lv2")).unwrap();
    }
}

/// A host with its sockets; the audio clock is a thread of the test.
struct Rig {
    stop: Arc<AtomicBool>,
    midi: Sender<Vec<u8>>,
    audio: Option<std::thread::JoinHandle<()>>,
    _server: Server,
    _service: Service,
}

impl Rig {
    fn start(directory: &Path) -> Self {
        let period = 128;
        let (engine, handle) = Engine::new(&EngineSettings::default()).unwrap();
        let plugins = Lv2Plugins::new(48_000, period, None).unwrap();
        let options = HostOptions { period, ..HostOptions::default() };
        let clock = Instant::now();
        let host = Host::new(options, handle, Box::new(plugins), None, Box::new(move || clock.elapsed()));
        let hub = FeedbackHub::new().unwrap();
        let service = Service::start(host, hub.clone(), |_| {}).unwrap();
        let config = ServerConfig { unix: Some(directory.join("socket")), ..ServerConfig::default() };
        let server = Server::start(&config, service.host(), hub).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (midi, events) = channel();
        let stopping = Arc::clone(&stop);
        let audio = std::thread::spawn(move || run(engine, period, &stopping, &events));
        Self { stop, midi, audio: Some(audio), _server: server, _service: service }
    }

    fn play(&self, bytes: Vec<u8>) {
        self.midi.send(bytes).unwrap();
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        let ended = self.audio.take().map(std::thread::JoinHandle::join);
        assert!(std::thread::panicking() || ended.is_some_and(|ended| ended.is_ok()));
    }
}

/// Runs the engine about in real time.
fn run(mut engine: Engine, period: usize, stop: &AtomicBool, events: &Receiver<Vec<u8>>) {
    let silence = vec![0.0; period];
    let (mut left, mut right) = (silence.clone(), silence.clone());
    let mut midi_in = [MidiBuffer::default()];
    let mut midi_out = [MidiBuffer::default()];
    while !stop.load(Ordering::Acquire) {
        midi_in[0].clear();
        midi_out[0].clear();
        for bytes in events.try_iter() {
            assert!(midi_in[0].push(0, &bytes));
        }
        engine.process(&mut Block {
            frames: period,
            inputs: &[&silence, &silence],
            outputs: &mut [&mut left, &mut right],
            midi_in: &midi_in,
            midi_out: &mut midi_out,
            freewheel: false,
        });
        std::thread::sleep(Duration::from_micros(2667));
    }
}

/// A client as mod-ui is one: feedback connected first, one command at a time, ready again after each batch.
struct Client {
    commands: UnixStream,
    feedback: Receiver<String>,
    /// The scratch directory, which the recording calls `$TMP`.
    tmp: String,
    expected: Vec<String>,
    unexpected: Vec<String>,
    /// A batch has ended, and `output_data_ready` was not sent since.
    finished: bool,
}

impl Client {
    fn connect(socket: &Path, tmp: &Path) -> Self {
        let mut path = socket.to_owned().into_os_string();
        path.push(".feedback");
        let stream = UnixStream::connect(&path).unwrap();
        let (sender, feedback) = channel();
        std::thread::spawn(move || read_lines(stream, &sender));
        let commands = UnixStream::connect(socket).unwrap();
        commands.set_read_timeout(Some(PATIENCE)).unwrap();
        let tmp = tmp.to_str().unwrap().to_owned();
        Self { commands, feedback, tmp, expected: vec![], unexpected: vec![], finished: false }
    }

    fn send(&mut self, command: &str) {
        // What mod-host had told before this command must be told by now: it may depend on the order (a mapping).
        self.wait_for_feedback();
        // mod-ui was ready again at its own pace; where our batches are cut otherwise, we need it once more.
        if std::mem::take(&mut self.finished) && command != "output_data_ready" {
            self.say_ready();
        }
        self.write(&command.replace(TMP, &self.tmp));
    }

    fn say_ready(&mut self) {
        self.write("output_data_ready");
        assert_eq!(self.reply(), "resp 0");
    }

    fn write(&mut self, command: &str) {
        self.commands.write_all(format!("{command}\0").as_bytes()).unwrap();
    }

    fn reply(&mut self) -> String {
        let mut message = Vec::new();
        let mut byte = [0u8];
        loop {
            self.commands.read_exact(&mut byte).expect("a reply");
            if byte == [0] {
                return String::from_utf8(message).unwrap().replace(&self.tmp, TMP);
            }
            message.push(byte[0]);
        }
    }

    fn expect(&mut self, line: &str) {
        if line == "data_finish" || is_free_to_differ(line) {
            return;
        }
        let line = line.to_owned();
        match self.unexpected.iter().position(|came| matches(&line, came)) {
            Some(at) => drop(self.unexpected.remove(at)),
            None => self.expected.push(line),
        }
    }

    fn take(&mut self, line: String) {
        if line == "data_finish" {
            self.finished = true;
            return;
        }
        if is_free_to_differ(&line) {
            return;
        }
        let line = line.replace(&self.tmp, TMP);
        match self.expected.iter().position(|expected| matches(expected, &line)) {
            Some(at) => drop(self.expected.remove(at)),
            None => self.unexpected.push(line),
        }
    }

    /// Waits until all feedback has come that mod-host had sent by now.
    fn wait_for_feedback(&mut self) {
        while let Ok(line) = self.feedback.try_recv() {
            self.take(line);
        }
        let deadline = Instant::now() + PATIENCE;
        while !self.expected.is_empty() {
            if std::mem::take(&mut self.finished) {
                self.say_ready();
            }
            match self.feedback.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => self.take(line),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("never came: {:#?}\ncame instead: {:#?}", self.expected, self.unexpected);
                }
            }
        }
    }
}

/// Whether a line is the recorded one. The text of log lines may differ in two ways: mod-host cuts it after some
/// thirty characters and sends the plugin's line end along, ours is whole and without line end.
fn matches(recorded: &str, line: &str) -> bool {
    recorded == line || (recorded.starts_with("log ") && line.starts_with(recorded.trim_end_matches('\n')))
}

/// Lines that need not come, and may come. What eg-sampler says when a sample of it is freed: mod-host frees a
/// removed plugin at once, with us it rings on; and one that is in the next board too goes on running.
fn is_free_to_differ(line: &str) -> bool {
    line.starts_with("log 0 Freeing ")
}

fn read_lines(mut stream: UnixStream, lines: &Sender<String>) {
    let mut pending = Vec::new();
    let mut chunk = [0u8; 4096];
    while let Ok(count @ 1..) = stream.read(&mut chunk) {
        pending.extend_from_slice(&chunk[..count]);
        while let Some(end) = pending.iter().position(|byte| *byte == 0) {
            let line: Vec<u8> = pending.drain(..=end).collect();
            if lines.send(String::from_utf8(line[..end].to_vec()).unwrap()).is_err() {
                return;
            }
        }
    }
}
