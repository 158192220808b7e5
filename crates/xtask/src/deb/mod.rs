//! `cargo xtask deb`: the pedal's programs and the generated units as one package for Debian and Raspberry Pi OS.

mod translate;
mod trial;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::ci::{Check, Outcome, When};
use crate::packages;
use crate::workspace::Workspace;
use crate::{process, tools};

/// The version that is built where there is none.
const CARGO_DEB: &str = "3.8.0";

/// Options of `cargo xtask deb`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Folder for the package [default: debian/ in the target folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Compile unoptimised, for a trial
    #[arg(long)]
    debug: bool,
    /// Folder with the programs, compiled already
    #[arg(long, value_name = "DIR", conflicts_with = "debug")]
    programs: Option<PathBuf>,
    /// Install it into a small Debian and look at it; needs root
    #[arg(long = "try")]
    trial: bool,
}

/// The row of this check.
pub(crate) const CHECK: Check = Check {
    name: "deb",
    proves: "the package installs into a Debian, its units are accepted there, and it leaves nothing behind",
    when: When::Long,
    run: |workspace| {
        if let Err(error) = ready(workspace) {
            return Outcome::Skipped(format!("{error:#}"));
        }
        run(workspace, &Options { out: None, debug: true, programs: None, trial: true }).into()
    },
};

/// Programs and their crates.
const PROGRAMS: &[(&str, &str)] = &[
    ("archibald-engine", "pedal-engine"),
    ("latency-probe", "latency-probe"),
    ("midi-bridge", "midi-bridge"),
    ("pedald", "pedald"),
    ("rt-tune", "rt-tune"),
];

/// Units of the manifest that make sense on a system that somebody else set up.
const UNITS: &[&str] = &[
    "archibald-dry-through.service",
    "archibald-jack-again.service",
    "jack.service",
    "mod-amidithru.service",
    "mod-host.service",
    "mod-midi-merger-broadcaster.service",
    "mod-midi-merger.service",
    "mod-touchosc2midi.service",
    "mod-ui.service",
    "ttymidi.service",
];

/// Scripts that the units start, and their texts.
const SCRIPTS: &[(&str, &str)] = &[("jack-ready", "modules/pedal/jack-ready.sh")];

/// Makes the package, and tries it if that is wanted.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let cargo_deb = ready(workspace)?;
    let programs = match &options.programs {
        Some(folder) => workspace.root().join(folder),
        None => build(workspace, options.debug)?,
    };
    let folder = workspace.scratch("deb")?;
    let tree = folder.join("tree");
    if tree.exists() {
        fs::remove_dir_all(&tree).context("cannot remove the last tree")?;
    }
    fill(workspace, &tree, &programs)?;
    describe(workspace, &folder, &tree)?;
    let out = match &options.out {
        Some(out) => workspace.root().join(out),
        None => workspace.scratch("debian")?,
    };
    let package = out.join("archibald-pedal.deb");
    fs::create_dir_all(&out).context("cannot make the folder for the package")?;
    let mut command = tools::command(workspace, cargo_deb);
    command
        .args(["--no-build", "--no-strip", "--offline", "--manifest-path"])
        .arg(folder.join("Cargo.toml"))
        .arg("--output")
        .arg(&package)
        .env("CARGO_TARGET_DIR", folder.join("target"));
    process::run(&mut command)?;
    println!("deb: {}", package.display());
    if options.trial {
        trial::run(workspace, &package, UNITS)?;
    }
    Ok(())
}

/// The tool, and the packages that it needs.
fn ready(workspace: &Workspace) -> Result<PathBuf> {
    packages::install(workspace, "make a Debian package", &[packages::DEB])?;
    tools::cargo_tool(workspace, "cargo-deb", CARGO_DEB)
}

/// Compiles the programs; returns their folder.
fn build(workspace: &Workspace, debug: bool) -> Result<PathBuf> {
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--locked", "--quiet"]);
    if !debug {
        cargo.arg("--release");
    }
    for (program, package) in PROGRAMS {
        cargo.args(["--package", package, "--bin", program]);
    }
    process::run(&mut cargo)?;
    // The folder of all of them is that of any.
    let any = if debug { workspace.debug("any") } else { workspace.release("any") };
    Ok(any.parent().context("a program is in a folder")?.to_path_buf())
}

/// The units in Debian's terms, by name. What they need and Debian has no place for is an error.
fn units(manifest: &Value) -> Result<Vec<(&'static str, String)>> {
    let translate = |name: &&'static str| {
        let text = manifest["units"]["system"][name].as_str();
        let text = text.with_context(|| format!("{name} is not in the manifest"))?;
        Ok((*name, translate::unit(name, text)?))
    };
    UNITS.iter().map(translate).collect()
}

/// Whether the units of the committed manifest can be translated, without making a package.
pub(crate) fn translates(root: &Path) -> Result<()> {
    units(&manifest(root)?).map(drop)
}

fn manifest(root: &Path) -> Result<Value> {
    let text = fs::read_to_string(root.join(crate::vm::MANIFEST)).context("cannot read the manifest")?;
    serde_json::from_str(&text).context("the manifest is not JSON")
}

