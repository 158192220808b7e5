//! Splitting a message into its arguments, and quoting an argument.
//!
//! White space at both ends of the message is ignored; every single space then ends an argument, so two spaces in
//! a row hold an empty argument between them. A double quote at the start of an argument opens a group in which
//! spaces do not count; inside it `\"` and `""` stand for one quote. What follows the end of a group up to the
//! next space still belongs to the argument. A quote elsewhere is an ordinary character.

use std::borrow::Cow;

/// Splits a message into its arguments. A group that is never closed takes the rest of the message.
pub fn tokenise(message: &str) -> Vec<Cow<'_, str>> {
    let mut rest = message.trim_matches(is_space);
    let mut tokens = Vec::new();
    if rest.is_empty() {
        return tokens;
    }
    loop {
        if let Some(inner) = rest.strip_prefix('"') {
            let (text, after) = group(inner);
            let (tail, next) = split_space(after);
            tokens.push(Cow::Owned(text + tail));
            match next {
                Some(next) => rest = next,
                None => return tokens,
            }
        } else {
            let (token, next) = split_space(rest);
            tokens.push(Cow::Borrowed(token));
            match next {
                Some(next) => rest = next,
                None => return tokens,
            }
        }
    }
}

/// Reads a group whose opening quote is already gone; returns its text and what follows its closing quote.
fn group(inner: &str) -> (String, &str) {
    let mut text = String::new();
    let mut rest = inner;
    while let Some(at) = rest.find('"') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        if let Some(before) = before.strip_suffix('\\') {
            text.push_str(before);
            text.push('"');
            rest = after;
        } else if let Some(after) = after.strip_prefix('"') {
            text.push_str(before);
            text.push('"');
            rest = after;
        } else {
            text.push_str(before);
            return (text, after);
        }
    }
    text.push_str(rest);
    (text, "")
}

fn split_space(text: &str) -> (&str, Option<&str>) {
    match text.split_once(' ') {
        Some((head, tail)) => (head, Some(tail)),
        None => (text, None),
    }
}

/// What C's `isspace` takes for white space.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r')
}

/// The text as one argument: unchanged where that is safe, in a quoted group otherwise. [`tokenise`] gives the
/// text back, NULs apart, which the protocol cannot carry.
pub fn quote(text: &str) -> Cow<'_, str> {
    if !text.is_empty() && !text.contains(|c| is_space(c) || c == '"' || c == '\0') {
        return Cow::Borrowed(text);
    }
    // A backslash before the closing quote would escape it: trailing ones go behind the group.
    let body = text.trim_end_matches('\\');
    let mut quoted = String::with_capacity(text.len() + 4);
    quoted.push('"');
    for c in body.chars().filter(|&c| c != '\0') {
        if c == '"' {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted.push_str(&text[body.len()..]);
    Cow::Owned(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn splits_as_mod_host_does() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            (" \t\r\n", &[]),
            ("add uri 0", &["add", "uri", "0"]),
            ("  add uri 0 \n", &["add", "uri", "0"]),
            ("a  b", &["a", "", "b"]),
            (
                "preset_save 0 \"My Preset\" \"/tmp/a b\" f.ttl",
                &["preset_save", "0", "My Preset", "/tmp/a b", "f.ttl"],
            ),
            (r#"p "say \"hi\" now""#, &["p", r#"say "hi" now"#]),
            (r#"p "say ""hi"" now""#, &["p", r#"say "hi" now"#]),
            (r#"p "{\"a\": [1, \"b c\"]}""#, &["p", r#"{"a": [1, "b c"]}"#]),
            (r#"p {"a":1}"#, &["p", r#"{"a":1}"#]),
            (r#"p "" x"#, &["p", "", "x"]),
            (r#"p "never closed x"#, &["p", "never closed x"]),
            (r#"p "a b"c d"#, &["p", "a bc", "d"]),
            (r#"p a\b"#, &["p", r"a\b"]),
        ];
        for (message, expected) in cases {
            assert_eq!(tokenise(message), *expected, "{message:?}");
        }
    }

    proptest! {
        #[test]
        fn quoting_round_trips(texts in proptest::collection::vec(r#"[a" \\\n\t{}:é0]{0,12}"#, 1..6)) {
            let line = texts.iter().map(|text| quote(text)).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(tokenise(&line), texts);
        }

        #[test]
        fn never_panics(message in any::<String>()) {
            tokenise(&message);
        }
    }
}
