//! flake.lock against flake.nix, without Nix: every input is pinned by commit and hash, every `follows` is resolved, and
//! nothing is pinned that nobody asked for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use rnix::Root;
use rnix::ast::{self, HasEntry};
use rowan::ast::AstNode;
use serde_json::Value;

/// Checks the two files in `root`; the error lists all that is wrong.
pub(super) fn check(root: &Path) -> Result<()> {
    let read =
        |name: &str| fs::read_to_string(root.join(name)).with_context(|| format!("cannot read {name}"));
    let lock: Value = serde_json::from_str(&read("flake.lock")?).context("flake.lock is not JSON")?;
    let wrong = compare(&inputs(&read("flake.nix")?)?, &lock);
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}

/// An input of flake.nix: its name, its address, and which of its own inputs follow which of ours.
#[derive(Debug, PartialEq)]
struct Input {
    name: String,
    url: String,
    follows: Vec<(String, String)>,
}

/// Reads `inputs` of a flake. Addresses must be written out, which is all that Nix allows there anyway.
fn inputs(text: &str) -> Result<Vec<Input>> {
    let parsed = Root::parse(text);
    let root = parsed.ok().context("flake.nix does not parse")?;
    let Some(ast::Expr::AttrSet(flake)) = root.expr() else { bail!("flake.nix is not an attribute set") };
    let mut leaves = Vec::new();
    flatten(&flake, &[], &mut leaves);
    let mut found: Vec<Input> = Vec::new();
    for (path, value) in leaves {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let ["inputs", name, rest @ ..] = path.as_slice() else { continue };
        let index = found.iter().position(|input| input.name == *name).unwrap_or_else(|| {
            found.push(Input { name: (*name).to_owned(), url: String::new(), follows: Vec::new() });
            found.len() - 1
        });
        match rest {
            ["url"] => found[index].url = value,
            ["inputs", inner, "follows"] => found[index].follows.push(((*inner).to_owned(), value)),
            _ => {}
        }
    }
    Ok(found)
}

/// The leaves of nested attribute sets: path and text, quotes removed.
fn flatten(set: &ast::AttrSet, prefix: &[String], leaves: &mut Vec<(Vec<String>, String)>) {
    for entry in set.attrpath_values() {
        let Some(attributes) = entry.attrpath() else { continue };
        let mut path = prefix.to_vec();
        path.extend(attributes.attrs().map(|name| name.to_string().trim_matches('"').to_owned()));
        match entry.value() {
            Some(ast::Expr::AttrSet(inner)) => flatten(&inner, &path, leaves),
            Some(value) => leaves.push((path, value.syntax().to_string().trim_matches('"').to_owned())),
            None => {}
        }
    }
}

fn compare(inputs: &[Input], lock: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let nodes = &lock["nodes"];
    let root = &nodes[lock["root"].as_str().unwrap_or("root")]["inputs"];
    let asked: BTreeSet<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    for name in root.as_object().into_iter().flatten().map(|(name, _)| name.as_str()) {
        if !asked.contains(name) {
            wrong.push(format!("flake.lock: {name} is pinned, but flake.nix does not ask for it"));
        }
    }
    for input in inputs {
        let name = &input.name;
        let Some(node) = root[name].as_str().map(|node| &nodes[node]) else {
            wrong.push(format!("flake.lock: {name} is missing; run `nix flake lock`"));
            continue;
        };
        wrong.extend(pin(name, node));
        let original = &node["original"];
        let text = |key: &str| original[key].as_str().unwrap_or_default();
        let mut url = format!("{}:{}/{}", text("type"), text("owner"), text("repo"));
        if !text("ref").is_empty() {
            url = format!("{url}/{}", text("ref"));
        }
        if url != input.url {
            wrong.push(format!("flake.lock: {name} was locked from {url}, flake.nix says {}", input.url));
        }
        for (inner, target) in &input.follows {
            let path: Vec<&str> =
                node["inputs"][inner].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            if path.join("/") != *target {
                wrong.push(format!("flake.lock: {name}'s {inner} does not follow {target}"));
            }
        }
    }
    wrong
}

/// What a locked node must have to be reproducible.
fn pin(name: &str, node: &Value) -> Vec<String> {
    let locked = &node["locked"];
    let mut wrong = Vec::new();
    let text = |key: &str| locked[key].as_str().unwrap_or_default();
    if text("rev").len() != 40 || !text("rev").chars().all(|digit| digit.is_ascii_hexdigit()) {
        wrong.push(format!("flake.lock: {name} has no commit"));
    }
    if text("narHash").len() != 51 || !text("narHash").starts_with("sha256-") {
        wrong.push(format!("flake.lock: {name} has no SHA-256 of its contents"));
    }
    if locked["lastModified"].as_u64().is_none() {
        wrong.push(format!("flake.lock: {name} has no date"));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FLAKE: &str = r#"{
      inputs = {
        nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
        musnix = {
          url = "github:musnix/musnix";
          inputs.nixpkgs.follows = "nixpkgs";
        };
      };
      outputs = inputs: { };
    }"#;

    fn lock() -> Value {
        let locked = |rev: char| {
            json!({
                "rev": rev.to_string().repeat(40),
                "narHash": "sha256-wWFrV5/Qbm+lyt5x20E/bSbfJiGKMo4RCxZV8cl/WZI=",
                "lastModified": 1,
            })
        };
        json!({
            "nodes": {
                "nixpkgs": {
                    "locked": locked('a'),
                    "original": { "type": "github", "owner": "NixOS", "repo": "nixpkgs", "ref": "nixos-unstable" },
                },
                "musnix": {
                    "inputs": { "nixpkgs": ["nixpkgs"] },
                    "locked": locked('b'),
                    "original": { "type": "github", "owner": "musnix", "repo": "musnix" },
                },
                "root": { "inputs": { "nixpkgs": "nixpkgs", "musnix": "musnix" } },
            },
            "root": "root",
        })
    }

    #[test]
    fn a_complete_lock_passes() {
        let inputs = inputs(FLAKE).unwrap();
        assert_eq!(inputs[1].follows, [("nixpkgs".to_owned(), "nixpkgs".to_owned())]);
        assert_eq!(compare(&inputs, &lock()), Vec::<String>::new());
    }

    #[test]
    fn each_kind_of_gap_is_named() {
        let inputs = inputs(FLAKE).unwrap();
        let broken = |pointer: &str, value: Value| {
            let mut lock = lock();
            *lock.pointer_mut(pointer).unwrap() = value;
            compare(&inputs, &lock).join("; ")
        };
        assert!(broken("/nodes/musnix/locked/narHash", json!("sha256-")).contains("musnix has no SHA-256"));
        assert!(broken("/nodes/musnix/locked/rev", json!("main")).contains("musnix has no commit"));
        assert!(
            broken("/nodes/musnix/inputs/nixpkgs", json!("nixpkgs_2")).contains("does not follow nixpkgs")
        );
        assert!(broken("/nodes/root/inputs", json!({ "nixpkgs": "nixpkgs" })).contains("musnix is missing"));
        assert!(
            broken("/nodes/root/inputs", json!({ "nixpkgs": "nixpkgs", "musnix": "musnix", "x": "musnix" }))
                .contains("x is pinned")
        );
        assert!(broken("/nodes/nixpkgs/original/ref", json!("nixos-26.05")).contains("was locked from"));
    }
}