/// What the package installs, in a folder that looks like a root.
fn fill(workspace: &Workspace, tree: &Path, programs: &Path) -> Result<()> {
    let manifest = manifest(workspace.root())?;
    let put = |path: &str, text: &str, mode: u32| -> Result<()> {
        let file = tree.join(path.trim_start_matches('/'));
        fs::create_dir_all(file.parent().context("a file is in a folder")?)
            .context("cannot make a folder")?;
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).context("cannot set permissions")
    };
    let script = |source: &str| -> Result<String> {
        let text = fs::read_to_string(workspace.root().join(source))
            .with_context(|| format!("cannot read {source}"))?;
        Ok(format!("#!/bin/bash\nset -o errexit -o nounset -o pipefail\n{text}"))
    };
    for (program, _) in PROGRAMS {
        let source = programs.join(program);
        let target = tree.join("usr/bin").join(program);
        fs::create_dir_all(tree.join("usr/bin")).context("cannot make a folder")?;
        process::run(Command::new("strip").arg("-o").arg(&target).arg(&source))?;
    }
    for (name, text) in units(&manifest)? {
        put(&format!("usr/lib/systemd/system/{name}"), &text, 0o644)?;
    }
    let [_, boards, place] = translate::FACTORY;
    let place = tree.join(place.trim_start_matches('/'));
    fs::create_dir_all(place.parent().context("a folder is in a folder")?).context("cannot make a folder")?;
    process::run(Command::new("cp").arg("-r").arg(workspace.root().join(boards)).arg(place))?;
    for (alias, unit) in manifest["units"]["aliases"].as_object().into_iter().flatten() {
        if let Some(unit) = unit.as_str().filter(|unit| UNITS.contains(unit)) {
            let link = tree.join("usr/lib/systemd/system").join(alias);
            std::os::unix::fs::symlink(unit, &link).with_context(|| format!("cannot link {alias}"))?;
        }
    }
    for (name, source) in SCRIPTS {
        put(&format!("{}/{name}", translate::SCRIPTS), &script(source)?, 0o755)?;
    }
    put("etc/jackdrc", &script("modules/pedal/jackdrc.sh")?, 0o755)?;
    let numbers =
        manifest["etc"]["default/jack"].as_str().context("the manifest has no /etc/default/jack")?;
    put("etc/default/jack", numbers, 0o644)?;
    put("usr/lib/sysusers.d/archibald-pedal.conf", &translate::accounts(&manifest), 0o644)?;
    put("usr/lib/tmpfiles.d/archibald-pedal.conf", &translate::folders(&manifest), 0o644)
}

/// The crate that cargo-deb reads: no code, only what the package is made of.
fn describe(workspace: &Workspace, folder: &Path, tree: &Path) -> Result<()> {
    let mut assets = Vec::new();
    for file in process::output(
        Command::new("find").arg(".").args(["(", "-type", "f", "-o", "-type", "l", ")"]).current_dir(tree),
    )?
    .lines()
    {
        let file = file.trim_start_matches("./");
        let mode = fs::metadata(tree.join(file)).map_or(0o644, |about| about.permissions().mode() & 0o777);
        let source = tree.join(file);
        assets.push(format!("  [{:?}, {file:?}, \"{mode:o}\"],", source.display().to_string()));
    }
    assets.sort();
    let licence = workspace.root().join("LICENSE");
    let text = format!(
        "[package]\nname = \"archibald-pedal\"\nversion = {version:?}\nedition = \"2021\"\nlicense = \"MIT\"\n\
         description = \"Guitar pedal on a computer: LV2 host, control service, MIDI bridges\"\n\
         authors = [\"ArchibaldOS\"]\n\n[workspace]\n\n[lib]\npath = \"lib.rs\"\n\n\
         [package.metadata.deb]\nmaintainer = \"ArchibaldOS <root@localhost>\"\nsection = \"sound\"\n\
         license-file = [{licence:?}, \"0\"]\nmaintainer-scripts = \"scripts\"\npreserve-symlinks = true\n\
         depends = \"$auto, bash, jackd2, jack-example-tools | jackd2 (<< 1.9.22), git, systemd (>= 252)\"\n\
         recommends = \"lsp-plugins-lv2, x42-plugins, guitarix-lv2\"\n\
         conf-files = [\"/etc/jackdrc\", \"/etc/default/jack\"]\n\
         extended-description = {description:?}\nassets = [\n{assets}\n]\n",
        version = env!("CARGO_PKG_VERSION"),
        licence = licence.display().to_string(),
        description = "An LV2 host that speaks mod-host's protocol and runs a whole board in one callback, a control service \
            that speaks mod-ui's, MIDI bridges, a latency probe and a tuner of the system, with the units of a pedal.",
        assets = assets.join("\n"),
    );
    fs::write(folder.join("Cargo.toml"), text).context("cannot write the crate")?;
    fs::write(folder.join("lib.rs"), "").context("cannot write the crate")?;
    let scripts = folder.join("scripts");
    fs::create_dir_all(&scripts).context("cannot make a folder")?;
    for (name, text) in [
        ("postinst", include_str!("postinst.sh")),
        ("prerm", include_str!("prerm.sh")),
        ("postrm", include_str!("postrm.sh")),
    ] {
        fs::write(scripts.join(name), text).context("cannot write a script of the package")?;
    }
    Ok(())
}
