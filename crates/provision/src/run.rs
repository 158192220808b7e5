//! The run at boot: read the file, bring about what it asks for, forget its secrets.

use crate::board::Board;
use crate::conf::{self, Document, Problem};
use crate::journal::{Journal, Record, State};
use crate::machine::{Access, Machine};
use crate::report::{Ending, Report, StepReport};
use crate::settings::{self, Settings};
use crate::steps::{self, Context, STEPS, Step, StepError};
use std::io;

/// What the run is told besides the file.
#[derive(Clone, Debug)]
pub struct Options {
    /// Path of `pistomp.conf`.
    pub file: String,
    /// Folder of the journal.
    pub state: String,
    /// Login name of the owner.
    pub user: String,
    /// Name of the wireless interface; `None` for any.
    pub wireless: Option<String>,
    /// Change nothing, and tell what would be done.
    pub dry_run: bool,
    /// Leave secrets in the file.
    pub keep_secrets: bool,
    /// Names of the only steps to look at; empty for all. Then secrets stay and lines that cannot be used are not told: both
    /// belong to the whole run.
    pub only: Vec<String>,
}

/// Why nothing could be done at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The journal cannot be read or written. Without it, nothing may be changed.
    #[error("the journal in {folder}: {source}: make room on the disk, and run as root")]
    Journal {
        /// Folder of the journal.
        folder: String,
        /// What the system said.
        source: io::Error,
    },
    /// The machine cannot be asked what it is.
    #[error("cannot find out which board this is: {0}")]
    Board(io::Error),
    /// There is no step of this name.
    #[error("there is no step `{0}`; there are {1}")]
    NoSuchStep(String, String),
}

/// Reads the file and brings everything about. `progress` is told the title of each step before it changes something.
///
/// # Errors
///
/// The journal cannot be used; then nothing was changed. What single lines and steps have to complain about is in the
/// report.
pub fn run(
    machine: &dyn Machine,
    options: &Options,
    progress: &mut dyn FnMut(&str),
) -> Result<Report, RunError> {
    if let Some(unknown) = options.only.iter().find(|name| STEPS.iter().all(|step| step.name() != **name)) {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name()).collect();
        return Err(RunError::NoSuchStep(unknown.clone(), names.join(", ")));
    }
    let mut report = Report::default();
    let (document, settings) = read(machine, &options.file, &mut report);
    let board = Board::of(machine).map_err(RunError::Board)?;
    let context = Context {
        machine,
        settings: &settings,
        board,
        user: &options.user,
        wireless: options.wireless.as_deref(),
    };
    let mut runner = Runner::open(&context, options)?;
    let chosen = |name: &str| options.only.is_empty() || options.only.iter().any(|only| only == name);
    for step in STEPS.iter().filter(|step| chosen(step.name())) {
        let (ending, text) = runner.step(*step, progress)?;
        report.steps.push(StepReport { step: step.name(), ending, text });
    }
    if runner.journal_was_unreadable {
        report.problems.push(Problem {
            key: None,
            line: 0,
            message: "the journal was damaged and is kept as journal.json.unreadable; everything was looked at anew".to_owned(),
        });
    }
    if !options.only.is_empty() {
        report.problems.clear();
    } else if !(options.dry_run || options.keep_secrets || settings.keep_secrets) {
        forget(machine, options, &document, &settings, &mut report);
    }
    report.way_in = steps::ssh::way_in(&context).unwrap_or(None);
    Ok(report)
}

/// Reads and checks the file; what is wrong with it goes into the report.
fn read(machine: &dyn Machine, file: &str, report: &mut Report) -> (Document, Settings) {
    let whole = |message: String| Problem { key: None, line: 0, message };
    let bytes = match machine.read(file) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Default::default(),
        Err(error) => {
            report.file = Some(file.to_owned());
            report.problems.push(whole(format!("cannot be read: {error}")));
            return Default::default();
        }
    };
    report.file = Some(file.to_owned());
    let (text, mut problems) = match conf::decode(&bytes) {
        Ok(decoded) => decoded,
        Err(problem) => {
            report.problems.push(problem);
            return Default::default();
        }
    };
    let mut document = conf::parse(&text);
    // A line in a wrong encoding has a value that nobody typed.
    let damaged: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
    document.entries.retain(|entry| !damaged.contains(&entry.line));
    let (settings, checked) = settings::check(&document);
    problems.extend(checked);
    problems.sort_by_key(|problem| problem.line);
    report.problems = problems;
    (document, settings)
}

