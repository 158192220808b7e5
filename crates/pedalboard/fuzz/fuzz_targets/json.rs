//! The JSON files of any text: no panic, and what was read comes back from our own text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pedalboard::{Addressings, Banks, Favorites, JsonFile, Last, Preferences, Snapshots};

fn check<T: JsonFile + std::fmt::Debug>(text: &str) {
    let Ok((value, _)) = T::parse(text) else { return };
    let written = value.text();
    let (again, _) = T::parse(std::str::from_utf8(&written).expect("JSON is text")).expect("our own text is readable");
    assert_eq!(again, value);
}

fuzz_target!(|text: &str| {
    check::<Snapshots>(text);
    check::<Addressings>(text);
    check::<Banks>(text);
    check::<Favorites>(text);
    check::<Preferences>(text);
    check::<Last>(text);
});
