//! A program that writes everything that pedald writes, step by step, and tells where it is.

use std::path::Path;

use axum::body::Body;
use axum::http::Request;
use pedal_hardware::Profile;
use pedal_hardware::config::{Config, Keeper, Settings};
use pedalboard::Files as _;
use pedald::access::{Desk, Role, Secret};
use pedald::controls::Files;
use pedald::display::{Machine as _, MachineDeed, Systemd};
use pedald::network::{Mode, Network, Simulated};
use pedald::service::tls::Tls;
use pedald::session::{Intent, Source};
use pedald::store::{Disk as _, DiskJob, FolderDisk};
use pedald::{backup, takeover};
use serde_json::json;

use super::trace;
use crate::uploads::packed;
use crate::web_rig::{WebRig, bundle, escaped};

/// Set when this binary is started as the writer: the folder of a pi-Stomp's user whose things are taken over.
pub const WRITER: &str = "PEDALD_TEST_WRITER";

/// Not a test: the program.
#[test]
fn writer_program() {
    let Some(home) = std::env::var_os(WRITER) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(write_everything(Path::new(&home)));
    std::process::exit(0);
}

/// What was asked for so far is on its way to the disk: jobs are done in their order. Then the place is told.
async fn mark(rig: &WebRig, name: &str) {
    rig.web.session().ask(Source::Rest, Intent::ListVersions).await.unwrap();
    tell(name);
}

fn tell(name: &str) {
    let _ = std::fs::metadata(format!("{}/{name}", trace::MARK));
}

/// Not the program writes this, but the player with an editor that knows what a power cut is.
fn another_hand(path: &Path, text: &str) {
    pedalboard::write_atomic(&pedalboard::Disk, path, text.as_bytes()).unwrap();
}

/// Not the program writes this, but the engine, in its way.
fn state(board: &Path, name: &str) {
    let (disk, making) = (&pedalboard::Disk, board.join(".state"));
    disk.make_folder(&making).unwrap();
    for file in ["effect.ttl", "manifest.ttl"] {
        pedalboard::write_atomic(disk, &making.join(file), b"<> a <urn:state> .").unwrap();
    }
    disk.rename(&making, &board.join(name)).unwrap();
    disk.sync_folder(board).unwrap();
}

async fn write_everything(home: &Path) {
    tell("nothing");
    let rig = WebRig::new();
    // the test's own folder; those in it are the program's
    std::fs::File::open(rig.place.path().parent().unwrap()).unwrap().sync_all().unwrap();
    let rig = rig.ready().await;
    boards(&rig).await;
    library(&rig).await;
    files(&rig).await;
    packages(&rig).await;
    configuration(&rig).await;
    devices(&rig).await;
    take_over(&rig, home).await;
    backups(&rig).await;
    // its folder stays for whoever looks at it
    std::mem::forget(rig);
}

