//! Commands and their replies over real sockets.

use super::{Rig, eventually};
use std::time::Duration;

#[test]
fn answers_each_command_in_order_whatever_the_segmentation() {
    let rig = Rig::start();
    let stream =
        b"add urn:p 7\0param_get 3 gain\0\0midi_map 0 a 0 1 0 1\0nonsense\0help\0add x\0preset_show u\0";
    let expected = ["resp 7", "resp 0 3.0000", "resp 1", "not found", "few arguments", "preset_show u"];
    for mut client in [rig.tcp(), rig.unix()] {
        for size in [1, 2, 3, 7, 1024] {
            for piece in stream.chunks(size) {
                client.write(piece);
                if size < 8 {
                    std::thread::yield_now();
                }
            }
            for reply in expected {
                assert_eq!(client.read(), reply, "in pieces of {size}");
            }
        }
        assert_eq!(client.ask("cpu_load"), "resp 0");
    }
    assert_eq!(rig.seen().len(), 2 * (5 * 5 + 1));
}

#[test]
fn many_commands_at_once_are_answered_completely() {
    let rig = Rig::start();
    let mut client = rig.tcp();
    let count = 30_000;
    client.write("add u 5\0".repeat(count).as_bytes());
    for _ in 0..count {
        assert_eq!(client.read(), "resp 5");
    }
}

#[test]
fn several_clients_get_their_own_replies() {
    let rig = Rig::start();
    let (clients, commands) = (8, 300);
    std::thread::scope(|scope| {
        for number in 0..clients {
            let mut client = if number % 2 == 0 { rig.tcp() } else { rig.unix() };
            scope.spawn(move || {
                for round in 0..commands {
                    let instance = number * 1000 + round;
                    assert_eq!(client.ask(&format!("add u {instance}")), format!("resp {instance}"));
                }
            });
        }
    });
    let seen = &rig.handler.lock().unwrap().seen;
    assert_eq!(seen.len(), (clients * commands) as usize);
    let sessions: std::collections::BTreeSet<_> = seen.iter().map(|(session, _)| session).collect();
    assert_eq!(sessions.len(), clients as usize);
    for session in sessions {
        let own: Vec<_> = seen.iter().filter(|(id, _)| id == session).map(|(_, c)| c.to_string()).collect();
        assert!(own.is_sorted_by_key(|line| line.rsplit(' ').next().unwrap().parse::<i32>().unwrap()));
    }
}

#[test]
fn a_deferred_command_does_not_hold_up_other_clients() {
    let rig = Rig::start();
    let (mut waiting, mut other) = (rig.tcp(), rig.tcp());
    // The reply before it must not wait for it.
    waiting.write(b"add u 1\0wait_audio_cycle\0add u 2\0");
    assert_eq!(waiting.read(), "resp 1");
    eventually("the wait begins", || rig.seen().contains(&"wait_audio_cycle".to_owned()));
    for instance in 10..30 {
        assert_eq!(other.ask(&format!("add u {instance}")), format!("resp {instance}"));
    }
    assert!(!rig.seen().contains(&"add u 2".to_owned()), "the waiting client's commands stay in order");
    rig.cycle.send(()).unwrap();
    assert_eq!(waiting.read(), "resp 0");
    assert_eq!(waiting.read(), "resp 2");
}

#[test]
fn quit_is_answered_before_it_takes_effect() {
    let rig = Rig::start();
    let mut client = rig.unix();
    assert_eq!(client.ask("quit"), "resp 0");
    rig.quit.recv_timeout(Duration::from_secs(10)).expect("the handler's work is done");
}

#[test]
fn commands_of_a_client_that_closed_its_side_are_still_answered() {
    let rig = Rig::start();
    let socket = std::net::TcpStream::connect(rig.server.command_address().unwrap()).unwrap();
    std::io::Write::write_all(&mut &socket, b"add u 1\0add u 2\0").unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    let mut all = Vec::new();
    std::io::Read::read_to_end(&mut &socket, &mut all).unwrap();
    assert_eq!(all, b"resp 1\0resp 2\0");
}
