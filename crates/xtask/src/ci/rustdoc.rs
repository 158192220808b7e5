//! The documentation builds.

use super::{Check, When};
use crate::process;

/// The row of this check.
pub(super) const CHECK: Check = Check {
    name: "rustdoc",
    proves: "the documentation builds without a warning",
    when: When::Always,
    run: |workspace| {
        let mut doc = workspace.cargo();
        doc.args(["doc", "--workspace", "--no-deps", "--locked", "--quiet"])
            .env("RUSTDOCFLAGS", "-D warnings");
        process::run(&mut doc).into()
    },
};
