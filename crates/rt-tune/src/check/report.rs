//! What a run of the checks says, as it is printed and stored.

use super::{Check, Look, View};
use schemars::JsonSchema;
use serde::Serialize;

/// How much a check matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Without it there is no reliable real-time audio.
    Required,
    /// It is felt on most machines.
    Recommended,
    /// It helps on some, or with very short periods.
    Optional,
    /// It is good to know; nothing needs to be done.
    Information,
}

/// A judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// A value was seen, and it is good.
    Ok,
    /// A value was seen that could be better.
    Warn,
    /// A value was seen that keeps the machine from reliable audio.
    Bad,
    /// The machine has no such thing.
    NotApplicable,
    /// It could not be found out.
    Unknown,
}

impl Status {
    /// The word of the report.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::NotApplicable => "not applicable",
            Self::Unknown => "unknown",
        }
    }
}

/// One check and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Name of the check, for `rt-tune explain`.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Judgement.
    pub status: Status,
    /// The value found; empty when there is none.
    pub value: String,
    /// The good value.
    pub good: &'static str,
    /// Why it matters for audio.
    pub why: &'static str,
    /// Why it is judged so. Never empty when it is neither good nor bad by its value alone.
    pub reason: String,
    /// Single devices, threads or files behind the value.
    pub details: Vec<String>,
    /// The fix of `rt-tune apply` that mends it while the machine runs.
    pub fix: Option<&'static str>,
    /// The NixOS option that settles it for good.
    pub nix: Option<&'static str>,
}

impl Finding {
    pub(super) fn new(check: &Check, look: Look) -> Self {
        Self {
            id: check.id,
            title: check.title,
            severity: check.severity,
            status: look.status,
            value: look.value,
            good: check.good,
            why: check.why,
            reason: look.reason,
            details: look.details,
            fix: check.fix,
            nix: check.nix,
        }
    }

    /// Whether there is something to do for somebody who wants real-time audio.
    pub fn is_to_do(&self) -> bool {
        matches!(self.status, Status::Warn | Status::Bad) && self.severity <= Severity::Recommended
    }
}

/// How many findings have each judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// Good.
    pub ok: usize,
    /// Could be better.
    pub warn: usize,
    /// Bad.
    pub bad: usize,
    /// Not there on this machine.
    pub not_applicable: usize,
    /// Not found out.
    pub unknown: usize,
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Subject {
    /// Release of the kernel; empty when it cannot be read.
    pub kernel: String,
    /// Version line of the kernel; empty when it cannot be read.
    pub version: String,
    /// Name of the processor or board; empty when nothing tells.
    pub model: String,
    /// CPUs that are switched on, as a list of the kernel.
    pub cpus: String,
    /// The user that limits and groups are judged for; empty when none was found.
    pub user: String,
    /// Whether the running machine was looked at rather than a folder.
    pub running: bool,
}

impl View<'_> {
    pub(super) fn subject(&self) -> Subject {
        let model = ["model name", "Model", "Hardware"].iter().find_map(|key| self.cpuinfo_value(key));
        Subject {
            kernel: self.release().unwrap_or_default(),
            version: self.text("/proc/sys/kernel/version").there().unwrap_or_default(),
            model: self.board().or(model).unwrap_or_default(),
            cpus: self.online().there().map(|cpus| cpus.to_string()).unwrap_or_default(),
            user: self.user.as_ref().map(|user| user.name.clone()).unwrap_or_default(),
            running: self.running,
        }
    }
}

/// A run of all checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "rt-tune check", description = "What `rt-tune check --json` prints.")]
pub struct Report {
    /// Version of this form; a new field keeps it, a changed one raises it.
    pub schema: u32,
    /// What was looked at.
    pub machine: Subject,
    /// Counts.
    pub summary: Summary,
    /// Every check in a fixed order.
    pub findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(machine: Subject, findings: Vec<Finding>) -> Self {
        let count = |status| findings.iter().filter(|f| f.status == status).count();
        let summary = Summary {
            ok: count(Status::Ok),
            warn: count(Status::Warn),
            bad: count(Status::Bad),
            not_applicable: count(Status::NotApplicable),
            unknown: count(Status::Unknown),
        };
        Self { schema: 1, machine, summary, findings }
    }

    /// 0 when all that is required or recommended is good, 1 when something is left to do or a required thing could not
    /// be found out.
    pub fn exit_code(&self) -> u8 {
        let open =
            |f: &Finding| f.is_to_do() || (f.status == Status::Unknown && f.severity == Severity::Required);
        u8::from(self.findings.iter().any(open))
    }

    /// The finding of a check.
    pub fn finding(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.id == id)
    }
}

/// The JSON schema of [`Report`].
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Report).to_value()
}
