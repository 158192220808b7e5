//! Lints.

use super::{Check, When};
use crate::process;

/// The row of this check.
pub(super) const CHECK: Check = Check {
    name: "clippy",
    proves: "no warning from rustc or clippy",
    when: When::Always,
    run: |workspace| {
        process::run(workspace.cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]))
        .into()
    },
};
