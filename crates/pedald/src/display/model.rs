//! From the session's state, and what else is known, to what the screens show.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;

use pedal_ui::model::{
    Audio, Blend, Board, BoardName, Category, Choice, ClockSource, Health, Kind, Model, Notice, Pairing,
    Parameter, Plugin, Progress, Ready, Snapshots, Stage, System, Tempo, Tuner, Update, Wifi,
};

use super::{Panel, RoundTrip};
use crate::session::{
    self, ControlKind, ControlPort, ControlSpec, Curve, Endpoint, EngineState, NoticeLevel, PRELOAD_MEMORY,
    SHAPES, State, SyncMode, Version,
};

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

fn board(state: &State, around: &Around) -> Board {
    let board = &state.board;
    Board {
        title: board.title.clone(),
        unsaved: state.unsaved,
        loading: state.loading.as_ref().map(|loading| loading.title.clone()),
        undo: state.history.undo.clone(),
        redo: state.history.redo.clone(),
        versions: around.versions.iter().map(|version| version_name(version, around.now)).collect(),
        loudness: board
            .bundle
            .as_ref()
            .and_then(|bundle| state.loudness.get(bundle))
            .and_then(|loudness| loudness.difference),
        plugins: in_order(board).map(|plugin| shown(state, plugin)).collect(),
    }
}

fn version_name(version: &Version, now: u64) -> String {
    let age = now.saturating_sub(version.time);
    let age = match age {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} min ago", age / 60),
        3600..86400 => format!("{} h ago", age / 3600),
        _ => format!("{} days ago", age / 86400),
    };
    if version.name.is_empty() { age } else { version.name.clone() }
}

/// Plugins in the order of the signal: each after all that lead to it. What is in a circle comes last.
fn in_order(board: &session::Board) -> impl Iterator<Item = &session::Plugin> {
    let at: BTreeMap<_, _> =
        board.plugins.iter().enumerate().map(|(at, plugin)| (&plugin.instance, at)).collect();
    let place = |end: &Endpoint| match end {
        Endpoint::Plugin { instance, .. } => at.get(instance).copied(),
        _ => None,
    };
    let cables: BTreeSet<(usize, usize)> = board
        .connections
        .iter()
        .filter_map(|(source, target)| Some((place(source)?, place(target)?)))
        .filter(|(source, target)| source != target)
        .collect();
    let mut waits = vec![0_usize; board.plugins.len()];
    for (_, target) in &cables {
        waits[*target] += 1;
    }
    let mut ready: VecDeque<usize> = (0..waits.len()).filter(|at| waits[*at] == 0).collect();
    let mut order = Vec::with_capacity(waits.len());
    while let Some(next) = ready.pop_front() {
        order.push(next);
        for (_, target) in cables.range((next, 0)..=(next, usize::MAX)) {
            waits[*target] -= 1;
            if waits[*target] == 0 {
                ready.push_back(*target);
            }
        }
    }
    let circle: Vec<usize> = (0..waits.len()).filter(|at| !order.contains(at)).collect();
    order.into_iter().chain(circle).map(move |at| &*board.plugins[at])
}

fn shown(state: &State, plugin: &session::Plugin) -> Plugin {
    let spec = &plugin.spec;
    let name = if spec.label.is_empty() { &spec.name } else { &spec.label };
    let name = if name.is_empty() { plugin.instance.label() } else { name };
    let category = spec.categories.first().map_or(Category::Unknown, |name| Category::from_name(name));
    let seen = |control: &&ControlSpec| !control.hidden && control.designation.is_empty();
    Plugin {
        instance: plugin.instance.label().to_owned(),
        name: name.to_owned(),
        category,
        bypassed: plugin.bypassed,
        missing: plugin.missing,
        parameters: spec
            .controls
            .iter()
            .filter(seen)
            .map(|control| parameter(state, plugin, control))
            .collect(),
        presets: spec.presets.iter().map(|(_, label)| label.clone()).collect(),
        preset: plugin
            .preset
            .as_ref()
            .and_then(|uri| spec.presets.iter().position(|(preset, _)| preset == uri)),
        // tenths of a percent: what cannot be seen changes no picture
        cost: state.health.plugins.get(&plugin.instance).map(|cost| (cost.percent * 10.0).round() / 10.0),
    }
}

