//! Lists of the machine: system, audio, updates.

use super::super::place::{Menu, Place, Target, Then};
use super::Entries;
use crate::UiAction;
use crate::model::{Model, Side, Update};

pub(super) fn system(model: &Model) -> Entries {
    let mut list = Entries::new("System");
    list.row("Tuner", "", Then::DoAndOpen(UiAction::SetTuner(true), Box::new(Place::Tuner(0))));
    list.row("Tempo", format!("{:.0} BPM", model.tempo.bpm), Then::menu(Menu::Tempo));
    list.row("Footswitches", "", Then::menu(Menu::Footswitches));
    list.row("Banks", "", Then::menu(Menu::Banks));
    list.row("Pedalboard", "", Then::menu(Menu::Pedalboards));
    list.row("Health", format!("DSP {:.0} %", model.health.dsp), Then::menu(Menu::Health));
    list.row("System info", model.system.version.as_str(), Then::menu(Menu::SystemInfo));
    list.row("Paired devices", model.pairing.clients.len().to_string(), Then::menu(Menu::Clients));
    let update = match &model.update {
        Update { running: Some(_), .. } => "under way".to_owned(),
        Update { failed: Some(_), .. } => "failed".to_owned(),
        Update { staged: Some(version), .. } => format!("{version} is ready"),
        Update { available: Some(version), .. } => format!("{version} is new"),
        _ => String::new(),
    };
    list.row("Updates and backup", update, Then::menu(Menu::Update));
    if let Some(speed) = model.system.lcd_mhz {
        list.row("LCD speed", format!("{speed} MHz"), Then::menu(Menu::LcdSpeed));
    }
    let text = "Each switch, encoder and knob is asked for, ten seconds each. The pedal plays on, its switches do not.";
    list.row("Test switches", "", Then::confirm("Test switches?", text, "Test", UiAction::TestHardware));
    let restart = UiAction::RestartEngine;
    let text = "The input goes straight to the output until the engine is back.";
    list.row("Restart sound engine", "", Then::confirm("Restart engine?", text, "Restart", restart));
    let text = "Wait for the screen to say that it is safe to unplug.";
    list.row("Shut down", "", Then::confirm("Shut down?", text, "Shut down", UiAction::Shutdown));
    let text = "The sound stops until the pedal is back.";
    list.row("Reboot", "", Then::confirm("Reboot?", text, "Reboot", UiAction::Reboot));
    list
}

pub(super) fn info(model: &Model) -> Entries {
    let system = &model.system;
    let mut list = Entries::new("System info");
    list.fact("Software", &system.version);
    list.fact("Build", &system.build);
    list.fact("System", &system.state);
    list.fact("Hardware", &system.hardware);
    let temperature =
        model.health.temperature.map_or("unknown".to_owned(), |celsius| format!("{celsius:.0} °C"));
    list.fact("Temperature", temperature);
    list.fact("Throttled", model.health.throttled.as_deref().unwrap_or("no"));
    list.fact("Address", &model.wifi.address);
    if !system.messages.is_empty() {
        list.row("First boot", system.messages.len().to_string(), Then::menu(Menu::Messages));
    }
    list
}

/// What the first boot could not take over, to be read row by row.
pub(super) fn messages(model: &Model) -> Entries {
    let mut list = Entries::new("First boot");
    list.empty = "Nothing to report";
    for message in &model.system.messages {
        list.row(message.as_str(), "", Then::notice("First boot", message));
    }
    list
}

/// How the round trip comes to be known.
const MEASURE: &str = "Put a cable from the output to the input, turn the volume down, and run \
`latency-probe loop --history /var/lib/latency-probe` on the pedal, or have it measured each night by \
archibald.latencyProbe. What it measured last is shown here.";

pub(super) fn health(model: &Model) -> Entries {
    let health = &model.health;
    let mut list = Entries::new("Health");
    list.fact("DSP load (p99)", format!("{:.0} %", health.dsp));
    list.fact("Xruns in 1 min", health.xruns[0].to_string());
    list.fact("Xruns in 5 min", health.xruns[1].to_string());
    list.fact("Xruns in 15 min", health.xruns[2].to_string());
    list.fact("Input", format!("{:.0} dBFS", health.input));
    list.fact("Output", format!("{:.0} dBFS", health.output));
    let ready = model.ready;
    if ready.limit > 0 {
        let value = format!("{}, {} of {} MB", ready.boards, ready.memory, ready.limit);
        list.fact("Boards ready", value);
    }
    let audio = &model.audio;
    let at = audio.round_trip_period.filter(|period| *period != audio.period);
    match (audio.round_trip, at) {
        (Some(ms), None) => list.fact("Round trip", format!("{ms:.1} ms")),
        // another period has another round trip
        (Some(ms), Some(period)) => list.fact("Round trip", format!("{ms:.1} ms at {period}")),
        (None, _) => list.row("Round trip", "not measured", Then::notice("Round trip", MEASURE)),
    };
    list
}

pub(super) fn bypass_side(model: &Model) -> Entries {
    let mut list = Entries::new("True bypass");
    list.empty = "This pedal has no true bypass";
    let Some(bypass) = model.bypass else { return list };
    list.switch("Bypass", bypass.active, Then::Do(UiAction::SetTrueBypass(!bypass.active)));
    for side in Side::ALL {
        list.radio(side.name(), bypass.side == side, Then::DoAndBack(UiAction::SetBypassSide(side)));
    }
    list.start = 0;
    list
}

