//! The rows of `cargo xtask ci` that need no Nix.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::ci::{Check, Outcome, When};
use crate::nix::{bad_input, dead_code, fingerprint, libraries, lock, manifests, seeds, units};
use crate::workspace::Workspace;

/// The rows, in the order in which they are worth reading.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        name: "nix",
        proves: "every Nix file parses, is formatted and declares nothing that it does not use",
        when: When::Always,
        run: |workspace| files(workspace.root()).into(),
    },
    Check {
        name: "lock",
        proves: "flake.lock names every input of flake.nix and nothing else; Nix builds with the libraries that Debian has",
        when: When::Always,
        run: |workspace| {
            lock::check(workspace.root()).and_then(|()| libraries::check(workspace.root())).into()
        },
    },
    Check {
        name: "manifests",
        proves: "the manifests belong to these sources and show no failed assertion and no warning",
        when: When::Always,
        run: |workspace| evaluated(workspace.root()).into(),
    },
    Check {
        name: "seeds",
        proves: "each promise of the seed documents holds in a manifest, or differs for a written reason",
        when: When::Always,
        run: |workspace| seeds::check(workspace.root()).into(),
    },
    Check {
        name: "units",
        proves: "systemd accepts our units and finds them hardened",
        when: When::Always,
        run: units,
    },
];

fn units(workspace: &Workspace) -> Outcome {
    units::check(workspace)
}

fn evaluated(root: &Path) -> Result<()> {
    manifests::check(root)?;
    bad_input::check(root)
}

/// Parses, formats and lints every Nix file; the error lists all that is wrong.
fn files(root: &Path) -> Result<()> {
    let mut wrong = Vec::new();
    let files = nix_files(root)?;
    for file in &files {
        let text = std::fs::read_to_string(root.join(file))
            .with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.display();
        match nixfmt_rs::format(&text) {
            Err(error) => wrong.push(nixfmt_rs::format_error(&text, file.to_str(), &error)),
            Ok(formatted) if formatted != text => {
                wrong.push(format!("{name}: not formatted; run nixfmt on it"))
            }
            Ok(_) => {}
        }
        wrong.extend(dead_code::unused(&text).into_iter().map(|unused| format!("{name}:{unused}")));
    }
    println!("nix: {} files", files.len());
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}

fn nix_files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files =
        fingerprint::files(root, &[".", "templates", "lib", "modules", "hosts", "pkgs", "checks"])?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "nix"));
    Ok(files)
}
