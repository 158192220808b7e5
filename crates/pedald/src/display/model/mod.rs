//! From the session's state, and what else is known, to what the screens show. The board itself: `board`.

mod board;

use std::path::PathBuf;

use pedal_ui::model::{
    Audio, Blend, BoardName, ClockSource, Health, Model, Notice, Pairing, Progress, Ready, Snapshots, Stage,
    System, Tempo, Tuner, Update, Wifi,
};

use super::{Panel, RoundTrip};
use crate::session::{
    self, ControlPort, Curve, EngineState, NoticeLevel, PRELOAD_MEMORY, State, SyncMode, Version,
};
use board::board;

/// What the screens show beside the session's state and the hardware's panel.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The engine has played since the program started.
    pub started: bool,
    /// The program ends, or the pedal may be unplugged.
    pub end: Option<Stage>,
    /// What the tuner hears, in Hz.
    pub pitch: Option<f32>,
    /// An input or an output clips.
    pub clip: bool,
    /// Highest levels of inputs and outputs in whole dBFS, −90 for silence; none: not told yet.
    pub levels: Option<(f32, f32)>,
    /// Versions of the present board, newest first.
    pub versions: Vec<Version>,
    /// Seconds since 1970, to tell how old a version is.
    pub now: u64,
    /// Seconds that the recording runs.
    pub recording: u32,
    /// A passing message that has been seen long enough.
    pub read: bool,
    /// What the first boot has to say.
    pub messages: Vec<String>,
    /// Wireless network.
    pub wifi: Wifi,
    /// Pairing with browsers.
    pub pairing: Pairing,
    /// State of a system update.
    pub update: Update,
    /// The last round trip that was measured.
    pub round_trip: Option<RoundTrip>,
    /// What systemd says of the whole system, as `running` or `degraded`.
    pub system: String,
    /// Period and rate that were chosen for the next start of the sound, when they do not hold yet.
    pub chosen: (Option<u32>, Option<u32>),
}

/// Boards that the player can choose from, in the order of the menu: of the bank, or all.
pub fn boards(state: &State) -> Vec<PathBuf> {
    match state.library.bank.and_then(|bank| state.library.banks.get(bank)) {
        Some(bank) => bank.boards.clone(),
        None => state.library.boards.iter().map(|board| board.bundle.clone()).collect(),
    }
}

/// What the screens show.
pub fn model(state: &State, panel: &Panel, around: &Around) -> Model {
    let bundles = boards(state);
    let library = &state.library;
    let name = |bundle: &PathBuf| match library.entry(bundle) {
        Some(entry) => BoardName { title: entry.title.clone(), broken: entry.broken },
        None => {
            let title = bundle.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            BoardName { title: title.unwrap_or_default(), broken: true }
        }
    };
    Model {
        stage: stage(state, around),
        board: board(state, around),
        boards: bundles.iter().map(name).collect(),
        board_index: state
            .board
            .bundle
            .as_ref()
            .and_then(|bundle| bundles.iter().position(|have| have == bundle)),
        banks: library.banks.iter().map(|bank| bank.title.clone()).collect(),
        bank: library.bank,
        snapshots: Snapshots {
            names: state.board.snapshots.iter().map(|snapshot| snapshot.name.clone()).collect(),
            current: state.board.snapshot,
            touched: touched(&state.board),
        },
        blend: blend(state, panel),
        footswitches: panel.footswitches.clone(),
        controls: panel.controls.clone(),
        tempo: Tempo {
            bpm: state.board.tempo.bpm as f32,
            tap_mode: panel.tap_mode,
            source: match state.sync {
                SyncMode::Internal => ClockSource::Internal,
                SyncMode::MidiClock => ClockSource::Midi,
                SyncMode::Link => ClockSource::Link,
            },
        },
        health: health(&state.health, around),
        ready: Ready {
            boards: state.preloaded.len(),
            memory: state.preloaded.iter().filter_map(|board| board.memory).sum::<u64>() >> 20,
            limit: PRELOAD_MEMORY >> 20,
        },
        wifi: around.wifi.clone(),
        audio: audio(state, panel, around),
        tuner: Tuner {
            on: state.tuner.on,
            frequency: around.pitch.filter(|_| state.tuner.on),
            input: state.tuner.input,
            inputs: 2,
            mute: state.tuner.mute,
            reference: state.tuner.reference,
        },
        bypass: panel.bypass,
        pairing: around.pairing.clone(),
        system: System {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            build: if cfg!(debug_assertions) { "for development" } else { "release" }.to_owned(),
            state: around.system.clone(),
            hardware: panel.hardware.clone(),
            lcd_mhz: panel.lcd_mhz,
            lcd_speeds: panel.lcd_speeds.clone(),
            messages: around.messages.clone(),
        },
        update: around.update.clone(),
        notice: notice(state, around),
        learning: learning(state),
    }
}

