//! The machine's root folder: Debian, with the units, accounts and files that the flake generates for a pedal.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::base::Kernel;
use super::store::{self, Behind};
use crate::process;
use crate::workspace::Workspace;

/// The manifest whose units are tried: a pedal with every service.
pub(crate) const MANIFEST: &str = "checks/manifests/scenarios/every-service.json";

/// Units of ours that are installed, if what they start exists here.
const UNITS: &[&str] = &[
    "jack.service",
    "mod-host.service",
    "mod-ui.service",
    "archibald-dry-through.service",
    "archibald-provision.service",
    "archibald-provision-audio.service",
    "archibald-sound-interrupts.service",
    "codec-mixer.service",
    "wifi-hotspot.service",
    "wifi-check.service",
    "archibald-stage.service",
    "archibald-update-judge.service",
    "mod-amidithru.service",
    "audio.slice",
    "system.slice",
    "user.slice",
];

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

/// Length of the tone, which is played again and again.
const TONE_SECONDS: u32 = 20;

/// The board of the machine: an amplifier at -6 dB, so that what went through the engine can be told from what did not. Its
/// bypass is on the first footswitch, by the controller that pi-stomp's own configuration sends.
const BOARD: [(&str, &str); 2] = [
    (
        "manifest.ttl",
        "@prefix ingen: <http://drobilla.net/ns/ingen#> .\n@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n\
         @prefix pedal: <http://moddevices.com/ns/modpedal#> .\n\
         @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n\
         <vm.ttl> lv2:prototype ingen:GraphPrototype ; a lv2:Plugin , ingen:Graph , pedal:Pedalboard ; rdfs:seeAlso <vm.ttl> .\n",
    ),
    (
        "vm.ttl",
        "@prefix doap: <http://usefulinc.com/ns/doap#> .\n@prefix ingen: <http://drobilla.net/ns/ingen#> .\n\
         @prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n@prefix pedal: <http://moddevices.com/ns/modpedal#> .\n\
         @prefix midi: <http://lv2plug.in/ns/ext/midi#> .\n\
         _:b1 ingen:tail <capture_1> ; ingen:head <amp/input> .\n\
         _:b2 ingen:tail <amp/output> ; ingen:head <playback_1> .\n\
         <amp> ingen:canvasX 0.0 ; ingen:canvasY 0.0 ; ingen:enabled true ; ingen:polyphonic false ;\n\
         lv2:port <amp/input> , <amp/output> , <amp/gain> , <amp/:bypass> ;\n\
         lv2:prototype <http://plugin.org.uk/swh-plugins/amp> ; pedal:instanceNumber 1 ; a ingen:Block .\n\
         <amp/input> a lv2:AudioPort , lv2:InputPort .\n<amp/output> a lv2:AudioPort , lv2:OutputPort .\n\
         <amp/gain> ingen:value -6.0 ; a lv2:ControlPort , lv2:InputPort .\n\
         <amp/:bypass> ingen:value 0 ; a lv2:ControlPort , lv2:InputPort ;\n\
         midi:binding [ midi:channel 13 ; midi:controllerNumber 60 ; a midi:Controller ] .\n\
         <capture_1> lv2:index 0 ; lv2:name \"Capture 1\" ; lv2:symbol \"capture_1\" ; a lv2:AudioPort , lv2:InputPort .\n\
         <playback_1> lv2:index 1 ; lv2:name \"Playback 1\" ; lv2:symbol \"playback_1\" ; a lv2:AudioPort , lv2:OutputPort .\n\
         <> doap:name \"vm\" ; pedal:width 2000 ; pedal:height 1000 ; pedal:version 1 ; ingen:polyphony 1 ;\n\
         ingen:arc _:b1 , _:b2 ; ingen:block <amp> ; lv2:port <capture_1> , <playback_1> ;\n\
         a lv2:Plugin , ingen:Graph , pedal:Pedalboard .\n",
    ),
];

