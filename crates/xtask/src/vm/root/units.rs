//! The generated units, and the store that they name.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::Builder;
use crate::process;
use crate::vm::store::{self, Behind};

/// Units of ours that are installed, if what they start exists here.
const UNITS: &[&str] = &[
    "jack.service",
    "archibald-jack-again.service",
    "mod-host.service",
    "mod-ui.service",
    "archibald-dry-through.service",
    "archibald-first-sound.target",
    "archibald-provision.service",
    "archibald-provision-audio.service",
    "archibald-sound-interrupts.service",
    "wifi-hotspot.service",
    "wifi-check.service",
    "archibald-stage.service",
    "archibald-update-judge.service",
    "mod-amidithru.service",
    "systemd-udev-trigger.service",
    "audio.slice",
    "system.slice",
    "user.slice",
];

impl Builder<'_> {
    /// Puts them into the root with what they name; returns those that are in, and those that are not with the reason.
    pub(super) fn units(&mut self) -> Result<(Vec<String>, Vec<String>)> {
        let (mut installed, mut missing) = (Vec::new(), Vec::new());
        let mut needed = BTreeSet::new();
        for name in UNITS {
            let Some(text) = self.manifest["units"]["system"][name].as_str() else {
                missing.push(format!("{name}: not in the manifest"));
                continue;
            };
            let folders = store::folders(text);
            let mut absent = None;
            for folder in &folders {
                match store::behind(folder) {
                    None => bail!(
                        "{name} names /nix/store/{folder}, which nobody knows here: add it to vm/store.rs"
                    ),
                    Some(Behind::Program(program))
                        if !self.programs.iter().any(|(name, _)| *name == program) =>
                    {
                        absent = Some(format!("{name}: there is no {program} in the workspace yet"));
                    }
                    Some(_) => {}
                }
            }
            if let Some(absent) = absent {
                missing.push(absent);
                continue;
            }
            // What changes a unit of systemd's own is laid beside that unit, as NixOS does it.
            let whole = format!("etc/systemd/system/{name}");
            let beside = self.root.join("usr/lib/systemd/system").join(name).exists();
            let path = if beside { format!("{whole}.d/overrides.conf") } else { whole };
            self.put(&path, text.as_bytes(), 0o644)?;
            for target in
                text.lines().filter_map(|line| line.strip_prefix("WantedBy=")).flat_map(str::split_whitespace)
            {
                self.link(&format!("../{name}"), &format!("etc/systemd/system/{target}.wants/{name}"))?;
            }
            needed.extend(folders);
            installed.push((*name).to_owned());
        }
        for (alias, unit) in self.manifest["units"]["aliases"].as_object().into_iter().flatten() {
            if unit.as_str().is_some_and(|unit| installed.iter().any(|name| name == unit)) {
                self.link(unit.as_str().unwrap_or_default(), &format!("etc/systemd/system/{alias}"))?;
            }
        }
        for folder in &needed {
            let path = format!("nix/store/{folder}");
            match store::behind(folder).context("it was known before")? {
                Behind::Usr => self.link("/usr", &path)?,
                Behind::Nothing => {}
                Behind::Script(name, source) => {
                    let script = self.script(source)?;
                    self.put(&format!("{path}/bin/{name}"), &script, 0o755)?;
                }
                Behind::File(source) => {
                    let text = fs::read_to_string(self.workspace.root().join(source))
                        .with_context(|| format!("cannot read {source}"))?;
                    let text = text.replace("@INTERFACE@", "wlan0").replace("@NETWORK@", "10.42.0.0/24");
                    self.put(&path, text.as_bytes(), 0o644)?;
                }
                Behind::Folder(source) => {
                    fs::create_dir_all(self.root.join("nix/store")).context("cannot make the store")?;
                    let target = self.root.join(&path);
                    process::run(
                        Command::new("cp").arg("-r").arg(self.workspace.root().join(source)).arg(target),
                    )?;
                }
                Behind::Program(name) => {
                    let source = self.programs.iter().find(|(program, _)| *program == name);
                    let (_, source) = source.context("it was found before")?;
                    let target = self.root.join(&path).join("bin");
                    fs::create_dir_all(&target).context("cannot make a folder of the store")?;
                    process::run(Command::new("strip").arg("-o").arg(target.join(&name)).arg(source))?;
                }
            }
        }
        ensure!(
            installed.iter().any(|name| name == "mod-host.service"),
            "the engine's unit is not installed"
        );
        Ok((installed, missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::MANIFEST;
    use serde_json::Value;
    use std::path::Path;

    #[test]
    fn everything_that_the_generated_units_name_is_known() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let text = fs::read_to_string(root.join(MANIFEST)).unwrap();
        let manifest: Value = serde_json::from_str(&text).unwrap();
        let mut seen = 0;
        for name in UNITS {
            let Some(unit) = manifest["units"]["system"][name].as_str() else { continue };
            for folder in store::folders(unit) {
                seen += 1;
                let behind = store::behind(&folder);
                assert!(behind.is_some(), "{name} names /nix/store/{folder}: add it to vm/store.rs");
                if let Some(Behind::Script(_, source) | Behind::File(source) | Behind::Folder(source)) =
                    behind
                {
                    assert!(root.join(source).exists(), "{name} needs {source}");
                }
            }
        }
        assert!(seen > 50, "only {seen} folders of the store are named");
    }
}
