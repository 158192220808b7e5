//! Real servers: `jackd` with the dummy driver, and PipeWire with a null node. The channel client gives the right answer.

use crate::support::{Jackd, PROBE, Process, installed, json, probe, wait_for};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Delay of a result, or its verdict.
fn delay(output: &std::process::Output) -> Result<f64, String> {
    let document = json(output);
    match document["verdict"].as_str() {
        Some("pass") => Ok(document["delay_frames"].as_f64().unwrap()),
        _ => Err(document.to_string()),
    }
}

#[test]
fn delays_through_a_server_are_exact_at_every_period() {
    let jackd = Jackd::start("p", 1024);
    let channels = [("c0", 0.0), ("c1", 1.0), ("c512", 512.0), ("cf", 4801.37)];
    let clients: Vec<_> =
        channels.iter().map(|(name, d)| jackd.channel(name, &["--delay", &d.to_string()])).collect();
    for period in [1024u32, 64, 256, 2048] {
        let set = jackd.tool("jack_bufsize", &[&period.to_string()]);
        assert!(set.status.success(), "{set:?}");
        for (name, wanted) in channels.iter().skip(if period == 1024 { 0 } else { 2 }) {
            // A software loop through a client takes one period more.
            let wanted = wanted + f64::from(period);
            match delay(&jackd.measure(name, &[])) {
                Ok(got) => assert!((got - wanted).abs() <= 0.001, "p={period}, {name}: {got}, not {wanted}"),
                // A machine that stalls all the time may keep us from an answer, but never into a wrong one.
                Err(document) => assert!(document.contains("\"ambiguous\""), "{document}"),
            }
        }
    }
    // Where the machine is too slow for the period, too, there is the right answer or none.
    jackd.tool("jack_bufsize", &["16"]);
    if let Ok(got) = delay(&jackd.measure("c512", &[])) {
        assert!((got - 528.0).abs() <= 0.001, "{got}");
    }
    drop(clients);
}

#[test]
fn faults_of_the_path_are_right_through_a_server() {
    let jackd = Jackd::start("f", 512);
    let hard = jackd.channel(
        "hard",
        &["--delay", "1500.37", "--gain=-0.1", "--hum", "50,-20", "--noise=-70", "--feedback", "100,-0.4"],
    );
    let document = json(&jackd.measure("hard", &[]));
    let got = document["delay_frames"].as_f64().unwrap_or_else(|| panic!("{document}"));
    assert!((got - 2012.37).abs() < 0.01, "{document}");
    assert_eq!(document["measurement"]["polarity"], "inverted");
    drop(hard);
    let tones = jackd.channel("tones", &["--delay", "700.5"]);
    let got = delay(&jackd.measure("tones", &["--method", "mtdm"])).unwrap();
    assert!((got - 1212.5).abs() < 0.002, "{got}");
    assert_eq!(jackd.measure("tones", &["--target", "20"]).status.code(), Some(1));
    drop(tones);
    let mute = jackd.channel("mute", &["--gain", "0", "--noise=-60"]);
    assert_eq!(jackd.measure("mute", &["--max-ms", "100"]).status.code(), Some(2));
    drop(mute);
    // Blocks vanish twice in each second: whatever is said then, it is not a wrong number.
    let torn = jackd.channel("torn", &["--delay", "100000", "--drop", "10000,256", "--drop-every", "21000"]);
    let output = jackd.measure("torn", &["--max-ms", "3000"]);
    assert_eq!(output.status.code(), Some(3), "{}", json(&output));
    drop(torn);
}

#[test]
fn a_loop_that_pretends_to_be_hardware_is_held_to_the_floor() {
    let jackd = Jackd::start("h", 256);
    let quick = jackd.channel("quick", &["--physical"]);
    let document = json(&jackd.measure("quick", &[]));
    assert_eq!(
        (document["verdict"].as_str(), document["floor_frames"].as_u64()),
        (Some("ambiguous"), Some(512))
    );
    drop(quick);
    let real = jackd.channel("real", &["--physical", "--delay", "600"]);
    let document = json(&jackd.measure("real", &[]));
    assert_eq!(document["verdict"], "pass", "{document}");
    assert_eq!(document["extra"]["jack_options"], "-I 428 -O 428", "{document}");
    // Without names the first physical pair is taken: the dummy driver's, which leads nowhere.
    let output = probe(&jackd.env(), &["loop", "--json", "--max-ms", "50"]);
    let document = json(&output);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(document["pair"]["send"], "system:playback_1");
    assert_eq!(document["pair"]["receive"], "system:capture_1");
    drop(real);
}

