//! mod-ui's WebSocket, message by message.

use std::time::Duration;

use pedald::session::{ControlPort, Intent, Source, Step};

use crate::web_rig::{Client, WebRig};

#[tokio::test]
async fn a_new_client_sees_the_board_and_everybody_sees_changes() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    rig.get("/effect/add//graph/gain?uri=urn:fake:gain&x=10&y=20").await;
    rig.get("/effect/connect//graph/capture_1,/graph/gain/in").await;
    let mut one = Client::connect(address).await;
    let dump = one.until("loading_end").await;
    assert_eq!(
        dump,
        [
            "transport 0 4.000000 120.000000 none",
            "truebypass 0 0",
            "loading_start 0 1",
            "size 0 0",
            "add_hw_port /graph/capture_1 audio 0 Capture_1 1",
            "add_hw_port /graph/capture_2 audio 0 Capture_2 2",
            "add_hw_port /graph/playback_1 audio 1 Playback_1 1",
            "add_hw_port /graph/playback_2 audio 1 Playback_2 2",
            "add /graph/gain urn:fake:gain 10.0 20.0 0 0_0_0_0 0",
            "preset /graph/gain null",
            "param_set /graph/gain gain 0.000000",
            "connect /graph/capture_1 /graph/gain/in",
            "loading_end 0",
        ]
    );
    let mut two = Client::connect(address).await;
    two.until("loading_end").await;

    // What one sets, the other hears, and not one itself.
    one.say("param_set /graph/gain/gain -6.5").await;
    assert_eq!(two.hear().await, "param_set /graph/gain gain -6.500000");
    one.say("param_set /graph/gain/:bypass 1.0").await;
    assert_eq!(two.hear().await, "param_set /graph/gain :bypass 1.000000");
    one.say("plugin_pos /graph/gain 30.0 40.0").await;
    assert_eq!(two.hear().await, "plugin_pos /graph/gain 30.0 40.0");
    one.say("transport-bpm 97.5").await;
    assert_eq!(two.hear().await, "transport 0 4.000000 97.500000 none");
    assert_eq!(one.hear().await, "transport 0 4.000000 97.500000 none", "the tempo comes back to everybody");
    one.say("nonsense").await;
    assert_eq!(one.hear().await, "log 2 there is no message \"nonsense\"");

    // What REST does, both hear.
    rig.get("/effect/add//graph/delay?uri=urn:fake:delay&x=1&y=2").await;
    for client in [&mut one, &mut two] {
        assert_eq!(client.hear().await, "add /graph/delay urn:fake:delay 1.0 2.0 0 0_0_0_0 0");
        let rest = client.until("param_set /graph/delay time").await;
        assert_eq!(rest[0], "preset /graph/delay null");
    }
    rig.get("/effect/connect//graph/gain/out,/graph/delay/in").await;
    rig.get("/snapshot/saveas?title=Two%20words").await;
    let body = r#"{"uri": "/midi-custom_Ch.1_CC#7", "minimum": -20, "maximum": 10}"#;
    rig.post("/effect/parameter/address//graph/gain/gain", body).await;
    rig.post("/effect/parameter/address//graph/gain/gain", r#"{"uri": "null"}"#).await;
    rig.get("/effect/remove//graph/delay").await;
    for client in [&mut one, &mut two] {
        let heard = client.until("remove").await;
        let wanted = [
            "connect /graph/gain/out /graph/delay/in",
            "pedal_snapshot 1 Two words",
            "midi_map /graph/gain gain 0 7 -20.000000 10.000000",
            "midi_map /graph/gain gain -1 0 0.000000 1.000000",
            "disconnect /graph/gain/out /graph/delay/in",
            "remove /graph/delay",
        ];
        let mut at = 0;
        for message in &heard {
            if wanted.get(at) == Some(&message.as_str()) {
                at += 1;
            }
        }
        assert_eq!(at, wanted.len(), "{heard:#?}");
    }

    // Another board: all of it.
    rig.form("/pedalboard/save", &[("title", "Lab"), ("asNew", "1")]).await;
    rig.get("/reset").await;
    let shown = rig.paths.pedalboards.join("Lab.pedalboard").display().to_string();
    rig.form("/pedalboard/load_bundle/", &[("bundlepath", &shown)]).await;
    for client in [&mut one, &mut two] {
        client.until("remove :all").await;
        let heard = client.until("add /graph/gain").await;
        assert!(heard.iter().any(|message| message.starts_with("loading_start")), "{heard:#?}");
        let rest = client.until("loading_end").await;
        assert!(rest.contains(&"param_set /graph/gain gain -6.500000".to_owned()), "{rest:#?}");
    }
}

#[tokio::test]
async fn a_browser_that_sleeps_stalls_nobody_and_wakes_up_to_the_truth() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    rig.get("/effect/add//graph/gain?uri=urn:fake:gain&x=10&y=20").await;
    let mut sleeper = Client::connect(address).await;
    sleeper.until("loading_end").await;
    let mut awake = Client::connect(address).await;
    awake.until("loading_end").await;
    // The sleeper reads nothing from here on. Structure and values change far more than any buffer holds.
    let session = rig.web.session();
    let port = ControlPort::new("gain", "gain");
    let rounds = 3000_u32;
    for round in 0..rounds {
        let value = -(round as f32) / 100.0;
        session.ask(Source::Rest, Intent::Set { port: port.clone(), value }).await.unwrap();
        let name = "x".repeat(2000) + &round.to_string();
        if round % 2 == 0 {
            session.ask(Source::Rest, Intent::SaveSnapshotAs { name }).await.unwrap();
        } else {
            session.ask(Source::Rest, Intent::RemoveSnapshot { at: 1 }).await.unwrap();
        }
    }
    session.ask(Source::Rest, Intent::LoadSnapshot(Step::To(0))).await.unwrap();
    session.ask(Source::Rest, Intent::Set { port, value: -59.0 }).await.unwrap();
    awake.until("param_set /graph/gain gain -59.000000").await;
    // Awake again, it comes to the same end.
    let heard = sleeper.until("param_set /graph/gain gain -59.000000").await;
    assert!(!heard.is_empty());
}

#[tokio::test]
async fn meters_wait_for_the_echo_of_data_ready() {
    let rig = WebRig::new().ready().await;
    let address = rig.serve().await;
    let mut client = Client::connect(address).await;
    client.until("loading_end").await;
    // A client that never answers still gets everything else at once.
    rig.get("/effect/add//graph/gain?uri=urn:fake:gain&x=10&y=20").await;
    let heard = tokio::time::timeout(Duration::from_secs(30), client.until("add /graph/gain")).await;
    assert!(heard.is_ok());
    client.say("data_ready 1").await;
    client.say("pong").await;
    client.say("param_set /graph/gain/gain 1").await;
    let mut other = Client::connect(address).await;
    let dump = other.until("loading_end").await;
    let port = ControlPort::new("gain", "gain");
    let value = rig.web.session().state().board.value(&port);
    assert!(value == Some(1.0) || dump.iter().any(|line| line.starts_with("param_set /graph/gain gain 0")));
}