fn parameter(state: &State, plugin: &session::Plugin, control: &ControlSpec) -> Parameter {
    let choices = || {
        let points = control.scale_points.iter();
        points.map(|(name, value)| Choice { value: *value, name: name.clone() }).collect()
    };
    let kind = match control.kind {
        ControlKind::Linear => Kind::Linear,
        ControlKind::Logarithmic => Kind::Logarithmic,
        ControlKind::Integer => Kind::Integer,
        ControlKind::Enumeration if control.scale_points.is_empty() => Kind::Integer,
        ControlKind::Enumeration => Kind::Choice(choices()),
        ControlKind::Toggle | ControlKind::Trigger => Kind::Toggle,
    };
    let port = ControlPort { instance: plugin.instance.clone(), symbol: control.symbol.as_str().into() };
    let midi = plugin
        .midi
        .get(&port.symbol)
        .map(|binding| format!("MIDI {}, CC {}", binding.channel + 1, binding.controller));
    let actuator = state
        .board
        .addressings
        .iter()
        .filter(|(actuator, _)| *actuator != SHAPES)
        .find(|(_, list)| list.iter().any(|addressing| addressing.port == port))
        .map(|(actuator, _)| actuator.rsplit('/').next().unwrap_or(actuator).to_owned());
    Parameter {
        symbol: control.symbol.clone(),
        name: control.name.clone(),
        value: plugin.values.get(&port.symbol).copied().unwrap_or(control.default),
        min: control.min,
        max: control.max,
        default: control.default,
        unit: control.unit.clone(),
        kind,
        assigned: midi.or(actuator),
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
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::session::{Instance, Loading, PluginSpec};

    fn state() -> State {
        let mut board = session::Board::empty();
        board.title = "Lead".into();
        for (number, name) in ["reverb", "drive", "amp"].into_iter().enumerate() {
            let spec = Arc::new(PluginSpec { name: name.into(), ..PluginSpec::default() });
            board.plugins.push(Arc::new(session::Plugin::new(Instance::new(name), number as i32, spec)));
        }
        board.connections = vec![
            (Endpoint::system("capture_1"), Endpoint::plugin("drive", "in")),
            (Endpoint::plugin("drive", "out"), Endpoint::plugin("amp", "in")),
            (Endpoint::plugin("amp", "out"), Endpoint::plugin("reverb", "in")),
            (Endpoint::plugin("reverb", "out"), Endpoint::system("playback_1")),
        ];
        State { board: Arc::new(board), engine: EngineState::Running, ..State::default() }
    }

    #[test]
    fn plugins_stand_in_the_order_of_the_signal_and_circles_lose_none() {
        let mut state = state();
        let names = |state: &State| -> Vec<String> {
            model(state, &Panel::default(), &Around::default())
                .board
                .plugins
                .into_iter()
                .map(|one| one.name)
                .collect()
        };
        assert_eq!(names(&state), ["drive", "amp", "reverb"]);
        let board = Arc::make_mut(&mut state.board);
        board.connections.push((Endpoint::plugin("reverb", "out"), Endpoint::plugin("amp", "in")));
        assert_eq!(names(&state), ["drive", "reverb", "amp"], "what is in a circle: as it was added");
    }

    #[test]
    fn the_pedal_starts_until_the_engine_has_played_once() {
        let mut state = State { engine: EngineState::Down("no socket".into()), ..state() };
        let shown = |state: &State, started| {
            model(state, &Panel::default(), &Around { started, ..Around::default() })
        };
        assert!(
            matches!(shown(&state, false).stage, Stage::Booting(step) if step.text.contains("no socket"))
        );
        let later = shown(&state, true);
        assert_eq!(later.stage, Stage::Playing);
        assert!(later.notice.is_some_and(|notice| !notice.error && notice.text.contains("no socket")));
        state.engine = EngineState::Running;
        assert_eq!(shown(&state, true).notice, None);
    }

    #[test]
    fn a_board_on_its_way_is_named() {
        let mut state = state();
        state.loading = Some(Loading { bundle: None, title: "Wide".into() });
        let model = model(&state, &Panel::default(), &Around::default());
        assert_eq!(model.board.loading.as_deref(), Some("Wide"));
    }

    #[test]
    fn what_is_not_seen_changes_no_model() {
        let mut state = state();
        let (panel, around) = (Panel::default(), Around::default());
        let before = model(&state, &panel, &around);
        let health = Arc::make_mut(&mut state.health);
        health.load_p99_percent = 0.3;
        health.blocks = 1000;
        assert!(model(&state, &panel, &around) == before);
    }
}
