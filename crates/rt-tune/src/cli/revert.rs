//! `rt-tune revert`.

use super::{CommandResult, Common, Failure, print};
use crate::change::{FIXES, Live, undone_text};
use crate::journal::{Journal, revert};

/// What to undo.
#[derive(Debug, clap::Args)]
pub(super) struct RevertArgs {
    /// Fixes by name
    #[arg(value_name = "ID", required_unless_present = "all")]
    ids: Vec<String>,
    /// Everything
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    /// Also restore what somebody else changed since
    #[arg(long)]
    force: bool,
}

/// Names in the journal that are no fixes.
pub(super) const QUANTUM: &str = "quantum";

pub(super) fn run(args: &RevertArgs, common: &Common) -> CommandResult {
    let known = |id: &String| id == QUANTUM || FIXES.iter().any(|fix| fix.id == id);
    if let Some(id) = args.ids.iter().find(|id| !known(id)) {
        return Err(Failure::usage(format!("there is no fix named {id}; see rt-tune apply --help")));
    }
    let machine = Live::new(common.root.clone());
    let mut journal = Journal::open(&common.state()).map_err(Failure::machine)?;
    let results = revert(&machine, &mut journal, &args.ids, args.force).map_err(Failure::machine)?;
    print(common.json, &results, || undone_text(&results));
    Ok(u8::from(results.iter().any(|result| result.outcome.is_left())))
}
