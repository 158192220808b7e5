//! The machine's root folder booted in name spaces of this machine's kernel, by `checks/container/run.py`.

use std::path::Path;
use std::process::Command;

use super::files::Files;
use crate::ci::Outcome;
use crate::process;
use crate::workspace::Workspace;

/// What is tried, a run of the script each.
const RUNS: [&[&str]; 3] =
    [&["--cuts", "20"], &["--pieces", "restart,period,disk,update,second"], &["--pieces", "nocard"]];

/// What this machine's kernel must have for it.
const DEVICES: [&str; 2] = ["/dev/fuse", "/dev/loop-control"];

pub(super) fn perform(workspace: &Workspace, files: &Files) -> Outcome {
    if let Some(missing) = DEVICES.iter().find(|device| !Path::new(device).exists()) {
        return Outcome::Skipped(format!("this machine has no {missing}"));
    }
    for arguments in RUNS {
        println!("vm: in a container: {}", arguments.join(" "));
        let mut script = Command::new("python3");
        script.arg(workspace.root().join("checks/container/run.py")).arg(files.folder.join("root"));
        script.args(arguments).arg("--work").arg(files.folder.join("container"));
        if let Err(error) = process::run(&mut script) {
            return Outcome::Failed(format!("{error:#}"));
        }
    }
    Outcome::Passed
}