async fn boards(rig: &WebRig) {
    rig.get("/effect/add//graph/gain?uri=urn:fake:gain&x=100&y=200.5").await;
    let saved = rig.form("/pedalboard/save", &[("title", "Lead"), ("asNew", "1")]).await;
    let lead = bundle(&saved).display().to_string();
    mark(rig, "the first board").await;
    rig.post("/effect/parameter/pi_stomp_set//graph/gain/gain", "{\"value\": -6}").await;
    rig.get("/effect/add//graph/delay?uri=urn:fake:delay&x=1&y=2").await;
    rig.form("/pedalboard/save", &[("title", "Lead"), ("asNew", "0")]).await;
    mark(rig, "the board again").await;
    // the engine has written the state of a plugin that was taken off
    state(Path::new(&lead), "effect-9");
    mark(rig, "a state").await;
    rig.form("/pedalboard/save", &[("title", "Lead"), ("asNew", "0")]).await;
    assert!(!Path::new(&lead).join("effect-9").exists());
    mark(rig, "a state less").await;
    assert_eq!(rig.get("/snapshot/saveas?title=Solo").await.json()["ok"], true);
    mark(rig, "a snapshot").await;
    assert_eq!(rig.get("/snapshot/rename?id=1&title=Chorus").await.json()["ok"], true);
    mark(rig, "another name for it").await;
    let saved = rig.form("/pedalboard/save", &[("title", "Clean"), ("asNew", "1")]).await;
    let clean = bundle(&saved).display().to_string();
    mark(rig, "a second board").await;
    let load = [("bundlepath", lead.as_str()), ("isDefault", "0")];
    assert_eq!(rig.form("/pedalboard/load_bundle/", &load).await.json()["ok"], true);
    mark(rig, "the other board").await;
    assert_eq!(rig.form("/api/versions/keep", &[("name", "before the gig")]).await.json()["ok"], true);
    mark(rig, "a version").await;
    let id = rig.get("/api/versions").await.json()["versions"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(rig.form("/api/versions/delete", &[("id", &id)]).await.json()["ok"], true);
    mark(rig, "no version").await;
    let board = rig.web.session().state().board.clone();
    let mut disk = FolderDisk::new(rig.paths.clone(), rig.web.plugins().clone());
    for name in ["an automatic version", "a second one", "a third in place of the second"] {
        disk.run(DiskJob::Autosave { board: board.clone() }).unwrap();
        mark(rig, name).await;
    }
    for text in ["Pickup: bridge", "Pickup: neck"] {
        let note = json!({"bundle": lead, "text": text}).to_string();
        assert_eq!(rig.post("/api/notes/keep", note).await.json(), json!(true));
        mark(rig, text).await;
    }
    let factory = rig.paths.factory_pedalboards.join("Blues.pedalboard");
    let graph = pedalboard::Graph { title: "Blues".into(), ..pedalboard::Graph::default() };
    pedalboard::Bundle::new(&factory, graph).save(&pedalboard::Disk).unwrap();
    rig.web.session().ask(Source::Rest, Intent::Rescan).await.unwrap();
    mark(rig, "a board of the system").await;
    let from = escaped(&factory.display().to_string());
    let copied = rig.get(&format!("/pedalboard/factorycopy?bundlepath={from}&title=Mine")).await;
    assert!(copied.json()["bundlepath"].is_string(), "{}", copied.text());
    mark(rig, "a copy of it").await;
    let removed = rig.get(&format!("/pedalboard/remove/?bundlepath={}", escaped(&clean))).await;
    assert_eq!(removed.json(), json!(true));
    mark(rig, "a board less").await;
}

async fn library(rig: &WebRig) {
    let lead = rig.paths.pedalboards.join("Lead.pedalboard");
    for (name, title) in [("banks", "Gig"), ("other banks", "Rehearsal")] {
        let banks = json!([{"title": title, "pedalboards": [{"title": "Lead", "bundle": lead}]}]);
        assert_eq!(rig.post("/banks/save/", banks.to_string()).await.json(), json!(true));
        mark(rig, name).await;
    }
    for uri in ["urn:fake:gain", "urn:fake:amp"] {
        assert_eq!(rig.form("/favorites/add", &[("uri", uri)]).await.json(), json!(true));
        mark(rig, &format!("favourite {uri}")).await;
    }
    for value in ["1", "2"] {
        assert_eq!(rig.form("/config/set", &[("key", "k"), ("value", value)]).await.json(), json!(true));
        mark(rig, &format!("preference {value}")).await;
    }
    rig.form("/save_user_id", &[("name", "Ada"), ("email", "ada@example.org")]).await;
    mark(rig, "the player's name").await;
}

async fn files(rig: &WebRig) {
    let path = "Speaker Cabinets IRs/room.wav";
    let upload = Request::post(format!("/api/files/upload?path={}", escaped(path)));
    let back = rig.send(upload.body(Body::from(vec![7; 20_000])).unwrap()).await;
    assert_eq!(back.json()["path"], path, "{}", back.text());
    mark(rig, "a sample").await;
    let moved = "Speaker Cabinets IRs/more/hall.wav";
    let renamed = json!({"from": path, "to": moved});
    assert!(rig.post("/api/files/rename", renamed.to_string()).await.status.is_success());
    mark(rig, "the sample's name").await;
    let deleted = rig.post("/api/files/delete", json!({"path": moved}).to_string()).await.json();
    mark(rig, "the sample in the bin").await;
    let back = json!({"id": deleted["id"], "path": moved});
    assert!(rig.post("/api/files/restore", back.to_string()).await.status.is_success());
    mark(rig, "the sample back").await;
}

async fn packages(rig: &WebRig) {
    let manifest = b"<a.ttl> a <http://moddevices.com/ns/modpedal#Pedalboard> .";
    let sent = packed(&[
        ("Sent.pedalboard/manifest.ttl", tar::EntryType::Regular, manifest),
        (
            "Sent.pedalboard/a.ttl",
            tar::EntryType::Regular,
            b"<> <http://usefulinc.com/ns/doap#name> \"Sent\" .",
        ),
    ]);
    assert!(rig.post("/pedalboard/load_web/", sent).await.status.is_success());
    mark(rig, "a board by the web").await;
    let mut portable = Vec::new();
    let lead = rig.paths.pedalboards.join("Lead.pedalboard");
    let reach = pedalboard::Reach { user_files: &rig.paths.user_files, others: &[] };
    pedalboard::export(&lead, reach, |_| None, &mut portable).unwrap();
    let back = rig.post("/api/board/import", portable).await;
    assert!(back.json()["bundlepath"].is_string(), "{}", back.text());
    mark(rig, "a board in one file").await;
    for text in ["first", "second"] {
        let plugin = packed(&[
            ("gift.lv2/manifest.ttl", tar::EntryType::Regular, format!("# {text}\n").as_bytes()),
            ("gift.lv2/gift.ttl", tar::EntryType::Regular, format!("# the {text} one\n").as_bytes()),
        ]);
        let back = rig.post("/effect/install/", plugin).await;
        assert_eq!(back.json()["ok"], true, "{}", back.text());
        mark(rig, &format!("the {text} plugin")).await;
    }
    let gift = json!([rig.paths.user_plugins.join("gift.lv2")]);
    assert_eq!(rig.post("/package/uninstall", gift.to_string()).await.json()["ok"], true);
    mark(rig, "a plugin less").await;
}

async fn configuration(rig: &WebRig) {
    let files = Files::new(&rig.paths.data, &rig.paths.state, None);
    for bank in ["Gig", "Rehearsal"] {
        files.write_settings(&Settings { bank: Some(bank.into()), ..Settings::default() }).unwrap();
        mark(rig, &format!("settings {bank}")).await;
    }
    // another hand has written nonsense: it is kept under another name
    another_hand(&files.settings, "bank: [");
    mark(rig, "nonsense").await;
    files.write_settings(&Settings::default()).unwrap();
    mark(rig, "settings again").await;
    let mut keeper = Keeper::new(Config::built_in(&Profile::v3(), true));
    for channel in [7, 8] {
        let text = format!("hardware: {{version: 3.0, midi: {{channel: {channel}}}}}\n");
        another_hand(&files.config, &text);
        mark(rig, &format!("a configuration with channel {channel}")).await;
        assert_eq!(files.reread(&mut keeper), None);
        mark(rig, &format!("its copy, channel {channel}")).await;
    }
    for bypass in [true, false] {
        files.write_relay(bypass).unwrap();
        mark(rig, &format!("relay {bypass}")).await;
    }
    files.write_tested().unwrap();
    mark(rig, "a tested pedal").await;
    let mut machine = Systemd::with_choice(&rig.paths.pedalboards, rig.place.path().join("data/audio/jack"));
    machine.systemctl = "true".into();
    for period in [64, 128] {
        machine.perform(MachineDeed::Period(period)).unwrap();
        mark(rig, &format!("period {period}")).await;
    }
}

async fn devices(rig: &WebRig) {
    let (desk, problem) = Desk::open(&rig.paths.state);
    assert!(problem.is_none());
    let mut last = None;
    for name in ["Phone", "Tablet"] {
        let token = Secret::random();
        desk.change(|list| list.add(name, Role::Player, &token, 100).map(|client| last = Some(client.id)))
            .await
            .unwrap();
        mark(rig, name).await;
    }
    desk.change(|list| list.revoke(&last.expect("a device"))).await.unwrap();
    mark(rig, "a device less").await;
    let list = rig.paths.state.join("clients.json");
    another_hand(&list, "{broken");
    mark(rig, "a spoilt list of devices").await;
    let (desk, problem) = Desk::open(&rig.paths.state);
    assert!(problem.is_some());
    desk.change(|list| list.add("Phone", Role::Player, &Secret::random(), 100).map(drop)).await.unwrap();
    mark(rig, "a list of devices again").await;
    let network = Network::start(Simulated::default(), &rig.paths.state);
    for mode in [Mode::Stage, Mode::Home] {
        network.set_mode(mode).await.unwrap();
        mark(rig, &format!("network {}", mode.name())).await;
    }
    Tls::open(&rig.paths.state, "pedal").unwrap();
    mark(rig, "an authority").await;
}

async fn take_over(rig: &WebRig, home: &Path) {
    let plan = takeover::plan(home, &rig.paths, |_| true).unwrap();
    assert!(plan.changes() > 5, "{plan:?}");
    takeover::carry_out(&plan, |_| {}).unwrap();
    mark(rig, "everything of a pi-Stomp").await;
}

async fn backups(rig: &WebRig) {
    let stick = rig.place.path().join("stick/backups");
    let packed = backup::pack(&rig.paths, &stick, true).unwrap();
    mark(rig, "a backup").await;
    let lead = rig.paths.pedalboards.join("Lead.pedalboard").display().to_string();
    let load = [("bundlepath", lead.as_str()), ("isDefault", "0")];
    assert_eq!(rig.form("/pedalboard/load_bundle/", &load).await.json()["ok"], true);
    mark(rig, "the first board once more").await;
    // then the player goes on
    for (title, gain) in [("Lead", "-12"), ("Other", "-3")] {
        let as_new = if title == "Lead" { "0" } else { "1" };
        rig.post("/effect/parameter/pi_stomp_set//graph/gain/gain", format!("{{\"value\": {gain}}}")).await;
        rig.form("/pedalboard/save", &[("title", title), ("asNew", as_new)]).await;
        mark(rig, &format!("{title} after the backup")).await;
    }
    assert_eq!(rig.form("/config/set", &[("key", "k"), ("value", "3")]).await.json(), json!(true));
    mark(rig, "a preference after the backup").await;
    let disk = &pedalboard::Disk;
    for round in ["", ", prepared anew"] {
        backup::stage(&rig.paths, &packed.file, false).unwrap();
        mark(rig, &format!("restore{round}")).await;
    }
    backup::finish(disk, &rig.paths).unwrap().expect("something");
    mark(rig, "restore, carried out").await;
    backup::stage(&rig.paths, &packed.file, true).unwrap();
    backup::go_back(&rig.paths).unwrap();
    mark(rig, "restore, back").await;
    backup::finish(disk, &rig.paths).unwrap().expect("something");
    mark(rig, "restore, back, carried out").await;
}
