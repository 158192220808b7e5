//! The option reference, from what the modules declare.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Declared {
    name: String,
    description: String,
    #[serde(rename = "type")]
    kind: String,
    default: Option<String>,
    example: Option<String>,
    #[serde(default)]
    read_only: bool,
    file: String,
}

/// The page docs/reference/options.md from the list that checks/eval/options.nix prints.
pub(super) fn page(list: &Value) -> Result<String> {
    let mut options: Vec<Declared> =
        serde_json::from_value(list.clone()).context("an option lacks a field")?;
    options.sort_by(|one, other| one.name.cmp(&other.name));
    let mut page = String::from(
        "# Options\n\nEvery option of our modules, made from their declarations by `cargo xtask eval`. Import \
         `nixosModules.default`, or the\nmodule of one area; nothing changes before an option is set.\n",
    );
    let mut area = "";
    for option in &options {
        let parts: Vec<&str> = option.name.split('.').collect();
        let this =
            if parts[0] == "archibald" { parts.get(1).copied().unwrap_or_default() } else { "services" };
        if this != area {
            page.push_str(&format!("\n## {this}\n"));
            area = this;
        }
        page.push_str(&entry(option));
    }
    Ok(page)
}

fn entry(option: &Declared) -> String {
    let mut text = format!("\n### `{}`\n\n{}\n\n", option.name, option.description.trim());
    text.push_str(&format!("* Type: {}\n", kind(&option.kind)));
    for (word, value) in [("Default", &option.default), ("Example", &option.example)] {
        if let Some(value) = value {
            text.push_str(&format!("* {word}: {}\n", shown(value)));
        }
    }
    if option.read_only {
        text.push_str("* Read-only: computed from other options\n");
    }
    text.push_str(&format!("* Declared in `{}`\n", option.file));
    text
}

/// A type in Markdown: a pattern as code, since brackets and parentheses would make a link of it.
fn kind(kind: &str) -> String {
    const BEFORE: &str = "matching the pattern ";
    match kind.split_once(BEFORE) {
        Some((words, pattern)) => format!("{words}{BEFORE}`{pattern}`"),
        None => kind.to_owned(),
    }
}

/// A value in Markdown: a line as code, several lines as a block that belongs to the list item.
fn shown(value: &str) -> String {
    let value = value.trim_end();
    if !value.contains('\n') {
        return if value.contains('`') { value.to_owned() } else { format!("`{value}`") };
    }
    let lines: Vec<String> = value.lines().map(|line| format!("  {line}").trim_end().to_owned()).collect();
    format!("\n\n  ```nix\n{}\n  ```\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pattern_is_no_link() {
        assert_eq!(
            kind("null or string matching the pattern [a-z]([0-9])?"),
            "null or string matching the pattern `[a-z]([0-9])?`"
        );
        assert_eq!(kind("boolean"), "boolean");
    }

    #[test]
    fn options_are_sorted_and_grouped_by_area() {
        let list = json!([
            { "name": "archibald.users.x", "description": "Who.", "type": "string", "default": "\"a\"", "example": null, "file": "modules/users/x.nix" },
            { "name": "archibald.audio.y", "description": "What.\n", "type": "list", "default": null, "example": "[\n  1\n]", "read_only": true, "file": "modules/audio/y.nix" },
        ]);
        let page = page(&list).unwrap();
        let body = &page[page.find("\n## ").unwrap()..];
        assert_eq!(
            body,
            "\n## audio\n\n### `archibald.audio.y`\n\nWhat.\n\n* Type: list\n* Example: \n\n  ```nix\n  [\n    1\n  ]\n  ```\n\n\
             * Read-only: computed from other options\n* Declared in `modules/audio/y.nix`\n\
             \n## users\n\n### `archibald.users.x`\n\nWho.\n\n* Type: string\n* Default: `\"a\"`\n* Declared in `modules/users/x.nix`\n"
        );
    }
}
