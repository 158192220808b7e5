//! What is made of the table of commands.

use crate::ParseError;

/// Compares a number of tokens to what the fields take.
pub(super) fn arity(tokens: usize, minima: &[usize], maxima: &[Option<usize>]) -> Result<(), ParseError> {
    if tokens < minima.iter().sum() {
        return Err(ParseError::FewArguments);
    }
    match maxima.iter().copied().sum::<Option<usize>>() {
        Some(most) if tokens > most => Err(ParseError::ManyArguments),
        _ => Ok(()),
    }
}

/// Makes the enum, its parser and its writer from one table, so that they cannot disagree.
macro_rules! commands {
    ($(
        $(#[$doc:meta])*
        $name:literal $variant:ident { $( $(#[$field_doc:meta])* $field:ident: $type:ty ),* $(,)? }
    )+) => {
        /// A command of the protocol, with its arguments in the order of the wire.
        ///
        /// Instances are 0–9999 when valid, but any number can stand here: the host answers for wrong ones.
        /// Numbers are finite. Texts hold no NUL; bytes that are not UTF-8 were replaced by U+FFFD.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Command {
            $( $(#[$doc])* $variant { $( $(#[$field_doc])* $field: $type ),* }, )+
        }

        impl Command {
            /// The names of all commands, in the order of the reference.
            pub const NAMES: &[&str] = &[$($name),+];

            /// The command's name on the wire.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$variant { .. } => $name, )+ }
            }

            pub(super) fn read(name: &str, arguments: &mut Arguments<'_>) -> Result<Self, ParseError> {
                match name {
                    $( $name => {
                        arity(
                            arguments.remaining(),
                            &[$(<$type as Field>::MIN),*],
                            &[$(<$type as Field>::MAX),*],
                        )?;
                        Ok(Self::$variant { $( $field: <$type as Field>::read(arguments)? ),* })
                    } )+
                    _ => Err(ParseError::NotFound),
                }
            }

            pub(super) fn write(&self, line: &mut String) {
                line.push_str(self.name());
                #[allow(unused_mut, unused_variables)] // commands without arguments
                let mut line = Line(line);
                match self {
                    $( Self::$variant { $($field),* } => { $( Field::write($field, &mut line); )* } )+
                }
            }

            /// One strategy for each command.
            #[cfg(test)]
            pub(super) fn strategies() -> Vec<proptest::strategy::BoxedStrategy<Self>> {
                use proptest::strategy::Strategy;
                vec![$( nested_any!($($type),*)
                    .prop_map(|nested_pattern!($($field),*)| Self::$variant { $($field),* })
                    .boxed(), )+]
            }
        }
    };
}

/// The strategies of some fields as nested pairs: tuples of strategies end at twelve.
#[cfg(test)]
macro_rules! nested_any {
    () => { proptest::strategy::Just(()) };
    ($first:ty $(, $rest:ty)*) => { (<$first as Field>::any(), nested_any!($($rest),*)) };
}

#[cfg(test)]
macro_rules! nested_pattern {
    () => { () };
    ($first:ident $(, $rest:ident)*) => { ($first, nested_pattern!($($rest),*)) };
}

pub(super) use commands;
#[cfg(test)]
pub(super) use {nested_any, nested_pattern};