#[test]
fn nothing_is_measured_while_somebody_plays() {
    let jackd = Jackd::start("b", 256);
    let (loud, quiet) = (jackd.channel("loud", &["--noise=-30"]), jackd.channel("rest", &["--delay", "48"]));
    assert!(jackd.tool("jack_connect", &["rest:out", "loud:in"]).status.success());
    let output = jackd.measure("rest", &[]);
    assert_eq!(output.status.code(), Some(5));
    assert!(output.stdout.is_empty() && String::from_utf8_lossy(&output.stderr).contains("rest:out"));
    assert_eq!(jackd.measure("rest", &["--busy-when", "sounding"]).status.code(), Some(0));
    assert_eq!(jackd.measure("rest", &["--force"]).status.code(), Some(0));
    assert!(jackd.tool("jack_connect", &["loud:out", "system:playback_2"]).status.success());
    assert_eq!(jackd.measure("rest", &["--busy-when", "sounding"]).status.code(), Some(5));
    drop((loud, quiet));
}

/// Starts a measurement that goes on while the test disturbs it.
fn begin(jackd: &Jackd, channel: &str) -> std::process::Child {
    let (send, receive) = (format!("{channel}:in"), format!("{channel}:out"));
    let child = Command::new(PROBE)
        .args(["loop", "--json", "--force", "--send", &send, "--receive", &receive])
        .envs(jackd.env())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let port = format!("latency-probe-{}:in", child.id());
    wait_for("the probe", || jackd.lists(&port));
    // Into the shots: they begin after 0.35 s of silence and last 1.4 s.
    std::thread::sleep(Duration::from_millis(900));
    child
}

#[test]
fn a_change_of_the_buffer_size_during_a_shot_is_repeated() {
    let jackd = Jackd::start("r", 512);
    let channel = jackd.channel("chan", &["--delay", "300"]);
    let child = begin(&jackd, "chan");
    assert!(jackd.tool("jack_bufsize", &["256"]).status.success());
    let output = child.wait_with_output().unwrap();
    let document = json(&output);
    assert_eq!(document["verdict"], "pass", "{document}");
    assert!((document["delay_frames"].as_f64().unwrap() - 556.0).abs() < 0.001, "{document}");
    assert!(document["attempts"].as_u64() > Some(1), "{document}");
    drop(channel);
}

#[test]
fn an_unplugged_port_is_connected_again_and_named() {
    let jackd = Jackd::start("u", 512);
    let channel = jackd.channel("chan", &["--delay", "300"]);
    let child = begin(&jackd, "chan");
    let me = format!("latency-probe-{}:in", child.id());
    assert!(jackd.tool("jack_disconnect", &["chan:out", &me]).status.success());
    let document = json(&child.wait_with_output().unwrap());
    assert_eq!(document["verdict"], "pass", "{document}");
    assert!((document["delay_frames"].as_f64().unwrap() - 812.0).abs() < 0.001, "{document}");
    assert!(document["discarded"].to_string().contains("disconnected"), "{document}");
    drop(channel);
}

#[test]
fn a_dying_server_is_said_and_gives_no_number() {
    let mut jackd = Jackd::start("k", 512);
    let channel = jackd.channel("chan", &["--delay", "300"]);
    let child = begin(&jackd, "chan");
    jackd.server.0.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("stopped"), "{output:?}");
    drop(channel);
}

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
fn a_pipewire_null_node_is_one_quantum() {
    if !installed("pipewire") || !installed("pw-jack") {
        println!("skipped: pipewire and pw-jack are not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("pipewire.conf");
    std::fs::write(&config, PIPEWIRE).unwrap();
    let run = folder.path().to_str().unwrap();
    let env = [("XDG_RUNTIME_DIR", run), ("PIPEWIRE_RUNTIME_DIR", run)];
    let server = Process::start(&env, "pipewire", &["-c", config.to_str().unwrap()]);
    let jack = |env: &[(&str, &str)], args: &[&str]| {
        Command::new("pw-jack").args(args).envs(env.iter().copied()).stdin(Stdio::null()).output().unwrap()
    };
    wait_for("the null node", || {
        String::from_utf8_lossy(&jack(&env, &["jack_lsp"]).stdout).contains("loop0:capture_MONO")
    });
    let mut measured = 0;
    for quantum in [32u32, 64, 128, 256, 1024] {
        let latency = format!("{quantum}/48000");
        let env = [env[0], env[1], ("PIPEWIRE_LATENCY", latency.as_str())];
        let args = ["loop", "--json", "--send", "loop0:playback_MONO", "--receive", "loop0:capture_MONO"];
        let output = jack(&env, &[&[PROBE][..], &args].concat());
        match delay(&output) {
            Ok(got) => {
                assert!((got - f64::from(quantum)).abs() <= 0.001, "quantum {quantum}: {got}");
                measured += 1;
            }
            Err(document) => assert!(document.contains("\"ambiguous\""), "{document}"),
        }
    }
    assert!(measured >= 3, "only {measured} of 5 quanta could be measured");
    drop(server);
}
