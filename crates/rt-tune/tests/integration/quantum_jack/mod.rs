//! The search on real servers: `jackd` with the dummy driver, and PipeWire with a null node (`pipewire`).

mod pipewire;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use jack::{Client, ClientOptions, Control, ProcessHandler, ProcessScope};

use crate::support::{Process, RT_TUNE, installed, rt_tune, text, wait_for};

/// A server that ends in order with the test: a jackd that is killed leaves its shared memory behind.
struct Jackd {
    name: String,
    child: std::process::Child,
}

impl Jackd {
    fn start(test: &str, period: u32) -> Option<Self> {
        if !installed("jackd") {
            println!("skipped: jackd is not installed");
            return None;
        }
        let name = format!("rtq{test}{}", std::process::id());
        let child = Command::new("jackd")
            .args(["-n", &name, "-R", "-d", "dummy", "-r", "48000", "-p", &period.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { name, child };
        wait_for("jackd", || server.period() == Some(period));
        Some(server)
    }

    fn run(&self, args: &[&str]) -> Command {
        let mut command = Command::new(RT_TUNE);
        command.args(args).env("JACK_DEFAULT_SERVER", &self.name).stdin(Stdio::null());
        command
    }

    fn period(&self) -> Option<u32> {
        let output = self.run(&["server-period"]).output().unwrap();
        text(&output).trim().parse().ok()
    }
}

impl Drop for Jackd {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let start = std::time::Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && start.elapsed() < Duration::from_secs(3) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"))
}

/// Every trial was one of the period that it is booked under, and its content was heard.
fn check_trials(report: &serde_json::Value) -> usize {
    let mut count = 0;
    for rung in report["rungs"].as_array().unwrap() {
        let frames = rung["frames"].as_u64().unwrap();
        for trial in rung["trials"].as_array().unwrap() {
            count += 1;
            let heard = trial["content_frames"].as_u64().unwrap();
            let seconds = trial["seconds"].as_f64().unwrap();
            if trial["events"] == 0 {
                // All of it but the frames that were on their way at both ends.
                assert!(heard as f64 >= seconds * 48_000.0 * 0.99 - 8.0 * frames as f64, "{frames}: {trial}");
            }
        }
    }
    count
}

#[test]
fn a_search_ends_with_the_old_period_and_a_result_that_agrees_with_its_trials() {
    let Some(server) = Jackd::start("s", 512) else { return };
    let state = tempfile::tempdir().unwrap();
    let at = ["--state", state.path().to_str().unwrap()];
    let args =
        ["quantum", "--seconds", "1", "--dsp-load", "20", "--lowest", "192", "--from", "512", "--json"];
    let output = server.run(&[&args[..], &at].concat()).output().unwrap();
    assert_eq!(server.period(), Some(512));
    let report = json(&output);
    assert_eq!((report["server"].as_str(), report["rate"].as_u64()), (Some("jack"), Some(48_000)));
    assert!(check_trials(&report) >= 1);
    match report["lowest"].as_u64() {
        Some(lowest) => {
            assert_eq!(output.status.code(), Some(0));
            let rungs = report["rungs"].as_array().unwrap();
            let rung = rungs.iter().find(|rung| rung["frames"] == lowest).unwrap();
            // The repeats; before them one quick trial, unless the search came here from a rung below that did not stand.
            assert!(rung["trials"].as_array().unwrap().len() >= 3, "{rung}");
            assert!(report["recommended"].as_u64().unwrap() >= lowest);
        }
        // A machine under heavy load may keep none.
        None => assert_eq!(output.status.code(), Some(1)),
    }
    assert!(!state.path().join("journal.jsonl").exists());
    let kept = std::fs::read_to_string(state.path().join("quantum.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&kept).unwrap(), report);
}

/// A client that takes 4.5 ms of each cycle, whatever its length.
struct Slow;

impl ProcessHandler for Slow {
    fn process(&mut self, client: &Client, _: &ProcessScope) -> Control {
        let end = client.time() + 4_500;
        while client.time() < end {
            std::hint::spin_loop();
        }
        Control::Continue
    }
}

#[test]
fn a_period_that_a_slow_program_cannot_keep_is_never_called_stable() {
    let Some(server) = Jackd::start("w", 512) else { return };
    // libjack reads the environment of the process; the runner gives each test one of its own.
    let held = {
        let mut helper = Command::new(std::env::current_exe().unwrap());
        helper.args(["--ignored", "--exact", "quantum_jack::slow_client", "--nocapture"]);
        helper.env("JACK_DEFAULT_SERVER", &server.name).env("RT_TUNE_TEST_SLOW", "1");
        Process(helper.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    };
    wait_for("the slow client", || {
        let listed = Command::new("jack_lsp").env("JACK_DEFAULT_SERVER", &server.name).output().unwrap();
        text(&listed).contains("slow:")
    });
    let state = tempfile::tempdir().unwrap();
    let at = ["--state", state.path().to_str().unwrap()];
    let args = ["quantum", "--seconds", "1", "--dsp-load", "0", "--lowest", "64", "--from", "512", "--json"];
    let output = server.run(&[&args[..], &at].concat()).output().unwrap();
    drop(held);
    let report = json(&output);
    // 192 frames are 4 ms.
    assert!(report["lowest"].as_u64().is_none_or(|lowest| lowest >= 256), "{report}");
    for rung in report["rungs"].as_array().unwrap() {
        if rung["frames"].as_u64().unwrap() <= 192 {
            assert!(rung["events"].as_u64().unwrap() > 0, "{rung}");
        }
    }
    assert_eq!(server.period(), Some(512));
}

#[test]
#[ignore = "the slow program of the test above"]
fn slow_client() {
    if std::env::var_os("RT_TUNE_TEST_SLOW").is_none() {
        return;
    }
    let (client, _) = Client::new("slow", ClientOptions::NO_START_SERVER).unwrap();
    let _port = client.register_port("in", jack::AudioIn::default()).unwrap();
    let _running = client.activate_async((), Slow).unwrap();
    std::thread::sleep(Duration::from_secs(120));
}

/// Starts a search and waits until it has set another period than the server had.
fn begun(server: &Jackd, state: &Path) -> std::process::Child {
    let args = ["quantum", "--seconds", "60", "--dsp-load", "0", "--from", "1024", "--state"];
    let child = server.run(&args).arg(state).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for("another period", || server.period() == Some(1024));
    child
}

#[test]
fn ctrl_c_and_kill_9_bring_the_old_period_back() {
    let Some(server) = Jackd::start("k", 256) else { return };
    for signal in ["-INT", "-TERM", "-KILL"] {
        let state = tempfile::tempdir().unwrap();
        let mut child = begun(&server, state.path());
        assert!(state.path().join("journal.jsonl").exists());
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let status = child.wait().unwrap();
        if signal == "-KILL" {
            // Nobody is left but the guard.
            wait_for("the guard", || server.period() == Some(256));
        } else {
            assert_eq!(status.code(), Some(1), "{signal}");
            assert_eq!(server.period(), Some(256), "{signal}");
        }
        wait_for("an empty journal", || !state.path().join("journal.jsonl").exists());
    }
}

#[test]
fn set_keeps_the_period_now_and_for_the_next_start_until_it_is_undone() {
    let Some(server) = Jackd::start("e", 512) else { return };
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let start = folder.path().join(".jackdrc");
    std::fs::write(&start, "/usr/bin/jackd -R -d alsa -p512 -n2\n").unwrap();
    let at = ["--state", state.to_str().unwrap()];
    // Every period passes, so that the result does not depend on the machine.
    let args = ["quantum", "--seconds", "1", "--dsp-load", "0", "--allow", "100000", "--lowest", "512"];
    let search = [&args[..], &["--from", "1024", "--set", "--json"], &at].concat();
    let output = server.run(&search).env("HOME", folder.path()).output().unwrap();
    let report = json(&output);
    if Path::new("/var/lib/archibald").exists() {
        println!("skipped: this is a pedal, whose own file would be written");
        return;
    }
    let Some(recommended) = report["recommended"].as_u64() else { panic!("{output:?}") };
    assert_eq!(server.period().map(u64::from), Some(recommended));
    let kept = std::fs::read_to_string(&start).unwrap();
    assert_eq!(kept, format!("/usr/bin/jackd -R -d alsa -p{recommended} -n2\n"));
    assert_eq!(report["set"].as_u64(), Some(recommended));
    let undone = server.run(&[&["revert", "quantum"][..], &at].concat()).output().unwrap();
    assert_eq!(undone.status.code(), Some(0), "{undone:?}");
    assert_eq!(server.period(), Some(512));
    assert_eq!(std::fs::read_to_string(&start).unwrap(), "/usr/bin/jackd -R -d alsa -p512 -n2\n");
}

#[test]
fn wrong_use_and_a_missing_server_are_told() {
    let run = |args: &[&str]| {
        Command::new(RT_TUNE)
            .args(args)
            .env("JACK_DEFAULT_SERVER", "there-is-no-such-server")
            .env("PIPEWIRE_RUNTIME_DIR", "/nonexistent")
            .env("XDG_RUNTIME_DIR", "/nonexistent")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    let output = run(&["quantum"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("no JACK server answers"), "{output:?}");
    assert_eq!(run(&["quantum", "--seconds", "0"]).status.code(), Some(64));
    assert_eq!(rt_tune(&["quantum", "--root", "/tmp"]).status.code(), Some(64));
}
