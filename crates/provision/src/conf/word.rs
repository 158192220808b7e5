//! One word of the shell's language: what stands behind the equals sign.

/// A word that was read.
pub(super) struct Word {
    /// What it means.
    pub(super) value: String,
    /// Bytes of the text that it took.
    pub(super) length: usize,
}

/// Reads the word that `text` begins with. The message never repeats any of it.
///
/// `$` and backquotes stand for themselves everywhere: expansion would be running the file.
pub(super) fn read(text: &str) -> Result<Word, &'static str> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    let mut end = text.len();
    while let Some((at, character)) = characters.next() {
        match character {
            '\n' | ' ' | '\t' | '\r' | ';' => {
                end = at;
                break;
            }
            '\'' => loop {
                match characters.next() {
                    Some((_, '\'')) => break,
                    Some((_, '\n')) | None => return Err("the single quote is not closed on its line"),
                    Some((_, inner)) => value.push(inner),
                }
            },
            '"' => double_quoted(&mut characters, &mut value)?,
            '\\' => match characters.next() {
                Some((_, '\n')) => {}
                Some((_, escaped)) => value.push(escaped),
                None => return Err("the line ends in a backslash"),
            },
            '“' | '”' | '„' | '‘' | '’' => {
                return Err("curly quotes are letters here: use the straight ones, \" or '");
            }
            '|' | '&' | '<' | '>' | '(' | ')' => {
                return Err("a value with | & < > ( or ) must stand in quotes");
            }
            '\0' => return Err("there is a NUL byte in the value"),
            other => value.push(other),
        }
    }
    // A shell would take what follows as a command and run it.
    let rest = text[end..].trim_start_matches([' ', '\t', '\r']);
    if !(rest.is_empty() || rest.starts_with(['\n', '#', ';'])) {
        return Err(if value.is_empty() {
            "there must be no space behind the equals sign"
        } else {
            "there is more behind the value: a value with spaces must stand in quotes"
        });
    }
    // `a#b` is one word, so a comment can only begin behind white space; a quote right before # belongs to the word.
    Ok(Word { value, length: end })
}

/// Reads up to the closing quote; the opening one was taken.
fn double_quoted(characters: &mut std::str::CharIndices<'_>, value: &mut String) -> Result<(), &'static str> {
    const OPEN: &str = "the double quote is not closed on its line";
    loop {
        match characters.next() {
            Some((_, '"')) => return Ok(()),
            Some((_, '\n')) | None => return Err(OPEN),
            Some((_, '\0')) => return Err("there is a NUL byte in the value"),
            Some((_, '\\')) => match characters.next() {
                Some((_, '\n')) => {}
                Some((_, escaped @ ('"' | '\\' | '$' | '`'))) => value.push(escaped),
                Some((_, other)) => value.extend(['\\', other]),
                None => return Err(OPEN),
            },
            Some((_, other)) => value.push(other),
        }
    }
}
