//! What OSC messages mean, and what events become. Pure.
//!
//! | address | arguments | |
//! |---|---|---|
//! | `/pedal/param/<instance>/<symbol>` | number | a control, in the plugin's units |
//! | `/pedal/bypass/<instance>` | 0 or 1 | |
//! | `/pedal/board` | number from 0, or bundle | the board; out: bundle and title |
//! | `/pedal/board/next`, `previous` | | |
//! | `/pedal/snapshot` | number from 0, or name | the snapshot; out: number and name |
//! | `/pedal/snapshot/next`, `previous` | | |
//! | `/pedal/bank` | number from 0, −1 for all boards | |
//! | `/pedal/tempo`, `/pedal/beats_per_bar` | number | |
//! | `/pedal/rolling`, `/pedal/tuner`, `/pedal/record` | 0 or 1 | |
//! | `/pedal/blend` | 0–1 | the blend's position |
//! | `/pedal/undo`, `/pedal/redo`, `/pedal/save` | | |
//!
//! A button that sends 1 when pressed and 0 when released acts once: steps, undo and the like ignore 0.

use rosc::{OscMessage, OscType};

use crate::session::{Change, ControlPort, Event, EventKind, Intent, Signal, State, Step};

/// The number that an argument is, if it is one.
fn number(argument: &OscType) -> Option<f64> {
    let value = match argument {
        OscType::Int(value) => f64::from(*value),
        OscType::Long(value) => *value as f64,
        OscType::Float(value) => f64::from(*value),
        OscType::Double(value) => *value,
        OscType::Bool(value) => f64::from(u8::from(*value)),
        _ => return None,
    };
    value.is_finite().then_some(value)
}

/// What a message asks for; nothing when it makes no sense.
pub fn to_intents(message: &OscMessage, state: &State) -> Option<Intent> {
    let path = message.addr.strip_prefix("/pedal/")?;
    let first = message.args.first();
    let value = first.and_then(number);
    // pressed: no argument, or one that is not 0
    let pressed = value.is_none_or(|value| value != 0.0);
    let switch = || value.map(|value| value >= 0.5);
    let whole = || value.filter(|value| *value >= 0.0 && value.fract() == 0.0).map(|value| value as usize);
    let mut parts = path.split('/');
    let intent = match (parts.next()?, parts.next(), parts.next(), parts.next()) {
        ("param", Some(instance), Some(symbol), None) if !symbol.is_empty() => {
            Intent::Set { port: ControlPort::new(instance, symbol), value: value? as f32 }
        }
        ("bypass", Some(instance), None, None) => Intent::Set {
            port: ControlPort::new(instance, ControlPort::BYPASS),
            value: f32::from(u8::from(switch()?)),
        },
        ("board", Some("next"), None, None) if pressed => Intent::StepBoard(Step::Next),
        ("board", Some("previous"), None, None) if pressed => Intent::StepBoard(Step::Previous),
        ("board", None, None, None) => match first {
            Some(OscType::String(bundle)) => Intent::LoadBoard { bundle: bundle.into() },
            _ => Intent::StepBoard(Step::To(whole()?)),
        },
        ("snapshot", Some("next"), None, None) if pressed => Intent::LoadSnapshot(Step::Next),
        ("snapshot", Some("previous"), None, None) if pressed => Intent::LoadSnapshot(Step::Previous),
        ("snapshot", None, None, None) => match first {
            Some(OscType::String(name)) => {
                let at = state.board.snapshots.iter().position(|snapshot| snapshot.name == *name)?;
                Intent::LoadSnapshot(Step::To(at))
            }
            _ => Intent::LoadSnapshot(Step::To(whole()?)),
        },
        ("bank", None, None, None) => Intent::SelectBank(if value? < 0.0 { None } else { Some(whole()?) }),
        ("tempo", None, None, None) => Intent::SetTempo(value?),
        ("beats_per_bar", None, None, None) => Intent::SetBeatsPerBar(value?),
        ("rolling", None, None, None) => Intent::SetRolling(switch()?),
        ("tuner", None, None, None) => Intent::Tuner(switch()?),
        ("record", None, None, None) => Intent::Record(switch()?),
        ("blend", None, None, None) => Intent::MorphTo { position: value?.clamp(0.0, 1.0) as f32 },
        ("undo", None, None, None) if pressed => Intent::Undo,
        ("redo", None, None, None) if pressed => Intent::Redo,
        ("save", None, None, None) if pressed => Intent::SaveBoard { title: None, as_new: false },
        _ => return None,
    };
    Some(intent)
}