/// What is in the root.
pub(super) struct Root {
    /// The folder.
    pub(super) folder: PathBuf,
    /// Units of ours in it.
    pub(super) units: Vec<String>,
    /// Units of ours that are not, and why.
    pub(super) missing: Vec<String>,
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
    Ok(Root { folder, units, missing })
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

    /// Groups and users of the manifest, beside Debian's.
    fn accounts(&self) -> Result<()> {
        let read = |path: &str| {
            fs::read_to_string(self.root.join(path)).with_context(|| format!("cannot read {path}"))
        };
        let (mut passwd, mut group, mut shadow) =
            (read("etc/passwd")?, read("etc/group")?, read("etc/shadow")?);
        let accounts =
            self.manifest["users"]["accounts"].as_object().context("the manifest has no accounts")?;
        let groups = self.manifest["users"]["groups"].as_object().context("the manifest has no groups")?;
        let mut number = 900;
        for (name, about) in groups {
            let members = about["members"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let members: Vec<&str> = members.filter(|member| accounts.contains_key(*member)).collect();
            let line = group.lines().find(|line| line.starts_with(&format!("{name}:"))).map(str::to_owned);
            match line {
                Some(line) => group = group.replace(&line, &format!("{}{}", line, members.join(","))),
                None => {
                    number += 1;
                    group.push_str(&format!("{name}:x:{number}:{}\n", members.join(",")));
                }
            }
        }
        let id = |group: &str, name: &str| -> Option<String> {
            let line = group.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":x:"))?;
            Some(line.split(':').next()?.to_owned())
        };
        for (name, about) in accounts.iter().filter(|(name, _)| *name != "root") {
            number += 1;
            let primary = about["group"].as_str().and_then(|primary| id(&group, primary));
            let gid = primary.with_context(|| format!("{name} has no group"))?;
            let (uid, home) = match about["isNormalUser"].as_bool() {
                Some(true) => (1000, about["home"].as_str().unwrap_or("/home/pistomp")),
                _ => (number, "/nonexistent"),
            };
            passwd.push_str(&format!("{name}:x:{uid}:{gid}::{home}:/bin/sh\n"));
            shadow.push_str(&format!("{name}:!:19000:0:99999:7:::\n"));
            if uid == 1000 {
                let home = self.root.join(home.trim_start_matches('/'));
                fs::create_dir_all(&home).context("cannot make the home folder")?;
                fs::set_permissions(&home, fs::Permissions::from_mode(0o750))
                    .context("cannot set permissions")?;
                chown(&home, Some(1000), gid.parse().ok()).context("cannot give the home folder away")?;
            }
        }
        self.put("etc/passwd", passwd.as_bytes(), 0o644)?;
        self.put("etc/group", group.as_bytes(), 0o644)?;
        self.put("etc/shadow", shadow.as_bytes(), 0o640)
    }

    fn files(&self) -> Result<()> {
        let jack =
            self.manifest["etc"]["default/jack"].as_str().context("the manifest has no /etc/default/jack")?;
        self.put("etc/default/jack", jack.as_bytes(), 0o644)?;
        let script = self.script("modules/pedal/jackdrc.sh")?;
        self.put("etc/jackdrc", &script, 0o755)?;
        let mut rules = String::new();
        let folders =
            self.manifest["services"]["tmpfiles"].as_object().context("the manifest has no tmpfiles")?;
        for (path, kinds) in folders.values().filter_map(Value::as_object).flatten() {
            for rule in kinds.as_object().into_iter().flat_map(|kinds| kinds.values()) {
                let field = |key: &str| rule[key].as_str().filter(|text| !text.is_empty()).unwrap_or("-");
                rules.push_str(&format!(
                    "{} {path} {} {} {} {} {}\n",
                    field("type"),
                    field("mode"),
                    field("user"),
                    field("group"),
                    field("age"),
                    field("argument")
                ));
            }
        }
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

    fn units(&mut self) -> Result<(Vec<String>, Vec<String>)> {
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
            self.put(&format!("etc/systemd/system/{name}"), text.as_bytes(), 0o644)?;
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

    /// The test itself: a service that starts with the machine, and the tone.
    fn guest(&self) -> Result<()> {
        self.put("usr/local/bin/vm-guest", include_bytes!("guest.sh"), 0o755)?;
        let unit = "[Unit]\nDescription=The test\n\n\
            [Service]\nExecStart=/usr/local/bin/vm-guest\nStandardOutput=journal\nStandardError=journal\nUMask=0022\n";
        self.put("etc/systemd/system/vm-guest.service", unit.as_bytes(), 0o644)?;
        self.link("../vm-guest.service", "etc/systemd/system/multi-user.target.wants/vm-guest.service")?;
        // The card's other end: two channels, as the pedal's codec has, from before the server starts until the end.
        self.put("usr/local/bin/vm-cable", include_bytes!("cable.sh"), 0o755)?;
        let unit = "[Unit]\nDescription=The cables of the test\nAfter=systemd-modules-load.service\nBefore=jack.service\n\n\
            [Service]\nType=notify\nNotifyAccess=all\nExecStart=/usr/local/bin/vm-cable\nRestart=no\n";
        self.put("etc/systemd/system/vm-cable.service", unit.as_bytes(), 0o644)?;
        self.link("../vm-cable.service", "etc/systemd/system/multi-user.target.wants/vm-cable.service")?;
        // A login prompt would take the serial port away from the test; the other needs a module that the image has not.
        // And what only Debian starts: a pedal has nothing of the kind beside its sound.
        for unit in [
            "serial-getty@ttyS0.service",
            "systemd-binfmt.service",
            "proc-sys-fs-binfmt_misc.automount",
            "e2scrub_reap.service",
            "e2scrub_all.timer",
            "apt-daily.timer",
            "apt-daily-upgrade.timer",
            "dpkg-db-backup.timer",
        ] {
            self.link("/dev/null", &format!("etc/systemd/system/{unit}"))?;
        }
        // The second radio is somebody else's.
        self.put(
            "etc/NetworkManager/conf.d/vm.conf",
            b"[keyfile]\nunmanaged-devices=interface-name:wlan1\n",
            0o644,
        )?;
        // The journal of a machine that loses power all the time would be the slowest thing in it.
        self.put(
            "etc/systemd/journald.conf.d/vm.conf",
            b"[Journal]\nStorage=volatile\nRateLimitBurst=0\n",
            0o644,
        )?;
        // 1 kHz: 48 frames a period, so nothing steps.
        let mut tone = Vec::new();
        for frame in 0..48_000 * TONE_SECONDS {
            let phase = f64::from(frame % 48) / 48.0 * std::f64::consts::TAU;
            tone.extend(((phase.sin() * 0.5) as f32).to_le_bytes());
        }
        self.put("usr/share/vm/tone.raw", &tone, 0o644)?;
        self.board()
    }

    /// The board, and that it was the last one; with the owners and modes of the pedal's data.
    fn board(&self) -> Result<()> {
        let data = "home/pistomp/data";
        let bundle = format!("{data}/.pedalboards/vm.pedalboard");
        for (name, text) in BOARD {
            self.put(&format!("{bundle}/{name}"), text.as_bytes(), 0o660)?;
        }
        let last = format!("{{\"bank\": -2, \"pedalboard\": \"/{bundle}\", \"supportsDividers\": true}}\n");
        self.put(&format!("{data}/last.json"), last.as_bytes(), 0o660)?;
        let home = fs::metadata(self.root.join("home/pistomp")).context("the owner has no home folder")?;
        let files = BOARD.map(|(name, _)| format!("{bundle}/{name}"));
        let folders = [data.to_owned(), format!("{data}/.pedalboards"), bundle.clone()];
        for (path, mode) in folders
            .iter()
            .map(|path| (path, 0o2770))
            .chain(files.iter().chain([&format!("{data}/last.json")]).map(|path| (path, 0o660)))
        {
            let path = self.root.join(path);
            chown(&path, Some(home.uid()), Some(home.gid())).context("cannot give the board away")?;
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).context("cannot set permissions")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
