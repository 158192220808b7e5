//! `rt-tune doctor`: one page, without whatever names its owner.

use crate::check::laptop_of_somebody;
use crate::support::{rt_tune, text};

#[test]
fn the_page_tells_of_the_machine_and_not_of_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    laptop_of_somebody(folder.path());
    let output = rt_tune(&["doctor", "--root", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let page = text(&output);
    for word in [
        "i5-1135G7",
        "6.14.0-27-generic",
        "Two Channels",
        "### Bad",
        "governor",
        "limit-rtprio",
        "### Measured",
    ] {
        assert!(page.contains(word), "{word} is missing in\n{page}");
    }
    for secret in [
        "musicbox",
        "ann",
        "Ann",
        "PF2XYZ99",
        "A1B2C3SERIAL",
        "HomeSweetHome",
        "deadbeef",
        "//nas",
        "3c:58:c2:00:11:22",
    ] {
        let alone = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        let found = page.match_indices(secret).any(|(at, _)| {
            alone(page[..at].chars().next_back()) && alone(page[at + secret.len()..].chars().next())
        });
        assert!(!found, "{secret} is in\n{page}");
    }
}

#[test]
fn the_page_of_this_machine_hides_its_name() {
    let page = text(&rt_tune(&["doctor"]));
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let host = host.trim();
    assert!(page.starts_with("## rt-tune doctor"), "{page}");
    if host.len() >= 3 && host != "localhost" {
        assert!(!page.split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| word == host), "{page}");
    }
}