fn message(addr: impl Into<String>, args: Vec<OscType>) -> OscMessage {
    OscMessage { addr: addr.into(), args }
}

fn switch(on: bool) -> Vec<OscType> {
    vec![OscType::Int(i32::from(on))]
}

fn control(port: &ControlPort, value: f32) -> OscMessage {
    let label = port.instance.label();
    match (&*port.symbol, port.instance.is_board()) {
        (":bpm", true) => message("/pedal/tempo", vec![OscType::Float(value)]),
        (":bpb", true) => message("/pedal/beats_per_bar", vec![OscType::Float(value)]),
        (":rolling", true) => message("/pedal/rolling", switch(value >= 0.5)),
        _ if port.is_bypass() => message(format!("/pedal/bypass/{label}"), switch(value >= 0.5)),
        (symbol, _) => message(format!("/pedal/param/{label}/{symbol}"), vec![OscType::Float(value)]),
    }
}

fn board(state: &State) -> OscMessage {
    let bundle = state.board.bundle.as_ref().map(|bundle| bundle.display().to_string()).unwrap_or_default();
    let title = state.board.shown_title().to_owned();
    message("/pedal/board", vec![OscType::String(bundle), OscType::String(title)])
}

fn snapshot(state: &State) -> OscMessage {
    let number = state.board.snapshot.and_then(|at| i32::try_from(at).ok()).unwrap_or(-1);
    let name = state.board.snapshot_name().unwrap_or_default().to_owned();
    message("/pedal/snapshot", vec![OscType::Int(number), OscType::String(name)])
}

/// The whole state, for a client that has just come.
pub fn whole(state: &State) -> Vec<OscMessage> {
    let mut all = vec![
        board(state),
        snapshot(state),
        message("/pedal/tempo", vec![OscType::Float(state.board.tempo.bpm as f32)]),
        message("/pedal/beats_per_bar", vec![OscType::Float(state.board.tempo.beats_per_bar as f32)]),
        message("/pedal/rolling", switch(state.board.tempo.rolling)),
        message("/pedal/tuner", switch(state.tuner.on)),
        message("/pedal/record", switch(state.recorder.file.is_some())),
    ];
    for plugin in &state.board.plugins {
        let port = |symbol: &str| ControlPort { instance: plugin.instance.clone(), symbol: symbol.into() };
        all.push(control(&port(ControlPort::BYPASS), f32::from(u8::from(plugin.bypassed))));
        all.extend(plugin.values.iter().map(|(symbol, value)| control(&port(symbol), *value)));
    }
    all
}

