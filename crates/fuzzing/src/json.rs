//! The JSON files beside boards: no panic, and what was read comes back from our own text.

use pedalboard::{Addressings, Banks, Favorites, JsonFile, Last, Preferences, Snapshots};

fn back<T: JsonFile + std::fmt::Debug>(text: &str) {
    let Ok((value, _)) = T::parse(text) else { return };
    let written = value.text();
    let (again, _) =
        T::parse(std::str::from_utf8(&written).expect("JSON is text")).expect("our own text is readable");
    assert_eq!(again, value);
}

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    back::<Snapshots>(text);
    back::<Addressings>(text);
    back::<Banks>(text);
    back::<Favorites>(text);
    back::<Preferences>(text);
    back::<Last>(text);
}
