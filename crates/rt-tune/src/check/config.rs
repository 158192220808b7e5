//! The options that a kernel was built with.

use super::look::Seen;
use super::view::View;
use std::collections::BTreeMap;
use std::io::Read;
use std::rc::Rc;

/// A kernel's configuration; copies share the thousands of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Config {
    /// Where it was found.
    pub(super) source: String,
    values: Rc<BTreeMap<String, String>>,
}

impl Config {
    /// Looks where kernels and distributions put it.
    pub(super) fn find(view: &View) -> Seen<Self> {
        let mut hidden = None;
        let release = view.release().unwrap_or_default();
        let packed = "/proc/config.gz";
        match view.machine().bytes(packed) {
            Ok(bytes) => match unpack(&bytes) {
                Some(text) => return Seen::There(Self::parse(packed, &text)),
                None => hidden = Some(format!("{packed} is damaged")),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => hidden = Some(format!("{packed} cannot be read: {error}")),
        }
        let paths = [
            format!("/boot/config-{release}"),
            format!("/lib/modules/{release}/config"),
            format!("/usr/lib/modules/{release}/config"),
            format!("/lib/modules/{release}/build/.config"),
            format!("/run/booted-system/kernel-modules/lib/modules/{release}/build/.config"),
            format!("/usr/lib/kernel/config-{release}"),
        ];
        for path in paths.iter().filter(|_| !release.is_empty()) {
            match view.text(path) {
                Seen::There(text) if text.contains("CONFIG_") => {
                    return Seen::There(Self::parse(path, &text));
                }
                Seen::Hidden(why) => hidden = Some(why),
                _ => {}
            }
        }
        match hidden {
            Some(why) => Seen::Hidden(why),
            None => Seen::Absent,
        }
    }

    fn parse(source: &str, text: &str) -> Self {
        let values = text.lines().filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("CONFIG_")?.split_once('=')?;
            Some((name.to_owned(), value.trim_matches('"').to_owned()))
        });
        Self { source: source.to_owned(), values: Rc::new(values.collect()) }
    }

    /// Whether an option is built in or a module. One that is not mentioned is off: the build lists all that are on.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| value == "y" || value == "m")
    }

    /// The value of an option.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

fn unpack(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes).take(16 << 20).read_to_string(&mut text).ok()?;
    text.contains("CONFIG_").then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_on_off_or_values() {
        let text = "CONFIG_PREEMPT_RT=y\n# CONFIG_PREEMPT is not set\nCONFIG_HZ=250\nCONFIG_SND=m\n";
        let config = Config::parse("x", text);
        assert!(config.has("PREEMPT_RT") && config.has("SND") && !config.has("PREEMPT") && !config.has("HZ"));
        assert_eq!(config.value("HZ"), Some("250"));
        assert_eq!(unpack(b"no gzip"), None);
    }
}
