//! Formatting.

use super::{Check, When};
use crate::process;

/// The row of this check.
pub(super) const CHECK: Check = Check {
    name: "format",
    proves: "every file is formatted",
    when: When::Always,
    run: |workspace| process::run(workspace.cargo().args(["fmt", "--all", "--check"])).into(),
};
