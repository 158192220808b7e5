//! What a look at one thing of the machine yields, and the three ways in which a value can be there or not.

use super::Status;
use std::fmt::Display;

/// What was seen of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Judgement.
    pub status: Status,
    /// The value found; empty when there is none.
    pub value: String,
    /// Why it is judged so; empty where the value says it.
    pub reason: String,
    /// Single devices, threads or files behind the value.
    pub details: Vec<String>,
}

impl Look {
    fn new(status: Status, value: impl Display, reason: impl Into<String>) -> Self {
        Self { status, value: value.to_string(), reason: reason.into(), details: Vec::new() }
    }

    /// As it should be.
    pub(super) fn ok(value: impl Display) -> Self {
        Self::new(Status::Ok, value, "")
    }

    /// As it should be, although the value does not show it.
    pub(super) fn ok_because(value: impl Display, reason: impl Into<String>) -> Self {
        Self::new(Status::Ok, value, reason)
    }

    /// Could be better.
    pub(super) fn warn(value: impl Display, reason: impl Into<String>) -> Self {
        Self::new(Status::Warn, value, reason)
    }

    /// Keeps the machine from reliable audio.
    pub(super) fn bad(value: impl Display, reason: impl Into<String>) -> Self {
        Self::new(Status::Bad, value, reason)
    }

    /// The machine has no such thing.
    pub(super) fn none(why: impl Into<String>) -> Self {
        Self::new(Status::NotApplicable, "", why)
    }

    /// It could not be found out.
    pub(super) fn unknown(why: impl Into<String>) -> Self {
        Self::new(Status::Unknown, "", why)
    }

    /// With the single things behind it.
    pub(super) fn with(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// With a value, where the constructor takes none.
    pub(super) fn valued(mut self, value: impl Display) -> Self {
        self.value = value.to_string();
        self
    }
}

/// A look that may end early because a file is missing or closed.
pub(super) type Looked = Result<Look, Look>;

/// Something of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen<T> {
    /// It is there.
    There(T),
    /// The machine has it not.
    Absent,
    /// It may be there, but cannot be read: why.
    Hidden(String),
}

impl<T> Seen<T> {
    /// The value; a machine without it is a machine that the check does not concern.
    pub(super) fn or_none(self, why: &str) -> Result<T, Look> {
        match self {
            Self::There(value) => Ok(value),
            Self::Absent => Err(Look::none(why)),
            Self::Hidden(why) => Err(Look::unknown(why)),
        }
    }

    /// The value; without it nothing can be said.
    pub(super) fn or_unknown(self, why: &str) -> Result<T, Look> {
        match self {
            Self::There(value) => Ok(value),
            Self::Absent => Err(Look::unknown(why)),
            Self::Hidden(why) => Err(Look::unknown(why)),
        }
    }

    /// The value; a missing one counts as `default`, an unreadable one does not.
    pub(super) fn or_default(self, default: T) -> Result<T, Look> {
        match self {
            Self::There(value) => Ok(value),
            Self::Absent => Ok(default),
            Self::Hidden(why) => Err(Look::unknown(why)),
        }
    }

    /// The value where it only adds to a judgement.
    pub(super) fn there(self) -> Option<T> {
        if let Self::There(value) = self { Some(value) } else { None }
    }

    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Seen<U> {
        match self {
            Self::There(value) => Seen::There(change(value)),
            Self::Absent => Seen::Absent,
            Self::Hidden(why) => Seen::Hidden(why),
        }
    }
}
