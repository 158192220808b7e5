use std::os::unix::fs::PermissionsExt;

use super::*;

/// A program that notes what it was called with.
fn pretend(folder: &Path) -> Systemd {
    let script = "#!/bin/sh\necho \"$(basename \"$0\") $*\" >> \"$(dirname \"$0\")/calls\"\n\
                  case \"$*\" in *reboot*) echo 'Access denied' >&2; exit 1 ;; *running*) echo stopping; exit 1 ;; esac\n";
    for name in ["systemctl", "git"] {
        let path = folder.join(name);
        std::fs::write(&path, script).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
    }
    let boards = folder.join("boards");
    std::fs::create_dir_all(boards.join(".git")).expect("made");
    let mut machine = Systemd::with_choice(&boards, folder.join("audio/jack"));
    machine.systemctl = folder.join("systemctl");
    machine.git = folder.join("git");
    machine
}

#[test]
fn period_and_rate_are_kept_beside_each_other_and_jack_starts_anew() {
    let place = tempfile::tempdir().expect("folder");
    let machine = pretend(place.path());
    assert_eq!(machine.chosen(), (None, None));
    machine.perform(MachineDeed::Rate(96_000)).expect("done");
    machine.perform(MachineDeed::Period(64)).expect("done");
    assert_eq!(machine.chosen(), (Some(64), Some(96_000)));
    let text = std::fs::read_to_string(place.path().join("audio/jack")).expect("there");
    assert_eq!(text, "JACK_PERIOD=64\nJACK_SAMPLE_RATE=96000\n");
    let mode = std::fs::metadata(place.path().join("audio/jack")).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "JACK's user reads it");
    let calls = std::fs::read_to_string(place.path().join("calls")).expect("called");
    assert_eq!(calls.lines().next(), Some("systemctl --no-ask-password --no-block restart jack.service"));
}

#[test]
fn a_refusal_is_a_sentence() {
    let place = tempfile::tempdir().expect("folder");
    let machine = pretend(place.path());
    let error = machine.perform(MachineDeed::Reboot).expect_err("refused").to_string();
    assert!(error.ends_with("failed: Access denied"), "{error}");
    assert_eq!(machine.state(), "stopping");
    machine.perform(MachineDeed::UpdateBoards).expect("done");
    let calls = std::fs::read_to_string(place.path().join("calls")).expect("called");
    let pulls =
        |line: &str| line.starts_with("git -C ") && line.ends_with(" pull --ff-only --autostash --quiet");
    assert!(calls.lines().any(pulls), "{calls}");
}

#[test]
fn what_the_helpers_leave_is_read_and_what_is_spoilt_is_not() {
    let place = tempfile::tempdir().expect("folder");
    let machine = pretend(place.path()).with_root(place.path());
    assert_eq!((machine.round_trip(), machine.update()), (None, Status::default()));
    assert_eq!(machine.sayings(), [("Backup", String::new()), ("Update", String::new())]);
    let write = |name: &str, text: &str| {
        let path = place.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    let loop_file = "var/lib/latency-probe/last-loop.json";
    write(loop_file, r#"{"delay_ms": 7.416, "delay_frames": 356.0, "period": 128, "rate": 48000}"#);
    assert_eq!(machine.round_trip(), Some(RoundTrip { ms: 7.416, period: 128, rate: 48_000 }));
    for bad in ["{", "{}", r#"{"delay_ms": -1, "period": 128, "rate": 48000}"#, r#"{"delay_ms": null}"#] {
        write(loop_file, bad);
        assert_eq!(machine.round_trip(), None, "{bad}");
    }
    write("run/archibald/backup.txt", "3 boards\nare in it\n");
    assert_eq!(machine.sayings()[0], ("Backup", "3 boards are in it".to_owned()));
    write("var/lib/archibald-update/state.json", r#"{"phase": "staged", "generation": 8}"#);
    assert_eq!(machine.update().staged.as_deref(), Some("generation 8"));
    assert_eq!(machine.watched().len(), 5);
}

#[test]
fn a_simulated_pedal_switches_nobody_off() {
    let place = tempfile::tempdir().expect("folder");
    let machine = SimulatedMachine::new(place.path());
    assert!(machine.perform(MachineDeed::PowerOff).is_err());
    machine.perform(MachineDeed::Period(32)).expect("kept");
    assert_eq!(machine.chosen(), (Some(32), None));
}
