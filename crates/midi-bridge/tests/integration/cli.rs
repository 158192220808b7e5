//! The command line where no server is needed.

use std::process::{Command, Output};

use crate::support::BRIDGE;

fn run(args: &[&str]) -> Output {
    Command::new(BRIDGE).args(args).env("JACK_DEFAULT_SERVER", "no-such-server").output().unwrap()
}

#[test]
fn wrong_arguments_are_2_and_a_wrong_map_is_78() {
    assert_eq!(run(&["serial", "--baud", "0"]).status.code(), Some(2));
    assert_eq!(run(&["osc", "--allow", "everybody"]).status.code(), Some(2));
    let folder = tempfile::tempdir().unwrap();
    let map = folder.path().join("map.toml");
    std::fs::write(&map, "[[map]]\naddress = \"/a\"\nmessage = \"cc\"\n").unwrap();
    let output = run(&["osc", "--map", map.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(78));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("map.toml") && error.contains("give the number"), "{error}");
    assert_eq!(run(&["osc", "--map", "/no/such/map"]).status.code(), Some(78));
}

#[test]
fn without_a_server_the_error_says_so() {
    for args in
        [&["merge"][..], &["broadcast"], &["thru", "--backend", "jack"], &["serial", "--device", "/dev/null"]]
    {
        let output = run(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains("no JACK server answers"), "{error}");
    }
}

#[test]
fn the_built_in_map_is_printed() {
    let output = run(&["osc", "--print-map"]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), midi_bridge::osc::DEFAULT_MAP);
}
