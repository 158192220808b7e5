//! Debian packages: which are needed for what, which are missing, and how to install them.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// What the workspace's crates need to compile and link.
pub(crate) const BUILD: &[&str] = &[
    "gcc",
    "libc6-dev",
    "pkg-config",
    "liblilv-dev",
    "lv2-dev",
    "libasound2-dev",
    // jack-sys loads the library at run time, and yet asks pkg-config for it when it is built.
    "libjack-jackd2-dev",
];

/// What the tests start or load: a JACK server, plugins of many makers, a browser.
pub(crate) const TEST: &[&str] = &[
    "jackd2",
    "pipewire",
    "pipewire-jack",
    "wireplumber",
    "dbus",
    "lilv-utils",
    "strace",
    // rtcqs, beside which rt-tune's checks are shown
    "python3-venv",
    // the rules of the stage, tried in a network of their own
    "iproute2",
    "iputils-ping",
    "nftables",
    "lv2-examples",
    "mda-lv2",
    "swh-lv2",
    "guitarix-lv2",
    "calf-plugins",
    "x42-plugins",
    "zam-plugins",
    "dragonfly-reverb-lv2",
    // The web editor in a real browser.
    "chromium",
];

/// What the demo adds: the guitar. The big sound font, because its guitars are sampled string by string and its MIT
/// licence leaves the rendering free; the 6 MB one sounds like a music box.
pub(crate) const DEMO: &[&str] = &["fluidsynth", "fluid-soundfont-gm"];

/// What builds and boots the virtual machine.
pub(crate) const VM: &[&str] = &[
    "binutils",
    "busybox-static",
    "cpio",
    "e2fsprogs",
    "kmod",
    "mmdebstrap",
    "mtools",
    "qemu-system-x86",
    "xz-utils",
];

/// What makes and tries the Debian package.
pub(crate) const DEB: &[&str] = &["binutils", "dpkg-dev", "mmdebstrap"];

/// A C compiler for aarch64.
pub(crate) const CROSS: &[&str] = &["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"];

/// Installs those of `wanted` that are missing. `purpose` completes the sentence "… needed to".
///
/// On a system without dpkg nothing is installed and a note says what to look for; without the right to install, the
/// error is the exact command for somebody who has it.
pub(crate) fn install(workspace: &Workspace, purpose: &str, wanted: &[&[&str]]) -> Result<()> {
    let wanted: Vec<&str> = wanted.iter().flat_map(|group| group.iter().copied()).collect();
    if !process::exists("dpkg-query") {
        println!("packages: not a Debian system; needed to {purpose}: {}", wanted.join(" "));
        return Ok(());
    }
    let missing = missing(&wanted)?;
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    let Some(privilege) = privilege() else {
        bail!(
            "packages needed to {purpose} are missing, and this user may not install them; ask for:\n  \
             sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}"
        );
    };
    println!("packages: installing {} needed to {purpose}: {names}", missing.len());
    let logs = workspace.scratch("logs")?;
    if missing.contains(&"jackd2") {
        // jackd2 asks whether the group `audio` may use real-time scheduling; without a terminal it needs the answer first.
        let script = "echo 'jackd2 jackd/tweak_rt_limits boolean true' | debconf-set-selections";
        process::run_logged(elevated(privilege, "sh").args(["-c", script]), &logs.join("debconf.log"))?;
    }
    // A dead third-party source makes `update` fail although the archive we need is there: let the install decide.
    let update = process::run_logged(apt(privilege).args(["update", "-q"]), &logs.join("apt-update.log"));
    process::run_logged(
        apt(privilege).args(["install", "-q", "-y", "--no-install-recommends"]).args(&missing),
        &logs.join("apt-install.log"),
    )
    .with_context(|| match update {
        Ok(()) => format!("cannot install {names}"),
        Err(update) => format!("cannot install {names}; `apt-get update` had failed too: {update}"),
    })
}

/// Those of `wanted` that dpkg does not list as installed.
fn missing<'a>(wanted: &[&'a str]) -> Result<Vec<&'a str>> {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${binary:Package} ${db:Status-Status}\n"]);
    let listing = process::output(&mut query).context("cannot ask dpkg what is installed")?;
    Ok(not_installed(&listing, wanted))
}

/// Picks from `wanted` what `listing` (lines of a name, perhaps with `:architecture`, and a status) does not show as
/// installed.
fn not_installed<'a>(listing: &str, wanted: &[&'a str]) -> Vec<&'a str> {
    let installed: std::collections::HashSet<&str> = listing
        .lines()
        .filter_map(|line| line.strip_suffix(" installed"))
        .map(|name| name.split_once(':').map_or(name, |(name, _)| name))
        .collect();
    wanted.iter().copied().filter(|name| !installed.contains(name)).collect()
}

/// How this process may become root.
#[derive(Clone, Copy)]
enum Privilege {
    Root,
    Sudo,
}

fn privilege() -> Option<Privilege> {
    let uid = process::output(Command::new("id").arg("-u")).ok()?;
    if uid.trim() == "0" {
        return Some(Privilege::Root);
    }
    // -n: never ask for a password, there may be nobody to type it.
    process::output(Command::new("sudo").args(["-n", "true"])).ok().map(|_| Privilege::Sudo)
}

fn elevated(privilege: Privilege, program: &str) -> Command {
    let mut command = match privilege {
        Privilege::Root => Command::new("env"),
        Privilege::Sudo => {
            let mut command = Command::new("sudo");
            command.args(["-n", "env"]);
            command
        }
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", program]);
    command
}

fn apt(privilege: Privilege) -> Command {
    let mut command = elevated(privilege, "apt-get");
    command.args(["-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_or_unknown_package_counts_as_missing() {
        let listing =
            "gcc installed\nlibasound2-dev:amd64 installed\njackd2 config-files\nmda-lv2 half-installed\n";
        let wanted = ["gcc", "libasound2-dev", "jackd2", "mda-lv2", "swh-lv2"];
        assert_eq!(not_installed(listing, &wanted), ["jackd2", "mda-lv2", "swh-lv2"]);
    }
}
