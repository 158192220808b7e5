//! What a stick may name, and whether it was a signature that let it in.
//!
//! Nix asks for a signature where a path is named by how it was built. A path that is named by its content needs none: the name
//! proves the content, and says nothing of who made it. Such a path must not be a system: everybody can make one.

use std::path::Path;

/// Where Nix keeps what it has.
const STORE: &str = "/nix/store";

/// Longest text that a name of the store can have, with a line end.
pub const LONGEST: u64 = 300;

/// The path that the text of a stick's file `system` names: one of the store itself, nothing below it.
pub fn store_path(text: &str) -> Option<&str> {
    let path = text.trim();
    let name = path.strip_prefix(STORE)?.strip_prefix('/')?;
    let (hash, rest) = name.split_once('-')?;
    let plain = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    (hash.len() == 32 && plain(hash, "") && !rest.is_empty() && plain(rest, "+-._?=")).then_some(path)
}

/// Whether a path is in the store by its content alone; `info` is what `nix path-info --json` says of it.
///
/// # Errors
/// It says nothing of this path that is understood: then nobody knows.
pub fn by_content(info: &str, path: &str) -> Result<bool, String> {
    let unknown = || format!("Nix does not say how {path} came into the store");
    let value: serde_json::Value = serde_json::from_str(info).map_err(|_| unknown())?;
    let name = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let entry = match &value {
        // Nix up to 2.18
        serde_json::Value::Array(list) => list.iter().find(|entry| entry["path"] == path),
        // the second form names what is below the store
        object => object.get(path).or_else(|| object.get("info")?.get(name)).or_else(|| object.get(name)),
    };
    let entry = entry.filter(|entry| entry.get("narHash").is_some()).ok_or_else(unknown)?;
    Ok(entry.get("ca").is_some_and(|ca| !ca.is_null() && ca != ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-nixos-system-pistomp-26.11";

    #[test]
    fn a_stick_names_one_path_of_the_store() {
        assert_eq!(store_path(&format!("{PATH}\n")), Some(PATH));
        for wrong in [
            "",
            "/etc",
            "/nix/store/",
            "/nix/store/../etc",
            "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-",
            "/nix/store/short-name",
            &format!("{PATH}/bin"),
            &format!("{PATH} --option"),
        ] {
            assert_eq!(store_path(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_there_by_its_content_is_told_in_every_form() {
        let name = PATH.rsplit('/').next().unwrap();
        let forms = |ca: &str| {
            [
                format!(r#"[{{"path": "{PATH}", "narHash": "sha256-x", "ca": {ca}}}]"#),
                format!(r#"{{"{PATH}": {{"narHash": "sha256-x", "ca": {ca}}}}}"#),
                format!(r#"{{"version": 2, "info": {{"{name}": {{"narHash": "sha256-x", "ca": {ca}}}}}}}"#),
            ]
        };
        for form in forms("null").iter().chain(&forms(r#""""#)) {
            assert_eq!(by_content(form, PATH), Ok(false), "{form}");
        }
        for form in forms(r#""fixed:r:sha256:1""#).iter().chain(&forms(r#"{"method": "nar"}"#)) {
            assert_eq!(by_content(form, PATH), Ok(true), "{form}");
        }
        assert_eq!(by_content(&format!(r#"{{"{PATH}": {{"narHash": "x"}}}}"#), PATH), Ok(false));
        for silent in
            ["", "{}", "[]", "null", &format!(r#"{{"{PATH}": null}}"#), r#"{"other": {"narHash": "x"}}"#]
        {
            assert!(by_content(silent, PATH).is_err(), "{silent}");
        }
    }
}
