//! The tests, unit and integration, those that start a JACK server included.

use super::{Check, Outcome, When};
use crate::audio::jackd;
use crate::{process, tools};

/// The version that is built where there is none.
const VERSION: &str = "0.9.143";

/// The row of this check. It is run after all others: its summary ends the output.
pub(super) const CHECK: Check = Check {
    name: "nextest",
    proves: "the tests pass",
    when: When::Always,
    run: |workspace| {
        let program = match tools::cargo_tool(workspace, "cargo-nextest", VERSION) {
            Ok(program) => program,
            Err(error) => return Outcome::Failed(format!("{error:#}")),
        };
        if let Err(error) = jackd::reclaim(workspace) {
            eprintln!("nextest: cannot free the places of killed JACK servers: {error:#}");
        }
        let mut tests = tools::command(workspace, program);
        tests.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--cargo-quiet"]);
        process::run(&mut tests).into()
    },
};