struct Runner<'a> {
    context: &'a Context<'a>,
    options: &'a Options,
    journal: Journal,
    journal_was_unreadable: bool,
}

impl<'a> Runner<'a> {
    fn open(context: &'a Context<'a>, options: &'a Options) -> Result<Self, RunError> {
        let failed = |source| RunError::Journal { folder: options.state.clone(), source };
        let path = Journal::path(&options.state);
        // A trial changes nothing, not even a damaged journal.
        let (journal, journal_was_unreadable) = if options.dry_run {
            let bytes = context.machine.read(&path).map_err(failed)?.unwrap_or_default();
            (serde_json::from_slice(&bytes).unwrap_or_default(), false)
        } else {
            Journal::load(context.machine, &options.state).map_err(failed)?
        };
        Ok(Self { context, options, journal, journal_was_unreadable })
    }

    fn step(
        &mut self,
        step: &dyn Step,
        progress: &mut dyn FnMut(&str),
    ) -> Result<(Ending, String), RunError> {
        let failed = |error: StepError| Ok((Ending::Failed, error.to_string()));
        let wanted = match step.wanted(self.context) {
            Ok(Some(wanted)) => wanted,
            Ok(None) => return Ok((Ending::Idle, "nothing asked".to_owned())),
            Err(error) => return failed(error),
        };
        let earlier = self.journal.steps.get(step.name());
        let same = earlier.is_some_and(|record| step.same(&wanted, &record.wanted));
        let again = match earlier.map(|record| record.state) {
            Some(State::Undone) if same => {
                return Ok((Ending::Unchanged, format!("taken back: {}", wanted.text)));
            }
            Some(State::Done) if same => match step.forgotten(self.context) {
                Ok(false) => return Ok((Ending::Unchanged, wanted.text)),
                Ok(true) => true,
                Err(error) => return failed(error),
            },
            _ => false,
        };
        if self.options.dry_run {
            return Ok((Ending::Planned, wanted.text));
        }
        progress(step.title());
        // What the machine forgot is told to it again: nothing new to remember.
        if !again {
            let undo = match step.undo(self.context) {
                Ok(undo) => undo,
                Err(error) => return failed(error),
            };
            let record = Record::begin(wanted.value, earlier, undo);
            self.journal.steps.insert(step.name().to_owned(), record);
            self.save()?;
        }
        match step.apply(self.context) {
            Ok(text) => {
                if !again && let Some(record) = self.journal.steps.get_mut(step.name()) {
                    record.state = State::Done;
                    self.save()?;
                }
                Ok((Ending::Done, text))
            }
            Err(error) => failed(error),
        }
    }

    fn save(&self) -> Result<(), RunError> {
        let folder = &self.options.state;
        self.journal
            .save(self.context.machine, folder)
            .map_err(|source| RunError::Journal { folder: folder.clone(), source })
    }
}

/// Removes the secrets whose steps are done from the file. One that could not be used stays, for the owner to mend.
fn forget(
    machine: &dyn Machine,
    options: &Options,
    document: &Document,
    settings: &Settings,
    report: &mut Report,
) {
    let holds = |step: &str| {
        report
            .steps
            .iter()
            .any(|report| report.step == step && matches!(report.ending, Ending::Done | Ending::Unchanged))
    };
    let used = [
        ("WIFI_PASSWORD", settings.wifi.is_some() && holds("wifi")),
        ("USER_PASSWORD", settings.password.is_some() && holds("password")),
    ];
    let keys: Vec<&str> = used.into_iter().filter(|(_, used)| *used).map(|(key, _)| key).collect();
    let Some(text) = conf::without_secrets(document, &keys) else { return };
    match machine.write_over_secret(&options.file, text.as_bytes(), Access::PUBLIC) {
        Ok(()) => report.secrets_removed = true,
        Err(error) => report.steps.push(StepReport {
            step: "secrets",
            ending: Ending::Failed,
            text: format!("passwords stay in {}: {error}", options.file),
        }),
    }
}
