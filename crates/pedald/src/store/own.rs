//! `archibald.json` of a board: what mod-ui's files have no place for. The shapes of assignments; and in a version of a board
//! the LV2 parameters of its plugins, which otherwise lie in the state that the engine saves beside the board.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::session::{Addressing, Board, ControlPort, Instance, Shape, Value};

/// Version of the file that this program writes and knows.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    #[serde(default)]
    shapes: Vec<Entry>,
    /// Parameters by plugin and URI.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    parameters: Parameters,
    /// What a later program may have put there.
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

/// LV2 parameters by plugin and URI.
pub(super) type Parameters = BTreeMap<Instance, BTreeMap<String, Value>>;

#[derive(Serialize, Deserialize)]
struct Entry {
    instance: String,
    port: String,
    #[serde(flatten)]
    shape: Shape,
}

fn read(bytes: &[u8]) -> Result<File, String> {
    let file: File = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if file.version != VERSION {
        return Err(format!("it has version {}, and this program knows {VERSION}", file.version));
    }
    Ok(file)
}

/// The shapes in the file. The error is a sentence.
pub(super) fn shapes(bytes: &[u8]) -> Result<Vec<Addressing>, String> {
    let port = |entry: &Entry| {
        let instance = match entry.instance.as_str() {
            "/pedalboard" => Instance::board(),
            name => Instance::new(name),
        };
        ControlPort { instance, symbol: entry.port.as_str().into() }
    };
    Ok(read(bytes)?.shapes.iter().map(|entry| entry.shape.addressing(port(entry))).collect())
}

/// Puts the shapes into the file; it is made only when there are some, and left alone when it says the same or cannot
/// be read by this program.
pub(super) fn keep(bytes: &mut Option<Vec<u8>>, list: &[Addressing]) {
    let old = match bytes.as_deref().map(read) {
        None if list.is_empty() => return,
        Some(Err(_)) => return,
        Some(Ok(old)) => Some(old),
        None => None,
    };
    if bytes.as_deref().is_some_and(|bytes| shapes(bytes).as_deref() == Ok(list)) {
        return;
    }
    let entry = |one: &Addressing| Entry {
        instance: one.port.instance.path(),
        port: one.port.symbol.to_string(),
        shape: Shape::of(one),
    };
    let (parameters, rest) = old.map(|old| (old.parameters, old.rest)).unwrap_or_default();
    let shapes = list.iter().map(entry).collect();
    *bytes = Some(written(&File { version: VERSION, shapes, parameters, rest }));
}

/// The parameters in the file; none when it has none or cannot be read, which [`shapes`] tells.
pub(super) fn parameters(bytes: &[u8]) -> Parameters {
    read(bytes).map(|file| file.parameters).unwrap_or_default()
}

/// Puts the parameters of a board into the file.
pub(super) fn keep_parameters(bytes: &mut Option<Vec<u8>>, board: &Board) {
    let set = board.plugins.iter().filter(|plugin| !plugin.parameters.is_empty());
    let parameters: Parameters =
        set.map(|plugin| (plugin.instance.clone(), plugin.parameters.clone())).collect();
    let old = match bytes.as_deref().map(read) {
        None if parameters.is_empty() => return,
        Some(Err(_)) => return,
        Some(Ok(old)) => old,
        None => File {
            version: VERSION,
            shapes: Vec::new(),
            parameters: Parameters::new(),
            rest: Default::default(),
        },
    };
    *bytes = Some(written(&File { parameters, ..old }));
}

fn written(file: &File) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(file).expect("plain values with text keys");
    text.push(b'\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Bend, Press};

    #[test]
    fn shapes_come_back_and_what_others_wrote_stays() {
        let shape = Shape { bend: Bend::Slow, press: Press::Hold };
        let list = vec![shape.addressing(ControlPort::new("amp", "gain"))];
        let mut bytes = Some(br#"{"version": 1, "later": {"a": 1}}"#.to_vec());
        keep(&mut bytes, &list);
        let text = String::from_utf8(bytes.clone().unwrap()).unwrap();
        assert!(text.contains("\"later\"") && text.contains("\"slow\""), "{text}");
        assert_eq!(shapes(text.as_bytes()).unwrap(), list);
        keep(&mut bytes, &list);
        assert_eq!(bytes.as_deref(), Some(text.as_bytes()), "the same bytes");
        keep(&mut bytes, &[]);
        assert_eq!(shapes(&bytes.unwrap()).unwrap(), []);
    }

    #[test]
    fn no_shapes_make_no_file_and_a_strange_one_is_left_alone() {
        let mut none = None;
        keep(&mut none, &[]);
        assert_eq!(none, None);
        for strange in ["", "[]", r#"{"version": 2}"#] {
            assert!(shapes(strange.as_bytes()).is_err());
            let mut bytes = Some(strange.as_bytes().to_vec());
            keep(
                &mut bytes,
                &[Shape { bend: Bend::Fast, ..Shape::default() }.addressing(ControlPort::new("a", "b"))],
            );
            assert_eq!(bytes.as_deref(), Some(strange.as_bytes()));
        }
    }
}
