//! How one argument, or a counted list of arguments, is read from and written to a command.

use crate::number::{leading_f32, leading_float, leading_int};
use crate::{ErrorCode, ParseError, quote};
use std::borrow::Cow;
use std::fmt::Write;

/// The arguments of one command that are not read yet.
pub(crate) struct Arguments<'a> {
    tokens: std::slice::Iter<'a, Cow<'a, str>>,
    /// Extension commands refuse malformed numbers; mod-host's read any text as a number.
    strict: bool,
}

impl<'a> Arguments<'a> {
    pub(crate) fn new(tokens: &'a [Cow<'a, str>], strict: bool) -> Self {
        Self { tokens: tokens.iter(), strict }
    }

    pub(crate) fn remaining(&self) -> usize {
        self.tokens.len()
    }

    fn next(&mut self) -> Result<&'a str, ParseError> {
        self.tokens.next().map(AsRef::as_ref).ok_or(ParseError::FewArguments)
    }

    fn number<T: std::str::FromStr>(&mut self, lenient: fn(&str) -> T) -> Result<T, ParseError> {
        let text = self.next()?;
        if self.strict { text.parse().map_err(|_| ParseError::InvalidArgument) } else { Ok(lenient(text)) }
    }

    /// What to answer to a keyword that is not known.
    fn unknown_keyword(&self) -> ParseError {
        if self.strict {
            ParseError::InvalidArgument
        } else {
            ParseError::Refused(ErrorCode::InvalidOperation)
        }
    }
}

/// The text of one command.
pub(crate) struct Line<'a>(pub(crate) &'a mut String);

impl Line<'_> {
    pub(crate) fn text(&mut self, text: &str) {
        self.0.push(' ');
        self.0.push_str(&quote(text));
    }

    fn display(&mut self, value: impl std::fmt::Display) {
        // Writing to a `String` cannot fail.
        let _ = write!(self.0, " {value}");
    }
}

/// Something that stands in the argument list of a command.
pub(crate) trait Field: Sized {
    /// Fewest tokens that it takes.
    const MIN: usize = 1;
    /// Most tokens that it takes; `None` for a counted list.
    const MAX: Option<usize> = Some(1);

    fn read(arguments: &mut Arguments<'_>) -> Result<Self, ParseError>;
    fn write(&self, line: &mut Line<'_>);

    #[cfg(test)]
    fn any() -> proptest::strategy::BoxedStrategy<Self>;
}

#[cfg(test)]
use proptest::prelude::{Strategy, any};

#[cfg(test)]
fn finite() -> impl Strategy<Value = f32> {
    any::<f32>().prop_filter("finite", |value| value.is_finite())
}

impl Field for i32 {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, ParseError> {
        arguments.number(leading_int)
    }
    fn write(&self, line: &mut Line<'_>) {
        line.display(self);
    }
    #[cfg(test)]
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        any::<i32>().boxed()
    }
}

impl Field for u32 {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, ParseError> {
        arguments.number(|text| leading_int(text).max(0) as u32)
    }
    fn write(&self, line: &mut Line<'_>) {
        line.display(self);
    }
    #[cfg(test)]
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        any::<u32>().boxed()
    }
}

impl Field for f32 {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, ParseError> {
        let value = arguments.number(leading_f32)?;
        if value.is_finite() { Ok(value) } else { Err(ParseError::InvalidArgument) }
    }
    fn write(&self, line: &mut Line<'_>) {
        line.display(self);
    }
    #[cfg(test)]
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        finite().boxed()
    }
}

impl Field for f64 {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, ParseError> {
        let value = arguments.number(leading_float)?;
        if value.is_finite() { Ok(value) } else { Err(ParseError::InvalidArgument) }
    }
    fn write(&self, line: &mut Line<'_>) {
        line.display(self);
    }
    #[cfg(test)]
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        finite().prop_map(f64::from).boxed()
    }
}

impl Field for bool {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, ParseError> {
        if !arguments.strict {
            return Ok(leading_int(arguments.next()?) != 0);
        }
        match arguments.next()? {
            "1" | "on" => Ok(true),
            "0" | "off" => Ok(false),
            _ => Err(ParseError::InvalidArgument),
        }
    }
    fn write(&self, line: &mut Line<'_>) {
        line.display(u8::from(*self));
    }
    #[cfg(test)]
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        any::<bool>().boxed()
    }
}

impl Field for String {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, ParseError> {
        arguments.next().map(str::to_owned)
    }
    fn write(&self, line: &mut Line<'_>) {
        line.text(self);
    }
    #[cfg(test)]
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        proptest::prop_oneof![r#"[a-z:#/."\\ ]{0,12}"#, any::<String>()]
            .prop_map(|text| text.replace('\0', ""))
            .boxed()
    }
}

