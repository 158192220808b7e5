//! What the host answers to a command.

use crate::{ErrorCode, Oversize, ParseError, c_float, encode_message};

/// One answer. Answers come in the order of the commands, one each, but for [`Reply::Silent`].
///
/// Three things about them surprise: `add` and `preload` answer the *instance* on success; `monitor_output`,
/// `monitor_output_off`, `midi_learn`, `midi_map` and `midi_unmap` answer 1 for success and 0 for failure
/// ([`Reply::inverted`]); and `preset_show` and `licensee` answer bare text that may be empty. Which command
/// answers how is told by [`crate::Command::reply_style`].
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// `resp <number>`: 0 or an instance on success, an [`ErrorCode`] on failure.
    Status(i32),
    /// `resp 0 <value>` with four decimals: `param_get`, `cpu_load`, `max_cpu_load`.
    Float(f32),
    /// Bare text, possibly empty: Turtle of `preset_show`, JSON of the extensions.
    Text(String),
    /// Nothing at all: `help`, `load`, and `save` with nothing to save.
    Silent,
    /// `not found`: no such command.
    NotFound,
    /// `many arguments`
    ManyArguments,
    /// `few arguments`
    FewArguments,
    /// `invalid argument`: a malformed argument of an extension command.
    InvalidArgument,
    /// `message too long`: a message of more than [`crate::MAX_MESSAGE`] bytes was dropped.
    TooLong,
}

/// A reply that a client cannot make sense of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("malformed reply {0:?}: the other side does not speak mod-host's protocol")]
pub struct ReplyError(pub String);

const NOT_FOUND: &str = "not found";
const MANY_ARGUMENTS: &str = "many arguments";
const FEW_ARGUMENTS: &str = "few arguments";
const INVALID_ARGUMENT: &str = "invalid argument";
const TOO_LONG: &str = "message too long";

impl Reply {
    /// `resp 0`.
    pub fn ok() -> Self {
        Self::Status(0)
    }

    /// The 1 for success and 0 for failure of `midi_learn`, `midi_map`, `midi_unmap`, `monitor_output` and
    /// `monitor_output_off`.
    pub fn inverted(success: bool) -> Self {
        Self::Status(success.into())
    }

    /// `resp 0`, or the error's code.
    pub fn from_result(result: Result<(), ErrorCode>) -> Self {
        result.map_or_else(Self::from, |()| Self::ok())
    }

    /// Whether the reply reports a failure. Not meaningful for [`Reply::inverted`] ones.
    pub fn is_error(&self) -> bool {
        match self {
            Self::Status(code) => *code < 0,
            Self::Float(_) | Self::Text(_) | Self::Silent => false,
            Self::NotFound
            | Self::ManyArguments
            | Self::FewArguments
            | Self::InvalidArgument
            | Self::TooLong => true,
        }
    }

