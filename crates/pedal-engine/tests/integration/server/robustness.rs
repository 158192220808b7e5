//! What ends or blocks other hosts.

use super::{Client, Rig, eventually};
use mod_protocol::Feedback;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

#[test]
fn port_probes_disturb_nobody() {
    let rig = Rig::start();
    let (mut feedback, mut command) = (rig.tcp_feedback(), rig.tcp());
    for _ in 0..100 {
        drop(TcpStream::connect(rig.server.command_address().unwrap()).unwrap());
        drop(TcpStream::connect(rig.server.feedback_address().unwrap()).unwrap());
    }
    assert_eq!(command.ask("add u 4"), "resp 4");
    assert_eq!(command.ask("output_data_ready"), "resp 0");
    eventually("probes are gone", || rig.server.sessions() == 1 && rig.hub.connections() == 1);
    rig.hub.send(&Feedback::AudioMonitor { index: 0, peak: 0.5 });
    assert_eq!(feedback.batch(), ["audio_monitor 0 0.500000"]);
}

#[test]
fn a_mebibyte_of_garbage_is_answered_once_and_forgotten() {
    let rig = Rig::start();
    for mut client in [rig.tcp(), rig.unix()] {
        for _ in 0..256 {
            client.write(&[b'x'; 4096]);
        }
        client.write(b"\0add u 4\0");
        assert_eq!(client.read(), "message too long");
        assert_eq!(client.read(), "resp 4");
    }
}

#[test]
fn binary_junk_gets_one_reply_per_message() {
    let rig = Rig::start();
    let mut client = rig.tcp();
    // A fixed sequence of all byte values, NULs among them.
    let mut state = 12345u32;
    let junk: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(200_000)
    .chain([0])
    .collect();
    let messages = junk.split(|byte| *byte == 0).filter(|message| !message.is_empty()).count();
    let mut writer = TcpStream::connect(rig.server.command_address().unwrap()).unwrap();
    let mut reader = Client { socket: Box::new(writer.try_clone().unwrap()), pending: Vec::new() };
    let writing = std::thread::spawn(move || writer.write_all(&junk));
    for _ in 0..messages {
        assert_eq!(reader.read(), "not found");
    }
    writing.join().unwrap().unwrap();
    assert_eq!(client.ask("add u 4"), "resp 4");
    assert_eq!(rig.seen().len(), 1);
}

#[test]
fn a_half_message_waits_and_holds_up_nobody() {
    let rig = Rig::start();
    let (mut half, mut whole) = (rig.tcp(), rig.tcp());
    half.write(b"add urn:very-");
    for instance in 0..10 {
        assert_eq!(whole.ask(&format!("add u {instance}")), format!("resp {instance}"));
    }
    half.write(b"long 77\0");
    assert_eq!(half.read(), "resp 77");
    half.write(b"add u 5");
    drop(half);
    eventually("the half one is gone", || rig.server.sessions() == 1);
    assert_eq!(rig.seen().len(), 11, "half a command is not executed");
}

#[test]
fn a_command_client_that_never_reads_is_cut_off_and_others_go_on() {
    let rig = Rig::with(|config| config.stall = Duration::from_millis(100));
    let mut other = rig.tcp();
    let mut deaf = TcpStream::connect(rig.server.command_address().unwrap()).unwrap();
    // 50 kB of reply for each ten bytes.
    deaf.write_all(&b"x_stats\0".repeat(1000)).unwrap();
    eventually("its replies fill the socket", || rig.seen().len() > 20);
    for instance in 0..50 {
        assert_eq!(other.ask(&format!("add u {instance}")), format!("resp {instance}"));
    }
    eventually("cut off", || rig.server.sessions() == 1);
    assert!(rig.seen().len() < 1050, "not all of its commands were executed");
    assert_eq!(other.ask("add u 4"), "resp 4");
}

#[test]
fn a_feedback_client_that_never_reads_is_cut_off_and_others_go_on() {
    let rig = Rig::with(|config| config.stall = Duration::from_millis(100));
    let (_deaf, mut deaf_command) = (rig.unix_feedback(), rig.unix());
    deaf_command.ask("output_data_ready");
    let (mut feedback, mut command) = (rig.tcp_feedback(), rig.tcp());
    let text = "l".repeat(1000);
    let mut rounds = 0;
    eventually("cut off", || {
        rig.hub.send_all(&vec![Feedback::Log { level: 0, text: text.clone() }; 100]);
        rounds += 1;
        deaf_command.ask("output_data_ready");
        assert_eq!(feedback.batch().len(), 100, "round {rounds}");
        command.ask("output_data_ready");
        rig.hub.connections() == 1
    });
    assert_eq!(deaf_command.ask("add u 4"), "resp 4");
}

#[test]
fn a_client_that_is_never_ready_has_a_bounded_queue() {
    let rig = Rig::start();
    let mut feedback = rig.tcp_feedback();
    rig.hub.send(&Feedback::ParamSet { instance: 0, symbol: "a".into(), value: 0.0 });
    assert_eq!(feedback.batch().len(), 1);
    for instance in 0..9000 {
        rig.hub.send(&Feedback::ParamSet { instance, symbol: "a".into(), value: 0.0 });
    }
    assert_eq!(rig.hub.dropped(), 9000 - 8192);
}

#[test]
fn a_flood_on_a_feedback_connection_is_ignored() {
    let rig = Rig::start();
    let (mut feedback, mut command) = (rig.tcp_feedback(), rig.tcp());
    for _ in 0..64 {
        feedback.write(&[b'x'; 16 * 1024]);
    }
    rig.hub.send(&Feedback::Log { level: 0, text: "a".into() });
    assert_eq!(feedback.batch(), ["log 0 a"]);
    assert_eq!(command.ask("output_data_ready"), "resp 0");
}

#[test]
fn a_panic_in_the_handler_costs_one_connection() {
    let rig = Rig::start();
    let (mut unlucky, mut other) = (rig.tcp(), rig.tcp());
    other.ask("cpu_load");
    unlucky.write(b"x_cost urn:p\0");
    assert!(unlucky.is_closed());
    eventually("gone", || rig.server.sessions() == 1);
    assert_eq!(other.ask("add u 4"), "resp 4");
}

#[test]
fn connections_are_limited() {
    let rig = Rig::with(|config| config.max_connections = 3);
    let mut clients: Vec<Client> = (0..3).map(|_| rig.tcp()).collect();
    for client in &mut clients {
        client.ask("cpu_load");
    }
    assert!(rig.tcp().is_closed());
    let _feedback: Vec<Client> = (0..3).map(|_| rig.unix_feedback()).collect();
    assert!(Client::tcp(rig.server.feedback_address().unwrap()).is_closed());
    clients.pop();
    eventually("one place is free", || rig.server.sessions() == 2);
    assert_eq!(rig.unix().ask("add u 4"), "resp 4");
}
