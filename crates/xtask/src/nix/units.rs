//! The units of ours, read from the manifests and shown to systemd: its own checker must accept them, and its security
//! rating must be good for every service, those of root too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::ci::Outcome;
use crate::nix::manifests;
use crate::process;
use crate::workspace::Workspace;

/// Highest exposure that a service may have, in tenths: 4.0.
const EXPOSURE: &str = "40";
/// Services that may have more: name, how much, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "nix-gc.service",
        "96",
        "the unit is nixpkgs' own, only its calendar is ours; it removes what no generation uses from the whole store, as root",
    ),
    (
        "register-nix-paths.service",
        "96",
        "the unit is nixpkgs' own, only the mounts around it are ours; it runs once, at the first boot, and writes the list of the store",
    ),
    (
        "systemd-udev-trigger.service",
        "96",
        "the unit is systemd's own, only the order of devices is ours; it runs once at boot, before anything else, and writes to /sys",
    ),
];
const STORE: &str = "/nix/store";

/// Priority that the callback of a JACK client may ask for: the server's highest, 95, less 5.
const CLIENT_PRIORITY: u32 = 90;

/// Checks the units of every manifest.
pub(super) fn check(workspace: &Workspace) -> Outcome {
    if !process::exists("systemd-analyze") {
        return Outcome::Skipped("no systemd-analyze on this machine".to_owned());
    }
    run(workspace).into()
}

fn run(workspace: &Workspace) -> Result<()> {
    let mut wrong = Vec::new();
    let mut distinct = BTreeSet::new();
    let scratch = workspace.scratch("units")?;
    for variant in manifests::machines(workspace.root())? {
        let manifest = manifests::read(workspace.root(), &variant)?;
        let folder = scratch.join(&variant);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        let units = ours(&manifest);
        // The same text in ten variants is one thing to check.
        let fresh: BTreeMap<&str, &str> = units
            .into_iter()
            .filter(|(name, text)| distinct.insert((name.to_string(), text.to_string())))
            .collect();
        for name in write(&manifest, &folder)? {
            if fresh.get(name.as_str()).is_some_and(|text| !is_addition(&name, text)) {
                wrong.extend(
                    examine(&folder, &name, fresh[name.as_str()])
                        .into_iter()
                        .chain(unscheduled(&name, fresh[name.as_str()]))
                        .map(|text| format!("{variant}: {text}")),
                );
            }
        }
    }
    println!("units: {} different texts", distinct.len());
    if let Err(error) = crate::deb::translates(workspace.root()) {
        wrong.push(format!("the Debian package: {error:#}"));
    }
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    Ok(())
}

/// The system units of ours, by name.
fn ours(manifest: &Value) -> BTreeMap<&str, &str> {
    let names = manifest["units"]["ours"].as_array().into_iter().flatten().filter_map(Value::as_str);
    names.filter_map(|name| Some((name, manifest["units"]["system"][name].as_str()?))).collect()
}

/// Writes our units with stand-ins for what they start; returns their names.
fn write(manifest: &Value, folder: &Path) -> Result<Vec<String>> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let store = folder.join("store");
    let mut names = Vec::new();
    for (name, text) in ours(manifest) {
        for program in programs(text) {
            let path = store.join(program.trim_start_matches(STORE).trim_start_matches('/'));
            let parent = path.parent().context("a program is in a folder")?;
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
            fs::write(&path, "#!/bin/sh\n").with_context(|| format!("cannot write {}", path.display()))?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
                .context("cannot make a stand-in executable")?;
        }
        let text = text.replace(STORE, &store.to_string_lossy());
        fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))?;
        names.push(name.to_owned());
    }
    Ok(names)
}

/// The programs in the store that a unit starts.
fn programs(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| key.starts_with("Exec"))
        .filter_map(|(_, command)| {
            command.trim_start_matches(['-', '+', '!', ':', '@']).split_whitespace().next()
        })
        .map(|program| program.trim_matches('"'))
        .filter(|program| program.starts_with(STORE))
        .collect()
}

/// True for settings that are added to a service which a package brings: what it starts stands elsewhere.
fn is_addition(name: &str, text: &str) -> bool {
    name.ends_with(".service") && !text.lines().any(|line| line.starts_with("Exec"))
}

