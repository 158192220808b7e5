//! Cargo subcommands that a machine may lack: taken from the search path, else built once into the target folder.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::workspace::Workspace;

/// The program `name` (a crate of the same name): from the search path, from an earlier run, or built now.
pub(crate) fn cargo_tool(workspace: &Workspace, name: &str, version: &str) -> Result<PathBuf> {
    if process::exists(name) {
        return Ok(PathBuf::from(name));
    }
    let folder = workspace.scratch(&format!("tools/{name}-{version}"))?;
    let program = folder.join("bin").join(name);
    if program.is_file() {
        return Ok(program);
    }
    println!("tools: building {name} {version}, once; this takes some minutes");
    let mut install = workspace.cargo();
    // Unoptimised: it runs for a second, and building it is most of the cost.
    install
        .args(["install", "--locked", "--debug", "--quiet", "--version", version, name, "--root"])
        .arg(&folder);
    // Outside the workspace, so that neither its configuration nor its lock applies.
    install.current_dir(&folder).env("CARGO_TARGET_DIR", folder.join("build"));
    install.env("CARGO_PROFILE_DEV_DEBUG", "false");
    process::run_logged(&mut install, &workspace.scratch("logs")?.join(format!("{name}.log")))
        .with_context(|| format!("cannot build {name} {version}"))?;
    // The intermediate files are some hundred megabytes and never used again.
    let _ = std::fs::remove_dir_all(folder.join("build"));
    Ok(program)
}

/// A command for the program `path`, in the root of the repository.
pub(crate) fn command(workspace: &Workspace, path: PathBuf) -> Command {
    let mut command = Command::new(path);
    command.current_dir(workspace.root());
    command
}
