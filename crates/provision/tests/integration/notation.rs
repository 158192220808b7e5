//! The notation of the file: whatever stands in it, reading it ends well; and a shell agrees on what the words mean.

use proptest::prelude::*;
use provision::conf::{decode, parse, without_secrets};
use provision::settings::{SECRETS, check};
use std::process::Command;

/// A value in one of the ways to write it.
fn written(value: &str, way: u8) -> String {
    match way {
        0 => format!("'{}'", value.replace('\'', r"'\''")),
        1 => {
            let mut text = String::from("\"");
            for character in value.chars() {
                if "\"\\$`".contains(character) {
                    text.push('\\');
                }
                text.push(character);
            }
            text + "\""
        }
        _ => value.chars().flat_map(|character| ['\\', character]).collect(),
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok((text, _)) = decode(&bytes) {
            let document = parse(&text);
            for entry in &document.entries {
                prop_assert!(text.get(entry.span.clone()).is_some());
            }
            check(&document);
        }
    }

    #[test]
    fn lines_that_look_right_are_read_without_harm(
        text in "((WIFI_SSID|WIFI_PASSWORD|HOSTNAME|A|export )?=?[\"'\\\\ \\$`;#|a-z\n\r]{0,12}\n?){0,12}"
    ) {
        let document = parse(&text);
        check(&document);
        let lines = text.lines().count();
        prop_assert!(document.problems.iter().all(|problem| (1..=lines).contains(&problem.line)));
        // Without its secrets the file says the same about everything else.
        let scrubbed = without_secrets(&document, SECRETS).unwrap_or_else(|| text.clone());
        let rest = |document: &provision::conf::Document| -> Vec<(String, String)> {
            let kept = document.entries.iter().filter(|entry| entry.value.is_empty() || !SECRETS.contains(&entry.key.as_str()));
            kept.map(|entry| (entry.key.clone(), entry.value.clone())).collect()
        };
        let after = parse(&scrubbed);
        prop_assert_eq!(rest(&after), rest(&document));
        prop_assert_eq!(after.entries.len(), rest(&document).len());
    }

    #[test]
    fn every_way_to_write_a_value_gives_it_back(value in "[^\\x00-\\x1f\\x7f]{0,40}", way in 0u8..3) {
        let text = format!("A={} # comment\nB=2", written(&value, way));
        let document = parse(&text);
        prop_assert_eq!(&document.problems, &[]);
        prop_assert_eq!(document.entries.len(), 2);
        prop_assert_eq!(&document.entries[0].value, &value);
    }
}

/// A small generator, so that the shell is asked once for all words.
fn words(count: usize) -> Vec<String> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    // Nothing that a shell would expand or run: that is where we differ on purpose.
    let plain = ["a", "Z", "9", "#", "=", "/", ".", "ü", "\\\\", "\\ ", "\\\"", "\\'", "\\a", "!", "%"];
    let single = ["a", " ", "\"", "\\", "$", "`", "#", ";", "ü", "|"];
    let double = ["a", " ", "'", "\\\\", "\\\"", "\\$", "\\`", "\\a", "#", ";", "ü", "&"];
    (0..count)
        .map(|_| {
            let mut word = String::from("x");
            for _ in 0..1 + next(4) {
                let (open, letters): (&str, &[&str]) =
                    [("", &plain[..]), ("'", &single[..]), ("\"", &double[..])][next(3)];
                word.push_str(open);
                (0..next(6)).for_each(|_| word.push_str(letters[next(letters.len())]));
                word.push_str(open);
            }
            word
        })
        .collect()
}

#[test]
fn a_shell_reads_the_same_values() {
    let words = words(500);
    let conf: String = words.iter().enumerate().map(|(at, word)| format!("K{at}={word}\n")).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("conf");
    std::fs::write(&path, &conf).unwrap();
    let script = format!(
        ". {}; for i in $(seq 0 {}); do eval \"printf '%s\\n' \\\"\\$K$i\\\"\"; done",
        path.display(),
        words.len() - 1
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let shell = String::from_utf8(output.stdout).unwrap();
    let document = parse(&conf);
    assert_eq!(document.problems, []);
    let ours: Vec<&str> = document.entries.iter().map(|entry| entry.value.as_str()).collect();
    let theirs: Vec<&str> = shell.lines().collect();
    for ((word, ours), theirs) in words.iter().zip(&ours).zip(&theirs) {
        assert_eq!(ours, theirs, "{word}");
    }
    assert_eq!((ours.len(), theirs.len()), (500, 500));
}
