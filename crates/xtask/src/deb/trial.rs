//! The package in a small Debian: installed, looked at, removed.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::process;
use crate::vm;
use crate::workspace::Workspace;

/// Installs the package in a folder with a Debian and looks at what is there.
pub(super) fn run(workspace: &Workspace, package: &Path, units: &[&str]) -> Result<()> {
    let user = process::output(Command::new("id").arg("-u"))?;
    ensure!(user.trim() == "0", "the trial changes its root folder, so this needs root");
    let archive = vm::debian(workspace)?;
    let root = workspace.scratch("deb")?.join("root");
    if root.exists() {
        fs::remove_dir_all(&root).context("cannot remove the last trial")?;
    }
    fs::create_dir_all(&root).context("cannot make a folder")?;
    process::run(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&root))?;
    fs::copy(package, root.join("pedal.deb")).context("cannot copy the package")?;
    let inside = |command: &str| -> Result<String> {
        // With a /proc of its own, which systemd's tools ask for; gone with the command.
        let enter = "mount -t proc proc \"$0/proc\" && exec chroot \"$0\" sh -c \"$1\"";
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--pid", "--fork", "sh", "-c", enter]).arg(&root).arg(command);
        process::output(&mut unshare).with_context(|| format!("in the Debian: {command}"))
    };
    // What it depends on beyond the small Debian is not looked for on the network: whether it can be unpacked, configured and
    // run is asked here.
    inside("dpkg --force-depends --install /pedal.deb")?;
    for program in ["archibald-engine", "pedald", "midi-bridge", "latency-probe", "rt-tune"] {
        let said = inside(&format!("{program} --version"))?;
        ensure!(said.starts_with(program), "{program} --version says {said:?}");
    }
    for user in ["jack", "archibald-engine", "pedald", "pistomp"] {
        inside(&format!("id {user}"))?;
    }
    let groups = inside("id -nG archibald-engine")?;
    ensure!(groups.contains("audio") && groups.contains("jack"), "archibald-engine is in {groups}");
    inside("test -x /etc/jackdrc")?;
    for unit in units {
        let file = root.join("usr/lib/systemd/system").join(unit);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        for path in named(&text) {
            let there = root.join(path.trim_start_matches('/')).symlink_metadata();
            ensure!(there.is_ok(), "{unit} names {path}, which the package does not bring");
        }
    }
    let verify =
        format!("systemd-analyze verify --man=no --recursive-errors=no {} 2>&1 || true", units.join(" "));
    let complaints = inside(&verify)?;
    let ours: Vec<&str> =
        complaints.lines().filter(|line| units.iter().any(|unit| line.contains(unit))).collect();
    if !ours.is_empty() {
        bail!("systemd in the Debian: {}", ours.join("; "));
    }
    ensure!(
        inside("ls -d /var/lib/archibald-pedal/data/.pedalboards")?.contains("pedalboards"),
        "no folder for boards"
    );
    inside("touch /var/lib/archibald-pedal/data/mine && dpkg --purge archibald-pedal")?;
    let left = inside(
        "find / -xdev \\( -name '*archibald-engine*' -o -name 'mod-host.service' -o -name jackdrc \\) -not -path '/proc/*'",
    )?;
    ensure!(left.trim().is_empty(), "after its removal there is still {left}");
    inside("test -e /var/lib/archibald-pedal/data/mine")?;
    println!("deb: installed, accepted by systemd, removed without a trace but the owner's data");
    fs::remove_dir_all(&root).context("cannot remove the trial")
}

/// What a unit's text names of the package's own: programs, scripts, boards, files below /etc that must be there. Folders of
/// plugins may be missing.
fn named(text: &str) -> Vec<&str> {
    let needed = text.lines().filter(|line| !line.contains("=-/") && !line.contains("LV2_PATH"));
    let words = needed.flat_map(|line| line.split([' ', '"', '=', ':']));
    words.filter(|word| word.starts_with("/usr/") || word.starts_with("/etc/")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_unit_needs_is_found_and_what_may_be_missing_is_not_asked_for() {
        let text = "[Service]\nEnvironmentFile=/etc/default/jack\nEnvironmentFile=-/etc/other\n\
            Environment=\"JACK_READY=/usr/lib/x/jack-ready\"\nEnvironment=\"LV2_PATH=/usr/lib/lv2\"\n\
            ExecStart=\"/usr/bin/archibald-engine\" \"run\" \"--socket\" \"/run/x.sock\"\n";
        let expected = ["/etc/default/jack", "/usr/lib/x/jack-ready", "/usr/bin/archibald-engine"];
        assert_eq!(super::named(text), expected);
    }
}
