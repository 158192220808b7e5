//! What display and page choose of the machine, by one port; and what the machine's helpers say.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::StatusCode;
use pedald::access::Desk;
use pedald::display::{
    self, Display, Machine, MachineDeed, MachineFailed, Parts, SimulatedMachine, Systemd, UpdateStatus,
};
use pedald::engine::FakeCatalogue;
use pedald::engine::fake::FakeEngine;
use pedald::network::{Network, Simulated};
use pedald::session::{Core, NoticeLevel, SessionHandle};
use pedald::store::MemoryDisk;
use pedald::web::{Options, Shared};
use serde_json::json;

use crate::web_rig::WebRig;

#[tokio::test]
async fn the_page_chooses_what_the_display_chooses() {
    let place = tempfile::tempdir().unwrap();
    let machine: Arc<dyn Machine> = Arc::new(SimulatedMachine::new(place.path()));
    let shared = Arc::new(Shared::new(machine.clone(), Display::new()));
    let rig = WebRig::with_machine(true, Options::default(), shared);

    let back = rig.post("/api/audio/choose", r#"{"period": 64, "rate": 96000}"#).await;
    assert_eq!(back.json()["ok"], true, "{}", back.text());
    assert_eq!(machine.chosen(), (Some(64), Some(96_000)));
    let back = rig.post("/set_buffersize/256", "").await;
    assert_eq!(back.json(), json!({"ok": true, "size": 256}));
    assert_eq!(machine.chosen(), (Some(256), Some(96_000)));
    machine.perform(MachineDeed::Period(32)).unwrap();
    let audio = rig.get("/api/audio").await.json();
    assert_eq!((&audio["chosen_period"], &audio["chosen_rate"]), (&json!(32), &json!(96_000)));
    assert_eq!(audio["periods"], json!([32, 64, 128, 256, 512]));
    assert_eq!(audio["round_trip"], json!(null));

    for bad in
        ["{}", "{", "[]", r#"{"period": 100}"#, r#"{"rate": 0}"#, r#"{"period": -1}"#, r#"{"speed": 1}"#]
    {
        let back = rig.post("/api/audio/choose", bad).await;
        assert_eq!(back.status, StatusCode::BAD_REQUEST, "{bad}: {}", back.text());
    }
    assert_eq!(machine.chosen(), (Some(32), Some(96_000)), "nothing of it was kept");
    for what in ["backup", "restore", "check-update", "install-update", "go-back", "reboot", "power-off"] {
        let back = rig.post(&format!("/api/machine/{what}"), "").await;
        assert_eq!((back.status, &back.json()["ok"]), (StatusCode::OK, &json!(false)), "{what}");
        assert!(back.reason.contains("simulated"), "{what}: {}", back.reason);
    }
    // mod-ui's settings page asks for three of them
    for command in ["reboot", "backup-export 0,0", "backup-import 1,1"] {
        let back = rig.form("/system/exechange", &[("type", "command"), ("cmd", command)]).await;
        assert_eq!((back.status, &back.json()["ok"]), (StatusCode::OK, &json!(false)), "{command}");
        assert!(back.reason.contains("simulated"), "it came to the machine: {command}: {}", back.reason);
    }
    for fields in [
        [("type", "command"), ("cmd", "restore")],
        [("type", "filewrite"), ("cmd", "reboot")],
        [("type", "service"), ("content", "1")],
    ] {
        let back = rig.form("/system/exechange", &fields).await;
        assert_eq!((back.status, back.json()), (StatusCode::OK, json!({"ok": false})), "{fields:?}");
        assert!(back.reason.contains("elsewhere"), "{fields:?}: {}", back.reason);
    }
    assert_eq!(rig.post("/api/machine/factory-reset", "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(rig.get("/api/machine/reboot").await.status, StatusCode::METHOD_NOT_ALLOWED);
    let update = rig.get("/api/update").await.json();
    assert_eq!((&update["ok"], &update["available"]), (&json!(true), &json!(null)));
}

/// A pedal whose systemd is a script, and whose files lie in a folder.
#[tokio::test]
async fn the_page_starts_the_units_of_the_menu() {
    let place = tempfile::tempdir().unwrap();
    let systemctl = place.path().join("systemctl");
    let script = "#!/bin/sh\necho \"$*\" >> \"$(dirname \"$0\")/calls\"\n\
                  case \"$*\" in *archibald-backup*) echo 'Unit archibald-backup.service not found.' >&2; exit 5 ;; esac\n";
    std::fs::write(&systemctl, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&systemctl, mode).unwrap();
    let mut machine = Systemd::with_choice(&place.path().join("boards"), place.path().join("audio/jack"))
        .with_root(place.path());
    machine.systemctl = systemctl;
    let report = place.path().join("var/lib/archibald-update/report.json");
    std::fs::create_dir_all(report.parent().unwrap()).unwrap();
    std::fs::write(&report, r#"{"available": {"version": "2026-12-01 (abc)", "revision": "abc"}}"#).unwrap();
    let shared = Arc::new(Shared::new(Arc::new(machine), Display::new()));
    let rig = WebRig::with_machine(true, Options::default(), shared);

    assert_eq!(rig.get("/api/update").await.json()["available"], "2026-12-01 (abc)");
    assert_eq!(rig.post("/api/machine/install-update", "").await.json()["ok"], true);
    let back = rig.post("/api/machine/backup", "").await.json();
    assert_eq!(back["ok"], false);
    assert!(back["error"].as_str().unwrap().contains("not found"), "{back}");
    let calls = std::fs::read_to_string(place.path().join("calls")).unwrap();
    let wanted = "--no-ask-password --no-block start archibald-update-switch.service";
    assert_eq!(calls.lines().next(), Some(wanted));
}

/// A machine whose helpers say what the test lets them say.
struct Told {
    file: PathBuf,
    update: Mutex<UpdateStatus>,
}

impl Machine for Told {
    fn perform(&self, _: MachineDeed) -> Result<String, MachineFailed> {
        Err(MachineFailed("not here".into()))
    }
    fn state(&self) -> String {
        "running".into()
    }
    fn chosen(&self) -> (Option<u32>, Option<u32>) {
        (None, None)
    }
    fn update(&self) -> UpdateStatus {
        self.update.lock().unwrap().clone()
    }
    fn sayings(&self) -> Vec<(&'static str, String)> {
        vec![("Backup", std::fs::read_to_string(&self.file).unwrap_or_default().trim().to_owned())]
    }
    fn watched(&self) -> Vec<PathBuf> {
        vec![self.file.clone()]
    }
}

async fn notice(session: &SessionHandle, level: NoticeLevel, text: &str) {
    let mut watch = session.watch();
    let seen = async {
        loop {
            let state = session.state();
            if state.notice.as_ref().is_some_and(|notice| notice.level == level && notice.text == text) {
                return;
            }
            watch.next().await.unwrap();
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(60), seen).await;
    told.unwrap_or_else(|_| panic!("{text:?} is not told, but {:?}", session.state().notice));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_helpers_say_is_shown_to_everybody() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("backup.txt");
    std::fs::write(&file, "of the last time").unwrap();
    let machine = Arc::new(Told { file: file.clone(), update: Mutex::default() });
    let (engine, _control) = FakeEngine::new(FakeCatalogue::default());
    let session = SessionHandle::start(Core::new(FakeCatalogue::default()), engine, MemoryDisk::default());
    let parts = Parts {
        session: session.clone(),
        access: Desk::open(place.path()).0,
        network: Network::start(Simulated::default(), place.path()),
        machine: machine.clone(),
        messages: place.path().join("provision.txt"),
    };
    tokio::spawn(display::run(Display::new(), parts));
    // until it has looked once, what is there is not news
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(session.state().notice.as_ref().is_none_or(|notice| !notice.text.contains("last time")));
    let say = |path: &Path, text: &str| std::fs::write(path, text).unwrap();
    say(&file, "3 boards and 40 files are in it\n");
    notice(&session, NoticeLevel::Info, "Backup: 3 boards and 40 files are in it").await;
    machine.update.lock().unwrap().failed = Some("somebody plays".into());
    say(&file, "error: the USB stick cannot be read\n");
    notice(&session, NoticeLevel::Error, "Update: somebody plays").await;
}

/// Rows of mod-ui's interface that this pedal has no use for: each refused as it is documented.
#[tokio::test]
async fn what_is_not_here_is_refused_with_the_documented_answer() {
    let rig = WebRig::with(true, Options::default()).ready().await;
    assert!(!rig.get("/effect/add//graph/gain?uri=urn:fake:gain&x=0&y=0").await.json().is_boolean());
    for uri in [
        "/hmi/knob1",
        "/cc/1/2",
        "/hw/foot1",
        "/cv/graph/gain/out",
        "/cv/graph/cv_capture_1",
        "/midi-custom_Ch.0_CC#1",
        "x",
    ] {
        let body = json!({"uri": uri, "minimum": 0, "maximum": 1}).to_string();
        let back = rig.post("/effect/parameter/address//graph/gain/gain", body).await;
        assert_eq!((back.status, back.json()), (StatusCode::OK, json!(false)), "{uri}");
        assert!(back.reason.contains("no actuator"), "{uri}: {}", back.reason);
    }
    assert!(rig.web.session().state().board.addressings.is_empty());
    let refusals = [
        ("/pedalboard/cv_addressing_plugin_port/add", json!({"ok": false, "operational_mode": "+"})),
        ("/pedalboard/cv_addressing_plugin_port/remove", json!(false)),
        ("/pedalboard/transport/set_sync_mode/link", json!(false)),
        ("/reset_xruns", json!(true)),
        ("/switch_cpu_freq", json!(false)),
        ("/system/exechange", json!({"ok": false})),
        ("/system/cleanup", json!({"ok": false})),
    ];
    for (path, wanted) in refusals {
        let back = rig.post(path, "{}").await;
        assert_eq!((back.status, back.json()), (StatusCode::OK, wanted), "{path}");
    }
    assert_eq!(rig.get("/truebypass/Left/true").await.json(), json!(false));
    assert_eq!(rig.get("/recording/play/start").await.json(), json!(false));
    assert_eq!(rig.get("/ping").await.json(), json!({"ihm_online": false, "ihm_time": 0}));
    let image = rig.get("/pedalboard/image/generate?bundlepath=/x").await.json();
    assert_eq!(image, json!({"ok": false, "ctime": "0"}));
    for path in [
        "/auth/nonce",
        "/tokens/get",
        "/update/begin",
        "/controlchain/hardware",
        "/sdk/update",
        "/effect/install",
    ] {
        assert_eq!(rig.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        let status = rig.post(path, "{}").await.status;
        assert!(matches!(status, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED), "{path}: {status}");
    }
}
