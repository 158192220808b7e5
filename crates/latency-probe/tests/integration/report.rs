//! Reports from a history that the program itself wrote.

use crate::support::{PROBE, Process, probe, wait_for};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

fn history(folder: &Path) {
    let folder = folder.to_str().unwrap();
    for delay in ["480", "528"] {
        let output =
            probe(&[], &["simulate", "--quiet", "--delay", delay, "--target", "10.5", "--history", folder]);
        assert!(output.status.code().is_some_and(|c| c < 2), "{output:?}");
    }
    assert!(probe(&[], &["sched", "--seconds", "0.3", "--history", folder]).status.success());
}

#[test]
fn every_format_is_written() {
    let dir = tempfile::tempdir().unwrap();
    history(dir.path());
    let folder = dir.path().to_str().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (page, picture, drawing, metrics) = (file("r.html"), file("r.png"), file("r.svg"), file("r.prom"));
    let output = probe(
        &[],
        &[
            "report",
            "--history",
            folder,
            "--compare",
            "1,2",
            "--html",
            &page,
            "--png",
            &picture,
            "--svg",
            &drawing,
            "--prometheus",
            &metrics,
        ],
    );
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("+1.000 (+10.0 %)"), "{output:?}");
    let read = |name: &str| std::fs::read_to_string(name).unwrap();
    assert!(read(&page).contains("Run #2 against run #1") && read(&page).contains("<svg"));
    assert!(!read(&page).contains("<script") && !read(&page).contains("src="));
    assert!(read(&drawing).starts_with("<svg"));
    assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
    assert!(read(&metrics).contains("latency_probe_verdict{kind=\"loop\"} 1\n"));
    let output = probe(&[], &["report", "--history", folder, "--json", "--last", "2"]);
    let runs: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((runs.as_array().unwrap().len(), runs[1]["run"]["kind"].as_str()), (2, Some("sched")));
    let output = probe(&[], &["report", "--history", folder]);
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 3);
}

#[test]
fn wrong_questions_are_answered_in_words() {
    let dir = tempfile::tempdir().unwrap();
    history(dir.path());
    let folder = dir.path().to_str().unwrap();
    for args in [
        &["report", "--history", "/nonexistent/history"][..],
        &["report", "--history", folder, "--compare", "1,99"],
        &["report", "--history", folder, "--compare", "1,3"],
        &["report", "--history", folder, "--listen", "0.0.0.0:0"],
    ] {
        let output = probe(&[], args);
        assert_eq!(output.status.code(), Some(64), "{args:?}: {output:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn the_endpoint_serves_the_newest_run() {
    let dir = tempfile::tempdir().unwrap();
    history(dir.path());
    let folder = dir.path().to_str().unwrap();
    let mut child = Command::new(PROBE)
        .args(["report", "--history", folder, "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line)
        .unwrap();
    let address =
        line.trim().trim_start_matches("metrics at http://").trim_end_matches("/metrics").to_owned();
    let mut server = Process(child);
    let ask = |request: &str| {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let answer = ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("latency_probe_loop_latency_frames"),
        "{answer}"
    );
    assert!(ask("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404"));
    assert!(ask("POST /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405"));
    // A measurement finds the history free while the endpoint waits.
    let output = probe(&[], &["simulate", "--quiet", "--gain", "0", "--history", folder]);
    assert_eq!(output.status.code(), Some(2));
    assert!(ask("GET /metrics HTTP/1.1\r\n\r\n").contains("latency_probe_verdict{kind=\"loop\"} 2"));
    Command::new("kill").args(["-TERM", &server.0.id().to_string()]).status().unwrap();
    wait_for("the end of the endpoint", || server.0.try_wait().unwrap().is_some());
}

#[test]
fn the_documented_schema_is_the_one_that_is_written() {
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/latency-probe.schema.json");
    let output = probe(&[], &["report", "--schema"]);
    let now = String::from_utf8(output.stdout).unwrap();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::create_dir_all(Path::new(committed).parent().unwrap()).unwrap();
        std::fs::write(committed, &now).unwrap();
    }
    let written = std::fs::read_to_string(committed).unwrap_or_default();
    // As values: the order of keys depends on which crates are built together (serde_json's `preserve_order`).
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    assert!(
        parse(&now).is_some() && parse(&written) == parse(&now),
        "docs/reference/latency-probe.schema.json is old: run the test with UPDATE_SCHEMA=1"
    );
}
