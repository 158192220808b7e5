//! What mod-ui's page asks for, request by request, as it was seen to do it.

use std::time::Duration;

use axum::http::StatusCode;
use futures_util::FutureExt;
use pedald::session::{Change, ControlPort, EventKind, Intent, Seen, Source};
use serde_json::json;

use crate::web_rig::{WebRig, bundle, escaped};

/// Plugs a cable from the guitar over a gain to the amplifier, and saves that under a title.
async fn board_with_cables(rig: &WebRig, title: &str) -> (String, Vec<String>) {
    rig.get("/reset").await;
    rig.get("/effect/add//graph/gain?uri=urn:fake:gain&x=100&y=200").await;
    let cables = ["/graph/capture_1,/graph/gain/in", "/graph/gain/out,/graph/playback_1"].map(str::to_owned);
    for cable in &cables {
        assert_eq!(rig.get(&format!("/effect/connect/{cable}")).await.json(), json!(true), "{cable}");
    }
    let saved = rig.form("/pedalboard/save", &[("title", title), ("asNew", "1")]).await;
    (bundle(&saved).display().to_string(), cables.into())
}

#[tokio::test]
async fn a_board_that_the_page_pulls_apart_before_the_next_sounds_on() {
    let rig = WebRig::new().ready().await;
    let (one, cables) = board_with_cables(&rig, "One").await;
    let (two, _) = board_with_cables(&rig, "Two").await;
    let session = rig.web.session().clone();
    session
        .ask(Source::Rest, Intent::Set { port: ControlPort::new("gain", "gain"), value: -9.0 })
        .await
        .unwrap();
    let mut watch = session.watch();
    watch.next().await.unwrap();

    let pull = |cable: &str| format!("/effect/disconnect/{cable}");
    assert_eq!(rig.get(&pull(&cables[0])).await.json(), json!(true));
    assert_eq!(rig.get(&pull(&cables[0])).await.json(), json!(false), "it is out already");
    assert_eq!(rig.get(&pull("/graph/capture_2,/graph/gain/in")).await.json(), json!(false));
    assert_eq!(rig.get(&pull(&cables[1])).await.json(), json!(true));
    assert_eq!(rig.get("/reset").await.json(), json!(true));
    assert_eq!(rig.get(&pull(&cables[1])).await.json(), json!(false), "a late one finds no cable");
    let loaded = rig.form("/pedalboard/load_bundle/", &[("bundlepath", &one)]).await.json();
    assert_eq!(loaded, json!({"ok": true, "name": "One"}));
    // Longer than a pulled cable waits.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(session.state().board.connections.len(), 2, "the new board has its own");
    let mut boards = Vec::new();
    while let Some(Ok(Seen::Event(event))) = watch.next().now_or_never() {
        match &event.kind {
            EventKind::BoardLoaded(board) => boards.push((board.title.clone(), board.connections.len())),
            EventKind::Changed(changes) => {
                let pulled = changes.iter().any(|change| matches!(change, Change::Disconnected { .. }));
                assert!(!pulled, "nothing is pulled: {changes:?}");
            }
            _ => {}
        }
    }
    assert_eq!(boards, [(String::new(), 0), ("One".to_owned(), 2)], "one change of boards");
    // What was kept of the board that went is whole.
    let loaded = rig.form("/pedalboard/load_bundle/", &[("bundlepath", &two)]).await.json();
    assert_eq!(loaded["ok"], true);
    let versions = rig.get("/api/versions").await.json();
    let kept = versions["versions"].as_array().unwrap().first().expect("the unsaved change was kept").clone();
    let back = rig.form("/api/versions/restore", &[("id", kept["id"].as_str().unwrap())]).await;
    assert_eq!(back.json()["ok"], true);
    let board = session.state().board.clone();
    assert_eq!(board.value(&ControlPort::new("gain", "gain")), Some(-9.0));
    assert_eq!(board.connections.len(), 2);
}

