use super::*;

#[test]
fn values_are_compared_by_meaning_not_by_spelling() {
    let file = |form| Place::File { path: "/x".into(), form };
    let same = |form, a, b| file(form).same(Some(a), Some(b));
    assert!(same(Form::Choice, "always [madvise] never\n", "madvise"));
    assert!(!same(Form::Choice, "[always] madvise never\n", "madvise"));
    assert!(same(Form::Cpus, "0,1\n", "0-1") && !same(Form::Cpus, "0-1", "0-2"));
    assert!(same(Form::Mask, "00000003\n", "3") && !same(Form::Mask, "3", "1"));
    assert!(same(Form::Text, "60\n", "60") && !same(Form::Text, "60\n", "10"));
    assert!(file(Form::Text).same(None, None) && !file(Form::Text).same(None, Some("")));
    assert!(!Place::Document { path: "/x".into() }.same(Some("a\n"), Some("a")));
}

#[test]
fn a_place_survives_its_json() {
    let thread = ThreadId { tid: 5, start: 9, name: "jackd".into() };
    let places = [
        Place::text("/proc/sys/vm/swappiness"),
        Place::Schedule(thread.clone()),
        Place::Affinity(thread.clone()),
        Place::Latency { mark: "m".into() },
        Place::Member { thread, mount: "/sys/fs/cgroup".into(), controller: String::new() },
    ];
    for place in places {
        let json = serde_json::to_string(&place).unwrap();
        assert_eq!(serde_json::from_str::<Place>(&json).unwrap(), place, "{json}");
    }
}
