//! Everything can be reached by the encoder alone, and nothing that a player or the pedal does gets the screens stuck.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;
use strum::VariantNames;

use super::place::Then;
use super::*;
use crate::model::{Client, NetworkMode, Notice, Stage, Update, WifiState};
use crate::view::Spot;

/// Pedals in different states: what one does not show another does.
fn models() -> Vec<Model> {
    let sample = Model::sample();
    let mut busy = sample.clone();
    busy.learning = Some("Drive".into());
    busy.audio.recording = Some(75);
    busy.wifi.state = WifiState::Hotspot;
    busy.wifi.mode = NetworkMode::Stage;
    busy.board.unsaved = false;
    let mut asked = sample.clone();
    asked.pairing.request = Some(Client { name: "Tablet".into(), role: "play".into() });
    let mut failed = sample.clone();
    failed.notice =
        Some(Notice { error: true, title: "Board".into(), text: "It could not be loaded".into() });
    let mut poor = Model { stage: Stage::Playing, ..Model::default() };
    poor.update = Update::default();
    vec![sample, busy, asked, failed, poor]
}

/// What tells two situations apart; the letters of a text do not.
fn situation(ui: &Ui) -> String {
    format!("{:?}/{}/{}", ui.place(), ui.answer, ui.stack.len().min(3))
}

