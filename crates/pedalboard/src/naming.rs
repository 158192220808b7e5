//! Names: of bundles from titles, and unique ones.

/// The title, or the title with ` (2)`, ` (3)`, … when it is taken.
pub fn unique_title(title: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(title) {
        return title.to_owned();
    }
    // A name that was numbered before gets the next number, not a second one.
    let stem = title
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once(" ("))
        .filter(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(title, |(stem, _)| stem);
    let mut number = 2_u64;
    loop {
        let candidate = format!("{stem} ({number})");
        if !taken(&candidate) {
            return candidate;
        }
        number += 1;
    }
}

/// The title with everything but ASCII letters and digits replaced by `_`, not beginning with a digit.
pub fn symbol(title: &str) -> String {
    let mut symbol =
        title.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>();
    if symbol.is_empty() || symbol.starts_with(|c: char| c.is_ascii_digit()) {
        symbol.insert(0, '_');
    }
    symbol
}

/// Folder name of a new board: the first 16 characters of [`symbol`], with `-1` to `-99999` when it is taken, and
/// `.pedalboard`. `None` when all are taken.
pub fn bundle_name(title: &str, taken: impl Fn(&str) -> bool) -> Option<String> {
    let stem = symbol(title).chars().take(16).collect::<String>();
    let plain = format!("{stem}.pedalboard");
    if !taken(&plain) {
        return Some(plain);
    }
    (1..=99_999).map(|number| format!("{stem}-{number}.pedalboard")).find(|name| !taken(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_short() {
        assert_eq!(unique_title("Solo", |_| false), "Solo");
        assert_eq!(unique_title("Solo", |name| name == "Solo"), "Solo (2)");
        assert_eq!(unique_title("Solo (2)", |name| name == "Solo (2)" || name == "Solo"), "Solo (3)");
        assert_eq!(unique_title("A ()", |name| name == "A ()"), "A () (2)");
        assert_eq!(bundle_name("Lab One", |_| false).unwrap(), "Lab_One.pedalboard");
        assert_eq!(
            bundle_name("A very long title of a board", |name| name == "A_very_long_titl.pedalboard")
                .unwrap(),
            "A_very_long_titl-1.pedalboard"
        );
        assert_eq!(symbol("1 é"), "_1__");
        assert_eq!(symbol(""), "_");
        assert_eq!(bundle_name("x", |_| true), None);
    }
}
