//! `manifest.ttl`: which file of the folder is the board.

use std::path::Path;

use super::commit;
use crate::files::Files;
use crate::turtle::{Object, PREFIXES, Statement, Subject, TYPE, expand, local};

/// Names of the boards, as the manifest gives them.
pub(super) fn boards(statements: &[Statement]) -> Vec<String> {
    let board = Object::Node(Subject::Iri(expand("pedal:Pedalboard")));
    let mut names = Vec::new();
    for statement in statements {
        if let Subject::Local(name) = &statement.subject
            && statement.predicate == TYPE
            && statement.object == board
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
    names
}

/// The file in the folder that a name stands for. Names that lead out of the folder stand for none.
pub(super) fn file_name(files: &dyn Files, folder: &Path, name: &str) -> Option<String> {
    let plain = |name: &str| {
        !name.is_empty()
            && !name.contains(['/', '\\', '\0'])
            && name != "."
            && name != ".."
            && name.len() < 256
    };
    let decoded = percent_decoded(name);
    [name.to_owned(), decoded]
        .into_iter()
        .find(|name| plain(name) && commit::find(files, folder, name).is_some())
}

/// A text with its `%20`s as what they stand for; as it is when that is no Unicode.
pub(crate) fn percent_decoded(name: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = name.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = |at: usize| tail.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
}

/// The manifest of a board in `file`.
pub(super) fn text(file: &str) -> String {
    let mut text = String::new();
    for (prefix, namespace) in
        PREFIXES.iter().filter(|(prefix, _)| ["ingen", "lv2", "pedal", "rdfs"].contains(prefix))
    {
        text.push_str(&format!("@prefix {prefix}: <{namespace}> .\n"));
    }
    let name = local(file);
    text.push_str(&format!(
        "\n{name}\n    lv2:prototype ingen:GraphPrototype ;\n    a lv2:Plugin ,\n        ingen:Graph ,\n        \
         pedal:Pedalboard ;\n    rdfs:seeAlso {name} .\n"
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::turtle::statements;

    #[test]
    fn a_manifest_names_its_board() {
        let found = statements(text("Lab.ttl").as_bytes(), "manifest.ttl").unwrap();
        assert_eq!(boards(&found), ["Lab.ttl"]);
        assert_eq!(percent_decoded("a%20b%2"), "a b%2");
    }
}