#[tokio::test]
async fn a_cable_that_is_pulled_alone_goes_a_moment_later() {
    let rig = WebRig::new().ready().await;
    let (path, cables) = board_with_cables(&rig, "One").await;
    let session = rig.web.session().clone();
    let mut watch = session.watch();
    assert_eq!(rig.get(&format!("/effect/disconnect/{}", cables[0])).await.json(), json!(true));
    let gone = async {
        while watch.state().board.connections.len() == 2 {
            watch.next().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone).await.expect("it goes");
    // What builds on it does not wait.
    assert_eq!(rig.get(&format!("/effect/connect/{}", cables[0])).await.json(), json!(true));
    for cable in &cables {
        assert_eq!(rig.get(&format!("/effect/disconnect/{cable}")).await.json(), json!(true));
    }
    let saved = rig.form("/pedalboard/save", &[("title", "One"), ("asNew", "0")]).await;
    assert_eq!(saved.json()["bundlepath"], path.as_str());
    assert_eq!(session.state().board.connections.len(), 0, "saved without both");
    let info = rig.get(&format!("/pedalboard/info/?bundlepath={}", escaped(&path))).await.json();
    assert_eq!(info["connections"], json!([]));
}

#[tokio::test]
async fn every_board_has_a_picture() {
    let rig = WebRig::new().ready().await;
    let (path, _) = board_with_cables(&rig, "One").await;
    let of = |what: &str, path: &str| format!("/pedalboard/image/{what}?bundlepath={}", escaped(path));
    let wait = rig.get(&of("wait", &path)).await.json();
    assert_eq!(wait["status"], 1);
    assert!(wait["ctime"].as_str().unwrap().parse::<u64>().unwrap() > 1_500_000_000);
    assert_eq!(rig.get(&of("generate", &path)).await.json(), json!({"ok": true, "ctime": wait["ctime"]}));
    for (what, width) in [("thumbnail.png", 512), ("screenshot.png", 1280)] {
        let back = rig.get(&of(what, &path)).await;
        assert_eq!(back.kind, "image/png");
        let picture = png::Decoder::new(std::io::Cursor::new(back.bytes)).read_info().unwrap();
        assert_eq!(picture.info().width, width, "{what}");
    }
    // One that came with the board stays.
    std::fs::write(std::path::Path::new(&path).join("thumbnail.png"), "own").unwrap();
    assert_eq!(rig.get(&of("thumbnail.png", &path)).await.text(), "own");
    assert_eq!(rig.get(&of("check", "/none")).await.json(), json!({"status": -1, "ctime": "0"}));
    assert_eq!(rig.get(&of("x.png", &path)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_pages_new_board_is_an_empty_one() {
    let rig = WebRig::new().ready().await;
    board_with_cables(&rig, "One").await;
    assert_eq!(rig.get("/reset").await.json(), json!(true));
    let fields = [("bundlepath", ""), ("isDefault", "1")];
    let loaded = rig.form("/pedalboard/load_bundle/", &fields).await.json();
    assert_eq!(loaded, json!({"ok": true, "name": ""}));
    assert!(rig.web.session().state().board.plugins.is_empty());
    let loaded = rig.form("/pedalboard/load_bundle/", &[("bundlepath", "")]).await.json();
    assert_eq!(loaded["ok"], false);
}

#[tokio::test]
async fn a_plugins_own_page_comes_as_the_page_can_use_it() {
    let place = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(place.path().join(name), text).unwrap();
        json!(place.path().join(name))
    };
    let gui = json!({
        "resourcesDirectory": place.path(),
        "iconTemplate": file("icon.html", "<div></div>"),
        "javascript": file("script.js", "function (event) {}"),
        "stylesheet": file("style.css", ".a {}"),
    });
    let rig = WebRig::new().with_plugins(|plugin| plugin["gui"] = gui.clone());
    let rig = rig.ready().await;
    for (kind, content, text) in [
        ("iconTemplate", "text/html; charset=UTF-8", "<div></div>"),
        ("stylesheet", "text/css; charset=UTF-8", ".a {}"),
        // jQuery runs what comes as a script, and a function without a name is none
        ("javascript", "text/plain; charset=UTF-8", "function (event) {}"),
    ] {
        let back = rig.get(&format!("/effect/file/{kind}?uri=urn:fake:gain")).await;
        assert_eq!((back.kind.as_str(), back.text().as_str()), (content, text), "{kind}");
    }
}
