//! `list` and `info`: what is installed.

use super::args::{InfoArgs, ListArgs};
use super::failure::Failure;
use lv2_host::{PluginInfo, PortKind, PresetInfo, Urids, World};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{ErrorKind, Write};

pub(super) fn world() -> Result<World, Failure> {
    World::new(Urids::default()).map_err(Failure::run)
}

/// Prints a result; a reader that went away (`| head`) is no failure.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::run(format!("cannot write: {error}")))
        }
        _ => Ok(()),
    }
}

/// A JSON value on lines of its own.
pub(super) fn print_json(value: &Value) -> Result<(), Failure> {
    print(&format!("{value:#}\n"))
}

pub(super) fn list(args: &ListArgs) -> Result<(), Failure> {
    let world = world()?;
    let word = args.word.as_deref().unwrap_or_default().to_lowercase();
    let matches = |info: &PluginInfo| {
        [&info.uri, &info.name, &info.author, &info.category]
            .iter()
            .any(|text| text.to_lowercase().contains(&word))
    };
    let plugins = world.uris().into_iter().filter_map(|uri| world.plugin(&uri)).filter(|info| matches(info));
    if args.json {
        return print_json(&plugins.map(|info| summary(&info)).collect());
    }
    let mut text = String::new();
    for info in plugins {
        let _ = writeln!(text, "{}  {} [{}]", info.uri, info.name, info.category);
    }
    print(&text)
}

fn summary(info: &PluginInfo) -> Value {
    let count = |kind| info.ports_of(kind).count();
    json!({
        "uri": info.uri,
        "name": info.name,
        "author": info.author,
        "category": info.category,
        "version": [info.minor_version, info.micro_version],
        "bundle": info.bundle,
        "audio": [count(PortKind::AudioIn), count(PortKind::AudioOut)],
        "cv": [count(PortKind::CvIn), count(PortKind::CvOut)],
        "atom": [count(PortKind::AtomIn), count(PortKind::AtomOut)],
        "control": [count(PortKind::ControlIn), count(PortKind::ControlOut)],
        "required_features": info.required_features,
    })
}

pub(super) fn info(args: &InfoArgs) -> Result<(), Failure> {
    let world = world()?;
    let info = world.plugin(&args.uri).ok_or_else(|| {
        Failure::run(format!(
            "no installed plugin has the URI {}: `archibald-engine list` shows them",
            args.uri
        ))
    })?;
    let presets = world.presets(&args.uri);
    if args.json {
        let mut object = serde_json::to_value(&*info).map_err(Failure::run)?;
        object["presets"] = serde_json::to_value(&presets).map_err(Failure::run)?;
        return print_json(&object);
    }
    print(&describe(&info, &presets))
}

fn describe(info: &PluginInfo, presets: &[PresetInfo]) -> String {
    let mut text = format!("{}\n  {} [{}]", info.uri, info.name, info.category);
    if !info.author.is_empty() {
        let _ = write!(text, " by {}", info.author);
    }
    let _ = writeln!(text, "\n  bundle {}", info.bundle.display());
    for feature in &info.required_features {
        let _ = writeln!(text, "  requires {feature}");
    }
    let _ = writeln!(text, "\nPorts:");
    for port in &info.ports {
        let _ = write!(
            text,
            "  {:>3} {:<14} {:<20} {}",
            port.index,
            kind_word(port.kind),
            port.symbol,
            port.name
        );
        if port.kind == PortKind::ControlIn {
            let _ = write!(text, "  {} ({} to {})", port.default, port.min, port.max);
        }
        if let Some(unit) = port.unit.as_ref().filter(|unit| !unit.symbol.is_empty()) {
            let _ = write!(text, " {}", unit.symbol);
        }
        let _ = writeln!(text);
        for point in &port.scale_points {
            let _ = writeln!(text, "{:>45} = {}", point.value, point.label);
        }
    }
    for (title, lines) in [
        (
            "Parameters",
            info.parameters.iter().map(|p| format!("{} ({}) <{}>", p.label, p.range, p.uri)).collect(),
        ),
        ("Presets", presets.iter().map(|p| format!("{} <{}>", p.label, p.uri)).collect::<Vec<_>>()),
    ] {
        if !lines.is_empty() {
            let _ = writeln!(text, "\n{title}:");
            lines.iter().for_each(|line| text.extend(["  ", line, "\n"]));
        }
    }
    text
}

fn kind_word(kind: PortKind) -> &'static str {
    match kind {
        PortKind::AudioIn => "audio in",
        PortKind::AudioOut => "audio out",
        PortKind::CvIn => "cv in",
        PortKind::CvOut => "cv out",
        PortKind::ControlIn => "control in",
        PortKind::ControlOut => "control out",
        PortKind::AtomIn => "atom in",
        PortKind::AtomOut => "atom out",
        PortKind::Unsupported => "unsupported",
    }
}