fn stage(state: &State, around: &Around) -> Stage {
    if let Some(end) = &around.end {
        return end.clone();
    }
    if around.started {
        return Stage::Playing;
    }
    let step = |text: String, share| Stage::Booting(Progress { text, share });
    match &state.engine {
        EngineState::Running => Stage::Playing,
        EngineState::Connecting => step("The board is handed to the sound engine".into(), 0.8),
        EngineState::Down(reason) => step(format!("Waiting for the sound engine: {reason}"), 0.4),
    }
}

fn notice(state: &State, around: &Around) -> Option<Notice> {
    if around.started
        && let EngineState::Down(reason) = &state.engine
    {
        let text = format!("Sound engine: {reason}");
        return Some(Notice { error: false, title: String::new(), text });
    }
    let notice = state.notice.as_ref()?;
    let error = notice.level == NoticeLevel::Error;
    (error || !around.read).then(|| Notice {
        error,
        title: if error { "That did not work" } else { "" }.to_owned(),
        text: notice.text.clone(),
    })
}

/// Whether a control has moved since the snapshot was recalled.
fn touched(board: &session::Board) -> bool {
    let Some(snapshot) = board.snapshot.and_then(|at| board.snapshots.get(at)) else { return false };
    board.plugins.iter().any(|plugin| match snapshot.plugins.get(&plugin.instance) {
        Some(stored) => stored.bypassed != plugin.bypassed || stored.values != plugin.values,
        None => false,
    })
}

fn learning(state: &State) -> Option<String> {
    let port = state.learning.first()?;
    let name = parameter_name(&state.board, port);
    Some(match state.learning.len() {
        1 => name,
        more => format!("{name} and {} more", more - 1),
    })
}

fn parameter_name(board: &session::Board, port: &ControlPort) -> String {
    let spec = board.plugin(&port.instance).and_then(|plugin| plugin.spec.control(&port.symbol));
    match spec {
        Some(spec) => spec.name.clone(),
        None if port.is_bypass() => format!("bypass of {}", port.instance),
        None => port.symbol.trim_start_matches(':').to_owned(),
    }
}

fn blend(state: &State, panel: &Panel) -> Blend {
    let mut names = panel.blends.clone();
    let Some(morph) = &state.morph else { return Blend { names, ..Blend::default() } };
    let current = names.iter().position(|name| *name == morph.name).unwrap_or_else(|| {
        names.push(morph.name.clone());
        names.len() - 1
    });
    let snapshot = |at: usize| state.board.snapshots.get(at).map_or("", |snapshot| snapshot.name.as_str());
    let curve = match morph.curve {
        Curve::Linear => "linear",
        Curve::Smooth => "smooth",
        Curve::Build => "build",
        Curve::Drop => "drop",
        Curve::Snap => "snap",
        Curve::Bloom => "bloom",
    };
    Blend {
        names,
        current: Some(current),
        position: morph.position,
        stops: morph.stops.iter().map(|stop| (stop.position, snapshot(stop.snapshot).to_owned())).collect(),
        curve: curve.to_owned(),
    }
}

/// Rounded to what is shown, so that a hum in the last digit draws nothing.
fn health(health: &session::Health, around: &Around) -> Health {
    Health {
        dsp: health.load_p99_percent.round(),
        xruns: health.xruns_recent.map(|count| count.try_into().unwrap_or(u32::MAX)),
        clip: around.clip,
        input: around.levels.map_or(-90.0, |(input, _)| input),
        output: around.levels.map_or(-90.0, |(_, output)| output),
        temperature: health.temperature.map(f32::round),
        throttled: (!health.throttled.is_empty()).then(|| health.throttled.join(", ")),
    }
}

fn audio(state: &State, panel: &Panel, around: &Around) -> Audio {
    let usual = Audio::default();
    let health = &state.health;
    let holds = |value: u32, other: u32| if value == 0 { other } else { value };
    let (period, rate) = around.chosen;
    Audio {
        mixer: panel.mixer.clone(),
        period: period.unwrap_or(holds(health.period, usual.period)),
        rate: rate.unwrap_or(holds(health.sample_rate, usual.rate)),
        recording: state.recorder.file.as_ref().map(|_| around.recording),
        round_trip: around.round_trip.map(|measured| measured.ms),
        round_trip_period: around.round_trip.map(|measured| measured.period),
        ..usual
    }
}

#[cfg(test)]
mod tests;
