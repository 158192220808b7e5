//! The tables of the demo.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::audio::wav::Sound;

/// What the engine said about the board that it loaded, in one line.
pub(super) fn loaded(report: &Value, board: &Path) -> String {
    let missing: Vec<String> = report
        .get("missing")
        .and_then(Value::as_array)
        .map(|list| list.iter().map(ToString::to_string).collect())
        .unwrap_or_default();
    match missing.is_empty() {
        true => format!("loaded {}", board.display()),
        false => {
            format!("loaded {}, with a pass-through in place of {}", board.display(), missing.join(", "))
        }
    }
}

/// Times per plugin, load, xruns, and the levels of both files.
pub(super) fn table(stats: &Value, dry: &Sound, wet: &Sound) -> Result<String> {
    let period =
        stats.get("period").and_then(Value::as_f64).context("the engine's statistics have no period")?;
    let deadline = period / f64::from(dry.rate) * 1e6;
    let mut text = format!(
        "\n{:>8}  {:44} {:>9} {:>9} {:>9} {:>7}\n",
        "instance", "plugin", "p50 µs", "p99 µs", "max µs", "share"
    );
    let plugins =
        stats.get("plugins").and_then(Value::as_array).context("the engine's statistics name no plugins")?;
    for plugin in plugins {
        let uri = plugin.get("uri").and_then(Value::as_str).unwrap_or("?");
        let mut note = String::new();
        for (flag, words) in
            [("missing", " (missing)"), ("bypassed", " (bypassed)"), ("cut_off", " (cut off)")]
        {
            if plugin.get(flag) == Some(&Value::Bool(true)) {
                note.push_str(words);
            }
        }
        let instance = plugin.get("instance").and_then(Value::as_i64).unwrap_or(-1);
        row(
            &mut text,
            &instance.to_string(),
            &format!("{}{note}", shorten(uri, 44 - note.len().min(44))),
            plugin,
            deadline,
        )?;
    }
    if let Some(callback) = stats.get("callback") {
        row(&mut text, "", "whole callback", callback, deadline)?;
    }
    let number = |name: &str| stats.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let blocks = number("blocks");
    writeln!(
        text,
        "\nDSP load {:.1} % (highest {:.1} %) of a period of {deadline:.0} µs; {} xruns in {blocks} periods",
        number("load_percent"),
        number("load_max_percent"),
        number("xruns"),
    )?;
    writeln!(
        text,
        "\n{:8} {:>10} {:>12} {:>16} {:>9}",
        "", "seconds", "peak dBFS", "loudness LUFS", "channels"
    )?;
    for (name, sound) in [("in", dry), ("out", wet)] {
        let level = sound.level()?;
        writeln!(
            text,
            "{name:8} {:10.2} {:12.1} {:16.1} {:9}",
            sound.seconds(),
            level.peak,
            level.loudness,
            sound.channels.len()
        )?;
    }
    Ok(text)
}

fn row(text: &mut String, instance: &str, name: &str, times: &Value, deadline: f64) -> Result<()> {
    let time = |field: &str| times.get(field).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let (p50, p99, max) = (time("p50_us"), time("p99_us"), time("max_us"));
    let share = p99 / deadline * 100.0;
    writeln!(text, "{instance:>8}  {name:44} {p50:9.1} {p99:9.1} {max:9.1} {share:6.1}%")?;
    Ok(())
}

/// The end of a URI, which is what tells plugins of one maker apart.
fn shorten(uri: &str, width: usize) -> String {
    let length = uri.chars().count();
    match length <= width {
        true => uri.to_owned(),
        false => format!("…{}", uri.chars().skip(length + 1 - width).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_each_plugin_with_its_times_and_both_levels() {
        let stats = serde_json::json!({
            "plugins": [
                { "instance": 0, "uri": "urn:a", "p50_us": 10.0, "p99_us": 133.3, "max_us": 200.0, "bypassed": true },
            ],
            "callback": { "p50_us": 20.0, "p99_us": 266.7, "max_us": 300.0 },
            "period": 128, "blocks": 5625, "xruns": 2, "load_percent": 3.0, "load_max_percent": 12.5,
        });
        let sound = |value| Sound { rate: 48_000, channels: vec![vec![value; 48_000]] };
        let text = table(&stats, &sound(0.5), &sound(0.0)).unwrap();
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert_eq!(
            lines[2].split_whitespace().collect::<Vec<_>>(),
            ["0", "urn:a", "(bypassed)", "10.0", "133.3", "200.0", "5.0%"]
        );
        assert!(lines[3].contains("whole callback") && lines[3].ends_with("10.0%"), "{}", lines[3]);
        assert_eq!(
            lines[5],
            "DSP load 3.0 % (highest 12.5 %) of a period of 2667 µs; 2 xruns in 5625 periods"
        );
        assert!(lines[8].starts_with("in") && lines[8].contains("-6.0"), "{}", lines[8]);
        assert!(lines[9].starts_with("out") && lines[9].contains("-inf"), "{}", lines[9]);
    }

    #[test]
    fn a_long_uri_keeps_its_end() {
        assert_eq!(shorten("http://calf.sourceforge.net/plugins/VintageDelay", 20), "…lugins/VintageDelay");
        assert_eq!(shorten("urn:a", 20), "urn:a");
    }
}
