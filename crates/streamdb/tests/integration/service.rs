//! What the README of the service promises, request by request.

use std::io::Write;
use std::process::Command;

use crate::client::{PROGRAM, Server, read};

#[test]
fn a_blob_is_stored_read_found_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let content: Vec<u8> = (0..300_000_u32).map(|n| (n * 7 % 251) as u8).collect();
    assert_eq!(server.put("irs/Marshall%201960/mic.wav", &content), 201);
    assert_eq!(server.put("irs/Marshall%201960/mic.wav", &content), 204);
    let whole = server.ask("GET", "/blobs/irs/Marshall%201960/mic.wav", &[], b"");
    assert_eq!((whole.status, &whole.body), (200, &content));
    let tag = whole.header("etag").unwrap().to_owned();
    let head = server.ask("HEAD", "/blobs/irs/Marshall%201960/mic.wav", &[], b"");
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, Some("300000")));
    let ask = |headers: &[&str]| server.ask("GET", "/blobs/irs/Marshall%201960/mic.wav", headers, b"");
    let part = ask(&["Range: bytes=100-199"]);
    assert_eq!((part.status, &part.body[..]), (206, &content[100..200]));
    assert_eq!(part.header("content-range"), Some("bytes 100-199/300000"));
    assert_eq!(ask(&["Range: bytes=-5"]).body, &content[299_995..]);
    assert_eq!(ask(&["Range: bytes=300000-"]).status, 416);
    assert_eq!(ask(&["Range: bytes=0-1", "If-Range: \"other\""]).status, 200);
    assert_eq!(ask(&[&format!("If-None-Match: {tag}")]).status, 304);
    assert_eq!(ask(&["If-Match: \"other\""]).status, 412);
    let found = server.ask("GET", "/search?suffix=.wav", &[], b"").text();
    assert!(found.contains("\"path\":\"irs/Marshall 1960/mic.wav\""), "{found}");
    assert!(found.contains(tag.trim_matches('"')), "{found}");
    assert!(server.ask("GET", "/stats", &[], b"").text().contains("\"stored_bytes\":300000"));
    let metrics = server.ask("GET", "/metrics", &[], b"").text();
    assert!(metrics.contains("streamdb_paths 1\n"), "{metrics}");
    assert!(metrics.contains("streamdb_requests_total{method=\"PUT\",status=\"2xx\"} 2"), "{metrics}");
    let path = "/blobs/irs/Marshall%201960/mic.wav";
    assert_eq!(server.ask("DELETE", path, &["If-Match: \"other\""], b"").status, 412);
    assert_eq!(server.ask("DELETE", path, &[], b"").status, 204);
    assert_eq!(server.ask("DELETE", path, &[], b"").status, 404);
}

#[test]
fn what_is_wrong_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--max-blob", "1"]);
    let long = "x".repeat(1025);
    for (path, status) in [
        ("a//b", 400),
        ("%2e%2e/x", 400),
        ("a/../b", 400),
        ("a%00b", 400),
        ("%ff", 400),
        (long.as_str(), 400),
    ] {
        let answer = server.ask("PUT", &format!("/blobs/{path}"), &[], b"x");
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
    assert_eq!(server.put(&"x".repeat(1024), b"x"), 201);
    let big = vec![1; (1 << 20) + 1];
    let answer = server.ask("PUT", "/blobs/big", &[], &big);
    assert!(answer.status == 413 && answer.text().contains("1048576"), "{}", answer.text());
    // said to be small, in pieces without a length
    let mut stream = server.connect();
    write!(stream, "PUT /blobs/big HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
        .unwrap();
    let _ = write!(stream, "{:x}\r\n", big.len());
    let _ = stream.write_all(&big).and_then(|()| stream.write_all(b"\r\n0\r\n\r\n"));
    assert_eq!(read(stream).unwrap().status, 413);
    // broken off
    let mut stream = server.connect();
    write!(stream, "PUT /blobs/half HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf").unwrap();
    drop(stream);
    assert_eq!(server.get("half"), None);
    assert_eq!(server.get("big"), None);
    assert_eq!(server.ask("POST", "/blobs/a", &[], b"").status, 405);
    assert_eq!(server.ask("GET", "/nowhere", &[], b"").status, 404);
    assert_eq!(server.ask("GET", "/stats", &["Host: evil.example"], b"").status, 403);
    assert_eq!(server.ask("GET", "/search?limit=many", &[], b"").status, 400);
}

#[test]
fn with_a_token_nothing_opens_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "a-token-of-twenty-one\n").unwrap();
    let store = folder.path().join("store");
    let server = Server::start(&store, &["--token-file", file.to_str().unwrap()]);
    for (method, path) in [
        ("GET", "/blobs/a"),
        ("PUT", "/blobs/a"),
        ("DELETE", "/blobs/a"),
        ("GET", "/stats"),
        ("GET", "/metrics"),
        ("GET", "/search"),
    ] {
        assert_eq!(server.ask(method, path, &[], b"x").status, 401, "{method} {path}");
        assert_eq!(
            server.ask(method, path, &["Authorization: Bearer wrong"], b"x").status,
            401,
            "{method} {path}"
        );
    }
    assert_eq!(server.ask("GET", "/healthz", &[], b"").status, 200);
    let with = ["Authorization: Bearer a-token-of-twenty-one", "Host: pedal.local"];
    assert_eq!(server.ask("PUT", "/blobs/a", &with, b"x").status, 201);
    assert_eq!(server.ask("GET", "/blobs/a", &with, b"").body, b"x");
    let open = Command::new(PROGRAM)
        .args(["serve", "--listen", "0.0.0.0:0", "--data-dir"])
        .arg(folder.path().join("other"))
        .output()
        .unwrap();
    assert_eq!(open.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&open.stderr).contains("--token-file"), "{open:?}");
}

#[test]
fn a_store_moves_by_export_and_import() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    {
        let server = Server::start(&one, &[]);
        assert_eq!((server.put("a/b.nam", b"model"), server.put("c.wav", b"")), (201, 201));
        let busy = Command::new(PROGRAM).args(["stats", "--data-dir"]).arg(&one).output().unwrap();
        assert!(String::from_utf8_lossy(&busy.stderr).contains("another process"), "{busy:?}");
    }
    let tar = folder.path().join("all.tar");
    let run = |command: &str, at: &std::path::Path| {
        Command::new(PROGRAM).args([command, "--data-dir"]).arg(at).arg(&tar).status().unwrap().success()
    };
    assert!(run("export", &one) && run("import", &two));
    let server = Server::start(&two, &[]);
    assert_eq!(server.get("a/b.nam").as_deref(), Some(&b"model"[..]));
    assert_eq!(server.get("c.wav").as_deref(), Some(&b""[..]));
}