/// Every situation that turns, clicks and long presses lead to, and every action on the way.
fn walk(model: &Model) -> (BTreeSet<&'static str>, BTreeMap<String, View>) {
    let mut actions = BTreeSet::new();
    let mut seen = BTreeMap::new();
    let mut open = VecDeque::from([Ui::new(model.clone())]);
    while let Some(ui) = open.pop_front() {
        if let Place::Entry(typing) = ui.place()
            && typing.text.len() > 9
        {
            continue;
        }
        if seen.insert(situation(&ui), ui.view()).is_some() {
            continue;
        }
        assert!(seen.len() < 40_000, "the screens have no end: {:?}", ui.stack);
        for input in [Input::Turn(1), Input::Turn(-1), Input::Click, Input::Long] {
            let mut next = Ui { model: ui.model.clone(), stack: ui.stack.clone(), ..ui };
            for action in next.input(input) {
                actions.insert(<&'static str>::from(&action));
            }
            open.push_back(next);
        }
    }
    (actions, seen)
}

#[test]
fn the_encoder_alone_reaches_every_action_and_every_screen() {
    let mut actions = BTreeSet::new();
    let mut screens = BTreeSet::new();
    for model in models() {
        let (found, seen) = walk(&model);
        actions.extend(found);
        for (place, view) in seen {
            let title = match &view {
                View::Home(_) => "home".to_owned(),
                View::List(list) => format!("list {}", list.title),
                View::Dial(dial) => format!("dial {}", dial.name),
                View::Question(question) => format!("question {}", question.title),
                View::Entry(entry) => format!("entry {}", entry.title),
                View::Code(code) => format!("code {}", code.title),
                other => format!("{other:?}").split(['(', '{', ' ']).next().unwrap_or("").to_owned(),
            };
            assert!(!title.trim_end().ends_with(' '), "{place} has no title");
            screens.insert(title);
        }
    }
    let missing: Vec<_> = UiAction::VARIANTS.iter().filter(|name| !actions.contains(*name)).collect();
    assert!(missing.is_empty(), "no way leads to {missing:?}");
    for screen in [
        "home",
        "Tuner",
        "Blend",
        "list Wi-Fi",
        "list Network",
        "list Nearby networks",
        "list Audio",
        "list Period (frames)",
        "list Sample rate",
        "list Equaliser",
        "list System",
        "list System info",
        "list Health",
        "list First boot",
        "list Friday gig",
        "list Pedalboard",
        "list Banks",
        "list Versions",
        "list Snapshots",
        "list Solo",
        "list Plugins",
        "list Tube Screamer",
        "list Shape",
        "list Presets",
        "list Footswitches",
        "list Tempo",
        "list Clock",
        "list Paired devices",
        "list Anna's phone",
        "list Updates and backup",
        "list LCD speed",
        "list True bypass",
        "list Curve",
        "dial Drive",
        "dial Output volume",
        "dial Input gain",
        "dial VU calibration",
        "dial A4",
        "dial Tempo",
        "entry Save board as",
        "entry New snapshot",
        "entry Keep version",
        "entry Rename snapshot",
        "entry Name of the network",
        "code Pair a device",
        "code Hotspot",
        "question Calibrate",
        "question Shut down?",
        "question Reboot?",
        "question Restart engine?",
        "question Install update?",
        "question Let it in?",
        "question Board",
    ] {
        assert!(screens.contains(screen), "no way leads to `{screen}`: {screens:#?}");
    }
}

#[test]
fn every_screen_has_a_way_home() {
    let mut open = vec![Ui::new(Model::sample())];
    for place in [Menu::System, Menu::Audio, Menu::Snapshots, Menu::Plugins, Menu::Wifi] {
        let mut ui = Ui::new(Model::sample());
        ui.open(Place::Menu(place, Some(0)));
        open.push(ui);
    }
    for mut ui in open {
        // to the title, and a click, as often as there are screens
        for _ in 0..6 {
            ui.input(Input::Turn(-99));
            if matches!(ui.place(), Place::Menu(..)) {
                ui.input(Input::Click);
            }
        }
        assert!(matches!(ui.place(), Place::Home(_)), "{:?}", ui.stack);
    }
}

#[test]
fn an_error_stands_over_everything_until_it_is_read_and_takes_no_footswitch() {
    let mut ui = Ui::new(Model::sample());
    ui.input(Input::Turn(1));
    let mut model = Model::sample();
    model.notice = Some(Notice { error: true, title: "Board".into(), text: "Plugins are missing".into() });
    ui.set_model(model);
    let View::Question(question) = ui.view() else { panic!("no question") };
    assert!(question.error && question.text == "Plugins are missing");
    assert!(!ui.wants_footswitches(), "the band plays on");
    assert_eq!(ui.input(Input::Turn(1)), []);
    assert_eq!(ui.input(Input::Click), [UiAction::DismissNotice]);
    ui.set_model(Model::sample());
    assert_eq!(ui.view(), View::Home(Some(Spot::Board)), "where the player was");
}

#[test]
fn a_browser_is_let_in_by_the_right_footswitch_only() {
    let mut model = Model::sample();
    model.pairing.request = Some(Client { name: "Tablet".into(), role: "edit".into() });
    let mut ui = Ui::new(model);
    assert!(ui.wants_footswitches());
    assert_eq!(ui.input(Input::Footswitch(1)), []);
    assert_eq!(ui.input(Input::Footswitch(0)), [UiAction::RefusePairing]);
    assert_eq!(ui.input(Input::Footswitch(3)), [UiAction::AcceptPairing]);
    assert_eq!(ui.input(Input::Click), [UiAction::RefusePairing], "a press in passing lets nobody in");
}

#[test]
fn the_tuner_opens_and_closes_with_its_switch() {
    let mut ui = Ui::new(Model::sample());
    let mut model = Model::sample();
    model.tuner.on = true;
    ui.set_model(model.clone());
    assert!(matches!(ui.view(), View::Tuner(_)));
    ui.set_model(Model::sample());
    assert_eq!(ui.view(), View::Home(None));
    ui.set_model(model);
    assert_eq!(ui.input(Input::Click), [UiAction::SetTuner(false)]);
    assert_eq!(ui.view(), View::Home(None));
}

#[test]
fn a_moved_control_shows_its_dialog_and_takes_nothing_from_the_player() {
    let moved = || Input::Moved { instance: "drive".into(), symbol: "drive".into() };
    let mut ui = Ui::new(Model::sample());
    ui.input(moved());
    assert!(matches!(ui.view(), View::Dial(dial) if dial.name == "Drive"));
    assert_eq!(ui.patience(), Some(DIALOG));
    ui.idle();
    assert_eq!(ui.view(), View::Home(None));
    ui.input(Input::Turn(-1));
    ui.input(Input::Click);
    let before = ui.view();
    ui.input(moved());
    assert_eq!(ui.view(), before, "the system menu stays");
}

#[test]
fn screens_of_things_that_have_gone_are_left() {
    let mut ui = Ui::new(Model::sample());
    ui.open(Place::Menu(Menu::Plugin("drive".into()), Some(0)));
    ui.open(Place::Dial(Target::Parameter("drive".into(), "tone".into())));
    let mut model = Model::sample();
    model.board.plugins.clear();
    ui.set_model(model);
    assert_eq!(ui.view(), View::Home(None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever the player and the pedal do in turn: always a view, never a panic, and at most one action for an input.
    #[test]
    fn nothing_gets_it_stuck(steps in prop::collection::vec((0_u8..8, -5_i32..6), 1..120)) {
        let models = models();
        let mut ui = Ui::new(Model::sample());
        for (kind, number) in steps {
            let input = match kind {
                0..=2 => Input::Turn(number),
                3 | 4 => Input::Click,
                5 => Input::Long,
                6 => Input::Moved { instance: "delay".into(), symbol: "mix".into() },
                _ => {
                    ui.set_model(models[number.unsigned_abs() as usize % models.len()].clone());
                    continue;
                }
            };
            prop_assert!(ui.input(input).len() <= 1);
            let _ = ui.view();
            if kind == 5 {
                ui.idle();
            }
        }
    }
}

#[test]
fn a_question_about_a_place_in_a_list_goes_when_the_list_is_another_one() {
    let open = |then: Then| {
        let mut ui = Ui::new(Model::sample());
        ui.follow(then);
        ui
    };
    let question = |action| Then::confirm("Sure?", "", "Yes", action);
    let (mut other_board, mut more_snapshots) = (Model::sample(), Model::sample());
    other_board.board.title = "Another".into();
    more_snapshots.snapshots.names.insert(0, "New".into());
    let (mut more_versions, mut more_clients) = (Model::sample(), Model::sample());
    more_versions.board.versions.insert(0, "Just now".into());
    more_clients.pairing.clients.insert(0, Client { name: "Phone".into(), role: "play".into() });
    let mut renamed = Model::sample();
    renamed.snapshots.names[0] = "Louder".into();
    let all = [other_board, more_snapshots, more_versions, more_clients, renamed];
    for (then, goes) in [
        (question(UiAction::DeleteSnapshot(0)), [true, true, false, false, false]),
        (Then::menu(Menu::Snapshot(0)), [true, true, false, false, false]),
        (Then::entry(Purpose::Rename(0), "x"), [true, true, false, false, false]),
        (question(UiAction::LoadVersion(0)), [true, false, true, false, false]),
        (question(UiAction::RevokeClient(0)), [false, false, false, true, false]),
        (Then::menu(Menu::Client(0)), [false, false, false, true, false]),
        (question(UiAction::Shutdown), [false; 5]),
    ] {
        for (model, goes) in all.iter().zip(goes) {
            let mut ui = open(then.clone());
            assert_eq!(ui.stack.len(), 2);
            ui.set_model(model.clone());
            assert_eq!(ui.stack.len(), if goes { 1 } else { 2 }, "{then:?} {:?}", model.board.title);
        }
    }
}
