//! The serial bridge between a pseudo terminal and a real JACK server.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::support::{Bridge, Jackd, Musician, wait_for};

/// The far end of a cable: bytes written here come out of the device, and the other way round.
struct Cable {
    end: File,
    device: PathBuf,
}

impl Cable {
    fn new() -> Self {
        let end = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&end).unwrap();
        unlockpt(&end).unwrap();
        let device = PathBuf::from(ptsname(&end, Vec::new()).unwrap().into_string().unwrap());
        let mut settings = tcgetattr(&end).unwrap();
        settings.make_raw();
        tcsetattr(&end, OptionalActions::Now, &settings).unwrap();
        Self { end: File::from(end), device }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.end.write_all(bytes).unwrap();
    }

    fn read(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let patience = Timespec { tv_sec: 20, tv_nsec: 0 };
            let ready = poll(&mut [PollFd::new(&self.end, PollFlags::IN)], Some(&patience)).unwrap();
            assert_eq!(ready, 1, "only {index} of {count} bytes came");
            self.end.read_exact(std::slice::from_mut(byte)).unwrap();
        }
        bytes
    }
}

fn start(cable: &Cable, more: &[&str]) -> (Bridge, Musician) {
    let device = cable.device.to_str().unwrap();
    let mut args = vec!["serial", "--device", device, "--name", "serial"];
    args.extend(more);
    let mut bridge = Bridge::start(&args);
    bridge.wait_for("open at");
    let musician = Musician::new("musician");
    musician.listen_to("serial:MIDI_in");
    musician.play_to("serial:MIDI_out");
    (bridge, musician)
}

#[test]
fn bytes_become_messages_with_running_status_and_clocks_inside() {
    let Some(_jackd) = Jackd::start("in") else { return };
    let mut cable = Cable::new();
    let (_bridge, musician) = start(&cable, &["--baud", "31250"]);
    let raw = tcgetattr(&cable.end).unwrap();
    assert_eq!((raw.input_speed(), raw.output_speed()), (31_250, 31_250));
    assert!(!raw.local_modes.intersects(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG));
    // 0x03 and 0x0A would mean something to a terminal.
    cable.write(&[
        0x90, 0x03, 100, 0x0A, 100, 0xF8, 0x0A, 0, 0xF0, 1, 0xF8, 2, 0xFA, 0xF7, 0xC5, 17, 0x80, 3, 0,
    ]);
    let expected: &[&[u8]] = &[
        &[0x90, 3, 100],
        &[0x90, 10, 100],
        &[0xF8],
        &[0x90, 10, 0],
        &[0xF8],
        &[0xFA],
        &[0xF0, 1, 2, 0xF7],
        &[0xC5, 17],
        &[0x80, 3, 0],
    ];
    assert_eq!(musician.hear(expected.len()), expected);
}

#[test]
fn messages_become_bytes_and_a_clock_overtakes_a_long_one() {
    let Some(_jackd) = Jackd::start("out") else { return };
    let mut cable = Cable::new();
    let (_bridge, mut musician) = start(&cable, &["--baud", "38400"]);
    assert_eq!(tcgetattr(&cable.end).unwrap().output_speed(), 38_400);
    musician.send(&[0x93, 60, 100]);
    assert_eq!(cable.read(3), [0x93, 60, 100]);
    let mut long = vec![0xF0];
    long.extend(std::iter::repeat_n(7, 1000));
    long.push(0xF7);
    musician.send(&long);
    assert_eq!(cable.read(10)[0], 0xF0);
    musician.send(&[0xF8]);
    musician.send(&[0x83, 60, 0]);
    let rest = cable.read(long.len() - 10 + 4);
    let clock = rest.iter().position(|byte| *byte == 0xF8).unwrap();
    assert!(clock < rest.len() - 10, "the clock waited for the end, at {clock} of {}", rest.len());
    let without: Vec<u8> = rest.into_iter().filter(|byte| *byte != 0xF8).collect();
    assert_eq!(without, [&long[10..], &[0x83, 60, 0]].concat());
}

#[test]
fn running_status_goes_out_when_asked_for() {
    let Some(_jackd) = Jackd::start("running") else { return };
    let mut cable = Cable::new();
    let (_bridge, mut musician) = start(&cable, &["--running-status"]);
    // The first message keeps the cable busy while the others come.
    musician.send(&[[0xF0].as_slice(), &[1; 100], &[0xF7]].concat());
    for value in 0..3 {
        musician.send(&[0xB0, 7, value]);
    }
    assert_eq!(cable.read(102 + 7)[102..], [0xB0, 7, 0, 7, 1, 7, 2]);
}

