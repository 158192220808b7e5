//! The power is cut at every single change, and the next run must bring the machine where an undisturbed one brings it.

use crate::support::{Fragile, Left, full_conf, options, pedal, picture};
use provision::machine::{Machine, RealMachine};
use provision::report::Ending;
use provision::{reset, run};
use std::path::Path;

fn finish(root: &Path) -> provision::report::Report {
    let machine = Fragile::new(root, None, Left::Nothing);
    run::run(&machine, &options(), &mut |_| {}).unwrap()
}

/// The tree without what only an interrupted write leaves.
fn settled(root: &Path) -> std::collections::BTreeMap<String, String> {
    let mut tree = picture(root);
    tree.remove("/none/.none.new");
    tree
}

#[test]
fn a_cut_at_any_change_costs_nothing_but_time() {
    let whole = tempfile::tempdir().unwrap();
    pedal(whole.path(), &full_conf());
    let machine = Fragile::new(whole.path(), None, Left::Nothing);
    assert!(run::run(&machine, &options(), &mut |_| {}).unwrap().is_good());
    let (changes, expected) = (machine.changes.get(), settled(whole.path()));
    assert!(changes > 50, "{changes} changes");
    for kind in [Left::Nothing, Left::Half, Left::All] {
        for cut in 1..=changes {
            let folder = tempfile::tempdir().unwrap();
            pedal(folder.path(), &full_conf());
            let machine = Fragile::new(folder.path(), Some(cut), kind);
            let cut_run = run::run(&machine, &options(), &mut |_| {});
            assert!(!cut_run.is_ok_and(|report| report.is_good()), "cut {cut} was not noticed");
            let report = finish(folder.path());
            assert!(report.is_good(), "after cut {cut} ({kind:?}): {:?}", report.lines());
            assert_eq!(settled(folder.path()), expected, "after cut {cut} ({kind:?})");
        }
    }
}

#[test]
fn a_second_run_changes_nothing_but_what_the_kernel_forgets() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), &full_conf());
    finish(folder.path());
    let before = picture(folder.path());
    let machine = Fragile::new(folder.path(), None, Left::Nothing);
    let report = run::run(&machine, &options(), &mut |_| {}).unwrap();
    let done: Vec<_> =
        report.steps.iter().filter(|step| step.ending == Ending::Done).map(|step| step.step).collect();
    assert_eq!(done, ["radio"]);
    assert_eq!(*machine.programs.borrow(), ["iw reg set DE"]);
    assert_eq!(machine.changes.get(), 1);
    assert_eq!(picture(folder.path()), before);
}

#[test]
fn a_mixer_whose_saved_state_was_removed_is_set_up_again() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), &full_conf());
    finish(folder.path());
    std::fs::remove_file(folder.path().join("var/lib/alsa/asound.state")).unwrap();
    let machine = Fragile::new(folder.path(), None, Left::Nothing);
    let report = run::run(&machine, &options(), &mut |_| {}).unwrap();
    let ending = |name: &str| report.steps.iter().find(|step| step.step == name).unwrap().ending;
    assert_eq!((ending("mixer"), ending("period")), (Ending::Done, Ending::Unchanged));
    assert!(folder.path().join("var/lib/alsa/asound.state").exists());
}

#[test]
fn what_the_owner_changes_later_stays() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), &full_conf());
    finish(folder.path());
    let machine = RealMachine::new(folder.path());
    let public = provision::machine::Access::PUBLIC;
    machine.write("/var/lib/archibald/jack", b"JACK_PERIOD=64\n", public).unwrap();
    machine.write("/etc/hostname", b"other\n", public).unwrap();
    finish(folder.path());
    assert_eq!(machine.text("/var/lib/archibald/jack").unwrap().unwrap(), "JACK_PERIOD=64\n");
    assert_eq!(machine.text("/etc/hostname").unwrap().unwrap(), "other\n");
    // A new wish in the file counts again.
    let conf = machine.text("/boot/firmware/pistomp.conf").unwrap().unwrap();
    let conf = format!("{conf}JACK_PERIOD=32\n");
    machine.write("/boot/firmware/pistomp.conf", conf.as_bytes(), public).unwrap();
    finish(folder.path());
    let text = machine.text("/var/lib/archibald/jack").unwrap().unwrap();
    assert_eq!(text, "JACK_PERIOD=32\nJACK_SAMPLE_RATE=48000\n");
}