/// What clients are told of an event. `state` has the event in it.
pub fn to_osc(event: &Event, state: &State) -> Vec<OscMessage> {
    match &event.kind {
        EventKind::BoardLoaded(_) => whole(state),
        EventKind::Saved { .. } => vec![board(state)],
        EventKind::Changed(changes) => changes
            .iter()
            .filter_map(|change| match change {
                Change::ValueSet { port, value } => Some(control(port, *value)),
                Change::SnapshotChosen { .. } | Change::SnapshotReplaced { .. } => Some(snapshot(state)),
                Change::TempoSet { tempo } => {
                    Some(message("/pedal/tempo", vec![OscType::Float(tempo.bpm as f32)]))
                }
                _ => None,
            })
            .collect(),
        EventKind::Morph(Some(morph)) => {
            vec![message("/pedal/blend", vec![OscType::Float(morph.position)])]
        }
        EventKind::Tuner(tuner) => vec![message("/pedal/tuner", switch(tuner.on))],
        EventKind::Recorder(recorder) => vec![message("/pedal/record", switch(recorder.file.is_some()))],
        EventKind::Library(library) => {
            let bank = library.bank.and_then(|bank| i32::try_from(bank).ok()).unwrap_or(-1);
            vec![message("/pedal/bank", vec![OscType::Int(bank)])]
        }
        EventKind::Notice(Some(notice)) => {
            vec![message("/pedal/notice", vec![OscType::String(notice.text.clone())])]
        }
        EventKind::Signal(Signal::Tuner(Some(reading))) => vec![message(
            "/pedal/tuner/reading",
            vec![
                OscType::String(format!("{}{}", reading.name(), reading.octave())),
                OscType::Float(reading.cents),
                OscType::Float(reading.frequency),
            ],
        )],
        EventKind::Signal(Signal::Beat) => vec![message("/pedal/beat", Vec::new())],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Board, Snapshot, Source, Tempo};
    use std::sync::Arc;

    fn state() -> State {
        let mut board = Board::empty();
        board.snapshots.push(Arc::new(Snapshot { name: "Solo".into(), ..Snapshot::default() }));
        State { board: Arc::new(board), ..State::default() }
    }

    fn asked(addr: &str, args: Vec<OscType>) -> Option<Intent> {
        to_intents(&OscMessage { addr: addr.into(), args }, &state())
    }

    #[test]
    fn addresses_mean_intents() {
        let float = |value| vec![OscType::Float(value)];
        let set = |instance: &str, symbol: &str, value| Intent::Set {
            port: ControlPort::new(instance, symbol),
            value,
        };
        for (addr, args, expected) in [
            ("/pedal/param/delay/time", float(250.0), Some(set("delay", "time", 250.0))),
            ("/pedal/bypass/delay", vec![OscType::Bool(true)], Some(set("delay", ":bypass", 1.0))),
            ("/pedal/board", vec![OscType::Int(2)], Some(Intent::StepBoard(Step::To(2)))),
            (
                "/pedal/board",
                vec![OscType::String("/b".into())],
                Some(Intent::LoadBoard { bundle: "/b".into() }),
            ),
            ("/pedal/board/next", vec![], Some(Intent::StepBoard(Step::Next))),
            ("/pedal/board/next", float(1.0), Some(Intent::StepBoard(Step::Next))),
            ("/pedal/board/next", float(0.0), None),
            (
                "/pedal/snapshot",
                vec![OscType::String("Solo".into())],
                Some(Intent::LoadSnapshot(Step::To(1))),
            ),
            ("/pedal/snapshot", vec![OscType::String("None".into())], None),
            ("/pedal/snapshot", float(-1.0), None),
            ("/pedal/snapshot", float(0.5), None),
            ("/pedal/bank", vec![OscType::Int(-1)], Some(Intent::SelectBank(None))),
            ("/pedal/tempo", vec![OscType::Double(96.5)], Some(Intent::SetTempo(96.5))),
            ("/pedal/tempo", float(f32::NAN), None),
            ("/pedal/tempo", vec![], None),
            ("/pedal/tuner", vec![OscType::Int(1)], Some(Intent::Tuner(true))),
            ("/pedal/blend", float(7.0), Some(Intent::MorphTo { position: 1.0 })),
            ("/pedal/undo", vec![], Some(Intent::Undo)),
            ("/pedal/param/delay", float(1.0), None),
            ("/pedal/param/delay/", float(1.0), None),
            ("/pedal/param/a/b/c", float(1.0), None),
            ("/other/tempo", float(100.0), None),
            ("", vec![], None),
        ] {
            assert_eq!(asked(addr, args), expected, "{addr}");
        }
    }

    #[test]
    fn what_is_told_sets_the_same_when_it_is_sent_back() {
        let state = state();
        let event = |kind| Event { revision: 1, source: Source::Rest, kind };
        let value = Change::ValueSet { port: ControlPort::new("amp", "drive"), value: 0.3 };
        let bypass = Change::ValueSet { port: ControlPort::new("amp", ":bypass"), value: 1.0 };
        let told = to_osc(&event(EventKind::Changed(vec![value, bypass].into())), &state);
        let back: Vec<_> = told.iter().filter_map(|message| to_intents(message, &state)).collect();
        assert_eq!(
            back,
            [
                Intent::Set { port: ControlPort::new("amp", "drive"), value: 0.3 },
                Intent::Set { port: ControlPort::new("amp", ":bypass"), value: 1.0 },
            ]
        );
        let tempo = Change::TempoSet { tempo: Tempo { bpm: 97.0, ..Tempo::default() } };
        let told = to_osc(&event(EventKind::Changed(vec![tempo].into())), &state);
        assert_eq!(to_intents(&told[0], &state), Some(Intent::SetTempo(97.0)));
        assert!(whole(&state).iter().any(|message| message.addr == "/pedal/board"));
    }
}
