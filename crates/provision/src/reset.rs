//! Back to what the machine was: one step, or all of it.

use crate::board::Board;
use crate::journal::{Journal, Record, State};
use crate::machine::Machine;
use crate::report::{Ending, StepReport};
use crate::run::{Options, RunError};
use crate::settings::Settings;
use crate::steps::{Account, Context, STEPS, StepError, network_manager, shadow};
use std::io::ErrorKind;

/// Takes one step back. It is left alone at later boots, until the file asks for something else.
///
/// # Errors
///
/// There is no such step, or the journal cannot be used.
pub fn undo(machine: &dyn Machine, options: &Options, name: &str) -> Result<StepReport, RunError> {
    let Some(step) = STEPS.iter().find(|step| step.name() == name) else {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name()).collect();
        return Err(RunError::NoSuchStep(name.to_owned(), names.join(", ")));
    };
    let failed = |source| RunError::Journal { folder: options.state.clone(), source };
    let (mut journal, _) = Journal::load(machine, &options.state).map_err(failed)?;
    let report = |ending, text: String| StepReport { step: step.name(), ending, text };
    let Some(record) = journal.steps.get_mut(name).filter(|record| record.state != State::Undone) else {
        return Ok(report(Ending::Idle, "was not done".to_owned()));
    };
    if options.dry_run {
        return Ok(report(Ending::Planned, format!("{} things to take back", record.undo.len())));
    }
    if let Err(error) = revert(machine, record) {
        return Ok(report(Ending::Failed, error.to_string()));
    }
    record.state = State::Undone;
    journal.save(machine, &options.state).map_err(failed)?;
    Ok(report(Ending::Done, "taken back".to_owned()))
}

fn revert(machine: &dyn Machine, record: &Record) -> Result<(), StepError> {
    record.undo.iter().rev().try_for_each(|undo| undo.revert(machine))
}

/// Takes everything back that an owner brought: all steps, every network and hotspot key, every login key, pairings,
/// the chosen period and rate, settings and preferences; with `data`, also boards, plugins and files. Needs no network. What fails is reported, and the
/// rest is done.
///
/// # Errors
///
/// The journal cannot be used.
pub fn reset(machine: &dyn Machine, options: &Options, data: bool) -> Result<Vec<StepReport>, RunError> {
    let failed = |source| RunError::Journal { folder: options.state.clone(), source };
    let (mut journal, _) = Journal::load(machine, &options.state).map_err(failed)?;
    let mut reports = Vec::new();
    let mut note = |step: &'static str, result: Result<(), StepError>| {
        let (ending, text) = match result {
            _ if options.dry_run => (Ending::Planned, "would be taken back".to_owned()),
            Ok(()) => (Ending::Done, "taken back".to_owned()),
            Err(error) => (Ending::Failed, error.to_string()),
        };
        let good = ending == Ending::Done;
        reports.push(StepReport { step, ending, text });
        good
    };
    let mut password = false;
    for step in STEPS.iter().rev() {
        let Some(record) = journal.steps.get(step.name()) else { continue };
        password |= step.name() == "password";
        let result = if options.dry_run { Ok(()) } else { revert(machine, record) };
        if note(step.name(), result) {
            journal.steps.remove(step.name());
            journal.save(machine, &options.state).map_err(failed)?;
        }
    }
    let mut folders = vec![
        network_manager::FOLDER.to_owned(),
        "/var/lib/archibald".to_owned(),
        "/var/lib/pedald".to_owned(),
    ];
    let mut files = Vec::new();
    if let Ok(account) = Account::find(machine, &options.user) {
        folders.push(format!("{}/.ssh", account.home));
        // settings of the pedal, which are no boards: levels, channels, switches
        folders.push(format!("{}/data/config", account.home));
        files.extend(["prefs.json", "last.json"].map(|name| format!("{}/data/{name}", account.home)));
        if data {
            folders.extend(["data", ".lv2", "extras"].map(|name| format!("{}/{name}", account.home)));
        }
    }
    let mut cleared = Ok(());
    for folder in folders.iter().filter(|_| !options.dry_run) {
        cleared = cleared.and(clear(machine, folder));
    }
    for file in files.iter().filter(|_| !options.dry_run) {
        cleared = cleared.and(machine.remove(file).map_err(StepError::file(file)));
    }
    note("owner", cleared);
    // A password that was never ours to set is not one of the factory's.
    if !password {
        let result = if options.dry_run { Ok(()) } else { shadow::set_field(machine, &options.user, "!") };
        note("password", result);
    }
    if !options.dry_run {
        let settings = Settings::default();
        let context = Context {
            machine,
            settings: &settings,
            board: Board::Other,
            user: &options.user,
            wireless: None,
        };
        note("network", network_manager::reload(&context));
    }
    Ok(reports)
}

/// Removes every file below a folder; the folders themselves stay, with their rights.
fn clear(machine: &dyn Machine, folder: &str) -> Result<(), StepError> {
    for name in machine.list(folder).map_err(StepError::file(folder))? {
        let path = format!("{folder}/{name}");
        match machine.remove(&path) {
            Err(error) if error.kind() == ErrorKind::IsADirectory => clear(machine, &path)?,
            other => other.map_err(StepError::file(&path))?,
        }
    }
    Ok(())
}
