//! The OSC bridge between a UDP socket and a real JACK server.

use std::net::UdpSocket;
use std::time::Duration;

use rosc::{OscBundle, OscMessage, OscMidiMessage, OscPacket, OscTime, OscType};

use crate::support::{Bridge, Jackd, Musician};

struct Tablet {
    socket: UdpSocket,
    bridge: String,
}

impl Tablet {
    /// A tablet, and a bridge that answers to it.
    fn start(more: &[&str]) -> (Self, Bridge, Musician) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let reply = socket.local_addr().unwrap().port().to_string();
        let mut args = vec!["osc", "--listen", "127.0.0.1:0", "--reply-port", &reply];
        args.extend(more);
        let mut bridge = Bridge::spawn(&args);
        let line = bridge.wait_for("running as");
        let address = line.rsplit(' ').next().unwrap().to_owned();
        let musician = Musician::new("musician");
        musician.listen_to("touchosc2midi:MIDI_in");
        musician.play_to("touchosc2midi:MIDI_out");
        (Self { socket, bridge: address }, bridge, musician)
    }

    fn send(&self, address: &str, argument: Option<OscType>) {
        let message = OscMessage { addr: address.into(), args: argument.into_iter().collect() };
        self.send_packet(&OscPacket::Message(message));
    }

    fn send_packet(&self, packet: &OscPacket) {
        self.socket.send_to(&rosc::encoder::encode(packet).unwrap(), &self.bridge).unwrap();
    }

    fn touch(&self, bytes: [u8; 4]) {
        let midi = OscMidiMessage { port: bytes[0], status: bytes[1], data1: bytes[2], data2: bytes[3] };
        self.send("/midi", Some(OscType::Midi(midi)));
    }

    fn receive(&self) -> OscMessage {
        let mut buffer = [0; 1024];
        let length = self.socket.recv(&mut buffer).unwrap();
        match rosc::decoder::decode_udp(&buffer[..length]).unwrap().1 {
            OscPacket::Message(message) => message,
            bundle => panic!("{bundle:?}"),
        }
    }
}

#[test]
fn touchosc_messages_pass_both_ways_in_their_own_order() {
    let Some(_jackd) = Jackd::start("touch") else { return };
    let (tablet, _bridge, mut musician) = Tablet::start(&[]);
    tablet.touch([0, 100, 60, 0x90]);
    tablet.touch([0, 0, 60, 0x80]);
    tablet.touch([0, 0, 9, 0xC2]);
    let expected: [&[u8]; 3] = [&[0x90, 60, 100], &[0x80, 60, 0], &[0xC2, 9]];
    assert_eq!(musician.hear(3), expected);
    musician.send(&[0xB3, 20, 99]);
    let shown = tablet.receive();
    let midi = OscMidiMessage { port: 0, status: 99, data1: 20, data2: 0xB3 };
    assert_eq!((shown.addr.as_str(), &shown.args[..]), ("/midi", &[OscType::Midi(midi)][..]));
}

#[test]
fn mapped_addresses_pass_both_ways_also_in_bundles() {
    let Some(_jackd) = Jackd::start("map") else { return };
    let folder = tempfile::tempdir().unwrap();
    let map = folder.path().join("map.toml");
    std::fs::write(
        &map,
        "[[map]]\naddress = \"/wah\"\nmessage = \"cc\"\nchannel = 5\nnumber = 11\nhigh = 2.0\n",
    )
    .unwrap();
    let (tablet, _bridge, mut musician) = Tablet::start(&["--map", map.to_str().unwrap()]);
    let message = |addr: &str, value| {
        OscPacket::Message(OscMessage { addr: addr.into(), args: vec![OscType::Float(value)] })
    };
    let inner =
        OscBundle { timetag: OscTime { seconds: 0, fractional: 1 }, content: vec![message("/wah", 2.0)] };
    let content = vec![message("/wah", 1.0), message("/nothing", 1.0), OscPacket::Bundle(inner)];
    tablet.send_packet(&OscPacket::Bundle(OscBundle {
        timetag: OscTime { seconds: 0, fractional: 1 },
        content,
    }));
    assert_eq!(musician.hear(2), [[0xB4, 11, 64], [0xB4, 11, 127]]);
    musician.send(&[0xB4, 11, 127]);
    let shown = tablet.receive();
    assert_eq!((shown.addr.as_str(), &shown.args[..]), ("/wah", &[OscType::Float(2.0)][..]));
}

#[test]
fn nonsense_is_survived_and_a_silent_tablet_holds_no_note() {
    let Some(_jackd) = Jackd::start("silent") else { return };
    let (tablet, mut bridge, musician) = Tablet::start(&["--silence", "1"]);
    for nonsense in [
        &b""[..],
        b"/midi\0\0\0,m\0\0",
        b"#bundle\0",
        &[0xFF; 2000],
        &b"#bundle\0\0\0\0\0\0\0\0\x01".repeat(500),
    ] {
        tablet.socket.send_to(nonsense, &tablet.bridge).unwrap();
    }
    bridge.wait_for("no OSC");
    tablet.send("/note/1/60", Some(OscType::Float(1.0)));
    assert_eq!(musician.hear(2), [[0x90, 60, 127], [0x80, 60, 64]]);
    tablet.send("/note/2/61", Some(OscType::Float(1.0)));
    assert_eq!(musician.hear(1), [[0x91, 61, 127]]);
    bridge.process.ask_to_end();
    assert_eq!(musician.hear(1), [[0x81, 61, 64]]);
    assert_eq!(bridge.process.end(), Some(0));
}

#[test]
fn strangers_are_not_heard() {
    let Some(_jackd) = Jackd::start("allow") else { return };
    let (tablet, mut bridge, musician) = Tablet::start(&["--allow", "10.99.0.0/16"]);
    tablet.touch([0, 100, 60, 0x90]);
    bridge.wait_for("is not listened to");
    assert!(musician.silence());
}