/// A service that meets JACK needs real-time priority for its callback. libjack goes on without, so nothing fails: the callback is late
/// when the CPU is busy.
fn unscheduled(name: &str, text: &str) -> Option<String> {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    if !text.contains("JACK_PROMISCUOUS_SERVER=") {
        return None;
    }
    if value("RestrictRealtime") == Some("true") {
        return Some(format!("{name}: RestrictRealtime leaves the JACK client at an ordinary priority"));
    }
    let limit = value("LimitRTPRIO").unwrap_or("0");
    let enough = limit == "infinity" || limit.parse::<u32>().is_ok_and(|limit| limit >= CLIENT_PRIORITY);
    (!enough)
        .then(|| format!("{name}: LimitRTPRIO={limit}, but a JACK client asks for up to {CLIENT_PRIORITY}"))
}

/// What systemd has against a unit.
fn examine(folder: &Path, name: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no", "--recursive-errors=no"]).arg(folder.join(name));
    verify.env("SYSTEMD_UNIT_PATH", format!("{}:", folder.display()));
    if let Err(error) = accepted(&mut verify, name) {
        wrong.push(format!("{name}: {error:#}"));
    }
    if name.ends_with(".service") {
        // A template is rated as one of its instances.
        let instance = name.replace("@.", "@instance.");
        if instance != name
            && let Err(error) = fs::write(folder.join(&instance), text)
        {
            wrong.push(format!("{instance} cannot be written: {error}"));
        }
        let exception = EXCEPTIONS.iter().find(|(unit, ..)| *unit == name);
        let (allowed, reason) = exception.map_or((EXPOSURE, ""), |(_, allowed, reason)| (*allowed, *reason));
        if exception.is_some() {
            println!("units: {name} may have an exposure of {allowed} tenths: {reason}");
        }
        let mut security = Command::new("systemd-analyze");
        security
            .args(["security", "--offline=true", "--no-pager", "--threshold", allowed])
            .arg(folder.join(&instance));
        if let Err(error) = process::output(&mut security) {
            wrong.push(format!("{name}: exposure above {allowed} tenths: {error:#}"));
        }
    }
    wrong
}

/// Runs the checker; what it says about this unit is an error even where its exit status is not.
fn accepted(verify: &mut Command, name: &str) -> Result<()> {
    let output = verify.output().context("cannot start systemd-analyze")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let about: Vec<&str> =
        said.lines().filter(|line| line.contains(name) && !line.contains("not executable")).collect();
    if !about.is_empty() {
        bail!("{}", about.join("; "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_behind_their_prefixes() {
        let text = "[Service]\nExecStart=/nix/store/jack2/bin/jackd -d alsa\nExecStartPre=-+/nix/store/x/bin/x\nExecStop=/bin/true\nEnvironment=A=/nix/store/y\n";
        assert_eq!(programs(text), ["/nix/store/jack2/bin/jackd", "/nix/store/x/bin/x"]);
    }

    #[test]
    fn a_jack_client_without_priority_is_named() {
        let unit = |more: &str| {
            unscheduled(
                "x.service",
                &format!("[Service]\nEnvironment=\"JACK_PROMISCUOUS_SERVER=jack\"\n{more}"),
            )
        };
        assert_eq!(unit("LimitRTPRIO=95\n"), None);
        assert_eq!(unit("LimitRTPRIO=infinity\n"), None);
        assert_eq!(unscheduled("x.service", "[Service]\nExecStart=/bin/true\n"), None);
        assert!(unit("LimitRTPRIO=60\n").unwrap().contains("LimitRTPRIO=60"));
        assert!(unit("").unwrap().contains("LimitRTPRIO=0"));
        assert!(unit("LimitRTPRIO=95\nRestrictRealtime=true\n").is_some());
    }

    #[test]
    fn settings_for_a_service_of_a_package_are_no_unit() {
        assert!(is_addition("nix-daemon.service", "[Service]\nMemoryMax=85%\n"));
        assert!(!is_addition("jack.service", "[Service]\nExecStart=/etc/jackdrc\n"));
        assert!(!is_addition("audio.slice", "[Slice]\nAllowedCPUs=2-3\n"));
    }

    #[test]
    fn systemd_refuses_a_bad_unit_and_an_open_service() {
        if !process::exists("systemd-analyze") {
            eprintln!("no systemd-analyze here");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let complaints = |text: &str| {
            fs::write(folder.path().join("trial.service"), text).unwrap();
            examine(folder.path(), "trial.service", text).join("\n")
        };
        let open = complaints("[Service]\nExecStart=/bin/true\nUser=nobody\n");
        assert!(open.contains("exposure above"), "{open}");
        let misspelt = complaints("[Service]\nExecStart=/bin/true\nLimitRTPrio=95\n");
        assert!(misspelt.contains("LimitRTPrio"), "{misspelt}");
        let root = complaints("[Service]\nExecStart=/bin/true\n");
        assert!(root.contains("exposure above"), "root is no excuse: {root}");
    }
}