    /// Appends the reply with its NUL; appends nothing for [`Reply::Silent`].
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Status(0) => out.extend_from_slice(b"resp 0\0"),
            Self::Status(code) => encode_message(&format!("resp {code}"), out),
            Self::Float(value) => encode_message(&format!("resp 0 {}", c_float((*value).into(), 4)), out),
            Self::Text(text) => encode_message(text, out),
            Self::Silent => {}
            Self::NotFound => encode_message(NOT_FOUND, out),
            Self::ManyArguments => encode_message(MANY_ARGUMENTS, out),
            Self::FewArguments => encode_message(FEW_ARGUMENTS, out),
            Self::InvalidArgument => encode_message(INVALID_ARGUMENT, out),
            Self::TooLong => encode_message(TOO_LONG, out),
        }
    }

    /// The reply with its NUL.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }

    /// Reads the reply to a command that answers a number: everything but `preset_show`, `licensee` and the
    /// extensions. `message` comes without its NUL.
    pub fn parse(message: &[u8]) -> Result<Self, ReplyError> {
        let text = String::from_utf8_lossy(message);
        if let Some(known) = Self::parser_outcome(&text) {
            return Ok(known);
        }
        let malformed = || ReplyError(text.clone().into_owned());
        let mut words = text.split(' ');
        if words.next() != Some("resp") {
            return Err(malformed());
        }
        let status: i32 = words.next().and_then(|word| word.parse().ok()).ok_or_else(malformed)?;
        match (words.next(), words.next()) {
            (None, _) => Ok(Self::Status(status)),
            (Some(value), None) if status == 0 => value.parse().map(Self::Float).map_err(|_| malformed()),
            _ => Err(malformed()),
        }
    }

    /// Reads the reply to a command that answers text: a `resp` line with an error stays a [`Reply::Status`],
    /// everything else is the text.
    pub fn parse_text(message: &[u8]) -> Self {
        let text = String::from_utf8_lossy(message);
        Self::parser_outcome(&text)
            .or_else(|| Self::parse(message).ok().filter(Self::is_error))
            .unwrap_or_else(|| Self::Text(text.into_owned()))
    }

    fn parser_outcome(text: &str) -> Option<Self> {
        match text {
            NOT_FOUND => Some(Self::NotFound),
            MANY_ARGUMENTS => Some(Self::ManyArguments),
            FEW_ARGUMENTS => Some(Self::FewArguments),
            INVALID_ARGUMENT => Some(Self::InvalidArgument),
            TOO_LONG => Some(Self::TooLong),
            _ => None,
        }
    }
}

impl From<ErrorCode> for Reply {
    fn from(code: ErrorCode) -> Self {
        Self::Status(code.code())
    }
}

impl From<ParseError> for Reply {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::NotFound => Self::NotFound,
            ParseError::ManyArguments => Self::ManyArguments,
            ParseError::FewArguments => Self::FewArguments,
            ParseError::InvalidArgument => Self::InvalidArgument,
            ParseError::TooLong => Self::TooLong,
            ParseError::Refused(code) => code.into(),
        }
    }
}

impl From<Oversize> for Reply {
    fn from(_: Oversize) -> Self {
        Self::TooLong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_bytes() {
        let cases: &[(Reply, &[u8])] = &[
            (Reply::ok(), b"resp 0\0"),
            (Reply::Status(42), b"resp 42\0"),
            (ErrorCode::Instantiate.into(), b"resp -102\0"),
            (Reply::inverted(true), b"resp 1\0"),
            (Reply::inverted(false), b"resp 0\0"),
            (Reply::Float(1.0), b"resp 0 1.0000\0"),
            (Reply::Float(-0.333_33), b"resp 0 -0.3333\0"),
            (Reply::Text(String::new()), b"\0"),
            (Reply::Text("<a> a <b> .\n".into()), b"<a> a <b> .\n\0"),
            (Reply::Text("a\0b".into()), b"ab\0"),
            (Reply::Silent, b""),
            (Reply::NotFound, b"not found\0"),
            (Reply::ManyArguments, b"many arguments\0"),
            (Reply::FewArguments, b"few arguments\0"),
            (Reply::InvalidArgument, b"invalid argument\0"),
            (Reply::TooLong, b"message too long\0"),
        ];
        for (reply, bytes) in cases {
            assert_eq!(reply.to_bytes(), *bytes, "{reply:?}");
        }
    }

    #[test]
    fn clients_read_them_back() {
        for reply in
            [Reply::ok(), Reply::Status(-902), Reply::Float(0.5), Reply::FewArguments, Reply::TooLong]
        {
            let bytes = reply.to_bytes();
            assert_eq!(Reply::parse(&bytes[..bytes.len() - 1]), Ok(reply));
        }
        for junk in ["", "resp", "resp x", "resp 0 1 2", "resp -1 2.0", "hello"] {
            assert!(Reply::parse(junk.as_bytes()).is_err(), "{junk:?}");
        }
        assert_eq!(Reply::parse_text(b"resp -3"), Reply::Status(-3));
        assert_eq!(Reply::parse_text(b"not found"), Reply::NotFound);
        assert_eq!(Reply::parse_text(b""), Reply::Text(String::new()));
        assert_eq!(Reply::parse_text(b"{\"a\":1}"), Reply::Text("{\"a\":1}".into()));
    }
}