/// A last argument that may be left out.
impl<T: Field + std::fmt::Debug + 'static> Field for Option<T> {
    const MIN: usize = 0;
    const MAX: Option<usize> = T::MAX;

    fn read(arguments: &mut Arguments<'_>) -> Result<Self, ParseError> {
        if arguments.remaining() == 0 { Ok(None) } else { T::read(arguments).map(Some) }
    }
    fn write(&self, line: &mut Line<'_>) {
        if let Some(value) = self {
            value.write(line);
        }
    }
    #[cfg(test)]
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        proptest::option::of(T::any()).boxed()
    }
}

/// A list that starts with the number of its items.
impl<T: Field + std::fmt::Debug + 'static> Field for Vec<T> {
    const MAX: Option<usize> = None;

    fn read(arguments: &mut Arguments<'_>) -> Result<Self, ParseError> {
        let count = i32::read(arguments)?;
        let refused = ParseError::Refused(ErrorCode::InvalidOperation);
        let count = usize::try_from(count).map_err(|_| refused)?;
        // Checked before anything is reserved: mod-host crashes on a count that the arguments do not cover.
        if count > arguments.remaining() / T::MIN.max(1) {
            return Err(refused);
        }
        (0..count).map(|_| T::read(arguments)).collect()
    }
    fn write(&self, line: &mut Line<'_>) {
        line.display(self.len());
        for item in self {
            item.write(line);
        }
    }
    #[cfg(test)]
    fn any() -> proptest::strategy::BoxedStrategy<Self> {
        proptest::collection::vec(T::any(), 0..5).boxed()
    }
}

/// A field that is one keyword out of a list; `other` takes what is not in the list, if the host shall decide.
macro_rules! keyword_field {
    ($type:ident { $($variant:ident = $word:literal $(| $alias:literal)*),+ $(,)? } $(else $other:ident)?) => {
        impl Field for $type {
            fn read(arguments: &mut Arguments<'_>) -> Result<Self, ParseError> {
                let word = arguments.next()?;
                $(if word == $word $(|| word == $alias)* { return Ok(Self::$variant); })+
                $(if !arguments.strict { return Ok(Self::$other(word.to_owned())); })?
                Err(arguments.unknown_keyword())
            }
            fn write(&self, line: &mut Line<'_>) {
                line.text(match self {
                    $(Self::$variant => $word,)+
                    $(Self::$other(word) => word,)?
                });
            }
            #[cfg(test)]
            fn any() -> proptest::strategy::BoxedStrategy<Self> {
                proptest::sample::select(vec![$(Self::$variant),+ $(, Self::$other("link".repeat(2)))?]).boxed()
            }
        }
    };
}

/// A field made of several fields in a row.
macro_rules! group_field {
    ($type:ident { $($name:ident: $field:ty),+ $(,)? }) => {
        impl Field for $type {
            const MIN: usize = 0 $(+ <$field as Field>::MIN)+;
            const MAX: Option<usize> = Some(Self::MIN);

            fn read(arguments: &mut Arguments<'_>) -> Result<Self, ParseError> {
                Ok(Self { $($name: <$field as Field>::read(arguments)?),+ })
            }
            fn write(&self, line: &mut Line<'_>) {
                $(self.$name.write(line);)+
            }
            #[cfg(test)]
            fn any() -> proptest::strategy::BoxedStrategy<Self> {
                ($(<$field as Field>::any(),)+).prop_map(|($($name,)+)| Self { $($name),+ }).boxed()
            }
        }
    };
}

pub(crate) use crate::command::{
    Comparison, CvMode, FaultPolicy, Feature, ParamValue, PluginSpec, ScalePoint, SnapshotValue, SyncMode,
};

keyword_field!(Feature {
    AggregatedMidi = "aggregated-midi",
    CpuLoad = "cpu-load",
    Freewheeling = "freewheeling",
    Processing = "processing",
} else Other);
keyword_field!(SyncMode { None = "none", Link = "link", Midi = "midi" } else Other);
keyword_field!(CvMode { Negative = "-", Positive = "+", Bipolar = "b", Source = "=" });
keyword_field!(Comparison {
    Greater = ">",
    GreaterOrEqual = ">=",
    Less = "<",
    LessOrEqual = "<=",
    Equal = "==",
    NotEqual = "!=",
});
keyword_field!(FaultPolicy { Report = "report", Bypass = "bypass" });
group_field!(PluginSpec { uri: String, instance: i32 });
group_field!(ParamValue { symbol: String, value: f32 });
group_field!(SnapshotValue { instance: i32, symbol: String, value: f32 });
group_field!(ScalePoint { label: String, value: f32 });
