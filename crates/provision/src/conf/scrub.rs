//! Taking used secrets out of the file.

use super::Document;

/// The text without the assignments of `keys`: each becomes a comment that says what happened. `None` if there is none.
///
/// An assignment to nothing stays: it is not a secret, and for Wi-Fi it says "open network".
pub fn without_secrets(document: &Document, keys: &[&str]) -> Option<String> {
    let mut text = String::new();
    let mut kept = 0;
    for entry in &document.entries {
        if !keys.contains(&entry.key.as_str()) || entry.value.is_empty() {
            continue;
        }
        text.push_str(&document.text[kept..entry.span.start]);
        // On a line of its own, even if another assignment and a semicolon stood before it.
        let begin = document.text[..entry.span.start].rfind('\n').map_or(0, |newline| newline + 1);
        if !document.text[begin..entry.span.start].trim().is_empty() {
            text.push('\n');
        }
        text.push_str("# ");
        text.push_str(&entry.key);
        text.push_str(" was taken over and removed from this file. Write a new line to change it.");
        kept = entry.span.end;
        // What follows on the line would become part of the comment.
        if document.text[kept..].trim_start_matches([' ', '\t', '\r']).starts_with(';') {
            text.push('\n');
        }
    }
    if kept == 0 {
        return None;
    }
    text.push_str(&document.text[kept..]);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conf::parse;

    const KEYS: &[&str] = &["P", "W"];

    #[test]
    fn only_the_secrets_go() {
        let text = "A=1\r\nP=\"x y\" # mine\r\nP='z'\n#P=old\nB=2\nW=\n";
        let scrubbed = without_secrets(&parse(text), KEYS).unwrap();
        let after = parse(&scrubbed);
        assert_eq!(after.problems, []);
        let rest: Vec<_> =
            after.entries.iter().map(|entry| (entry.key.as_str(), entry.value.as_str())).collect();
        assert_eq!(rest, [("A", "1"), ("B", "2"), ("W", "")]);
        assert!(!scrubbed.contains("x y") && !scrubbed.contains("'z'"));
        assert!(scrubbed.contains("# mine\r\n") && scrubbed.contains("#P=old\n"));
        assert_eq!(without_secrets(&after, KEYS), None);
    }

    #[test]
    fn neighbours_on_the_line_stay_assignments() {
        let scrubbed = without_secrets(&parse("A=1; P=x; B=2\nexport W=y"), KEYS).unwrap();
        let rest: Vec<_> = parse(&scrubbed).entries.into_iter().map(|entry| entry.key).collect();
        assert_eq!(rest, ["A", "B"]);
    }
}
