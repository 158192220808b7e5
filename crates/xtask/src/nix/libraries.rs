//! The C libraries of the workspace have two lists: Debian's packages in `packages.rs` and nixpkgs' in `pkgs/workspace.nix`. Nobody
//! builds the second one every day, so they are compared.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::packages;

const FILE: &str = "pkgs/workspace.nix";

/// Debian's package → nixpkgs' attribute; none where nixpkgs' standard environment or another of the list brings it.
const NAMES: &[(&str, Option<&str>)] = &[
    ("gcc", None),
    ("libc6-dev", None),
    ("pkg-config", Some("pkg-config")),
    ("liblilv-dev", Some("lilv")),
    ("lv2-dev", None),
    ("libasound2-dev", Some("alsa-lib")),
    ("libjack-jackd2-dev", Some("libjack2")),
];

/// Every package that Debian needs to build the workspace is there for Nix too.
pub(super) fn check(root: &Path) -> Result<()> {
    let text = fs::read_to_string(root.join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
    let wrong = compare(packages::BUILD, &text);
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}

fn compare(build: &[&str], workspace: &str) -> Vec<String> {
    let lines: Vec<&str> = workspace
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .flat_map(|line| line.trim_start_matches("nativeBuildInputs = [").split_whitespace())
        .collect();
    let mut wrong = Vec::new();
    for package in build {
        match NAMES.iter().find(|(debian, _)| debian == package) {
            None => wrong.push(format!("{package}: say in nix/libraries.rs what it is in nixpkgs")),
            Some((_, Some(attribute))) if !lines.contains(attribute) => {
                wrong.push(format!("{FILE}: {attribute} is missing; Debian's builds have {package}"));
            }
            Some(_) => {}
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_only_debian_has_is_named() {
        let complete = "  nativeBuildInputs = [ pkg-config ];\n  buildInputs = [\n    alsa-lib\n    libjack2 # loaded\n    lilv\n  ];\n";
        assert_eq!(compare(packages::BUILD, complete), Vec::<String>::new());
        let wrong =
            compare(packages::BUILD, &complete.replace("    libjack2 # loaded\n", "    # libjack2\n"));
        assert_eq!(
            wrong,
            ["pkgs/workspace.nix: libjack2 is missing; Debian's builds have libjack-jackd2-dev"]
        );
        assert_eq!(compare(&["libnew-dev"], complete).len(), 1);
    }
}
