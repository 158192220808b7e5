//! `pistomp.conf`: assignments in the shell's notation, read as data.

mod decode;
mod scrub;
mod word;

pub use decode::{LIMIT, decode};
pub use scrub::without_secrets;

use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// One assignment of the file.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name before the equals sign.
    pub key: String,
    /// Value with quotes and backslashes resolved. Never print it: it may be a password.
    pub value: String,
    /// Line that it begins on, from 1.
    pub line: usize,
    /// Bytes of the text that the assignment takes, from its key (or `export`) to the last byte of its value.
    pub span: Range<usize>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}=… (line {})", self.key, self.line)
    }
}

/// Something in the file that was not taken, and why. The message never contains the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Key that it concerns, where the line has one.
    pub key: Option<String>,
    /// Line of the file, from 1; 0 concerns the file as a whole.
    pub line: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl Problem {
    /// A problem with the value of `key`.
    pub fn new(key: &str, line: usize, message: impl Into<String>) -> Self {
        Self { key: Some(key.to_owned()), line, message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(formatter, "line {}: ", self.line)?;
        }
        if let Some(key) = &self.key {
            write!(formatter, "{key}: ")?;
        }
        formatter.write_str(&self.message)
    }
}

/// A file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// The text, as decoded.
    pub text: String,
    /// Assignments in their order; a key may come twice.
    pub entries: Vec<Entry>,
    /// Lines that are no assignment.
    pub problems: Vec<Problem>,
}

impl Document {
    /// The assignment of `key` that counts: the last one, as in a shell.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.key == key)
    }
}

/// Reads a text. Never fails: what is not understood is a problem of its line, and the next line is read.
pub fn parse(text: &str) -> Document {
    let mut document = Document { text: text.to_owned(), ..Document::default() };
    let (mut rest, mut line) = (0, 1);
    while rest < text.len() {
        let next = statement(text, rest, line, &mut document);
        line += text[rest..next].matches('\n').count();
        rest = next;
    }
    document
}

/// Reads what begins at byte `at` of this line up to its end; returns where the next begins.
fn statement(text: &str, at: usize, line: usize, document: &mut Document) -> usize {
    let end_of_line = |from: usize| text[from..].find('\n').map_or(text.len(), |length| from + length + 1);
    let statement = at + blanks(&text[at..]);
    let mut begin = statement;
    match text[begin..].chars().next() {
        None => return text.len(),
        Some('\n' | ';') => return begin + 1,
        Some('#') => return end_of_line(begin),
        Some(_) => {}
    }
    let mut name = name(&text[begin..]);
    if name == "export" {
        let after = begin + name.len();
        let gap = blanks(&text[after..]);
        if gap > 0 {
            begin = after + gap;
            name = self::name(&text[begin..]);
        }
    }
    let equals = begin + name.len();
    if name.is_empty() || !text[equals..].starts_with('=') {
        let spaced = !name.is_empty() && text[equals + blanks(&text[equals..])..].starts_with('=');
        let message = if spaced {
            "there must be no space before the equals sign: write KEY=\"value\""
        } else {
            "not an assignment: write KEY=\"value\", or begin the line with #"
        };
        let key = spaced.then(|| name.to_owned());
        document.problems.push(Problem { key, line, message: message.to_owned() });
        return end_of_line(begin);
    }
    let key = name.to_owned();
    match word::read(&text[equals + 1..]) {
        Ok(word) => {
            let end = equals + 1 + word.length;
            document.entries.push(Entry { key, value: word.value, line, span: statement..end });
            end
        }
        Err(message) => {
            document.problems.push(Problem { key: Some(key), line, message: message.to_owned() });
            end_of_line(begin)
        }
    }
}

/// Length of the white space that does not end a line.
fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t', '\r']).len()
}

/// The shell name that `text` begins with; empty if it begins with none.
fn name(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) { "" } else { &text[..end] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String, usize)> {
        parse(text).entries.into_iter().map(|entry| (entry.key, entry.value, entry.line)).collect()
    }

    fn first(text: &str) -> String {
        let document = parse(text);
        assert_eq!(document.problems, [], "{text}");
        document.entries[0].value.clone()
    }

    #[test]
    fn the_file_of_the_image_is_read() {
        let text = "WIFI_SSID=\"MyNetwork\"\r\nWIFI_PASSWORD=\"secret\"\r\n# HOSTNAME=\"pistomp\"\r\n\r\n  TIMEZONE='US/Central' # home\r\nWIFI_COUNTRY=US\r\n";
        let expected = [
            ("WIFI_SSID", "MyNetwork", 1),
            ("WIFI_PASSWORD", "secret", 2),
            ("TIMEZONE", "US/Central", 5),
            ("WIFI_COUNTRY", "US", 6),
        ];
        assert_eq!(values(text), expected.map(|(key, value, line)| (key.to_owned(), value.to_owned(), line)));
        assert!(parse(text).problems.is_empty());
    }

    #[test]
    fn quotes_work_as_in_a_shell() {
        assert_eq!(first(r#"A="a\"b\\c\d""#), r#"a"b\c\d"#);
        assert_eq!(first(r"A='a\b'"), r"a\b");
        assert_eq!(first(r#"A=it"'s "'a "word"'"#), "it's a \"word\"");
        assert_eq!(first(r"A=two\ words"), "two words");
        assert_eq!(first("A=a#b"), "a#b");
        assert_eq!(first("A="), "");
        assert_eq!(first("A= # nothing"), "");
        assert_eq!(first("export A=1"), "1");
        assert_eq!(first("A=one\\\ntwo"), "onetwo");
    }

    #[test]
    fn nothing_is_expanded_or_run() {
        assert_eq!(first(r#"A="$(reboot) `reboot` $HOME""#), "$(reboot) `reboot` $HOME");
        assert_eq!(first("A='$HOME'"), "$HOME");
        assert_eq!(first("A=pa$$word"), "pa$$word");
    }

    #[test]
    fn a_bad_line_is_named_and_the_next_is_read() {
        let text = "A=\"open\nB=a b\nC = 1\nnonsense\nD=x;rm -rf /\nE=“x”\nF=a|b\nG='ok'\n1=2\n";
        let document = parse(text);
        assert_eq!(values(text), [("D".into(), "x".into(), 5), ("G".into(), "ok".into(), 8)]);
        let lines: Vec<_> =
            document.problems.iter().map(|problem| (problem.key.as_deref(), problem.line)).collect();
        let expected = [
            (Some("A"), 1),
            (Some("B"), 2),
            (Some("C"), 3),
            (None, 4),
            (None, 5),
            (Some("E"), 6),
            (Some("F"), 7),
            (None, 9),
        ];
        assert_eq!(lines, expected);
        assert!(document.problems[5].message.contains("curly"), "{}", document.problems[5].message);
    }

    #[test]
    fn the_last_of_two_counts() {
        assert_eq!(
            parse("A=1\nA=2\n").get("A").map(|entry| (entry.value.as_str(), entry.line)),
            Some(("2", 2))
        );
    }

    #[test]
    fn debug_output_hides_the_value() {
        assert_eq!(format!("{:?}", parse("A=hidden").entries), "[A=… (line 1)]");
    }
}
