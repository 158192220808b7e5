//! What PipeWire's files say, without starting anything.

use super::look::{Look, Seen};
use super::view::View;
use std::collections::BTreeMap;

/// The settings that matter here.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    values: BTreeMap<String, String>,
    /// Files that set any of them.
    pub(super) sources: Vec<String>,
    /// Whether the main file, which holds the rule for virtual machines, was read.
    pub(super) has_main: bool,
    /// The smallest quantum that the rule for virtual machines allows.
    pub(super) vm_quantum: Option<i64>,
    /// Whether a key was written as nested sections, which has no effect.
    pub(super) nested: bool,
    /// Lines about ALSA nodes.
    pub(super) alsa: Vec<String>,
}

impl Settings {
    /// Reads the files in the order in which PipeWire does: the main one, then fragments of the package, the system and
    /// the user.
    pub(super) fn find(view: &View) -> Result<Self, Look> {
        let home = view.user.as_ref().map(|user| format!("{}/.config", user.home));
        let places: Vec<String> =
            ["/usr/share".to_owned(), "/etc".to_owned()].into_iter().chain(home).collect();
        let mut settings = Self::default();
        // A main file in a later place replaces the earlier one.
        for place in places.iter().rev() {
            let path = format!("{place}/pipewire/pipewire.conf");
            match view.text(&path) {
                Seen::There(text) => {
                    settings.has_main = true;
                    settings.read(&text, &path);
                    break;
                }
                Seen::Absent => {}
                // It may set anything, so nothing is said about the rest.
                Seen::Hidden(why) => return Err(Look::unknown(why)),
            }
        }
        for place in &places {
            for folder in
                ["pipewire/pipewire.conf.d", "wireplumber/wireplumber.conf.d", "wireplumber/main.lua.d"]
            {
                let folder = format!("{place}/{folder}");
                let names = match view.list(&folder) {
                    Seen::There(names) => names,
                    Seen::Absent => continue,
                    Seen::Hidden(why) => return Err(Look::unknown(why)),
                };
                for name in names {
                    let path = format!("{folder}/{name}");
                    match view.text(&path) {
                        Seen::There(text) => settings.read(&text, &path),
                        Seen::Absent => {}
                        Seen::Hidden(why) => return Err(Look::unknown(why)),
                    }
                }
            }
        }
        if settings.has_main || !settings.sources.is_empty() {
            return Ok(settings);
        }
        match view.runs(&["pipewire"]) {
            Seen::There(false) => Err(Look::none("PipeWire is not here: no file, no process")),
            Seen::There(true) => Err(Look::unknown("PipeWire runs, but none of its files was found")),
            Seen::Absent => Err(Look::unknown("processes cannot be seen")),
            Seen::Hidden(why) => Err(Look::unknown(why)),
        }
    }

    pub(super) fn number(&self, key: &str) -> Option<i64> {
        self.values.get(key)?.parse().ok()
    }

    fn read(&mut self, text: &str, path: &str) {
        let mut used = false;
        let mut in_vm_rule = false;
        let code = text.lines().map(|line| line.split('#').next().unwrap_or("").trim());
        for line in code.filter(|line| !line.is_empty()) {
            in_vm_rule |= line.contains("cpu.vm.name") || line.contains("vm.overrides");
            let pair = line.split_once('=').or_else(|| line.split_once(':'));
            let Some((key, value)) = pair else { continue };
            let word = |text: &str| {
                text.trim()
                    .trim_matches(['"', '{', '}', '[', ']', ',', ' ', '\''])
                    .trim_matches('"')
                    .to_owned()
            };
            let (key, value) = (word(key.rsplit('{').next().unwrap_or(key)), word(value));
            if key == "clock" && value.is_empty() && path.contains("pipewire.conf.d") {
                self.nested = true;
            }
            if line.contains("api.alsa.") || line.contains("latency.internal") {
                self.alsa.push(format!("{line} in {path}"));
                used = true;
            }
            if !key.starts_with("default.clock.") {
                continue;
            }
            used = true;
            if in_vm_rule {
                if key == "default.clock.min-quantum" {
                    self.vm_quantum = value.parse().ok();
                }
                in_vm_rule = key != "default.clock.min-quantum";
            } else {
                self.values.insert(key, value);
            }
        }
        if used {
            self.sources.push(path.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_the_rule_are_seen_and_comments_are_not() {
        let mut new = Settings::default();
        new.read(
            "context.properties = {\n    #default.clock.quantum = 64\n    default.clock.quantum = 128\n}\n\
             context.properties.rules = [\n  { matches = [ { cpu.vm.name = !null } ]\n    actions = { update-props = {\n\
             \x20     default.clock.min-quantum = 1024\n    } } }\n]\n",
            "/usr/share/pipewire/pipewire.conf",
        );
        assert_eq!((new.number("default.clock.quantum"), new.vm_quantum), (Some(128), Some(1024)));
        let mut old = Settings::default();
        old.read("vm.overrides = {\n default.clock.min-quantum = 256\n}\ndefault.clock.rate = 44100\n", "/x");
        assert_eq!((old.vm_quantum, old.number("default.clock.rate")), (Some(256), Some(44_100)));
        let mut json = Settings::default();
        json.read(
            "{\n \"context.properties\": {\n \"default.clock.quantum\": 64\n }\n}",
            "/etc/pipewire/pipewire.conf.d/x",
        );
        assert_eq!(json.number("default.clock.quantum"), Some(64));
        assert!(!json.nested);
    }
}
