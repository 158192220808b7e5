//! PipeWire in the place of jackd, headless, on a D-Bus session of its own.

use std::process::Command;

/// Runs the whole recipe in a child process, because libjack is chosen by the loader's path.
#[test]
fn runs_on_pipewires_libjack() {
    for program in ["pipewire", "wireplumber", "dbus-run-session", "pw-jack", "pw-cli"] {
        if !Command::new("sh")
            .args(["-c", &format!("command -v {program}")])
            .output()
            .unwrap()
            .status
            .success()
        {
            eprintln!("skipped: {program} is not installed");
            return;
        }
    }
    let runtime = tempfile::tempdir().expect("a directory for the sockets");
    let script = r#"
        export PIPEWIRE_RUNTIME_DIR="$XDG_RUNTIME_DIR" PIPEWIRE_QUANTUM=128/48000
        pipewire </dev/null >/dev/null 2>&1 & A=$!
        sleep .5
        wireplumber </dev/null >/dev/null 2>&1 & B=$!
        sleep 1
        timeout 3 pw-cli create-node adapter "{ factory.name=support.null-audio-sink node.name=nullsink media.class=Audio/Sink object.linger=true audio.position=[FL FR] }" </dev/null >/dev/null
        sleep 1
        timeout 30 pw-jack "$TEST_PROGRAM" --exact jack::pipewire::inside_pipewire --ignored --nocapture; R=$?
        kill $A $B
        exit $R
    "#;
    let output = Command::new("timeout")
        .args(["60", "dbus-run-session", "--", "bash", "-c", script])
        .env("XDG_RUNTIME_DIR", runtime.path())
        .env("TEST_PROGRAM", std::env::current_exe().unwrap())
        .env_remove("JACK_DEFAULT_SERVER")
        .output()
        .expect("timeout runs");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("200 blocks on PipeWire"), "{said}");
}

#[test]
#[ignore = "started by runs_on_pipewires_libjack"]
fn inside_pipewire() {
    use super::stub::{Client, Job};
    use pedal_engine::backend::jack::JackOptions;
    use pedal_engine::backend::{Backend, ExternalPorts, PortFlow, PortKind};
    let options = JackOptions { captures: Some(1), playbacks: Some(2), ..JackOptions::default() };
    let mut engine = Client::start_with(options, Job::Pass);
    let name = engine.backend.client_name().expect("there is a client").to_owned();
    engine.run_blocks(200);
    assert_eq!(engine.backend.format().sample_rate, 48_000);
    let port = engine.backend.look_up(&format!("{name}:playback_1"));
    assert_eq!(port, Some((PortKind::Audio, PortFlow::Source)));
    assert!(engine.backend.stop().is_some());
    println!("200 blocks on PipeWire");
}
