use std::collections::BTreeMap;
use std::io::Read;

use proptest::prelude::*;

use super::*;

fn put(store: &Store, key: &str, content: &[u8]) -> Result<(Entry, bool), StoreError> {
    put_if(store, key, content, &Precondition::default())
}

fn put_if(
    store: &Store,
    key: &str,
    content: &[u8],
    wanted: &Precondition,
) -> Result<(Entry, bool), StoreError> {
    let mut incoming = store.begin(Some(content.len() as u64))?;
    for piece in content.chunks(7) {
        incoming.write(piece)?;
    }
    store.finish(incoming, &Key::parse(key).unwrap(), wanted)
}

fn get(store: &Store, key: &str) -> Option<Vec<u8>> {
    let (entry, mut file) = store.read(&Key::parse(key).unwrap()).ok()?;
    let mut content = Vec::new();
    file.read_to_end(&mut content).unwrap();
    assert_eq!(content.len() as u64, entry.size);
    Some(content)
}

fn delete(store: &Store, key: &str) -> Result<(), StoreError> {
    store.delete(&Key::parse(key).unwrap(), &Precondition::default())
}

/// Files below `blobs/` and `incoming/`.
fn files(folder: &Path) -> usize {
    let mut count = 0;
    for part in ["blobs", "incoming"] {
        let mut folders = vec![folder.join(part)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() { folders.push(entry.path()) } else { count += 1 }
            }
        }
    }
    count
}

#[test]
fn equal_contents_are_stored_once_and_go_with_their_last_path() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), MAX_BLOB).unwrap();
    assert!(!put(&store, "a", b"same").unwrap().1);
    assert!(!put(&store, "b/c", b"same").unwrap().1);
    assert!(put(&store, "a", b"same").unwrap().1);
    assert_eq!(files(folder.path()), 1);
    let stats = store.stats().unwrap();
    assert_eq!((stats.keys, stats.blobs, stats.stored_bytes), (2, 1, 4));
    assert!(put(&store, "a", b"other").unwrap().1);
    assert_eq!(files(folder.path()), 2);
    delete(&store, "b/c").unwrap();
    assert_eq!((get(&store, "a"), get(&store, "b/c")), (Some(b"other".to_vec()), None));
    assert_eq!(files(folder.path()), 1);
    assert!(matches!(delete(&store, "b/c"), Err(StoreError::NotFound)));
}

#[test]
fn preconditions_are_checked_where_the_change_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), MAX_BLOB).unwrap();
    let absent = Precondition { differs: Some(vec![]), ..Precondition::default() };
    let hash = put_if(&store, "a", b"1", &absent).unwrap().0.hash;
    assert!(matches!(put_if(&store, "a", b"2", &absent), Err(StoreError::Precondition)));
    assert_eq!(files(folder.path()), 1, "what was refused is not kept");
    let same = Precondition { matches: Some(vec![hash]), ..Precondition::default() };
    put_if(&store, "a", b"2", &same).unwrap();
    assert!(matches!(put_if(&store, "a", b"3", &same), Err(StoreError::Precondition)));
    assert!(matches!(store.delete(&Key::parse("a").unwrap(), &same), Err(StoreError::Precondition)));
    assert_eq!(get(&store, "a"), Some(b"2".to_vec()));
}

#[test]
fn a_blob_that_is_too_large_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 10).unwrap();
    assert!(matches!(store.begin(Some(11)), Err(StoreError::TooLarge { limit: 10 })));
    let mut incoming = store.begin(None).unwrap();
    incoming.write(&[0; 10]).unwrap();
    assert!(matches!(incoming.write(&[0]), Err(StoreError::TooLarge { .. })));
    drop(incoming);
    assert_eq!(files(folder.path()), 0);
    put(&store, "ten", &[0; 10]).unwrap();
}

#[test]
fn one_process_at_a_time_and_leftovers_are_swept() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), MAX_BLOB).unwrap();
    put(&store, "a", b"1").unwrap();
    assert!(matches!(Store::open(folder.path(), MAX_BLOB), Err(OpenError::Busy { .. })));
    drop(store);
    std::fs::write(folder.path().join("incoming/77-1"), "half").unwrap();
    std::fs::create_dir_all(folder.path().join("blobs/00")).unwrap();
    std::fs::write(folder.path().join("blobs/00").join("0".repeat(62)), "unnamed").unwrap();
    std::fs::write(folder.path().join("blobs/00/readme"), "not ours").unwrap();
    let store = Store::open(folder.path(), MAX_BLOB).unwrap();
    assert_eq!(files(folder.path()), 2);
    assert_eq!(get(&store, "a"), Some(b"1".to_vec()));
}

