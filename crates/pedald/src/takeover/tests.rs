use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pedalboard::{Banks, Bundle, Disk, Last, Stored};

use super::*;
use crate::context::Paths;

fn board(folder: &Path, title: &str, model: &str) {
    let graph = pedalboard::Graph {
        title: title.into(),
        blocks: vec![pedalboard::Block::new("amp", "urn:fake:amp")],
        ..pedalboard::Graph::default()
    };
    let mut bundle = Bundle::new(folder, graph);
    let value = pedalboard::ParameterValue(model.into(), "p".into());
    let mut state = pedalboard::InstanceState::default();
    state.parameters.insert("urn:fake:amp#model".into(), value);
    let mut snapshot = pedalboard::Snapshot { name: "Default".into(), ..pedalboard::Snapshot::default() };
    snapshot.data.insert("amp".into(), state);
    bundle.snapshots.snapshots.push(snapshot);
    bundle.save(&Disk).unwrap();
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A pi-Stomp's home folder.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    board(
        &at("data/.pedalboards/Lead.pedalboard"),
        "Lead",
        "/home/pistomp/data/user-files/NAM Models/Twin.nam",
    );
    board(&at("data/.pedalboards/Clean.pedalboard"), "Clean", "");
    write(&at("data/.pedalboards/Broken.pedalboard/manifest.ttl"), "nonsense");
    write(&at("data/.pedalboards/.git/HEAD"), "ref: refs/heads/v3");
    write(&at("data/.pedalboards/Lead.pedalboard/config.yml"), "hardware: {version: 3}\n");
    write(&at("data/user-files/NAM Models/Twin.nam"), "a model");
    write(&at("data/user-files/Reverb IRs/hall.wav"), "a hall");
    write(&at(".lv2/amp-mine.lv2/manifest.ttl"), "<urn:preset> a <urn:x> .");
    write(&at(".lv2/old.lv2/manifest.ttl"), "<urn:old> a <urn:x> .");
    fs::write(at(".lv2/old.lv2/old.so"), b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x16\0rest").unwrap();
    let banks = r#"[{"title": "Gig", "pedalboards": [
        {"title": "Lead", "bundle": "/home/pistomp/data/.pedalboards/Lead.pedalboard"}]}]"#;
    write(&at("data/banks.json"), banks);
    write(
        &at("data/last.json"),
        r#"{"bank": 0, "pedalboard": "/home/pistomp/data/.pedalboards/Clean.pedalboard", "supportsDividers": true}"#,
    );
    write(&at("data/favorites.json"), r#"["urn:a", "urn:b"]"#);
    write(&at("data/config/settings.yml"), "bank: Gig\n");
    home
}

/// All files, hidden ones too.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

fn own(folder: &Path) -> Paths {
    Paths::new(Some(folder.to_owned()), |_| None)
}

#[test]
fn a_pedal_moves_in() {
    let (home, folder) = (home(), tempfile::tempdir().unwrap());
    let own = own(folder.path());
    let before = contents(home.path());
    let known = |uri: &str| uri == "urn:fake:other";
    let planned = plan(home.path(), &own, known).unwrap();
    assert_eq!(contents(folder.path()), BTreeMap::new(), "a plan changes nothing");
    let warned = planned.warnings.join("\n");
    for part in ["Broken", "urn:fake:amp", "another machine"] {
        assert!(warned.contains(part), "{part} in {warned}");
    }
    let mut told = 0;
    carry_out(&planned, |_| told += 1).unwrap();
    assert_eq!(told, planned.changes());
    assert_eq!(contents(home.path()), before, "the source is only read");

    let lead = Bundle::read(&Disk, &own.pedalboards.join("Lead.pedalboard")).unwrap();
    let model = lead.snapshots.snapshots[0].data["amp"].parameters["urn:fake:amp#model"].text();
    assert_eq!(Path::new(&model), own.user_files.join("NAM Models/Twin.nam"));
    assert!(Path::new(&model).is_file());
    assert_eq!(lead.config.as_deref(), Some(&b"hardware: {version: 3}\n"[..]));
    let banks = Stored::<Banks>::read(&Disk, &own.data.join("banks.json")).unwrap().value;
    assert_eq!(banks.0[0].pedalboards[0].bundle, own.pedalboards.join("Lead.pedalboard"));
    let last = Stored::<Last>::read(&Disk, &own.data.join("last.json")).unwrap().value;
    assert_eq!(last.pedalboard, own.pedalboards.join("Clean.pedalboard"));
    assert!(own.user_plugins.join("amp-mine.lv2/manifest.ttl").is_file());
    assert!(!own.user_plugins.join("old.lv2").exists());
    assert!(!own.pedalboards.join(".git").exists());
    assert_eq!(fs::read_to_string(own.data.join("config/settings.yml")).unwrap(), "bank: Gig\n");

    // a second time there is nothing to do
    let after = contents(folder.path());
    let again = plan(&home.path().join("data"), &own, known).unwrap();
    carry_out(&again, |_| {}).unwrap();
    assert_eq!(contents(folder.path()), after);
    let copied: Vec<_> =
        again.steps.iter().filter(|step| matches!(step.does, Does::Copy | Does::CopyBeside)).collect();
    assert!(copied.is_empty(), "{copied:?}");
}

