//! The search on a PipeWire of the test's own.

use std::process::{Command, Stdio};

use super::{check_trials, json};
use crate::support::{Process, RT_TUNE, installed, text, wait_for};

const PIPEWIRE: &str = r"
context.properties = {
  core.daemon = true core.name = pipewire-0 default.clock.rate = 48000 default.clock.quantum = 256
  default.clock.min-quantum = 16 settings.check-quantum = false log.level = 1
}
context.spa-libs = { audio.convert.* = audioconvert/libspa-audioconvert support.* = support/libspa-support }
context.modules = [
  { name = libpipewire-module-rt args = { rt.prio = 70 } flags = [ ifexists nofail ] }
  { name = libpipewire-module-protocol-native }
  { name = libpipewire-module-metadata }
  { name = libpipewire-module-spa-node-factory }
  { name = libpipewire-module-client-node }
  { name = libpipewire-module-access args = { } }
  { name = libpipewire-module-adapter }
  { name = libpipewire-module-link-factory }
]
context.objects = [
  { factory = metadata args = { metadata.name = default } }
  { factory = adapter args = {
      factory.name = support.null-audio-sink node.name = loop0 media.class = Audio/Duplex object.linger = true
      audio.position = [ MONO ] node.driver = true priority.driver = 20000 monitor.passthrough = true
      adapter.auto-port-config = { mode = dsp monitor = true control = false position = preserve }
  } }
]
";

#[test]
fn pipewire_is_searched_through_its_own_library_and_keeps_its_settings() {
    if !installed("pipewire") || !installed("pw-jack") || !installed("pw-metadata") {
        println!("skipped: pipewire, pw-jack and pw-metadata are not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("pipewire.conf");
    std::fs::write(&config, PIPEWIRE).unwrap();
    let run = folder.path().to_str().unwrap().to_owned();
    let environment = |command: &mut Command| {
        command.env("XDG_RUNTIME_DIR", &run).env("PIPEWIRE_RUNTIME_DIR", &run).stdin(Stdio::null());
        command.env("JACK_DEFAULT_SERVER", "there-is-no-such-server");
    };
    let mut server = Command::new("pipewire");
    environment(server.args(["-c", config.to_str().unwrap()]).stdout(Stdio::null()).stderr(Stdio::null()));
    let server = Process(server.spawn().unwrap());
    let forced = || {
        let mut command = Command::new("timeout");
        environment(command.args(["5", "pw-metadata", "-n", "settings"]));
        let text = text(&command.output().unwrap());
        let line = text.lines().find(|line| line.contains("clock.force-quantum"))?.to_owned();
        Some(line.split_once("value:'")?.1.split_once('\'')?.0.to_owned())
    };
    wait_for("PipeWire", || forced().is_some());
    let state = folder.path().join("state");
    let mut command = Command::new(RT_TUNE);
    command.args([
        "quantum",
        "--seconds",
        "1",
        "--dsp-load",
        "20",
        "--lowest",
        "256",
        "--from",
        "512",
        "--json",
    ]);
    environment(command.arg("--state").arg(&state));
    let output = command.output().unwrap();
    let report = json(&output);
    assert_eq!(report["server"], "pipewire", "{output:?}");
    assert!(check_trials(&report) >= 1, "{report}");
    let tried: Vec<u64> =
        report["rungs"].as_array().unwrap().iter().filter_map(|rung| rung["frames"].as_u64()).collect();
    assert!(tried.iter().all(|frames| frames.is_power_of_two()), "{tried:?}");
    assert_eq!(forced().as_deref(), Some("0"));
    assert!(!state.join("journal.jsonl").exists());
    drop(server);
}