pub(super) fn audio(model: &Model) -> Entries {
    let audio = &model.audio;
    let mut list = Entries::new("Audio");
    let decibels = |value: f32| format!("{value:+.1} dB");
    if let Some(mixer) = &audio.mixer {
        list.row("Output volume", decibels(mixer.output_volume), Then::dial(Target::OutputVolume));
        list.row("Input gain", decibels(mixer.input_gain), Then::dial(Target::InputGain));
    }
    let milliseconds = if audio.rate > 0 { audio.period as f32 * 1000.0 / audio.rate as f32 } else { 0.0 };
    list.row("Period", format!("{} = {milliseconds:.1} ms", audio.period), Then::menu(Menu::Period));
    list.row("Sample rate", rate_text(audio.rate), Then::menu(Menu::Rate));
    let mixer = audio.mixer.as_ref();
    if let Some(mixer) = mixer.filter(|mixer| !mixer.bands.is_empty()) {
        list.switch("Global EQ", mixer.eq, Then::Do(UiAction::SetEq(!mixer.eq)));
        list.row("EQ bands", "", Then::menu(Menu::Eq));
    }
    if let Some(baseline) = mixer.and_then(|mixer| mixer.vu_baseline) {
        list.row("VU calibration", baseline.to_string(), Then::dial(Target::VuBaseline));
    }
    match audio.recording {
        Some(seconds) => list.row(
            "Stop recording",
            format!("{}:{:02}", seconds / 60, seconds % 60),
            Then::Do(UiAction::SetRecording(false)),
        ),
        None => list.row("Record", "", Then::Do(UiAction::SetRecording(true))),
    };
    list
}

fn rate_text(rate: u32) -> String {
    format!("{} kHz", f64::from(rate) / 1000.0)
}

pub(super) fn period(model: &Model) -> Entries {
    let audio = &model.audio;
    let mut list = Entries::new("Period (frames)");
    for period in &audio.periods {
        let milliseconds = f64::from(*period) * 1000.0 / f64::from(audio.rate.max(1));
        list.radio(
            period.to_string(),
            *period == audio.period,
            Then::DoAndBack(UiAction::SetPeriod(*period)),
        );
        if let Some(item) = list.items.last_mut() {
            item.row.value = format!("{milliseconds:.1} ms");
        }
    }
    list
}

pub(super) fn rate(model: &Model) -> Entries {
    let mut list = Entries::new("Sample rate");
    for rate in &model.audio.rates {
        let then = Then::DoAndBack(UiAction::SetSampleRate(*rate));
        list.radio(rate_text(*rate), *rate == model.audio.rate, then);
    }
    list
}

/// What the five bands of the DA7213 are at 48 kHz.
const BANDS: [&str; 5] = ["87 Hz", "143 Hz", "628 Hz", "2.6 kHz", "9.6 kHz"];

/// Name of an equaliser band.
pub(in crate::nav) fn band_name(band: usize) -> &'static str {
    BANDS.get(band).copied().unwrap_or("Band")
}

pub(super) fn eq(model: &Model) -> Entries {
    let mut list = Entries::new("Equaliser");
    list.empty = "This interface has no equaliser";
    for (band, gain) in model.audio.mixer.iter().flat_map(|mixer| &mixer.bands).enumerate() {
        list.row(band_name(band), format!("{gain:+.1} dB"), Then::dial(Target::EqBand(band)));
    }
    list
}

pub(super) fn update(model: &Model) -> Entries {
    let mut list = Entries::new("Updates and backup");
    let update = &model.update;
    if let Some(work) = &update.running {
        list.row("Now", work.as_str(), Then::notice("Update", work));
    }
    if let Some(reason) = &update.failed {
        list.row("Last time", "failed", Then::notice("Update", reason));
    }
    if let Some(version) = update.staged.as_ref().or(update.available.as_ref()) {
        let text = format!(
            "Version {version} is installed beside the present one. The sound stops for the restart."
        );
        let then = Then::confirm("Install update?", &text, "Install", UiAction::InstallUpdate);
        list.row(if update.staged.is_some() { "Ready" } else { "Install" }, version.as_str(), then);
    }
    list.row("Look for updates", "", Then::Do(UiAction::CheckUpdate));
    if let Some(version) = &model.update.previous {
        let text = format!("The pedal starts again with version {version}.");
        let then = Then::confirm("Go back?", &text, "Go back", UiAction::RollBack);
        list.row("Go back to", version.as_str(), then);
    }
    list.row("Backup to USB stick", "", Then::DoAndBack(UiAction::Backup));
    let text = "Boards and settings of the USB stick replace those of the pedal, which are kept aside. \
The sound stops for a moment.";
    list.row("Restore from stick", "", Then::confirm("Restore?", text, "Restore", UiAction::Restore));
    let text = "Settings, networks and paired devices go, and the pedal starts again. Your boards stay.";
    list.row("Factory reset", "", Then::confirm("Factory reset?", text, "Reset", UiAction::FactoryReset));
    list
}

pub(super) fn lcd_speed(model: &Model) -> Entries {
    let mut list = Entries::new("LCD speed");
    list.empty = "This display has one speed";
    for speed in &model.system.lcd_speeds {
        let then = Then::DoAndBack(UiAction::SetLcdSpeed(*speed));
        list.radio(format!("{speed} MHz"), model.system.lcd_mhz == Some(*speed), then);
    }
    list
}
