//! The numbers that a host answers when something failed, and what can be wrong with a command's text.

/// A negative number in a `resp` reply. The message says what failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
#[repr(i32)]
pub enum ErrorCode {
    /// −1
    #[error("the instance number is outside 0–9999")]
    InstanceInvalid = -1,
    /// −2
    #[error("the instance exists already; remove it first")]
    InstanceExists = -2,
    /// −3
    #[error("there is no such instance; add it first")]
    InstanceMissing = -3,
    /// −4
    #[error("the plugin has no licence")]
    Unlicensed = -4,
    /// −101
    #[error("no plugin or property with this URI is installed")]
    BadUri = -101,
    /// −102
    #[error("the plugin could not be instantiated")]
    Instantiate = -102,
    /// −103
    #[error("the plugin has no port with this symbol")]
    UnknownSymbol = -103,
    /// −104
    #[error("there is no such preset")]
    UnknownPreset = -104,
    /// −105
    #[error("the state could not be loaded")]
    LoadState = -105,
    /// −201
    #[error("the JACK client could not be opened")]
    JackClientOpen = -201,
    /// −202
    #[error("activation failed")]
    JackActivate = -202,
    /// −203
    #[error("deactivation failed")]
    JackDeactivate = -203,
    /// −204
    #[error("a port could not be registered")]
    JackPortRegister = -204,
    /// −205
    #[error("the ports could not be connected")]
    Connect = -205,
    /// −206
    #[error("the ports could not be disconnected")]
    Disconnect = -206,
    /// −207
    #[error("the value is out of range")]
    OutOfRange = -207,
    /// −301
    #[error("the assignment exists already")]
    AssignmentExists = -301,
    /// −302
    #[error("the assignment or list is not valid (a list of none where one is needed)")]
    AssignmentInvalid = -302,
    /// −303
    #[error("the list of assignments is full")]
    AssignmentListFull = -303,
    /// −304
    #[error("the assignment failed")]
    AssignmentFailed = -304,
    /// −305
    #[error("the assignment is not in use")]
    AssignmentUnused = -305,
    /// −401
    #[error("the control chain is not available on this device")]
    ControlChain = -401,
    /// −402
    #[error("Ableton Link is not available")]
    Link = -402,
    /// −403
    #[error("MOD's display hardware is not available on this device")]
    Hmi = -403,
    /// −404
    #[error("external plugin windows are not available")]
    ExternalUi = -404,
    /// −901
    #[error("a table or buffer is full")]
    Memory = -901,
    /// −902
    #[error("the operation is not valid")]
    InvalidOperation = -902,
}

/// A number that is none of [`ErrorCode`]'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not an error code of the protocol")]
pub struct UnknownCode(pub i32);

impl ErrorCode {
    /// Every code, from −1 down to −902.
    pub const ALL: [Self; 27] = [
        Self::InstanceInvalid,
        Self::InstanceExists,
        Self::InstanceMissing,
        Self::Unlicensed,
        Self::BadUri,
        Self::Instantiate,
        Self::UnknownSymbol,
        Self::UnknownPreset,
        Self::LoadState,
        Self::JackClientOpen,
        Self::JackActivate,
        Self::JackDeactivate,
        Self::JackPortRegister,
        Self::Connect,
        Self::Disconnect,
        Self::OutOfRange,
        Self::AssignmentExists,
        Self::AssignmentInvalid,
        Self::AssignmentListFull,
        Self::AssignmentFailed,
        Self::AssignmentUnused,
        Self::ControlChain,
        Self::Link,
        Self::Hmi,
        Self::ExternalUi,
        Self::Memory,
        Self::InvalidOperation,
    ];

    /// The number on the wire, −1 to −902.
    pub fn code(self) -> i32 {
        self as i32
    }
}

impl TryFrom<i32> for ErrorCode {
    type Error = UnknownCode;

    fn try_from(code: i32) -> Result<Self, UnknownCode> {
        Self::ALL.into_iter().find(|known| known.code() == code).ok_or(UnknownCode(code))
    }
}

/// Why a message is not a command. `Reply::from` gives the answer that the client gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The first word is no command.
    #[error("no such command; `docs/reference/protocol.md` lists them")]
    NotFound,
    /// More arguments than the command takes.
    #[error("too many arguments; quote an argument that contains spaces")]
    ManyArguments,
    /// Fewer arguments than the command takes.
    #[error("too few arguments")]
    FewArguments,
    /// An argument of an extension command is malformed (mod-host's own commands read any text as a number).
    #[error("an argument is malformed")]
    InvalidArgument,
    /// The message exceeded [`crate::MAX_MESSAGE`].
    #[error("the message is too long")]
    TooLong,
    /// The command is well formed but can be refused without a host: a count that the arguments do not cover
    /// (`-902`, where mod-host crashes), an empty list where one is needed (`-302`), an unknown keyword (`-902`).
    #[error("refused: {0}")]
    Refused(ErrorCode),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_are_unique() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::try_from(code.code()), Ok(code));
        }
        assert_eq!(ErrorCode::try_from(0), Err(UnknownCode(0)));
        assert_eq!(ErrorCode::InvalidOperation.code(), -902);
        assert_eq!(ErrorCode::Connect.code(), -205);
    }
}