#[test]
fn a_pulled_device_ends_its_notes_and_comes_back() {
    let Some(_jackd) = Jackd::start("pull") else { return };
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("midi");
    let first = Cable::new();
    symlink(&first.device, &link).unwrap();
    let mut plugged = Cable { device: link.clone(), end: first.end };
    let (mut bridge, mut musician) = start(&plugged, &[]);
    plugged.write(&[0x90, 60, 100, 0x92, 61, 100, 0xB0, 64, 127, 0x90, 62, 1, 0x80, 62, 0]);
    assert_eq!(musician.hear(5).len(), 5);

    std::fs::remove_file(&link).unwrap();
    drop(plugged.end);
    assert_eq!(musician.hear(3), [[0x80, 60, 64], [0x82, 61, 64], [0xB0, 64, 0]]);
    bridge.wait_for("waiting for it");
    musician.send(&[0x90, 1, 1]);
    assert!(musician.silence());

    let second = Cable::new();
    let mut plugged = Cable { end: second.end, device: link.clone() };
    symlink(&second.device, &link).unwrap();
    bridge.wait_for("open at");
    plugged.write(&[0x90, 65, 1]);
    assert_eq!(musician.hear(1), [[0x90, 65, 1]]);
    // What was sent while there was no cable is gone, not late.
    musician.send(&[0x90, 2, 2]);
    assert_eq!(plugged.read(3), [0x90, 2, 2]);
    assert!(musician.silence());
}

#[test]
fn a_sender_whose_active_sensing_stops_was_unplugged() {
    let Some(_jackd) = Jackd::start("sensing") else { return };
    let mut cable = Cable::new();
    let (_bridge, musician) = start(&cable, &[]);
    cable.write(&[0x90, 60, 100]);
    assert_eq!(musician.hear(1), [[0x90, 60, 100]]);
    std::thread::sleep(Duration::from_millis(500));
    assert!(musician.silence(), "without active sensing, silence means nothing");
    cable.write(&[0xFE]);
    assert_eq!(musician.hear(1), [[0x80, 60, 64]]);
}

#[test]
fn a_client_that_goes_away_leaves_no_note_on_the_cable() {
    let Some(_jackd) = Jackd::start("client") else { return };
    let mut cable = Cable::new();
    let (mut bridge, mut musician) = start(&cable, &[]);
    musician.send(&[0x95, 60, 100]);
    assert_eq!(cable.read(3), [0x95, 60, 100]);
    musician.unplug("musician:out", "serial:MIDI_out");
    assert_eq!(cable.read(3), [0x85, 60, 64]);
    musician.play_to("serial:MIDI_out");
    musician.send(&[0x91, 50, 1]);
    assert_eq!(cable.read(3), [0x91, 50, 1]);
    drop(musician);
    assert_eq!(cable.read(3), [0x81, 50, 64]);

    // And neither does the bridge itself, on either side.
    let mut musician = Musician::new("second");
    musician.listen_to("serial:MIDI_in");
    musician.play_to("serial:MIDI_out");
    musician.send(&[0x91, 51, 1]);
    cable.write(&[0x92, 52, 1]);
    assert_eq!(cable.read(3), [0x91, 51, 1]);
    assert_eq!(musician.hear(1), [[0x92, 52, 1]]);
    bridge.process.ask_to_end();
    assert_eq!(cable.read(3), [0x81, 51, 64]);
    assert_eq!(musician.hear(1), [[0x82, 52, 64]]);
    assert_eq!(bridge.process.end(), Some(0));
}

#[test]
fn without_its_server_the_bridge_ends_with_an_error() {
    let Some(mut jackd) = Jackd::start("gone") else { return };
    let cable = Cable::new();
    let (mut bridge, musician) = start(&cable, &[]);
    std::mem::forget(musician);
    jackd.server.ask_to_end();
    bridge.wait_for("the JACK server went away");
    assert_eq!(bridge.process.end(), Some(1));
    wait_for("the end of jackd", || jackd.server.0.try_wait().unwrap().is_some());
}

#[test]
fn the_measurement_measures() {
    let Some(_jackd) = Jackd::start("latency") else { return };
    let output = std::process::Command::new(crate::support::BRIDGE)
        .args(["latency", "--count", "20", "--json"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for kind in ["cable_to_jack", "jack_to_cable"] {
        for by in ["bridge", "control"] {
            assert_eq!(report[kind][by]["count"], 20, "{report}");
        }
    }
    assert_eq!(report["clock_in_backlog"]["count"], 2);
}
