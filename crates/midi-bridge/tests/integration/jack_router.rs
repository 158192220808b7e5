//! Merge, broadcast and thru on a real JACK server.

use jack::{Client, PortFlags};

use crate::support::{Bridge, Jackd, Musician, wait_for};

fn connections(client: &Client, port: &str) -> Vec<String> {
    let mut names = client.port_by_name(port).map(|port| port.get_connections()).unwrap_or_default();
    names.sort();
    names
}

#[test]
fn thru_passes_everything_at_once_and_ends_what_a_lost_source_held() {
    let Some(_jackd) = Jackd::start("thru") else { return };
    let mut bridge = Bridge::start(&["thru", "--name", "touchosc", "--backend", "jack"]);
    let mut player = Musician::new("player");
    let listener = Musician::new("listener");
    player.play_to("touchosc:in");
    listener.listen_to("touchosc:out");
    let long = [[0xF0].as_slice(), &[5; 3000], &[0xF7]].concat();
    let sent: [&[u8]; 4] = [&[0x90, 60, 1], &[0xF8], &long, &[0xB1, 64, 127]];
    sent.iter().for_each(|message| player.send(message));
    assert_eq!(listener.hear(4), sent);
    drop(player);
    assert_eq!(listener.hear(2), [[0x80, 60, 64], [0xB1, 64, 0]]);
    assert!(listener.silence());
    bridge.process.ask_to_end();
    assert_eq!(bridge.process.end(), Some(0));
}

#[test]
fn merge_keeps_sources_apart_and_connects_what_appears() {
    let Some(_jackd) = Jackd::start("merge") else { return };
    let _merger = Bridge::start(&["merge", "--also", "^keys[0-9]:out$"]);
    let listener = Musician::new("listener");
    listener.listen_to("mod-midi-merger:out");
    let mut first = Musician::new("keys1");
    let mut second = Musician::new("keys2");
    for keys in ["keys1:out", "keys2:out"] {
        wait_for(keys, || !connections(listener.client(), keys).is_empty());
    }
    let inputs =
        [connections(listener.client(), "keys1:out"), connections(listener.client(), "keys2:out")].concat();
    assert_eq!(inputs, ["mod-midi-merger:in_2", "mod-midi-merger:in_3"]);
    first.send(&[0x90, 60, 1]);
    assert_eq!(listener.hear(1), [[0x90, 60, 1]]);
    second.send(&[0x90, 61, 1]);
    assert_eq!(listener.hear(1), [[0x90, 61, 1]]);
    // The one that goes ends its own note, not the other's.
    drop(first);
    assert_eq!(listener.hear(1), [[0x80, 60, 64]]);
    second.send(&[0x80, 61, 0]);
    assert_eq!(listener.hear(1), [[0x80, 61, 0]]);
    // Its input is free for the next one.
    let third = Musician::new("keys3");
    wait_for("keys3", || connections(third.client(), "keys3:out") == ["mod-midi-merger:in_2"]);
    // A cable that was pulled by hand stays pulled.
    listener.unplug("keys3:out", "mod-midi-merger:in_2");
    let fourth = Musician::new("keys4");
    wait_for("keys4", || !connections(fourth.client(), "keys4:out").is_empty());
    assert_eq!(connections(third.client(), "keys3:out"), Vec::<String>::new());
}

#[test]
fn broadcast_reaches_sockets_and_the_serial_port_is_one() {
    let Some(_jackd) = Jackd::start("cast") else { return };
    let _caster = Bridge::start(&["broadcast", "--also", "^synth:in$"]);
    let mut player = Musician::new("player");
    player.play_to("mod-midi-broadcaster:in");
    let synth = Musician::new("synth");
    // An absent device: the ports are there all the same.
    let _serial = Bridge::start(&["serial", "--device", "/dev/no-such-midi"]);
    let out = "mod-midi-broadcaster:out";
    wait_for("both connections", || connections(player.client(), out) == ["synth:in", "ttymidi:MIDI_out"]);
    player.send(&[0xC0, 5]);
    assert_eq!(synth.hear(1), [[0xC0, 5]]);
    // And a merger finds its other side.
    let _merger = Bridge::start(&["merge"]);
    wait_for("the merger", || connections(player.client(), "ttymidi:MIDI_in") == ["mod-midi-merger:in_2"]);
    let socket = player.client().port_by_name("ttymidi:MIDI_in").unwrap();
    assert!(socket.flags().contains(PortFlags::IS_PHYSICAL | PortFlags::IS_OUTPUT));
}
