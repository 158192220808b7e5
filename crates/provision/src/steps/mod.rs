//! The steps: each brings about one thing, can be repeated at any time, and knows how to take it back.

pub mod bluetooth;
pub mod direct;
pub mod eeprom;
pub mod hardware;
pub mod host_name;
pub mod keys;
pub mod lines;
pub mod mixer;
pub mod network_manager;
pub mod password;
pub mod period;
pub mod radio;
pub mod root_partition;
pub mod shadow;
pub mod ssh;
pub mod wifi;
pub mod zone;

use crate::board::Board;
use crate::journal::Undo;
use crate::machine::{Machine, Ran};
use crate::settings::Settings;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::io;

/// Why a step did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program is not installed.
    #[error("there is no program `{0}` on the search path of the service: add its package")]
    Missing(&'static str),
    /// A program failed.
    #[error("`{program}` failed: {error}")]
    Failed {
        /// Program and arguments.
        program: String,
        /// What it wrote to standard error.
        error: String,
    },
    /// The machine is not as the step needs it.
    #[error("{0}")]
    Refused(String),
}

impl StepError {
    /// Adds the path to an error of the system.
    pub fn file(path: &str) -> impl Fn(io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), source }
    }
}

/// The owner's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Login name.
    pub name: String,
    /// User and group number.
    pub ids: (u32, u32),
    /// Home folder.
    pub home: String,
}

impl Account {
    /// Looks the account up in /etc/passwd.
    ///
    /// # Errors
    ///
    /// There is no such account.
    pub fn find(machine: &dyn Machine, name: &str) -> Result<Self, StepError> {
        const PASSWD: &str = "/etc/passwd";
        let text = machine.text(PASSWD).map_err(StepError::file(PASSWD))?.unwrap_or_default();
        let fields = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let account = fields.filter(|fields| fields.len() == 7 && fields[0] == name).find_map(|fields| {
            Some(Self {
                name: name.to_owned(),
                ids: (fields[2].parse().ok()?, fields[3].parse().ok()?),
                home: fields[5].trim_end_matches('/').to_owned(),
            })
        });
        account.ok_or_else(|| {
            StepError::Refused(format!("there is no account `{name}` in {PASSWD}: see --user"))
        })
    }
}

/// Everything that a step may look at.
pub struct Context<'a> {
    /// The machine.
    pub machine: &'a dyn Machine,
    /// What the owner asks for.
    pub settings: &'a Settings,
    /// Which board this is.
    pub board: Board,
    /// Login name of the owner.
    pub user: &'a str,
    /// Name of the wireless interface; `None` for any.
    pub wireless: Option<&'a str>,
}

impl Context<'_> {
    /// The owner's account.
    ///
    /// # Errors
    ///
    /// There is no such account.
    pub fn account(&self) -> Result<Account, StepError> {
        Account::find(self.machine, self.user)
    }
}

/// What a step is to bring about.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// For people; no secrets.
    pub text: String,
    /// For comparison with the last time; see [`mark`] for secrets.
    pub value: Value,
}

impl Wanted {
    /// A wish whose text says everything.
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { value: Value::String(text.clone()), text }
    }
}

/// One thing to bring about.
pub trait Step: Sync {
    /// Name in the journal, in reports and for `undo`.
    fn name(&self) -> &'static str;

    /// For the display while it runs, at most 20 letters.
    fn title(&self) -> &'static str;

    /// What is asked of it here; `None` leaves everything as it is.
    ///
    /// # Errors
    ///
    /// What is asked cannot be had; the text says what to write instead.
    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError>;

    /// How to return to what is there now.
    ///
    /// # Errors
    ///
    /// Something cannot be read, so it could not be taken back.
    fn undo(&self, context: &Context<'_>) -> Result<Vec<Undo>, StepError>;

    /// Brings it about, whatever part of it is already there; tells what was done.
    ///
    /// # Errors
    ///
    /// It is not there, or only in part. Repeating is safe.
    fn apply(&self, context: &Context<'_>) -> Result<String, StepError>;

    /// Whether what was brought about the last time is what is asked for now.
    fn same(&self, wanted: &Wanted, last: &Value) -> bool {
        wanted.value == *last
    }

    /// Whether the machine has forgotten since the last time, as kernels and rebuilt systems do.
    ///
    /// # Errors
    ///
    /// The machine cannot be asked.
    fn forgotten(&self, _context: &Context<'_>) -> Result<bool, StepError> {
        Ok(false)
    }
}

/// All steps, in their order. Access comes first: whatever goes wrong later, the owner can look at it.
pub const STEPS: &[&dyn Step] = &[
    &ssh::Ssh,
    &password::Password,
    &keys::Keys,
    &host_name::HostName,
    &zone::Zone,
    &radio::Radio,
    &wifi::WifiProfile,
    &direct::Direct,
    &bluetooth::Bluetooth,
    &root_partition::RootPartition,
    &hardware::Hardware,
    &period::Period,
    &mixer::Mixer,
    &eeprom::Eeprom,
];

/// 16 bits of a secret's hash: enough to notice that it was changed, useless for guessing it.
pub fn mark(secret: &str) -> u16 {
    let hash = Sha256::digest(secret);
    u16::from_be_bytes([hash[0], hash[1]])
}

/// Runs a program that must be there and must succeed; returns its output, or `None` where nothing can be run.
///
/// # Errors
///
/// It is missing or fails.
pub fn run(
    machine: &dyn Machine,
    program: &'static str,
    arguments: &[&str],
    input: &str,
) -> Result<Option<String>, StepError> {
    match machine.run(program, arguments, input) {
        Ok(Ran::Ended { success: true, output, .. }) => Ok(Some(output)),
        Ok(Ran::Ended { error, .. }) => {
            Err(StepError::Failed { program: format!("{program} {}", arguments.join(" ")), error })
        }
        Ok(Ran::Missing) => Err(StepError::Missing(program)),
        Ok(Ran::OnlyFiles) => Ok(None),
        Err(source) => Err(StepError::File { path: program.to_owned(), source }),
    }
}
