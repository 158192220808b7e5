//! The sound cards that there are.

use crate::check::look::{Look, Looked, Seen};
use crate::check::{Check, Severity, View};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "cards",
    title: "Sound cards",
    severity: Severity::Required,
    good: "at least one",
    why: "without one there is nothing to play through",
    what: "/proc/asound/cards, and hw_params of each open stream, which show the real period and buffer while it runs.",
    risk: "Nothing is changed.",
    undo: "Nothing to undo.",
    source: "Linux: Documentation/sound/designs/procfile.rst",
    nix: None,
    fix: None,
    look: cards,
}];

fn cards(view: &View) -> Looked {
    let text = match view.text("/proc/asound/cards") {
        Seen::There(text) => text,
        Seen::Absent => return Ok(Look::bad("none", "the kernel has no sound, or no driver is loaded")),
        Seen::Hidden(why) => return Err(Look::unknown(why)),
    };
    let listed: Vec<&str> = text.lines().filter(|line| line.contains("]:")).collect();
    if listed.is_empty() {
        return Ok(Look::bad("none", "no driver found a sound card"));
    }
    let mut details = Vec::new();
    for line in &listed {
        let number = line.split_whitespace().next().unwrap_or("");
        let name = line.split_once("]:").map_or("", |(_, name)| name.trim());
        details.push(format!("{number}: {name}"));
        let folder = format!("/proc/asound/card{number}");
        for pcm in
            view.list(&folder).there().unwrap_or_default().iter().filter(|name| name.starts_with("pcm"))
        {
            let params = view.text(&format!("{folder}/{pcm}/sub0/hw_params")).there().unwrap_or_default();
            let value = |key: &str| {
                params
                    .lines()
                    .find_map(|l| l.strip_prefix(key))
                    .map(|v| v.trim().to_owned())
                    .unwrap_or_default()
            };
            if params.contains("period_size:") {
                let (period, buffer, rate) = (value("period_size:"), value("buffer_size:"), value("rate:"));
                let rate = rate.split(' ').next().unwrap_or("").to_owned();
                details.push(format!("{number}: {pcm} runs with {period} of {buffer} frames at {rate} Hz"));
            }
        }
    }
    Ok(Look::ok(listed.len()).with(details))
}