#[test]
fn what_is_here_stays() {
    let (home, folder) = (home(), tempfile::tempdir().unwrap());
    let own = own(folder.path());
    board(&own.pedalboards.join("Clean.pedalboard"), "My own Clean", "/x");
    write(&own.user_files.join("NAM Models/Twin.nam"), "another model");
    write(&own.data.join("config/settings.yml"), "bank: Mine\n");
    write(&own.data.join("banks.json"), r#"[{"title": "Gig", "pedalboards": []}]"#);
    write(&own.data.join("last.json"), r#"{"bank": -2, "pedalboard": "/mine", "supportsDividers": true}"#);
    let planned = plan(home.path(), &own, |_| true).unwrap();
    carry_out(&planned, |_| {}).unwrap();
    let title = |name: &str| Bundle::read(&Disk, &own.pedalboards.join(name)).unwrap().graph.title;
    assert_eq!(title("Clean.pedalboard"), "My own Clean");
    assert_eq!(title("Clean-1.pedalboard"), "Clean");
    assert_eq!(fs::read_to_string(own.user_files.join("NAM Models/Twin.nam")).unwrap(), "another model");
    let lead = Bundle::read(&Disk, &own.pedalboards.join("Lead.pedalboard")).unwrap();
    let model = lead.snapshots.snapshots[0].data["amp"].parameters["urn:fake:amp#model"].text();
    assert_eq!(fs::read_to_string(model).unwrap(), "a model", "the board has its own model");
    let banks = Stored::<Banks>::read(&Disk, &own.data.join("banks.json")).unwrap().value;
    let titles: Vec<_> = banks.0.iter().map(|bank| bank.title.as_str()).collect();
    assert_eq!(titles, ["Gig", "Gig (2)"]);
    assert!(own.data.join("banks.json.before-import").is_file());
    assert_eq!(fs::read_to_string(own.data.join("config/settings.yml")).unwrap(), "bank: Gig\n");
    let kept = fs::read_to_string(own.data.join("config/settings.yml.before-import")).unwrap();
    assert_eq!(kept, "bank: Mine\n");
    let last = Stored::<Last>::read(&Disk, &own.data.join("last.json")).unwrap().value;
    assert_eq!(last.pedalboard, Path::new("/mine"));
    let again = plan(home.path(), &own, |_| true).unwrap();
    assert!(again.steps.iter().all(|step| !matches!(step.does, Does::Copy | Does::CopyBeside)), "{again:?}");
}

#[test]
fn nothing_and_itself_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let own = own(folder.path());
    let nothing = tempfile::tempdir().unwrap();
    assert!(matches!(plan(nothing.path(), &own, |_| true), Err(TakeOverError::Nothing(_))));
    assert!(matches!(plan(Path::new("/no/such"), &own, |_| true), Err(TakeOverError::Nothing(_))));
    write(&own.data.join("banks.json"), "[]");
    assert!(matches!(plan(folder.path(), &own, |_| true), Err(TakeOverError::Same(_))));
}
