//! Examples in the documentation.

use super::{Check, When};
use crate::process;

/// The row of this check.
pub(super) const CHECK: Check = Check {
    name: "doctest",
    proves: "the examples in the documentation run",
    when: When::Always,
    run: |workspace| {
        process::run(workspace.cargo().args(["test", "--doc", "--workspace", "--locked", "--quiet"])).into()
    },
};
