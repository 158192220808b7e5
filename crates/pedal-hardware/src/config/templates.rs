//! What a pedal does when its owner has written no configuration.

use super::Config;
use crate::Profile;

const V1: &str = include_str!("templates/v1.yml");
const V2: &str = include_str!("templates/v2.yml");
const V3: &str = include_str!("templates/v3.yml");
const EXPRESSION: &str = include_str!("templates/v3-expression.yml");
const GENERIC: &str = include_str!("templates/generic.yml");

/// The text to start an own `default_config.yml` from.
pub fn template(profile: &Profile) -> &'static str {
    match profile.name {
        "v1" => V1,
        "v2" => V2,
        "v3" => V3,
        _ => GENERIC,
    }
}

impl Config {
    /// What a pedal of this profile does without a file. `plugged`: an expression pedal is in the jack of v3 for sure,
    /// as it is in the simulator.
    pub fn built_in(profile: &Profile, plugged: bool) -> Self {
        let config = Self::parse(template(profile)).expect("the built-in configurations are tested");
        if plugged && profile.name == "v3" {
            let more = Self::parse_overlay(EXPRESSION).expect("the built-in configurations are tested");
            return config.with(&more);
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_a_configuration_of_its_own_version() {
        for profile in [Profile::v1(), Profile::v2(), Profile::v3(), Profile::generic()] {
            let config = Config::built_in(&profile, true);
            if profile.name != "generic" {
                let version = config.version.and_then(Profile::of_version).expect("a version");
                assert_eq!(version.name, profile.name);
                assert_eq!(config.footswitches.len(), profile.footswitches.len());
            }
        }
        assert!(Config::built_in(&Profile::v3(), false).analog.is_empty());
        assert_eq!(Config::built_in(&Profile::v3(), true).analog.len(), 1);
    }
}
