//! The programs and the tests, compiled once for every row behind this one.

use anyhow::Result;

use super::{Check, When};
use crate::process;
use crate::workspace::Workspace;

/// The row of this check.
pub(super) const CHECK: Check = Check {
    name: "build",
    proves: "the programs and the tests compile",
    when: When::Always,
    run: |workspace| programs_and_tests(workspace).into(),
};

/// Compiles every program together with the tests. Alone a program would come out with other features of its
/// dependencies than beside the tests, and most of the workspace would be compiled twice in a run of the checks.
pub(crate) fn programs_and_tests(workspace: &Workspace) -> Result<()> {
    process::run(workspace.cargo().args(["build", "--workspace", "--bins", "--tests", "--locked", "--quiet"]))
}