#[test]
fn damage_is_found_and_mended_by_storing_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), MAX_BLOB).unwrap();
    let names: Vec<_> = [&b"one"[..], b"two", b"three"]
        .iter()
        .map(|content| {
            put(&store, std::str::from_utf8(content).unwrap(), content).unwrap().0.hash.to_string()
        })
        .collect();
    let file = |index: usize| folder.path().join("blobs").join(&names[index][..2]).join(&names[index][2..]);
    std::fs::write(file(0), "0ne").unwrap();
    std::fs::remove_file(file(1)).unwrap();
    let damage = store.check().unwrap();
    assert_eq!(
        (damage.checked, &damage.changed[..], &damage.missing[..]),
        (3, &["one".to_owned()][..], &["two".to_owned()][..])
    );
    assert!(matches!(store.read(&Key::parse("two").unwrap()), Err(StoreError::Damaged)));
    put(&store, "other", b"one").unwrap();
    put(&store, "two", b"two").unwrap();
    let damage = store.check().unwrap();
    assert_eq!((damage.checked, damage.changed.len() + damage.missing.len()), (4, 0));
}

#[test]
fn search_finds_ends_and_beginnings_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), MAX_BLOB).unwrap();
    for key in ["irs/a.wav", "irs/b.wav", "irs/c.nam", "nam/d.nam", "nam/ä.nam", "x.wave"] {
        put(&store, key, key.as_bytes()).unwrap();
    }
    let find = |suffix: &str, prefix: &str| {
        let mut search =
            Search { suffix: suffix.into(), prefix: prefix.into(), limit: 2, ..Search::default() };
        let mut keys = Vec::new();
        loop {
            let (entries, more) = store.search(&search).unwrap();
            assert!(entries.len() <= 2);
            keys.extend(entries.into_iter().map(|entry| entry.key));
            if !more {
                keys.sort();
                return keys;
            }
            search.after = keys.last().cloned();
        }
    };
    assert_eq!(find(".wav", ""), ["irs/a.wav", "irs/b.wav"]);
    assert_eq!(find(".nam", ""), ["irs/c.nam", "nam/d.nam", "nam/ä.nam"]);
    assert_eq!(find(".nam", "nam/"), ["nam/d.nam", "nam/ä.nam"]);
    assert_eq!(find("", "irs/"), ["irs/a.wav", "irs/b.wav", "irs/c.nam"]);
    assert_eq!(find("", "").len(), 6);
    assert_eq!(find("zzz", ""), Vec::<String>::new());
}

#[test]
fn a_hash_is_read_as_it_is_written() {
    let hash = Hash(std::array::from_fn(|index| index as u8 * 7));
    assert_eq!(Hash::parse(&hash.to_string()), Some(hash));
    for wrong in ["", "0", &"g".repeat(64), &"0".repeat(63), &"ä".repeat(32)] {
        assert_eq!(Hash::parse(wrong), None, "{wrong}");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Put(u8, u8),
    Delete(u8),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u8..5, 0_u8..4).prop_map(|(key, content)| Step::Put(key, content)),
        2 => (0_u8..5).prop_map(Step::Delete),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// The store is a map, whatever shares content with what, and no file is left over.
    #[test]
    fn it_behaves_like_a_map(steps in prop::collection::vec(step(), 1..25)) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), MAX_BLOB).unwrap();
        let mut model: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Put(key, content) => {
                    let (key, content) = (format!("k/{key}"), vec![content; 100]);
                    let replaced = put(&store, &key, &content).unwrap().1;
                    prop_assert_eq!(model.insert(key, content).is_some(), replaced);
                }
                Step::Delete(key) => {
                    let key = format!("k/{key}");
                    prop_assert_eq!(model.remove(&key).is_some(), delete(&store, &key).is_ok());
                }
                Step::Reopen => {
                    drop(store);
                    store = Store::open(folder.path(), MAX_BLOB).unwrap();
                }
            }
        }
        for key in (0..5).map(|key| format!("k/{key}")) {
            prop_assert_eq!(get(&store, &key), model.get(&key).cloned());
        }
        let different: std::collections::BTreeSet<_> = model.values().collect();
        prop_assert_eq!(files(folder.path()), different.len());
        prop_assert_eq!(store.stats().unwrap().keys, model.len() as u64);
    }
}
