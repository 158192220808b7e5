//! Which pedal this is, from the computer it is built on.

use crate::Profile;

/// The hardware version of a computer, from the text of its model (`/proc/cpuinfo` or the device tree, which ends in a
/// NUL): 2.0 for a Raspberry Pi 3, else 3.0.
pub fn version_of(model: &str) -> f64 {
    if model.contains("Pi 3") { 2.0 } else { 3.0 }
}

/// The profile to use. A name (`v1`, `v2`, `v3`, `generic`) wins, then the configuration's version; a computer that is
/// no Raspberry Pi has no pedal around it.
pub fn detect(named: Option<&str>, version: Option<f64>, model: &str) -> Profile {
    if let Some(profile) = named.and_then(Profile::named).or_else(|| version.and_then(Profile::of_version)) {
        return profile;
    }
    if model.contains("Raspberry Pi") {
        Profile::of_version(version_of(model)).unwrap_or_else(Profile::generic)
    } else {
        Profile::generic()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_and_overrides() {
        let name = |named, version, model| detect(named, version, model).name;
        assert_eq!(name(None, None, "Raspberry Pi 3 Model A Plus Rev 1.0\0"), "v2");
        assert_eq!(name(None, None, "Raspberry Pi 4 Model B Rev 1.4"), "v3");
        assert_eq!(name(None, None, "Raspberry Pi Compute Module 5 Rev 1.0\0"), "v3");
        assert_eq!(name(None, Some(2.0), "Raspberry Pi 5"), "v2");
        assert_eq!(name(Some("v1"), Some(2.0), "Raspberry Pi 5"), "v1");
        assert_eq!(name(None, None, "AMD EPYC"), "generic");
    }
}
