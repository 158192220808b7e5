//! `kill -9` at any point, and a disk that is full.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use crate::client::{PROGRAM, Server, try_ask};

/// Contents differ in every byte, so that a mixture of two would be seen.
fn content(round: u32, size: usize) -> Vec<u8> {
    let mut state = round.wrapping_mul(2_654_435_761) | 1;
    (0..size)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        })
        .collect()
}

#[test]
fn two_hundred_kills_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    // path → contents that may be there: what was acknowledged last, and what was on its way since
    let mut allowed: BTreeMap<String, Vec<Option<Vec<u8>>>> = BTreeMap::new();
    for round in 0..200_u32 {
        let mut server = Server::start(folder.path(), &[]);
        for (key, contents) in &mut allowed {
            let there = server.get(key);
            assert!(contents.contains(&there), "{key} in round {round}: {:?} bytes", there.map(|c| c.len()));
            *contents = vec![there];
        }
        let address = server.address.clone();
        let (tell, told) = mpsc::channel();
        let writer = std::thread::spawn(move || {
            for step in 0..1000_u32 {
                let key = format!("k/{}", (round + step) % 5);
                let deletes = step % 4 == 3;
                let body = content(round * 1000 + step, 40_000);
                let wanted = (!deletes).then(|| body.clone());
                if tell.send((key.clone(), wanted.clone(), false)).is_err() {
                    return;
                }
                let method = if deletes { "DELETE" } else { "PUT" };
                let answer = try_ask(
                    &address,
                    method,
                    &format!("/blobs/{key}"),
                    &[],
                    if deletes { b"" } else { &body },
                );
                let Some(answer) = answer else { return };
                if matches!(answer.status, 201 | 204) && tell.send((key, wanted, true)).is_err() {
                    return;
                }
            }
        });
        std::thread::sleep(Duration::from_micros(u64::from(round * 7919 % 40_000)));
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        writer.join().unwrap();
        for (key, body, acknowledged) in told {
            let contents = allowed.entry(key).or_insert_with(|| vec![None]);
            if acknowledged {
                *contents = vec![body];
            } else {
                contents.push(body);
            }
        }
    }
    let check = Command::new(PROGRAM).args(["check", "--data-dir"]).arg(folder.path()).output().unwrap();
    assert!(check.status.success(), "{check:?}");
    assert!(allowed.len() == 5 && allowed.values().any(|contents| contents.iter().any(Option::is_some)));
}

/// A server on a disk of 8 MiB in a mount namespace of its own; `None` where the kernel refuses those.
fn on_a_small_disk(folder: &Path) -> Option<Server> {
    let script =
        "mount -t tmpfs -o size=8m none \"$1\" && exec \"$0\" serve --listen 127.0.0.1:0 --data-dir \"$1\"";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, PROGRAM]).arg(folder);
    Server::spawn(&mut command)
}

#[test]
fn a_full_disk_refuses_keeps_and_can_be_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = on_a_small_disk(folder.path()) else {
        println!("skipped: no mount namespace for a small disk here (unshare --user --mount is refused)");
        return;
    };
    let mut stored = Vec::new();
    for round in 0..40_u32 {
        let key = format!("fill/{round}");
        match server.put(&key, &content(round, 300_000)) {
            201 => stored.push((key, round)),
            status => {
                assert_eq!(status, 507);
                assert_eq!(server.get(&key), None);
            }
        }
    }
    assert!(stored.len() > 3 && stored.len() < 40, "{} of 300 kB on 8 MiB", stored.len());
    for (key, round) in &stored {
        assert_eq!(server.get(key), Some(content(*round, 300_000)), "{key}");
    }
    for (key, _) in &stored {
        assert_eq!(server.ask("DELETE", &format!("/blobs/{key}"), &[], b"").status, 204, "{key}");
    }
    assert_eq!(server.put("again", &content(99, 300_000)), 201);
    assert_eq!(server.get("again"), Some(content(99, 300_000)));
}
