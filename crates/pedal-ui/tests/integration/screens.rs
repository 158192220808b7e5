//! The screens that have golden pictures, each reached as a player reaches it.

use pedal_ui::model::{Client, Model, Notice, Progress, Stage};
use pedal_ui::view::View;
use pedal_ui::{Input, Ui};

const CLICK: Input = Input::Click;
const LONG: Input = Input::Long;

const fn turn(detents: i32) -> Input {
    Input::Turn(detents)
}

fn after(model: Model, steps: impl IntoIterator<Item = Input>) -> Ui {
    let mut ui = Ui::new(model);
    for step in steps {
        ui.input(step);
    }
    ui
}

fn with(change: impl FnOnce(&mut Model)) -> Model {
    let mut model = Model::sample();
    change(&mut model);
    model
}

/// Opens the row with this name in the list that is shown.
fn choose(ui: &mut Ui, name: &str) {
    let View::List(list) = ui.view() else { panic!("no list before `{name}`: {:?}", ui.view()) };
    let at = list.rows.iter().position(|row| row.label == name);
    let at = at.unwrap_or_else(|| panic!("no row `{name}` in {list:?}")) as i32;
    ui.input(turn(-99));
    ui.input(turn(at + 1));
    ui.input(CLICK);
}

/// From a sign of the home screen through rows of lists.
fn path(model: Model, first: &[Input], rows: &[&str]) -> Ui {
    let mut ui = after(model, first.iter().cloned());
    rows.iter().for_each(|row| choose(&mut ui, row));
    ui
}

/// Name and screen.
pub fn all() -> Vec<(&'static str, Ui)> {
    let sample = Model::sample;
    let system = [turn(-1), CLICK];
    let audio = [turn(-3), CLICK];
    let wifi = [turn(-4), CLICK];
    let board = [turn(1), CLICK];
    let snapshot = [turn(2), CLICK];
    let plugin = |at: i32| [turn(6 + at + 1), LONG];
    let stage = |stage: Stage| Ui::new(with(|model| model.stage = stage));
    let tuned = |frequency| {
        Ui::new(with(|model| {
            model.tuner.on = true;
            model.tuner.frequency = frequency;
        }))
    };
    let mut typing = path(sample(), &wifi, &["Nearby networks", "Venue Backstage", "Connect"]);
    for key in [19, 1, -9] {
        typing.input(turn(key));
        typing.input(CLICK);
    }
    let sentence = "The board Wide Crunch could not be loaded: the plugin Valve Amp is not installed. The old board plays on";
    vec![
        ("home", Ui::new(sample())),
        ("home-plugin", after(sample(), [turn(9)])),
        ("home-snapshot", after(sample(), [turn(2)])),
        ("home-system", after(sample(), [turn(-1)])),
        (
            "home-loading",
            Ui::new(with(|model| {
                model.board.loading = Some("Wide Crunch".into());
                model.board.unsaved = false;
                model.health.xruns = [3, 3, 7];
            })),
        ),
        ("home-empty", Ui::new(Model::default())),
        (
            "home-many",
            Ui::new(with(|model| {
                model.board.title = "The long winter night of the soul".into();
                for _ in 0..2 {
                    let more: Vec<_> = model.board.plugins.clone();
                    model.board.plugins.extend(more);
                }
                model.board.plugins[2].missing = true;
                model.footswitches.truncate(3);
                model.controls.truncate(3);
                model.notice =
                    Some(Notice { error: false, title: String::new(), text: "Saved as Sunday Lead".into() });
            })),
        ),
        ("boards", path(sample(), &board, &[])),
        ("board-menu", path(sample(), &[turn(1), LONG], &[])),
        ("banks", path(sample(), &system, &["Banks"])),
        ("versions", path(sample(), &[turn(1), LONG], &["Versions"])),
        ("snapshots", path(sample(), &snapshot, &[])),
        ("snapshot-menu", path(sample(), &[turn(2), LONG], &[])),
        ("blends", path(sample(), &snapshot, &["Blend"])),
        ("blend", path(sample(), &snapshot, &["Blend", "Swell"])),
        ("plugin", after(sample(), plugin(1))),
        ("parameter", path(sample(), &plugin(1), &["Tone"])),
        ("parameter-list", path(sample(), &plugin(3), &["Shape"])),
        ("parameter-toggle", after(sample(), plugin(3).into_iter().chain([turn(2)]))),
        ("parameter-assign", after(sample(), plugin(1).into_iter().chain([turn(1), LONG]))),
        ("presets", path(sample(), &plugin(1), &["Presets"])),
        ("control", after(sample(), [turn(5), CLICK])),
        ("calibrate", path(sample(), &[turn(5), CLICK], &["Calibrate"])),
        ("system", path(sample(), &system, &[])),
        ("system-info", path(sample(), &system, &["System info"])),
        ("health", path(sample(), &system, &["Health"])),
        ("first-boot", path(sample(), &system, &["System info", "First boot"])),
        ("updates", path(sample(), &system, &["Updates and backup"])),
        ("lcd-speed", path(sample(), &system, &["LCD speed"])),
        ("shut-down", path(sample(), &system, &["Shut down"])),
        ("footswitches", path(sample(), &system, &["Footswitches"])),
        ("tempo", path(sample(), &system, &["Tempo", "Tempo"])),
        ("paired", path(sample(), &system, &["Paired devices"])),
        ("audio", path(sample(), &audio, &[])),
        ("audio-volume", path(sample(), &audio, &["Output volume"])),
        ("audio-period", path(sample(), &audio, &["Period"])),
        ("audio-rate", path(sample(), &audio, &["Sample rate"])),
        ("audio-eq", path(sample(), &audio, &["EQ bands"])),
        ("bypass", after(sample(), [turn(-2), LONG])),
        ("wifi", path(sample(), &wifi, &[])),
        ("network-mode", path(sample(), &wifi, &["Network"])),
        ("wifi-nearby", path(sample(), &wifi, &["Nearby networks"])),
        ("wifi-network", path(sample(), &wifi, &["Home"])),
        ("wifi-password", typing),
        ("hotspot", path(sample(), &wifi, &["Show hotspot's password"])),
        ("pairing", Ui::new(with(|model| model.pairing.code = Some("482913".into())))),
        (
            "pairing-request",
            Ui::new(with(|model| {
                model.pairing.request = Some(Client { name: "Anna's tablet".into(), role: "edit".into() });
            })),
        ),
        ("tuner", tuned(Some(110.6))),
        ("tuner-in-tune", tuned(Some(185.06))),
        ("tuner-silent", tuned(None)),
        (
            "error",
            Ui::new(with(|model| {
                model.notice =
                    Some(Notice { error: true, title: "Board not loaded".into(), text: sentence.into() });
            })),
        ),
        (
            "starting",
            stage(Stage::Booting(Progress { text: "Waiting for the sound engine".into(), share: 0.6 })),
        ),
        (
            "updating",
            stage(Stage::Updating(Progress { text: "Copying 0.2.0 to the card".into(), share: 0.25 })),
        ),
        ("stopping", stage(Stage::Stopping("Writing what is not saved".into()))),
        ("safe", stage(Stage::SafeToPowerOff)),
    ]
}
