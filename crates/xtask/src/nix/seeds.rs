//! The promises of the seed documents against what the variants are: one row per promise in checks/seeds.json.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::nix::manifests;

/// One promise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// Seed document, "000" to "004".
    seed: String,
    /// Heading in it.
    section: String,
    promise: String,
    /// Name of the manifest that shows it; or `file`, a file of the repository.
    manifest: Option<String>,
    file: Option<String>,
    /// JSON pointer into the manifest.
    pointer: Option<String>,
    /// The value there is this.
    is: Option<Value>,
    /// The list, text or set of fields there has this.
    has: Option<Value>,
    /// It does not have this.
    lacks: Option<Value>,
    /// We do it differently; the heading in docs/reference/differences.md that says why.
    differs: Option<String>,
}

/// Checks every row and prints them all; the error lists those that do not hold.
pub(super) fn check(root: &Path) -> Result<()> {
    let text = fs::read_to_string(root.join("checks/seeds.json")).context("cannot read checks/seeds.json")?;
    let rows: Vec<Row> = serde_json::from_str(&text).context("checks/seeds.json")?;
    let differences = fs::read_to_string(root.join("docs/reference/differences.md"))
        .context("cannot read docs/reference/differences.md")?;
    let mut wrong = Vec::new();
    let mut different = 0;
    for row in &rows {
        let label = format!("{} {}: {}", row.seed, row.section, row.promise);
        match holds(root, row, &differences) {
            Ok(()) if row.differs.is_some() => {
                different += 1;
                println!("differs  {label}");
            }
            Ok(()) => println!("holds    {label}"),
            Err(error) => wrong.push(format!("{label}: {error:#}")),
        }
    }
    println!(
        "seeds: {} rows, {} hold as written, {different} differ with a reason",
        rows.len(),
        rows.len() - different - wrong.len()
    );
    let mut labels: Vec<_> = rows.iter().map(|row| (&row.seed, &row.section, &row.promise)).collect();
    labels.sort();
    wrong.extend(
        labels.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| format!("twice: {}", pair[0].2)),
    );
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}

fn holds(root: &Path, row: &Row, differences: &str) -> Result<()> {
    if let Some(heading) = &row.differs
        && !differences.lines().any(|line| line.trim_start_matches('#').trim() == heading)
    {
        bail!("docs/reference/differences.md has no heading {heading:?}");
    }
    let found = match (&row.manifest, &row.file) {
        (Some(manifest), None) => {
            let pointer = row.pointer.as_deref().context("a row with a manifest needs a pointer")?;
            let manifest = manifests::read(root, manifest)?;
            manifest.pointer(pointer).with_context(|| format!("nothing at {pointer}"))?.clone()
        }
        (None, Some(file)) => {
            Value::from(fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"))?)
        }
        _ => bail!("a row names either a manifest or a file"),
    };
    compare(&found, row)
}

fn compare(found: &Value, row: &Row) -> Result<()> {
    if row.is.is_none() && row.has.is_none() && row.lacks.is_none() {
        bail!("a row says what is expected: is, has or lacks");
    }
    if let Some(expected) = &row.is
        && found != expected
    {
        bail!("is {found}, not {expected}");
    }
    if let Some(part) = &row.has
        && !contains(found, part)
    {
        bail!("has no {part}");
    }
    if let Some(part) = &row.lacks
        && contains(found, part)
    {
        bail!("has {part}");
    }
    Ok(())
}

/// True if the list has the item, the text the words (however they are broken into lines), or the object the field.
fn contains(found: &Value, part: &Value) -> bool {
    match (found, part) {
        (Value::Array(items), _) => items.contains(part),
        (Value::String(text), Value::String(words)) => text.contains(words.as_str()),
        (Value::Object(fields), Value::String(name)) => fields.contains_key(name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(expected: Value) -> Row {
        let mut row =
            json!({ "seed": "003", "section": "2.1", "promise": "p", "manifest": "m", "pointer": "/a" });
        for (key, value) in expected.as_object().unwrap() {
            row[key] = value.clone();
        }
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn values_parts_and_absences_are_told_apart() {
        let ok = |found: Value, expected: Value| compare(&found, &row(expected)).is_ok();
        assert!(ok(json!("UTC"), json!({ "is": "UTC" })));
        assert!(!ok(json!("UTC"), json!({ "is": "utc" })));
        assert!(ok(json!(["a", "b"]), json!({ "has": "b" })));
        assert!(!ok(json!(["ab"]), json!({ "has": "b" })));
        assert!(ok(json!("ab"), json!({ "has": "b" })));
        assert!(ok(json!({ "a": null }), json!({ "has": "a", "lacks": "b" })));
        assert!(!ok(json!(["a"]), json!({ "lacks": "a" })));
        assert!(!ok(json!(1), json!({})), "a row that expects nothing proves nothing");
    }

    #[test]
    fn a_difference_needs_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("checks/manifests")).unwrap();
        fs::write(folder.path().join("checks/manifests/m.json"), r#"{ "a": 1 }"#).unwrap();
        let differing = row(json!({ "is": 1, "differs": "One display manager" }));
        assert!(holds(folder.path(), &differing, "# Differences\n## One display manager\nBecause.").is_ok());
        assert!(holds(folder.path(), &differing, "# Differences\n").is_err());
        assert!(holds(folder.path(), &row(json!({ "is": 1, "pointer": "/b" })), "").is_err());
    }
}
