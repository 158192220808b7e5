//! The machine's root folder: Debian, with the units, accounts and files that the flake generates for a pedal.

mod accounts;
mod board;
mod guest;
mod units;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::base::Kernel;
use crate::nix::tmpfiles;
use crate::process;
use crate::workspace::Workspace;

/// The manifest whose units are tried: a pedal with every service.
pub(crate) const MANIFEST: &str = "checks/manifests/scenarios/every-service.json";

/// Modules of the kernel that the machine needs once its root is mounted.
const MODULES: &[&str] = &[
    "snd-aloop",
    "snd-seq",
    "snd-hda-intel",
    "snd-hda-codec-generic",
    "mac80211_hwsim",
    "vfat",
    "nls_cp437",
    "nls_ascii",
    "nls_iso8859-1",
    "loop",
    "configfs",
    "autofs4",
    "rfkill",
    "ccm",
    "cmac",
    "nf_tables",
    "nft_ct",
    "nft_chain_nat",
    "nft_masq",
    "nft_reject_inet",
];

/// What is in the root.
pub(super) struct Root {
    /// The folder.
    pub(super) folder: PathBuf,
    /// Units of ours in it.
    pub(super) units: Vec<String>,
    /// Units of ours that are not, and why.
    pub(super) missing: Vec<String>,
    /// What the pedal's kernel is told about its processors.
    pub(super) words: String,
}

/// Words of a generated command line that give processors to the sound. The others belong to the device: its console, its disk.
const PROCESSORS: [&str; 4] = ["isolcpus=", "irqaffinity=", "rcu_nocbs=", "nohz_full="];

/// Those words in a manifest, each behind a space.
fn processors(manifest: &Value) -> String {
    let all = manifest["kernel"]["params"].as_array().into_iter().flatten().filter_map(Value::as_str);
    all.filter(|word| PROCESSORS.iter().any(|name| word.starts_with(name)))
        .map(|word| format!(" {word}"))
        .collect()
}

/// Makes the folder anew. `programs` are the names and paths of our programs.
pub(super) fn make(
    workspace: &Workspace,
    debian: &Path,
    kernel: &Kernel,
    manifest: &Path,
    programs: &[(String, PathBuf)],
) -> Result<Root> {
    let folder = workspace.scratch("vm")?.join("root");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("cannot remove the last root folder")?;
    }
    fs::create_dir_all(&folder).context("cannot make the root folder")?;
    process::run(Command::new("tar").arg("-xf").arg(debian).arg("-C").arg(&folder))?;
    let text = fs::read_to_string(manifest).context("cannot read the manifest")?;
    let manifest: Value = serde_json::from_str(&text).context("the manifest is not JSON")?;
    let mut builder = Builder { workspace, root: &folder, manifest: &manifest, programs };
    builder.kernel(kernel)?;
    builder.accounts()?;
    builder.files()?;
    let (units, missing) = builder.units()?;
    builder.guest()?;
    Ok(Root { words: processors(&manifest), folder, units, missing })
}

struct Builder<'a> {
    workspace: &'a Workspace,
    root: &'a Path,
    manifest: &'a Value,
    programs: &'a [(String, PathBuf)],
}

impl Builder<'_> {
    fn put(&self, path: &str, text: &[u8], mode: u32) -> Result<()> {
        let file = self.root.join(path.trim_start_matches('/'));
        let parent = file.parent().context("a file is in a folder")?;
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).context("cannot set permissions")
    }

    fn link(&self, target: &str, path: &str) -> Result<()> {
        let file = self.root.join(path.trim_start_matches('/'));
        fs::create_dir_all(file.parent().context("a link is in a folder")?)
            .context("cannot make a folder")?;
        symlink(target, &file).with_context(|| format!("cannot link {path}"))
    }

    fn kernel(&self, kernel: &Kernel) -> Result<()> {
        let folder = format!("usr/lib/modules/{}", kernel.release);
        for file in kernel.modules(MODULES)? {
            let bytes = fs::read(kernel.folder.join(&file))
                .with_context(|| format!("cannot read {}", file.display()))?;
            self.put(&format!("usr/{}", file.display()), &bytes, 0o644)?;
        }
        for name in ["modules.order", "modules.builtin", "modules.builtin.modinfo"] {
            let bytes =
                fs::read(kernel.folder.join(&folder).join(name)).context("cannot read a list of modules")?;
            self.put(&format!("{folder}/{name}"), &bytes, 0o644)?;
        }
        process::run(Command::new("depmod").arg("-b").arg(self.root).arg(&kernel.release))?;
        // The loop card has the name of the pedal's codec, so that the generated command line of JACK fits.
        self.put(
            "etc/modprobe.d/vm.conf",
            b"options snd-aloop id=IQaudIOCODEC index=0\noptions snd-hda-intel index=1\n",
            0o644,
        )?;
        // Loaded by the initial RAM disk: the test's own, and what a Raspberry Pi's kernel has built in (FAT and its tables). The
        // emulated HDA card is found by udev, as a card on a bus is.
        self.put("etc/vm-modules", b"snd-aloop snd-seq mac80211_hwsim vfat nls_cp437 nls_ascii\n", 0o644)
    }

    fn files(&self) -> Result<()> {
        let jack =
            self.manifest["etc"]["default/jack"].as_str().context("the manifest has no /etc/default/jack")?;
        self.put("etc/default/jack", jack.as_bytes(), 0o644)?;
        let script = self.script("modules/pedal/jackdrc.sh")?;
        self.put("etc/jackdrc", &script, 0o755)?;
        let folders =
            self.manifest["services"]["tmpfiles"].as_object().context("the manifest has no tmpfiles")?;
        let rules = tmpfiles::lines(folders, str::to_owned);
        self.put("etc/tmpfiles.d/20-archibald-pedal.conf", rules.as_bytes(), 0o644)?;
        let fstab =
            "LABEL=root / ext4 rw,noatime 0 0\nLABEL=FIRMWARE /boot/firmware vfat rw,noauto,nofail 0 0\n";
        // Where the generated units look for it.
        self.link("../sbin/nft", "usr/bin/nft")?;
        self.put("etc/fstab", fstab.as_bytes(), 0o644)?;
        self.put("etc/hostname", b"pistomp\n", 0o644)?;
        self.put("etc/hosts", b"127.0.0.1\tlocalhost\n127.0.1.1\tpistomp\n", 0o644)?;
        self.put("etc/machine-id", b"", 0o444)?;
        fs::create_dir_all(self.root.join("boot/firmware")).context("cannot make the mount point")
    }

    /// A script as nixpkgs wraps it.
    fn script(&self, source: &str) -> Result<Vec<u8>> {
        let text = fs::read_to_string(self.workspace.root().join(source))
            .with_context(|| format!("cannot read {source}"))?;
        Ok(format!("#!/bin/bash\nset -o errexit -o nounset -o pipefail\n{text}").into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_is_told_which_processors_belong_to_the_sound_and_nothing_of_the_device() {
        let manifest = serde_json::json!({ "kernel": { "params": [
            "console=tty1", "irqaffinity=0-1", "isolcpus=managed_irq,domain,2-3", "root=fstab", "rcu_nocbs=2-3"
        ] } });
        assert_eq!(processors(&manifest), " irqaffinity=0-1 isolcpus=managed_irq,domain,2-3 rcu_nocbs=2-3");
        assert_eq!(processors(&Value::Null), "");
    }
}
