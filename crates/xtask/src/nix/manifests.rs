//! The committed manifests: one for each variant, made from the sources that are there, and without complaints.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::nix::fingerprint;

/// The variants: the folders of `hosts`, sorted.
pub(super) fn variants(root: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root.join("hosts")).context("cannot list hosts")? {
        let entry = entry.context("cannot list hosts")?;
        if entry.path().join("default.nix").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The variants with options set otherwise: the files of checks/eval/scenarios, sorted.
pub(super) fn scenarios(root: &Path) -> Result<Vec<String>> {
    fingerprint::names(&root.join("checks/eval/scenarios"), ".nix")
}

/// The manifests that describe a machine: of the variants, then of the scenarios.
pub(super) fn machines(root: &Path) -> Result<Vec<String>> {
    let mut names = variants(root)?;
    names.extend(scenarios(root)?.into_iter().map(|name| format!("scenarios/{name}")));
    Ok(names)
}

/// Reads checks/manifests/`name`.json.
pub(super) fn read(root: &Path, name: &str) -> Result<Value> {
    let file = format!("checks/manifests/{name}.json");
    let text = fs::read_to_string(root.join(&file)).with_context(|| format!("cannot read {file}"))?;
    serde_json::from_str(&text).with_context(|| format!("{file} is not JSON"))
}

/// The failed assertions and the warnings of a manifest.
pub(super) fn problems(manifest: &Value) -> Vec<String> {
    let list = |key: &str| manifest[key].as_array().cloned().unwrap_or_default();
    let failed = list("assertions").into_iter().map(|text| format!("failed assertion: {text}"));
    let warned = list("warnings").into_iter().map(|text| format!("warning: {text}"));
    failed.chain(warned).collect()
}

/// Every variant has a manifest of these very sources, every manifest a variant, and none complains.
pub(super) fn check(root: &Path) -> Result<()> {
    let sources = fingerprint::of_sources(root)?;
    let variants = variants(root)?;
    let machines = machines(root)?;
    let mut wrong = Vec::new();
    for variant in &machines {
        let manifest = match read(root, variant) {
            Ok(manifest) => manifest,
            Err(error) => {
                wrong.push(format!("{error:#}"));
                continue;
            }
        };
        if manifest["evaluation"]["sources"].as_str() != Some(&sources) {
            wrong.push(format!("{variant}: the sources have changed since its manifest was made"));
        }
        wrong.extend(problems(&manifest).into_iter().map(|problem| format!("{variant}: {problem}")));
    }
    if read(root, "evaluation")?["sources"].as_str() != Some(&sources) {
        wrong.push("the sources have changed since the last whole evaluation".to_owned());
    }
    for name in leftover(root, &variants)? {
        wrong.push(format!("checks/manifests/{name}.json belongs to no variant"));
    }
    if !wrong.is_empty() {
        bail!(
            "{}\nrun `cargo xtask eval --nixpkgs TREE`; see docs/reference/evaluation.md",
            wrong.join("\n")
        );
    }
    println!("manifests: {} variants, {} scenarios", variants.len(), machines.len() - variants.len());
    Ok(())
}

/// Manifests that neither belong to a variant nor to the evaluation as a whole.
fn leftover(root: &Path, variants: &[String]) -> Result<Vec<String>> {
    let mut names = fingerprint::names(&root.join("checks/manifests"), ".json")?;
    let general = ["bad-input", "evaluation", "outputs"];
    names.retain(|name| !variants.contains(name) && !general.contains(&name.as_str()));
    let scenarios = scenarios(root)?;
    let recorded = fingerprint::names(&root.join("checks/manifests/scenarios"), ".json")?;
    names.extend(
        recorded.into_iter().filter(|name| !scenarios.contains(name)).map(|name| format!("scenarios/{name}")),
    );
    Ok(names)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn repository() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("flake.nix", "{ }");
        write("flake.lock", "{ }");
        write("hosts/pi4/default.nix", "{ }");
        let stamp = fingerprint::of_sources(folder.path()).unwrap();
        let manifest = json!({ "assertions": [], "warnings": [], "evaluation": { "sources": stamp } });
        write("checks/manifests/pi4.json", &manifest.to_string());
        write("checks/manifests/evaluation.json", &json!({ "sources": stamp }).to_string());
        folder
    }

    fn complaint(folder: &tempfile::TempDir) -> String {
        check(folder.path()).expect_err("something is wrong here").to_string()
    }

    #[test]
    fn manifests_of_these_sources_pass() {
        check(repository().path()).unwrap();
    }

    #[test]
    fn a_changed_source_makes_them_stale() {
        let folder = repository();
        fs::write(folder.path().join("hosts/pi4/default.nix"), "{ }\n").unwrap();
        assert!(complaint(&folder).contains("pi4: the sources have changed"));
    }

    #[test]
    fn a_missing_and_a_leftover_manifest_are_named() {
        let folder = repository();
        fs::rename(
            folder.path().join("checks/manifests/pi4.json"),
            folder.path().join("checks/manifests/pi9.json"),
        )
        .unwrap();
        let complaint = complaint(&folder);
        assert!(complaint.contains("cannot read checks/manifests/pi4.json"), "{complaint}");
        assert!(complaint.contains("pi9.json belongs to no variant"), "{complaint}");
    }

    #[test]
    fn warnings_and_failed_assertions_count() {
        let manifest = json!({ "assertions": ["no key"], "warnings": ["renamed"] });
        assert_eq!(problems(&manifest), ["failed assertion: \"no key\"", "warning: \"renamed\""]);
    }
}
