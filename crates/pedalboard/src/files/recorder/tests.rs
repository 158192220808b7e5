//! What the model loses, and what it keeps.

use super::*;
use crate::files::write_atomic;

fn outcomes(write: impl Fn(&Recorder)) -> std::collections::BTreeSet<Option<Vec<u8>>> {
    let files = Recorder::new();
    files.write(Path::new("/a"), b"old").unwrap();
    files.sync_file(Path::new("/a")).unwrap();
    files.sync_folder(Path::new("/")).unwrap();
    let before = files.operations().len();
    write(&files);
    let mut seen = std::collections::BTreeSet::new();
    for done in before..=files.operations().len() {
        for seed in 0..81_usize {
            let mut rest = seed;
            let after = files.after_power_cut(done, |n| {
                let choice = rest % n;
                rest /= n;
                choice
            });
            seen.insert(after.read(Path::new("/a"), 100).ok());
        }
    }
    seen
}

#[test]
fn what_is_settled_stays_and_what_is_done_then_may_be_lost() {
    let files = Recorder::new();
    files.write(Path::new("/a"), b"old").unwrap();
    let settled = files.settled();
    assert_eq!(settled.operations(), []);
    settled.write(Path::new("/a"), b"new").unwrap();
    settled.write(Path::new("/b"), b"more").unwrap();
    let text = |disk: &Recorder, name: &str| disk.read(Path::new(name), 100).ok();
    let none = settled.after_power_cut(0, |_| 0);
    assert_eq!((text(&none, "/a"), text(&none, "/b")), (Some(b"old".to_vec()), None));
    let least = settled.after_power_cut(2, |_| 0);
    assert_eq!((text(&least, "/a"), text(&least, "/b")), (Some(Vec::new()), None));
    let most = settled.after_power_cut(2, |sides| sides - 1);
    assert_eq!((text(&most, "/a"), text(&most, "/b")), (Some(b"new".to_vec()), Some(b"more".to_vec())));
}

#[test]
fn with_the_name_of_a_folder_all_that_was_in_it_is_gone() {
    let files = Recorder::new();
    files.make_folder(Path::new("/d")).unwrap();
    files.write(Path::new("/d/f"), b"old").unwrap();
    let settled = files.settled();
    settled.remove_file(Path::new("/d/f")).unwrap();
    settled.remove_folder(Path::new("/d")).unwrap();
    assert_eq!(settled.after_power_cut(2, |_| 0).contents().len(), 1);
    settled.sync_folder(Path::new("/")).unwrap();
    assert_eq!(settled.after_power_cut(3, |_| 0).kind(Path::new("/d")), None);
}

#[test]
fn the_model_finds_what_a_missing_fsync_does() {
    let old_or_new = [Some(b"new".to_vec()), Some(b"old".to_vec())].into();
    assert_eq!(outcomes(|files| write_atomic(files, Path::new("/a"), b"new").unwrap()), old_or_new);
    let careless = outcomes(|files| {
        files.write(Path::new("/b"), b"new").unwrap();
        files.rename(Path::new("/b"), Path::new("/a")).unwrap();
    });
    assert!(careless.contains(&Some(Vec::new())), "an empty file is possible without fsync: {careless:?}");
    let in_place = outcomes(|files| files.write(Path::new("/a"), b"new").unwrap());
    assert!(in_place.contains(&Some(b"n".to_vec())), "{in_place:?}");
}
