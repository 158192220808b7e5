//! `rt-tune explain`.

use super::{CommandResult, Common, Failure, print};
use crate::{check, explain};

/// Which check.
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// Name of a check (default: list them)
    #[arg(value_name = "ID")]
    id: Option<String>,
}

pub(super) fn run(args: &ExplainArgs, common: &Common) -> CommandResult {
    let Some(id) = &args.id else {
        let all: Vec<_> =
            check::checks().map(|c| serde_json::json!({ "id": c.id, "title": c.title })).collect();
        print(common.json, &all, explain::list);
        return Ok(0);
    };
    let known = check::find(id)
        .ok_or_else(|| Failure::usage(format!("there is no check named {id}; rt-tune explain lists them")))?;
    let document = serde_json::json!({
        "id": known.id, "title": known.title, "severity": known.severity, "what": known.what, "good": known.good,
        "why": known.why, "risk": known.risk, "undo": known.undo, "source": known.source, "nix": known.nix, "fix": known.fix,
    });
    print(common.json, &document, || explain::page(known, super::check::width()));
    Ok(0)
}
