//! The last good configuration.

use super::{Config, ConfigError};

/// Keeps what works: a broken file changes nothing but the error.
#[derive(Debug, Clone, PartialEq)]
pub struct Keeper {
    good: Config,
    error: Option<ConfigError>,
}

impl Keeper {
    /// Starts with a configuration that is known to work, such as the one built in or the copy kept from the last start.
    pub fn new(good: Config) -> Self {
        Self { good, error: None }
    }

    /// Takes the text of `default_config.yml`: `true` when it is used from now on.
    pub fn offer(&mut self, text: &str) -> bool {
        match Config::parse(text) {
            Ok(config) => {
                (self.good, self.error) = (config, None);
                true
            }
            Err(error) => {
                self.error = Some(error);
                false
            }
        }
    }

    /// The configuration in use.
    pub fn config(&self) -> &Config {
        &self.good
    }

    /// What is wrong with the file that was offered last, to be shown.
    pub fn error(&self) -> Option<&ConfigError> {
        self.error.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_file_changes_nothing_but_the_error() {
        let mut keeper = Keeper::new(Config::default());
        assert!(keeper.offer("hardware: {version: 3.0}"));
        assert!(!keeper.offer("hardware: {version: three}"));
        assert_eq!(keeper.config().version, Some(3.0));
        assert_eq!(keeper.error().unwrap().to_string(), "line 1: hardware.version must be a number");
    }
}
