//! Feedback connections: flow control to the byte, and pairing.

use super::{Client, Rig, eventually};
use mod_protocol::{FaultKind, Feedback};

fn param(value: f32) -> Feedback {
    Feedback::ParamSet { instance: 0, symbol: "gain".into(), value }
}

fn log(text: &str) -> Feedback {
    Feedback::Log { level: 1, text: text.into() }
}

#[test]
fn a_batch_comes_at_once_and_the_next_when_the_client_is_ready() {
    for unix in [false, true] {
        let rig = Rig::start();
        let (mut feedback, mut command) =
            if unix { (rig.unix_feedback(), rig.unix()) } else { (rig.tcp_feedback(), rig.tcp()) };
        rig.hub.send_all(&[param(1.0), log("hello world"), param(2.0)]);
        assert_eq!(feedback.read(), "param_set 0 gain 2.000000");
        assert_eq!(feedback.read(), "log 1 hello world");
        assert_eq!(feedback.read(), "data_finish");
        rig.hub.send(&param(3.0));
        assert_eq!(command.ask("cpu_load"), "resp 0");
        rig.hub.send(&param(4.0));
        assert_eq!(command.ask("output_data_ready"), "resp 0");
        assert_eq!(feedback.batch(), ["param_set 0 gain 4.000000"]);
        // Ready with nothing to send: the next event goes out alone, with no empty batch before it.
        assert_eq!(command.ask("feature_enable processing 2"), "resp 0");
        rig.hub.send(&param(5.0));
        assert_eq!(feedback.batch(), ["param_set 0 gain 5.000000"]);
        assert_eq!(rig.seen(), ["cpu_load", "feature_enable processing 2"], "`output_data_ready` stays here");
    }
}

#[test]
fn remove_and_monitor_output_off_let_out_what_waits() {
    let rig = Rig::start();
    let (mut feedback, mut command) = (rig.tcp_feedback(), rig.tcp());
    command.ask("output_data_ready");
    rig.hub.send(&log("first"));
    assert_eq!(feedback.batch(), ["log 1 first"]);
    for (line, reply) in [("remove 3", "resp 0"), ("monitor_output_off 3 level", "resp 1")] {
        rig.hub.send(&log(line));
        assert_eq!(command.ask(line), reply);
        assert_eq!(feedback.batch(), [format!("log 1 {line}")]);
        // Nothing waits: no empty batch.
        assert_eq!(command.ask(line), reply);
    }
    // `remove -1` forces nothing.
    rig.hub.send(&log("second"));
    command.ask("remove -1");
    rig.hub.send(&log("third"));
    command.ask("output_data_ready");
    assert_eq!(feedback.batch(), ["log 1 second", "log 1 third"]);
}

#[test]
fn pairs_work_in_either_order_and_do_not_mix() {
    let rig = Rig::start();
    // The first client opens feedback first, the second commands first.
    let mut first = (rig.tcp_feedback(), rig.tcp());
    first.1.ask("cpu_load");
    assert_eq!(first.1.ask("output_data_ready"), "resp 0");
    let mut command = rig.tcp();
    command.ask("cpu_load");
    let mut second = (rig.tcp_feedback(), command);
    assert_eq!(second.1.ask("output_data_ready"), "resp 0");
    let mut third = (rig.unix_feedback(), rig.unix());

    rig.hub.send(&param(1.0));
    for feedback in [&mut first.0, &mut second.0, &mut third.0] {
        assert_eq!(feedback.batch(), ["param_set 0 gain 1.000000"]);
    }
    for (value, ready) in [(2.0, 0), (3.0, 1), (4.0, 2)] {
        rig.hub.send(&param(value));
        let (feedback, command) = [&mut first, &mut second, &mut third][ready];
        assert_eq!(command.ask("output_data_ready"), "resp 0");
        assert_eq!(feedback.batch(), [format!("param_set 0 gain {value}.000000")]);
    }
    // What the others have missed meanwhile comes as one value.
    first.1.ask("output_data_ready");
    assert_eq!(first.0.batch(), ["param_set 0 gain 4.000000"]);
}

#[test]
fn the_end_of_a_command_connection_closes_its_feedback_and_no_other() {
    let rig = Rig::start();
    let (mut feedback, mut command) = (rig.tcp_feedback(), rig.tcp());
    command.ask("output_data_ready");
    let mut unpaired = rig.tcp_feedback();
    let mut probe = rig.tcp();
    probe.ask("cpu_load");
    drop(probe);
    drop(command);
    assert!(feedback.is_closed());
    eventually("closed", || rig.hub.connections() == 1);
    rig.hub.send(&param(1.0));
    assert_eq!(unpaired.batch(), ["param_set 0 gain 1.000000"]);
}

#[test]
fn a_command_client_without_feedback_takes_none_away() {
    let rig = Rig::start();
    let (mut feedback, mut command) = (rig.tcp_feedback(), rig.tcp());
    command.ask("output_data_ready");
    rig.hub.send(&param(1.0));
    assert_eq!(feedback.batch().len(), 1);
    let mut script = rig.tcp();
    assert_eq!(script.ask("output_data_ready"), "resp 0");
    assert_eq!(script.ask("remove 1"), "resp 0");
    drop(script);
    rig.hub.send(&param(2.0));
    rig.hub.send(&param(3.0));
    command.ask("output_data_ready");
    assert_eq!(feedback.batch(), ["param_set 0 gain 3.000000"]);
    // Its feedback gone, the client opens another.
    drop(feedback);
    eventually("closed", || rig.hub.connections() == 0);
    let mut feedback = rig.tcp_feedback();
    command.ask("output_data_ready");
    rig.hub.send(&param(4.0));
    assert_eq!(feedback.batch(), ["param_set 0 gain 4.000000"]);
}

#[test]
fn extension_lines_go_only_to_those_who_asked() {
    let rig = Rig::start();
    let fault = || Feedback::XFault {
        instance: 3,
        uri: "urn:p".into(),
        kind: FaultKind::NotFinite,
        detail: "port out".into(),
    };
    let (mut with, mut command) = (rig.unix_feedback(), rig.unix());
    assert_eq!(command.ask("x_events 1"), "resp 0");
    let mut without = rig.tcp_feedback();
    rig.hub.send_all(&[fault(), param(1.0)]);
    assert_eq!(with.batch(), ["param_set 0 gain 1.000000", "x_fault 3 urn:p nan port out"]);
    assert_eq!(without.batch(), ["param_set 0 gain 1.000000"]);
    assert_eq!(command.ask("x_events 0"), "resp 0");
    command.ask("output_data_ready");
    rig.hub.send_all(&[fault(), param(2.0)]);
    assert_eq!(with.batch(), ["param_set 0 gain 2.000000"]);
    // Asked before there is a feedback connection.
    let mut early: Client = rig.tcp();
    early.ask("x_events 1");
    drop(without);
    eventually("closed", || rig.hub.connections() == 1);
    let mut late = rig.tcp_feedback();
    early.ask("output_data_ready");
    rig.hub.send(&fault());
    assert_eq!(late.batch(), ["x_fault 3 urn:p nan port out"]);
}