#[test]
fn every_step_has_its_own_way_back_and_reset_has_all_of_them() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), &full_conf());
    let mut original = picture(folder.path());
    finish(folder.path());
    let machine = Fragile::new(folder.path(), None, Left::Nothing);
    let report = reset::undo(&machine, &options(), "hostname").unwrap();
    assert_eq!(report.ending, Ending::Done);
    for path in ["/etc/hostname", "/etc/hosts", "/proc/sys/kernel/hostname"] {
        // The kernel's file has no line end of ours.
        assert_eq!(picture(folder.path())[path].trim_end(), original[path].trim_end(), "{path}");
    }
    // Taken back stays taken back.
    let machine = Fragile::new(folder.path(), None, Left::Nothing);
    run::run(&machine, &options(), &mut |_| {}).unwrap();
    assert_eq!(picture(folder.path())["/etc/hostname"], original["/etc/hostname"]);
    assert!(reset::undo(&machine, &options(), "nonsense").is_err());

    let reports = reset::reset(&machine, &options(), false).unwrap();
    assert!(reports.iter().all(|report| report.ending == Ending::Done), "{reports:?}");
    let mut after = picture(folder.path());
    for tree in [&mut original, &mut after] {
        // The passwords are gone from the file, the owner's keys from the account, the journal is empty.
        for path in ["/boot/firmware/pistomp.conf", "/home/pistomp/.ssh/authorized_keys"] {
            tree.remove(path);
        }
        for path in ["/proc/sys/kernel/hostname", "/sys/class/rfkill/rfkill1/soft"] {
            let text = tree[path].trim_end().to_owned();
            tree.insert(path.to_owned(), text);
        }
    }
    let journal = after.remove("/var/lib/archibald-provision/journal.json").unwrap();
    assert_eq!(journal, "600 {\n  \"steps\": {}\n}\n");
    assert_eq!(after, original);
}

#[test]
fn a_reset_takes_what_was_chosen_on_the_pedal_and_leaves_the_boards() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), &full_conf());
    finish(folder.path());
    let machine = RealMachine::new(folder.path());
    let goes = [
        "/var/lib/archibald/audio/jack",
        "/var/lib/pedald/clients.json",
        "/var/lib/pedald/versions/Lead/1",
        "/home/pistomp/data/config/settings.yml",
        "/home/pistomp/data/prefs.json",
    ];
    let stays = ["/home/pistomp/data/banks.json", "/home/pistomp/data/.pedalboards/Lead.pedalboard/Lead.ttl"];
    for path in goes.iter().chain(&stays) {
        machine.write(path, b"mine\n", provision::machine::Access::PUBLIC).unwrap();
    }
    let reports = reset::reset(&machine, &options(), false).unwrap();
    assert!(
        reports.iter().any(|report| report.step == "owner" && report.ending == Ending::Done),
        "{reports:?}"
    );
    for path in goes {
        assert_eq!(machine.text(path).unwrap(), None, "{path}");
    }
    for path in stays {
        assert!(machine.text(path).unwrap().is_some(), "{path}");
    }
}

#[test]
fn a_full_disk_leaves_the_old_state() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), &full_conf());
    let before = picture(folder.path());
    // The first change is the journal's: without it nothing may happen.
    let machine = Fragile::new(folder.path(), Some(1), Left::Nothing);
    let error = run::run(&machine, &options(), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("make room on the disk"), "{error}");
    assert_eq!(picture(folder.path()), before);
}
