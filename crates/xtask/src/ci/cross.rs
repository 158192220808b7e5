//! The crates compile for aarch64, the processor of the pedals.

use super::{Check, Outcome, When};

/// The row of this check.
pub(super) const CHECK: Check = Check {
    name: "cross",
    proves: "the crates compile for aarch64",
    when: When::Long,
    run: |_| Outcome::Skipped("the aarch64 standard library is not fetched yet".to_owned()),
};
