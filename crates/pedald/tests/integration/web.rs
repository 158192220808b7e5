//! mod-ui's REST interface, question by question.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use pedald::web::Options;
use serde_json::json;

use crate::web_rig::{WebRig, bundle, escaped};

#[tokio::test]
async fn a_session_as_the_page_has_it() {
    let rig = WebRig::new().ready().await;
    // What is there.
    assert_eq!(rig.get("/hello").await.json(), json!({"online": true, "version": "1.2.3"}));
    assert_eq!(rig.get("/ping/").await.json(), json!({"ihm_online": false, "ihm_time": 0}));
    let list = rig.get("/effect/list").await;
    assert_eq!(list.kind, "application/json; charset=UTF-8");
    assert_eq!(list.json().as_array().unwrap().len(), 4);
    assert_eq!(list.json()[0]["uri"], "urn:fake:amp");
    let whole = rig.get("/effect/get?uri=urn%3Afake%3Again&version=1").await.json();
    assert_eq!(whole["ports"]["control"]["input"][0]["ranges"]["minimum"], -60.0);
    assert_eq!(rig.get("/effect/get?uri=urn:none").await.status, StatusCode::NOT_FOUND);
    let bulk = Request::post("/effect/bulk/").body(Body::from("[\"urn:fake:gain\"]")).unwrap();
    assert_eq!(rig.send(bulk).await.status, StatusCode::NOT_IMPLEMENTED);
    let bulk = rig.post("/effect/bulk/", "[\"urn:fake:gain\", \"urn:none\"]").await.json();
    assert_eq!(bulk.as_object().unwrap().keys().collect::<Vec<_>>(), ["urn:fake:gain"]);
    assert_eq!(
        rig.get("/effect/get_non_cached?uri=urn:fake:gain").await.json(),
        json!({"licensed": 0, "presets": []})
    );

    // A board.
    let added = rig.get("/effect/add//graph/gain?uri=urn:fake:gain&x=100&y=200.5").await;
    assert_eq!(added.json()["uri"], "urn:fake:gain");
    assert_eq!(
        rig.get("/effect/add//graph/gain?uri=urn:fake:gain").await.json(),
        json!(false),
        "the name is taken"
    );
    assert_eq!(rig.get("/effect/add//graph/x?uri=urn:none").await.json(), json!(false));
    rig.get("/effect/add//graph/delay?uri=urn:fake:delay&x=1&y=2").await;
    for (ports, done) in [
        ("/graph/capture_1,/graph/gain/in", true),
        ("/graph/gain/out,/graph/delay/in", true),
        ("/graph/delay/left,/graph/playback_1", true),
        ("/graph/gain/none,/graph/delay/in", false),
    ] {
        let back = rig.get(&format!("/effect/connect/{ports}")).await;
        assert_eq!(back.json(), json!(done), "{ports}");
        assert_eq!(back.reason.is_empty(), done, "a refusal has its reason: {}", back.reason);
    }
    assert_eq!(rig.get("/effect/disconnect//graph/delay/left,/graph/playback_1").await.json(), json!(true));
    assert_eq!(rig.get("/effect/disconnect//graph/delay/left,/graph/playback_1").await.json(), json!(false));
    assert_eq!(rig.post("/effect/parameter/set/", "\"/graph/gain/gain/-3.0\"").await.json(), json!(true));
    let value = rig.get("/effect/parameter/pi_stomp_get//graph/gain/gain").await.json();
    assert_eq!(value, json!(0.0), "it shows a value, and sets none");
    let wrong = rig.post("/effect/parameter/set/", "\"/graph/gain/gain/loud\"").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    let set = rig.post("/effect/parameter/pi_stomp_set//graph/gain/gain", "{\"value\": -6}").await;
    assert_eq!(set.json(), json!(true));
    assert_eq!(rig.get("/effect/parameter/pi_stomp_get//graph/gain/gain").await.json(), json!(-6.0));
    let bypass = rig.post("/effect/parameter/pi_stomp_set//graph/delay/:bypass", "{\"value\": \"1\"}").await;
    assert_eq!(bypass.json(), json!(true));
    let bypassed = |instance: &str| format!("/effect/parameter/pi_stomp_get//graph/{instance}/:bypass");
    assert_eq!(rig.get(&bypassed("delay")).await.text(), "true");
    assert_eq!(rig.get(&bypassed("gain")).await.text(), "false");

    // Addressings.
    let address = |port: &str, uri: &str| {
        let body =
            json!({"uri": uri, "label": "Gain", "minimum": -20, "maximum": 10, "value": 0, "steps": 33});
        let path = format!("/effect/parameter/address//graph/{port}");
        let rig = &rig;
        async move { rig.post(&path, body.to_string()).await.json() }
    };
    assert_eq!(address("gain/gain", "/midi-custom_Ch.1_CC#7").await, json!(true));
    assert_eq!(address("gain/:bypass", "/midi-custom_Ch.14_CC#60").await, json!(true));
    assert_eq!(address("delay/time", "/bpm").await, json!(true));
    assert_eq!(address("gain/gain", "/hmi/knob1").await, json!(false));
    assert_eq!(address("gain/none", "/midi-custom_Ch.1_CC#8").await, json!(false));
    assert_eq!(address("delay/time", "/midi-learn").await, json!(true));
    assert_eq!(rig.web.session().state().learning.len(), 1);
    assert_eq!(address("delay/time", "/midi-unlearn").await, json!(true));
    // What stands in the fields of the page's dialog.
    let texts = r#"{"uri": "/midi-custom_Ch.1_CC#7", "label": "Gain", "minimum": "-20", "maximum": "10.0", "value": -6,
        "steps": "33", "tempo": false, "dividers": null, "page": null, "subpage": null, "coloured": 0, "momentary": 0}"#;
    let back = rig.post("/effect/parameter/address//graph/gain/gain", texts).await;
    assert_eq!((back.status, back.text().as_str()), (StatusCode::OK, "true"));
    let wrong = texts.replace("-20", "low");
    let back = rig.post("/effect/parameter/address//graph/gain/gain", wrong).await;
    assert_eq!(back.status, StatusCode::BAD_REQUEST);
    let missing = rig.post("/effect/parameter/address//graph/gain/gain", "{}").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);

    // Snapshots.
    assert_eq!(rig.get("/snapshot/list").await.json(), json!({"0": "Default"}));
    let saved = rig.get("/snapshot/saveas?title=Clean").await.json();
    assert_eq!(saved, json!({"ok": true, "id": 1, "title": "Clean"}));
    let saved = rig.get("/snapshot/saveas?title=Clean").await.json();
    assert_eq!(saved, json!({"ok": true, "id": 2, "title": "Clean (2)"}));
    let renamed = rig.get("/snapshot/rename?id=2&title=Solo").await.json();
    assert_eq!(renamed, json!({"ok": true, "title": "Solo"}));
    assert_eq!(rig.get("/snapshot/list/").await.json(), json!({"0": "Default", "1": "Clean", "2": "Solo"}));
    assert_eq!(rig.get("/snapshot/load?id=1").await.json(), json!(true));
    assert_eq!(rig.get("/snapshot/name?id=2").await.json(), json!({"ok": true, "name": "Solo"}));
    assert_eq!(rig.get("/snapshot/name?id=current").await.json(), json!({"ok": true, "name": "Clean"}));
    assert_eq!(rig.get("/snapshot/name?id=9").await.json(), json!({"ok": false, "name": ""}));
    assert_eq!(rig.get("/snapshot/name?id=x").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(rig.get("/snapshot/load?id=9").await.json(), json!(false));
    assert_eq!(rig.post("/snapshot/save", "").await.json(), json!(true));
    assert_eq!(rig.get("/snapshot/remove?id=2").await.json(), json!(true));

    // Saved, listed, described.
    let saved = rig.form("/pedalboard/save", &[("title", "Lab One"), ("asNew", "1")]).await;
    assert_eq!((&saved.json()["ok"], &saved.json()["title"]), (&json!(true), &json!("Lab One")));
    let path = bundle(&saved);
    assert_eq!(path, rig.paths.pedalboards.join("Lab_One.pedalboard"));
    let shown = path.display().to_string();
    let again = rig.form("/pedalboard/save", &[("title", "Lab One"), ("asNew", "0")]).await;
    assert_eq!(bundle(&again), path);
    let list = rig.get("/pedalboard/list").await.json();
    let entry = list.as_array().unwrap().iter().find(|entry| entry["bundle"] == json!(path)).unwrap();
    assert_eq!(
        (&entry["title"], &entry["broken"], &entry["factory"]),
        (&json!("Lab One"), &json!(false), &json!(false))
    );
    assert_eq!(entry["uri"], json!(format!("file://{shown}/Lab_One.ttl")));
    let info = rig.get(&format!("/pedalboard/info/?bundlepath={}", escaped(&shown))).await.json();
    assert_eq!(info["title"], "Lab One");
    let gain =
        info["plugins"].as_array().unwrap().iter().find(|plugin| plugin["instance"] == "gain").unwrap();
    assert_eq!((&gain["x"], &gain["y"], &gain["bypassed"]), (&json!(100.0), &json!(200.5), &json!(false)));
    assert_eq!(gain["bypassCC"]["channel"], 13);
    let port = gain["ports"].as_array().unwrap().iter().find(|port| port["symbol"] == "gain").unwrap();
    assert_eq!(port["value"], -6.0);
    let binding = json!({"channel": 0, "control": 7, "hasRanges": true, "minimum": -20.0, "maximum": 10.0});
    assert_eq!(port["midiCC"], binding);
    assert!(
        info["connections"]
            .as_array()
            .unwrap()
            .iter()
            .any(|arc| arc["source"] == "gain/out" && arc["target"] == "delay/in")
    );
    let secret = rig.get("/pedalboard/info/?bundlepath=/etc").await;
    assert_eq!(secret.status, StatusCode::NOT_FOUND);

    // Away and back, as the page and pi-stomp do it.
    assert_eq!(rig.get("/reset").await.json(), json!(true));
    let loaded =
        rig.form("/pedalboard/load_bundle/", &[("bundlepath", &shown), ("isDefault", "0")]).await.json();
    assert_eq!(loaded, json!({"ok": true, "name": "Lab One"}));
    assert_eq!(rig.web.session().state().board.plugins.len(), 2);
    let missing = rig.form("/pedalboard/load_bundle/", &[("bundlepath", "/none")]).await;
    assert_eq!(missing.json()["ok"], false);
    assert!(!missing.reason.is_empty());
    assert_eq!(rig.web.session().state().board.title, "Lab One", "the old board plays on");

    // Tempo of the fork, banks, favourites, preferences, files.
    assert_eq!(rig.post("/set_bpm", "{\"value\": 97.5}").await.json(), json!(true));
    assert_eq!(rig.get("/get_bpm").await.json(), json!(97.5));
    assert_eq!(rig.post("/pedalboard/transport/set_sync_mode//none", "").await.json(), json!(true));
    assert_eq!(
        rig.post("/pedalboard/transport/set_sync_mode/nonsense", "").await.status,
        StatusCode::NOT_FOUND
    );
    let banks = json!([{"title": "Bank A", "pedalboards": [{"title": "Lab One", "bundle": path}]}]);
    assert_eq!(rig.post("/banks/save/", banks.to_string()).await.json(), json!(true));
    let banks = rig.get("/banks/").await.json();
    assert_eq!(
        (&banks[0]["title"], &banks[0]["pedalboards"][0]["title"]),
        (&json!("Bank A"), &json!("Lab One"))
    );
    assert_eq!(rig.form("/favorites/add", &[("uri", "urn:fake:gain")]).await.json(), json!(true));
    assert_eq!(rig.form("/favorites/add", &[("uri", "urn:fake:gain")]).await.json(), json!(false));
    let kept = std::fs::read_to_string(rig.paths.data.join("favorites.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&kept).unwrap(), json!(["urn:fake:gain"]));
    assert_eq!(rig.form("/favorites/remove", &[("uri", "urn:fake:gain")]).await.json(), json!(true));
    assert_eq!(rig.form("/config/set", &[("key", "a b"), ("value", "1+1")]).await.json(), json!(true));
    let kept = std::fs::read_to_string(rig.paths.data.join("prefs.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&kept).unwrap(), json!({"a b": "1+1"}));
    let models = rig.paths.user_files.join("NAM Models");
    std::fs::create_dir_all(&models).unwrap();
    std::fs::write(models.join("a.nam"), "{}").unwrap();
    let files = rig.get("/files/list?types=nammodel,ir").await.json();
    let expected = json!([{"fullname": models.join("a.nam"), "basename": "a.nam", "filetype": "nammodel"}]);
    assert_eq!(files, json!({"ok": true, "files": expected}));

    // Packed, copied, deleted.
    let packed = rig.get(&format!("/pedalboard/pack_bundle/?bundlepath={}", escaped(&shown))).await;
    assert_eq!(packed.bytes[..2], [0x1f, 0x8b]);
    let uploaded = rig.post("/pedalboard/load_web/", packed.bytes.clone()).await;
    assert_eq!(uploaded.json(), json!({"ok": true}), "{}", uploaded.reason);
    assert!(rig.paths.pedalboards.join("Lab_One-1.pedalboard/manifest.ttl").exists());
    let copy =
        rig.get(&format!("/pedalboard/factorycopy/?bundlepath={}&title=Mine", escaped(&shown))).await.json();
    assert_eq!(copy["title"], "Mine");
    assert_eq!(
        rig.get(&format!("/pedalboard/remove/?bundlepath={}", escaped(&shown))).await.json(),
        json!(true)
    );
    assert!(!path.exists());
    assert_eq!(rig.get("/banks/").await.json()[0]["pedalboards"], json!([]), "it left its bank");
    assert_eq!(rig.get("/pedalboard/remove/?bundlepath=/etc").await.json(), json!(false));

    // The machine.
    assert_eq!(rig.get("/truebypass/Left/true").await.json(), json!(false));
    assert_eq!(rig.post("/set_buffersize/256", "").await.json()["ok"], false);
    assert_eq!(rig.post("/set_buffersize/100", "").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(rig.get("/jack/get_midi_devices").await.json()["devList"], json!([]));
    assert!(rig.get("/system/info").await.json()["uname"]["release"].is_string());
    assert_eq!(rig.get("/system/prefs").await.json()["jack_mono_copy"], false);
    assert_eq!(rig.get("/effect/image/thumbnail.png?uri=urn:fake:gain").await.kind, "image/png");
    assert!(rig.get("/").await.text().contains("<title>Pedal</title>"));
}

#[tokio::test]
async fn nobody_is_let_in_who_is_not_asked_in() {
    let rig = WebRig::with(false, Options::default());
    for path in [
        "/effect/list",
        "/reset",
        "/websocket",
        "/",
        "/pedalboard/list",
        "/set_bpm",
        "/effect/add//graph/a?uri=x",
    ] {
        let back = if path == "/set_bpm" { rig.post(path, "120").await } else { rig.get(path).await };
        assert_eq!(back.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(rig.get("/hello").await.status, StatusCode::OK);
    let rig = WebRig::with(true, Options::default());
    assert_eq!(rig.get("/effect/list").await.status, StatusCode::OK);
    // Pages of other sites, also through a browser on this machine.
    for (name, value) in
        [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site"), ("host", "evil.example")]
    {
        let request = Request::get("/effect/list").header(name, value).body(Body::empty()).unwrap();
        assert_eq!(rig.send(request).await.status, StatusCode::FORBIDDEN, "{name}");
    }
    // What installs code is not even there until it is switched on.
    let request = Request::post("/effect/install").body(Body::from("x")).unwrap();
    assert_eq!(rig.send(request).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_of_the_players_own_are_served_and_filled_in() {
    let place = tempfile::tempdir().unwrap();
    let html = place.path().join("html");
    std::fs::create_dir_all(html.join("js")).unwrap();
    std::fs::create_dir_all(html.join("include")).unwrap();
    std::fs::write(html.join("index.html"), "{% autoescape None %}<b>{{fulltitle}}</b>{{version}} {{! note }}{{unknown}}{% if using_desktop == 'true' %}x{% end %}")
        .unwrap();
    std::fs::write(html.join("js/a.js"), "1").unwrap();
    std::fs::write(html.join("include/x.html"), "a \"b\"\n</i>").unwrap();
    std::fs::write(place.path().join("secret"), "secret").unwrap();
    let base = WebRig::new();
    let folders = pedald::web::Folders { html: Some(html), ..base.web.folders().clone() };
    let web = pedald::web::Web::new(
        base.web.session().clone(),
        base.web.plugins().clone(),
        std::sync::Arc::new(pedald::web::NoMachine),
        std::sync::Arc::new(pedald::web::Loopback { trusted: true }),
        folders,
        base.web.options().clone(),
    );
    let rig = WebRig { routes: pedald::web::router(web.clone()), web, ..base };
    assert_eq!(rig.get("/").await.text(), "<b>Untitled</b>1.2.3 ");
    let script = rig.get("/js/a.js").await;
    assert_eq!((script.kind.as_str(), script.text().as_str()), ("text/javascript; charset=UTF-8", "1"));
    assert!(rig.get("/js/templates.js").await.text().contains(r#"TEMPLATES["x"] = "a \"b\"\n</i>";"#));
    assert_eq!(rig.get("/load_template/x.html").await.status, StatusCode::OK);
    for path in ["/../secret", "/js/..%2f..%2fsecret", "/%2e%2e/secret", "/none.html"] {
        assert_eq!(rig.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(rig.get("/effect/list").await.status, StatusCode::OK, "routes come before pages");
    let unknown =
        rig.send(Request::get("/x").header(header::HOST, "pedal.local").body(Body::empty()).unwrap()).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
