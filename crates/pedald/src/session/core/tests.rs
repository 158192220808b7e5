//! The session against the fake engine and an observer that knows nothing but the events.

mod order;
mod refused;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mod_protocol::{Command, Feedback};
use proptest::prelude::*;

use super::*;
use crate::engine::FakeCatalogue;
use crate::engine::fake::Model;
use crate::session::{
    Addressing, Bank, Bend, Endpoint, Instance, MidiBinding, Morph, MorphStop, Plugin, Press, SHAPES, Shape,
    Step, SyncMode,
};
use crate::store::{Disk, MemoryDisk};

/// The session, the engine, the disk and the observer, on one thread and with a clock of our own.
struct World {
    core: Core,
    model: Model,
    disk: MemoryDisk,
    seen: State,
    engine: VecDeque<EngineEvent>,
    disk_done: VecDeque<(Ticket, Result<DiskAnswer, String>)>,
    answers: BTreeMap<u64, Answer>,
    asked: u64,
    now: Duration,
}

impl World {
    fn new(disk: MemoryDisk) -> Self {
        let core = Core::new(FakeCatalogue::default());
        let seen = core.state().clone();
        let mut world = Self {
            core,
            model: Model::new(FakeCatalogue::default()),
            disk,
            seen,
            engine: VecDeque::from([EngineEvent::Up]),
            disk_done: VecDeque::new(),
            answers: BTreeMap::new(),
            asked: 0,
            now: Duration::from_secs(1),
        };
        world.input(Input::Start);
        world.settle();
        world
    }

    fn input(&mut self, input: Input) {
        let effects = self.core.handle(self.now, input);
        for effect in effects {
            match effect {
                Effect::Emit(event) => self.seen.apply(&event).expect("no event is missing"),
                Effect::Answer(to, answer) => {
                    assert!(self.answers.insert(to.0, answer).is_none(), "one answer for each intent");
                }
                Effect::Command(ticket, command) => {
                    let reply = self.model.command(&command);
                    self.engine.push_back(EngineEvent::Reply { ticket, reply });
                }
                Effect::Load(ticket, board, place) => {
                    let reply = self.model.load(&board, place);
                    self.engine.push_back(EngineEvent::Reply { ticket, reply });
                }
                Effect::Disk(ticket, job) => {
                    let answer = self.disk.run(job);
                    self.disk_done.push_back((ticket, answer));
                }
            }
        }
    }

    fn ask(&mut self, source: Source, intent: Intent) -> u64 {
        self.asked += 1;
        self.input(Input::Intent { source, intent, reply: ReplyTo(self.asked) });
        self.asked
    }

    fn step_engine(&mut self) -> bool {
        let Some(event) = self.engine.pop_front() else { return false };
        self.input(Input::Engine { event, memory: None });
        true
    }

    fn step_disk(&mut self) -> bool {
        let Some((ticket, answer)) = self.disk_done.pop_front() else { return false };
        self.input(Input::Disk { ticket, answer, memory: None });
        true
    }

    fn settle(&mut self) {
        while self.step_engine() || self.step_disk() {}
    }

    /// Lets time pass, with everything that falls due.
    fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        self.settle();
        let mut turns = 0;
        while self.core.next_wake() <= end {
            turns += 1;
            assert!(turns < 1000, "the session does not come to rest");
            self.now = self.core.next_wake().max(self.now + Duration::from_millis(1));
            self.input(Input::Tick { memory: None });
            self.settle();
        }
        self.now = end;
    }

    /// Asks, and waits for the answer.
    fn done(&mut self, intent: Intent) -> Answer {
        let number = self.ask(Source::Web(1), intent);
        self.settle();
        self.answers.remove(&number).expect("each intent is answered")
    }

    fn board(&self) -> &Board {
        &self.core.state().board
    }

    /// Everybody agrees.
    fn check(&self) {
        assert_eq!(self.seen, *self.core.state(), "the observer");
        let expected = EngineBoard::from(&**self.core.state().board_ref());
        let plugins = |board: &EngineBoard| -> BTreeMap<i32, _> {
            let of = |plugin: &crate::engine::EnginePlugin| {
                (plugin.uri.clone(), plugin.params.clone(), plugin.bypass)
            };
            board.plugins.iter().map(|plugin| (plugin.instance, of(plugin))).collect()
        };
        assert_eq!(plugins(&self.model.board), plugins(&expected), "the engine's plugins");
        let cables = |board: &EngineBoard| board.connections.iter().cloned().collect::<BTreeSet<_>>();
        assert_eq!(cables(&self.model.board), cables(&expected), "the engine's cables");
        let midi = |board: &EngineBoard| {
            let mut all: Vec<_> = board.midi.iter().map(|midi| format!("{midi:?}")).collect();
            all.sort();
            all
        };
        assert_eq!(midi(&self.model.board), midi(&expected), "the engine's bindings");
        assert_eq!(self.model.board.tempo, expected.tempo, "the tempo");
        assert!(!self.model.open, "no transaction is left open");
    }
}

impl State {
    fn board_ref(&self) -> &Arc<Board> {
        &self.board
    }
}

fn plugin(name: &str, number: i32, uri: &str) -> Arc<Plugin> {
    let spec = FakeCatalogue::default();
    let spec = crate::session::Catalogue::plugin(&spec, uri).expect("a fake plugin");
    Arc::new(Plugin::new(name.into(), number, spec))
}

fn lead() -> Board {
    let mut board = Board::empty();
    board.title = "Lead".into();
    board.plugins = vec![plugin("amp", 0, "urn:fake:amp"), plugin("delay", 1, "urn:fake:delay")];
    for (from, to) in [("capture_1", "amp/in"), ("amp/out", "delay/in"), ("delay/left", "playback_1")] {
        board.connections.push((Endpoint::parse(from), Endpoint::parse(to)));
    }
    let loud = board.capture("Loud");
    board.snapshots.push(Arc::new(loud));
    board
}

fn clean() -> Board {
    let mut board = Board::empty();
    board.title = "Clean".into();
    board.plugins = vec![plugin("filter", 4, "urn:fake:filter")];
    board.connections.push((Endpoint::parse("capture_1"), Endpoint::parse("filter/in")));
    board
}

fn disk() -> MemoryDisk {
    let disk =
        MemoryDisk::default().with("/b/clean", clean()).with("/b/lead", lead()).with("/b/torn", lead());
    disk.contents().unreadable.push("/b/torn".into());
    disk.contents().last = Some("/b/lead".into());
    let boards = vec!["/b/lead".into(), "/b/clean".into()];
    disk.contents().banks = vec![Bank { title: "Gig".into(), boards }];
    disk
}

fn set(port: &str, value: f32) -> Intent {
    Intent::Set { port: ControlPort::parse(port).expect("a port"), value }
}

#[test]
fn the_last_board_comes_up() {
    let world = World::new(disk());
    assert_eq!(world.board().title, "Lead");
    assert!(world.core.state().engine.is_running());
    assert_eq!(world.core.state().library.boards.len(), 3);
    world.check();
}

#[test]
fn a_board_that_cannot_be_loaded_leaves_the_old_one() {
    let mut world = World::new(disk());
    let before = world.board().clone();
    for bundle in ["/b/torn", "/b/none"] {
        let error = world.done(Intent::LoadBoard { bundle: bundle.into() }).expect_err("it cannot be read");
        assert!(error.to_string().ends_with("The old board plays on"), "{error}");
        assert_eq!(*world.board(), before);
        let notice = world.core.state().notice.clone().expect("a sentence for the player");
        assert_eq!(notice.text, error.to_string());
    }
    world.model.refused.insert("Clean".into());
    let error =
        world.done(Intent::LoadBoard { bundle: "/b/clean".into() }).expect_err("the engine refuses it");
    assert!(error.to_string().contains("refused"), "{error}");
    assert_eq!(*world.board(), before);
    assert_eq!(world.core.state().loading, None);
    world.check();
}

#[test]
fn a_preloaded_board_is_one_command_away() {
    let mut world = World::new(disk());
    world.done(Intent::SelectBank(Some(0))).expect("a bank");
    world.wait(Duration::from_secs(2));
    let ready = world.core.state().preloaded.clone();
    assert_eq!(ready.iter().map(|ready| ready.title.as_str()).collect::<Vec<_>>(), ["Clean"]);
    for title in ["Clean", "Lead", "Clean"] {
        world.model.commands.clear();
        let number = world.ask(Source::Hardware, Intent::StepBoard(Step::Next));
        let sent: Vec<_> = world.model.commands.iter().map(Command::name).collect();
        assert_eq!(sent, ["x_swap"], "the switch itself is one command");
        world.settle();
        world.answers[&number].clone().expect("switched");
        assert_eq!(world.board().title, title);
        world.check();
        world.wait(Duration::from_secs(1));
    }
    // what was turned while it played does not come back: the disk holds the board
    world.done(set("filter/q", 5.0)).expect("set");
    world.done(Intent::StepBoard(Step::Next)).expect("switched");
    world.wait(Duration::from_secs(2));
    world.done(Intent::StepBoard(Step::Next)).expect("switched");
    assert_eq!(world.board().value(&ControlPort::new("filter", "q")), Some(0.7));
    world.check();
}

#[test]
fn a_preloaded_board_that_is_another_on_the_disk_is_read_anew() {
    let mut world = World::new(disk());
    world.done(Intent::SelectBank(Some(0))).expect("a bank");
    world.wait(Duration::from_secs(2));
    assert_eq!(world.core.state().preloaded.len(), 1);
    let renamed = Board { title: "Crisp".into(), bundle: Some("/b/clean".into()), ..clean() };
    world.disk.contents().boards.insert("/b/clean".into(), Arc::new(renamed));
    world.done(Intent::Rescan).expect("read");
    assert_eq!(world.core.state().preloaded, []);
    world.done(Intent::StepBoard(Step::Next)).expect("switched");
    assert_eq!(world.board().title, "Crisp");
    world.check();
}

#[test]
fn the_last_of_many_steps_wins_and_every_one_is_answered() {
    let mut world = World::new(disk());
    for _ in 0..7 {
        world.ask(Source::Hardware, Intent::StepBoard(Step::Next));
    }
    world.settle();
    assert_eq!(world.answers.len(), 7);
    let superseded = |answer: &&Answer| matches!(answer, Err(SessionError::Superseded(_)));
    assert_eq!(world.answers.values().filter(superseded).count(), 6);
    world.check();
}

#[test]
fn reset_and_load_is_one_change_of_boards() {
    let mut world = World::new(disk());
    world.model.loads.clear();
    world.done(Intent::Reset).expect("reset");
    assert!(world.board().plugins.is_empty());
    assert_eq!(world.model.board.plugins.len(), 2, "the old board sounds on");
    world.done(Intent::LoadBoard { bundle: "/b/clean".into() }).expect("loaded");
    world.wait(Duration::from_secs(1));
    let names: Vec<_> = world.model.loads.iter().filter(|(_, place)| *place == Place::Running).collect();
    assert_eq!(names, [&("Clean".to_owned(), Place::Running)], "the empty board never sounds");
    world.check();
    world.done(Intent::Reset).expect("reset");
    world.wait(Duration::from_secs(1));
    assert!(world.model.board.plugins.is_empty(), "nothing came after it");
    world.check();
    world.done(Intent::LoadBoard { bundle: "/b/lead".into() }).expect("loaded");
    world.done(Intent::Reset).expect("reset");
    world.done(Intent::LoadBoard { bundle: "/b/torn".into() }).expect_err("it cannot be read");
    assert_eq!(world.board().title, "Lead", "the old one never went");
    world.wait(Duration::from_secs(1));
    world.check();
}

#[test]
fn a_snapshot_is_recalled_within_one_block() {
    let mut world = World::new(disk());
    for (port, value) in
        [("amp/drive", 1.0), ("delay/feedback", 0.9), ("delay/time", 100.0), ("amp/:bypass", 1.0)]
    {
        world.done(set(port, value)).expect("set");
    }
    world.model.commands.clear();
    let done = world.done(Intent::LoadSnapshot(Step::To(1))).expect("recalled");
    assert_eq!(done, Done::Snapshot { at: 1, name: "Loud".into() });
    let [Command::XSnapshot { values }] = &world.model.commands[..] else {
        panic!("one command: {:?}", world.model.commands);
    };
    assert_eq!(values.len(), 4, "what has not changed is not sent");
    world.check();
}

#[test]
fn the_same_board_is_back_after_the_engine_died() {
    let mut world = World::new(disk());
    world.done(set("amp/drive", 1.0)).expect("set");
    world.engine.push_back(EngineEvent::Down("killed".into()));
    world.settle();
    assert!(!world.core.state().engine.is_running());
    world.done(set("delay/feedback", 0.8)).expect("it can be turned meanwhile");
    world.model = Model::new(FakeCatalogue::default());
    world.engine.push_back(EngineEvent::Up);
    world.settle();
    assert!(world.core.state().engine.is_running());
    assert_eq!(world.model.board.plugins.len(), 2);
    assert_eq!(world.model.board.plugins[1].params["feedback"], 0.8);
    world.check();
}

#[test]
fn a_plugin_that_the_engine_cannot_make_is_not_on_the_board() {
    let mut world = World::new(disk());
    world.model.broken.insert("urn:fake:gain".into());
    let before = world.board().clone();
    let add = |name: &str, uri: &str| Intent::AddPlugin {
        instance: Instance::new(name),
        uri: uri.into(),
        position: (1.0, 2.0),
    };
    let error = world.done(add("g", "urn:fake:gain")).expect_err("broken");
    assert!(error.to_string().contains("could not be instantiated"), "{error}");
    let error = world.done(add("g", "urn:fake:none")).expect_err("not installed");
    assert!(error.to_string().contains("urn:fake:none"), "{error}");
    assert!(world.done(add("a/b", "urn:fake:amp")).is_err());
    assert!(world.done(add("amp", "urn:fake:amp")).is_err(), "the name is taken");
    assert_eq!(*world.board(), before);
    assert!(matches!(world.done(add("g", "urn:fake:amp")), Ok(Done::Plugin(_))));
    world.check();
}

#[test]
fn unsaved_follows_edits_saves_and_undo() {
    let mut world = World::new(disk());
    assert!(!world.core.state().unsaved);
    world.ask(Source::Hardware, set("amp/:bypass", 1.0));
    assert!(!world.core.state().unsaved, "playing is no edit");
    world.done(set("amp/drive", 1.0)).expect("set");
    assert!(world.core.state().unsaved);
    world.done(Intent::Undo).expect("undone");
    assert!(!world.core.state().unsaved);
    world.done(Intent::Redo).expect("redone");
    assert!(world.core.state().unsaved);
    let saved = world.done(Intent::SaveBoard { title: None, as_new: false }).expect("saved");
    assert_eq!(saved, Done::Saved { bundle: "/b/lead".into(), title: "Lead".into() });
    assert!(!world.core.state().unsaved);
    world.done(Intent::Undo).expect("undone");
    assert!(world.core.state().unsaved, "the disk holds what was undone");
    assert_eq!(world.done(Intent::Undo), Err(SessionError::NothingToUndo));
    world.check();
}

#[test]
fn a_turn_of_a_knob_is_one_step() {
    let mut world = World::new(disk());
    for value in 0..50 {
        world.now += Duration::from_millis(20);
        world.done(set("amp/drive", value as f32 / 10.0)).expect("set");
    }
    assert_eq!(world.core.state().history.depth, 1);
    world.done(Intent::Undo).expect("undone");
    assert_eq!(world.board().value(&ControlPort::new("amp", "drive")), Some(5.0));
    world.check();
}

#[test]
fn one_controller_drives_all_that_learnt_it() {
    let mut world = World::new(disk());
    let ports = vec![
        (ControlPort::new("amp", "drive"), 0.0, 10.0),
        (ControlPort::new("delay", "feedback"), 1.0, 0.0),
        (ControlPort::bypass("delay"), 0.0, 1.0),
    ];
    world.done(Intent::Learn { ports }).expect("waits");
    assert_eq!(world.core.state().learning.len(), 3);
    let moved = |value| Intent::Controller { channel: 13, controller: 75, value };
    world.ask(Source::Hardware, moved(127));
    assert!(world.core.state().learning.is_empty());
    world.settle();
    world.model.commands.clear();
    world.ask(Source::Hardware, moved(0));
    let sent: Vec<_> = world.model.commands.iter().map(Command::name).collect();
    assert_eq!(sent, ["x_snapshot"], "all of them within one block");
    let value = |port: &str| world.board().value(&ControlPort::parse(port).expect("a port"));
    assert_eq!(value("amp/drive"), Some(0.0));
    assert_eq!(value("delay/feedback"), Some(1.0));
    assert_eq!(value("delay/:bypass"), Some(1.0));
    world.settle();
    world.check();
}

#[test]
fn a_midi_controller_of_the_engine_moves_all_that_are_bound_to_it() {
    let mut world = World::new(disk());
    for (port, min, max) in
        [("amp/drive", 0.0, 10.0), ("delay/feedback", 1.0, 0.0), ("delay/:bypass", 0.0, 1.0)]
    {
        let binding = Some(MidiBinding { channel: 0, controller: 7, min, max });
        let port = ControlPort::parse(port).expect("a port");
        world.done(Intent::Bind { port, binding }).expect("bound");
    }
    world.model.commands.clear();
    world.model.command(&Command::ParamSet { instance: 0, symbol: "drive".into(), value: 10.0 });
    let moved = Feedback::ParamSet { instance: 0, symbol: "drive".into(), value: 10.0 };
    world.engine.push_back(EngineEvent::Feedback(moved));
    world.settle();
    let value = |port: &str| world.board().value(&ControlPort::parse(port).expect("a port"));
    assert_eq!(value("delay/feedback"), Some(0.0));
    assert_eq!(value("delay/:bypass"), Some(0.0));
    world.check();
}

fn following(port: ControlPort, divider: f32) -> Addressing {
    let usual = Shape::default().addressing(port);
    Addressing {
        minimum: 0.0,
        maximum: 1e6,
        tempo: true,
        dividers: Some(divider),
        rest: Default::default(),
        ..usual
    }
}

#[test]
fn what_has_a_curve_is_moved_here_and_not_by_the_engine() {
    let mut world = World::new(disk());
    let port = || ControlPort::parse("amp/drive").expect("a port");
    let binding = Some(MidiBinding { channel: 0, controller: 11, min: 0.0, max: 10.0 });
    world.done(Intent::Bind { port: port(), binding }).expect("bound");
    assert_eq!(world.model.board.midi.len(), 1);
    let shape = Shape { bend: Bend::Slow, press: Press::Follow };
    world.done(Intent::Shape { port: port(), shape }).expect("shaped");
    assert_eq!(world.model.board.midi.len(), 0, "the engine would map it straight");
    world.check();
    let value = |world: &World| world.board().value(&port()).expect("a value");
    // by MIDI that the engine receives and that drives nothing there, and by the pedal's own expression input
    world.engine.push_back(EngineEvent::Feedback(Feedback::MidiControlChange {
        channel: 0,
        controller: 11,
        value: 64,
    }));
    world.settle();
    let wanted = 10.0 * (64.0_f32 / 127.0).powi(2);
    assert!((value(&world) - wanted).abs() < 0.01, "{}", value(&world));
    world.ask(Source::Hardware, Intent::Controller { channel: 0, controller: 11, value: 127 });
    world.settle();
    assert_eq!(value(&world), 10.0);
    world.check();
    world.done(Intent::Undo).expect("undone");
    assert_eq!(world.model.board.midi.len(), 1, "straight again");
    world.check();
    world.done(Intent::Redo).expect("again");
    world.done(Intent::RemovePlugin { instance: "amp".into() }).expect("removed");
    assert!(!world.board().addressings.contains_key(SHAPES));
    world.done(Intent::Undo).expect("undone");
    assert_eq!(world.board().shape(&port()), shape);
    world.check();
    world.done(Intent::Unaddress { port: port() }).expect("freed");
    assert_eq!(world.board().shape(&port()), Shape::default());
    world.check();
}

#[test]
fn each_press_of_a_foreign_switch_turns_over_and_the_pedals_own_do_anyway() {
    let mut world = World::new(disk());
    let port = || ControlPort::bypass("delay");
    let binding = Some(MidiBinding { channel: 2, controller: 20, min: 0.0, max: 1.0 });
    world.done(Intent::Bind { port: port(), binding }).expect("bound");
    world
        .done(Intent::Shape { port: port(), shape: Shape { press: Press::Turn, ..Shape::default() } })
        .expect("shaped");
    let mut heard = Vec::new();
    for value in [127, 0, 127, 127, 0, 127] {
        let moved = Feedback::MidiControlChange { channel: 2, controller: 20, value };
        world.engine.push_back(EngineEvent::Feedback(moved));
        world.settle();
        heard.push(world.board().value(&port()).expect("a value"));
    }
    assert_eq!(heard, [1.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
    // the pedal's own switch: 127 with one press, 0 with the next
    for (value, wanted) in [(127, 0.0), (0, 1.0)] {
        world.ask(Source::Hardware, Intent::Controller { channel: 2, controller: 20, value });
        world.settle();
        assert_eq!(world.board().value(&port()), Some(wanted));
    }
    world.check();
}

#[test]
fn a_time_follows_the_tempo_until_it_is_freed() {
    let mut world = World::new(disk());
    let port = || ControlPort::parse("delay/time").expect("a port");
    let time = |world: &World| world.board().value(&port()).expect("a value");
    world.done(Intent::SetTempo(120.0)).expect("set");
    let address =
        |port, divider| Intent::Address { actuator: "/bpm".into(), addressing: following(port, divider) };
    world.done(address(port(), 4.0)).expect("a quarter");
    assert_eq!(time(&world), 500.0);
    assert_eq!(world.model.board.plugins[1].params["time"], 500.0, "the engine has it");
    world.done(Intent::SetTempo(150.0)).expect("set");
    assert_eq!(time(&world), 400.0);
    world.done(Intent::Undo).expect("undone");
    assert_eq!((time(&world), world.board().tempo.bpm), (500.0, 120.0), "both, as one step");
    // MIDI clock, told by the engine
    let told = Feedback::Transport { rolling: true, bpb: 4.0, bpm: 100.0 };
    world.model.command(&Command::Transport { rolling: true, bpb: 4.0, bpm: 100.0 });
    world.engine.push_back(EngineEvent::Feedback(told));
    world.settle();
    assert_eq!(time(&world), 600.0);
    world.check();
    world.done(Intent::LoadSnapshot(Step::To(1))).expect("recalled");
    assert_eq!(time(&world), 600.0, "a snapshot does not take it out of time");
    let error = world.done(address(ControlPort::parse("delay/feedback").expect("a port"), 4.0));
    assert!(error.expect_err("no time").to_string().contains("unit"));
    world.done(Intent::Unaddress { port: port() }).expect("freed");
    world.done(Intent::SetTempo(60.0)).expect("set");
    assert_eq!(time(&world), 600.0);
    world.check();
}

#[test]
fn a_board_is_preloaded_when_nobody_plays() {
    let mut world = World::new(disk());
    world.done(Intent::SelectBank(Some(0))).expect("a bank");
    for number in 0..10 {
        world.wait(Duration::from_millis(400));
        world.ask(Source::Hardware, set("amp/:bypass", f32::from(number % 2_u8)));
    }
    assert_eq!(world.core.state().preloaded, []);
    world.wait(Duration::from_secs(2));
    assert_eq!(world.core.state().preloaded.len(), 1);
}

#[test]
fn what_the_engine_moves_by_itself_is_seen() {
    let mut world = World::new(disk());
    let moved = Feedback::ParamSet { instance: 1, symbol: "feedback".into(), value: 0.5 };
    world.engine.push_back(EngineEvent::Feedback(moved));
    let output = Feedback::OutputSet { instance: 1, symbol: "level".into(), value: -6.0 };
    world.engine.push_back(EngineEvent::Feedback(output));
    let nobody = Feedback::ParamSet { instance: 77, symbol: "x".into(), value: 0.5 };
    world.engine.push_back(EngineEvent::Feedback(nobody));
    world.settle();
    assert_eq!(world.board().value(&ControlPort::new("delay", "feedback")), Some(0.5));
    assert_eq!(world.seen.outputs[&ControlPort::new("delay", "level")], -6.0);
    assert!(!world.core.state().unsaved);
}

#[test]
fn a_blend_goes_from_stop_to_stop() {
    let mut world = World::new(disk());
    let loud = [("amp/drive", 10.0), ("delay/time", 1000.0), ("amp/:bypass", 1.0)];
    for (port, value) in loud {
        world.done(set(port, value)).expect("set");
    }
    world.done(Intent::SaveSnapshotAs { name: "End".into() }).expect("stored");
    let stops = [(0.0, 1), (1.0, 2)].map(|(position, snapshot)| MorphStop { position, snapshot }).to_vec();
    let morph = Morph { name: "Swell".into(), stops, curve: crate::session::Curve::Linear, position: 0.0 };
    world.done(Intent::Morph(Some(morph))).expect("begun");
    world.model.commands.clear();
    world.ask(Source::Hardware, Intent::MorphTo { position: 0.5 });
    assert_eq!(world.model.commands.len(), 1, "one command for a step");
    let value = |world: &World, port: &str| {
        world.board().value(&ControlPort::parse(port).expect("a port")).expect("a value")
    };
    assert_eq!(value(&world, "amp/drive"), 7.5);
    assert!((value(&world, "delay/time") - (400.0_f32 * 1000.0).sqrt()).abs() < 0.1, "in equal ratios");
    assert_eq!(value(&world, "amp/:bypass"), 0.0, "on wins between the stops");
    world.ask(Source::Hardware, Intent::MorphTo { position: 1.0 });
    assert_eq!(value(&world, "amp/:bypass"), 1.0);
    assert_eq!(value(&world, "delay/time"), 1000.0);
    world.settle();
    world.check();
    world.done(Intent::LoadSnapshot(Step::To(0))).expect("recalled");
    assert_eq!(world.core.state().morph, None);
}

#[test]
fn a_preset_brings_its_values_and_can_be_taken_back() {
    let mut world = World::new(disk());
    let before = world.board().clone();
    let load = Intent::LoadPreset { instance: "amp".into(), uri: "urn:fake:amp#clean".into() };
    world.done(load).expect("loaded");
    assert_eq!(world.board().value(&ControlPort::new("amp", "drive")), Some(0.0));
    world.done(Intent::Undo).expect("undone");
    assert_eq!(*world.board(), before);
    world.check();
}

#[test]
fn a_preset_that_came_before_a_reset_is_in_the_board_that_comes_back() {
    let mut world = World::new(disk());
    let preset = Intent::LoadPreset { instance: "amp".into(), uri: "urn:fake:amp#clean".into() };
    for intent in [preset, Intent::Reset, Intent::LoadBoard { bundle: "/b/torn".into() }] {
        world.ask(Source::Web(1), intent);
    }
    world.wait(Duration::from_secs(3));
    assert_eq!(world.board().value(&ControlPort::new("amp", "drive")), Some(0.0));
    assert!(world.core.state().unsaved);
    world.check();
}

#[test]
fn banks_outlive_a_look_at_the_boards_that_began_before_them() {
    let mut world = World::new(disk());
    let banks =
        vec![crate::session::state::Bank { title: "Gig".into(), boards: vec![PathBuf::from("/b/lead")] }];
    world.ask(Source::Web(1), Intent::Rescan);
    world.ask(Source::Web(1), Intent::SetBanks(banks.clone()));
    world.settle();
    assert_eq!(world.core.state().library.banks, banks);
    world.check();
}

#[test]
fn loudness_is_a_suggestion() {
    let mut world = World::new(disk());
    let before = world.board().clone();
    world.done(Intent::SelectBank(Some(0))).expect("a bank");
    world.done(Intent::MeasureLoudness { bundles: Vec::new() }).expect("measured");
    let lead = world.core.state().loudness[&PathBuf::from("/b/lead")];
    let clean = world.core.state().loudness[&PathBuf::from("/b/clean")];
    assert_eq!((lead.short_term, clean.short_term), (-28.0, -29.0));
    assert_eq!(lead.difference, Some(0.0));
    assert_eq!(clean.difference, Some(-1.0));
    assert_eq!(*world.board(), before, "nothing was turned");
}

fn instances() -> impl Strategy<Value = Instance> {
    prop_oneof!["amp", "delay", "filter", "new_1", "new_2", "no"].prop_map(|name| Instance::new(&name))
}

fn control_ports() -> impl Strategy<Value = ControlPort> {
    let symbols =
        prop_oneof![":bypass", "drive", "time", "feedback", "taps", "freeze", "cutoff", "gain", "none"];
    prop_oneof![
        9 => (instances(), symbols).prop_map(|(instance, symbol)| ControlPort::new(instance, &symbol)),
        1 => prop_oneof![":bpm", ":bpb", ":rolling"].prop_map(|s: String| ControlPort::new(Instance::board(), &s)),
    ]
}

fn endpoints() -> impl Strategy<Value = Endpoint> {
    prop_oneof![
        3 => (instances(), prop_oneof!["in", "out", "left"]).prop_map(|(i, symbol)| Endpoint::plugin(i, &symbol)),
        1 => prop_oneof!["capture_1", "playback_1"].prop_map(|name: String| Endpoint::system(&name)),
    ]
}

/// Edits that undo covers when a browser makes them.
fn edits() -> impl Strategy<Value = Intent> {
    let uris =
        prop_oneof!["urn:fake:gain", "urn:fake:delay", "urn:fake:amp", "urn:fake:none", "urn:fake:filter"];
    let value = prop_oneof![4 => -100.0_f32..2500.0, 1 => Just(f32::NAN), 1 => Just(1.0)];
    let binding = proptest::option::of((0_u8..17, 0_u8..135));
    prop_oneof![
        (instances(), uris, -10.0..10.0).prop_map(|(instance, uri, x)| Intent::AddPlugin {
            instance,
            uri,
            position: (x, x)
        }),
        instances().prop_map(|instance| Intent::RemovePlugin { instance }),
        (instances(), -9.0..9.0)
            .prop_map(|(instance, x)| Intent::MovePlugin { instance, position: (x, 1.0) }),
        (endpoints(), endpoints()).prop_map(|(source, target)| Intent::Connect { source, target }),
        (endpoints(), endpoints()).prop_map(|(source, target)| Intent::Disconnect { source, target }),
        (control_ports(), value.clone()).prop_map(|(port, value)| Intent::Set { port, value }),
        proptest::collection::vec((control_ports(), value), 0..4)
            .prop_map(|values| Intent::SetMany { values }),
        control_ports().prop_map(|port| Intent::Toggle { port }),
        (instances(), "[a-z]{0,4}").prop_map(|(instance, value)| Intent::SetParameter {
            instance,
            uri: "urn:fake:amp#model".into(),
            kind: 'p',
            value
        }),
        instances().prop_map(|instance| Intent::LoadPreset { instance, uri: "urn:fake:amp#clean".into() }),
        (control_ports(), binding).prop_map(|(port, binding)| Intent::Bind {
            port,
            binding: binding.map(|(channel, controller)| MidiBinding {
                channel,
                controller,
                min: 0.0,
                max: 1.0
            }),
        }),
        (control_ports(), 0_usize..3, 0_usize..3).prop_map(|(port, bend, press)| Intent::Shape {
            port,
            shape: Shape {
                bend: [Bend::Straight, Bend::Slow, Bend::Middle][bend],
                press: [Press::Follow, Press::Hold, Press::Turn][press],
            },
        }),
        (control_ports(), 0.1_f32..20.0).prop_map(|(port, divider)| Intent::Address {
            actuator: "/bpm".into(),
            addressing: following(port, divider),
        }),
        control_ports().prop_map(|port| Intent::Unaddress { port }),
        (0_usize..4).prop_map(|at| Intent::LoadSnapshot(Step::To(at))),
        Just(Intent::LoadSnapshot(Step::Next)),
        Just(Intent::SaveSnapshot),
        "[ab]?".prop_map(|name| Intent::SaveSnapshotAs { name }),
        (0_usize..4, "[ab]?").prop_map(|(at, name)| Intent::RenameSnapshot { at, name }),
        (0_usize..4).prop_map(|at| Intent::RemoveSnapshot { at }),
        (0.0_f64..400.0).prop_map(Intent::SetTempo),
        any::<bool>().prop_map(Intent::SetRolling),
    ]
}

fn others() -> impl Strategy<Value = Intent> {
    let bundles = prop_oneof!["/b/lead", "/b/clean", "/b/torn", "/b/none"];
    prop_oneof![
        bundles.prop_map(|bundle| Intent::LoadBoard { bundle: bundle.into() }),
        Just(Intent::StepBoard(Step::Next)),
        Just(Intent::StepBoard(Step::Previous)),
        Just(Intent::NewBoard),
        Just(Intent::Reset),
        any::<bool>().prop_map(|as_new| Intent::SaveBoard { title: Some("Saved".into()), as_new }),
        Just(Intent::KeepVersion { name: "a".into() }),
        Just(Intent::RestoreVersion { id: "0".into() }),
        proptest::option::of(0_usize..2).prop_map(Intent::SelectBank),
        Just(Intent::Undo),
        Just(Intent::Redo),
        (0_u8..2, 0_u8..4, 0_u16..128).prop_map(|(channel, controller, value)| Intent::Controller {
            channel,
            controller,
            value
        }),
        proptest::collection::vec(control_ports(), 1..3).prop_map(|ports| Intent::Learn {
            ports: ports.into_iter().map(|port| (port, 0.0, 1.0)).collect()
        }),
        Just(Intent::Morph(Some(Morph {
            name: "m".into(),
            stops: vec![MorphStop { position: 0.0, snapshot: 0 }, MorphStop { position: 1.0, snapshot: 1 }],
            curve: crate::session::Curve::Smooth,
            position: 0.0,
        }))),
        (0.0_f32..1.0).prop_map(|position| Intent::MorphTo { position }),
        any::<bool>().prop_map(Intent::Tuner),
        Just(Intent::SetSync(SyncMode::MidiClock)),
        Just(Intent::Resize { size: (100, 100) }),
    ]
}

#[derive(Debug, Clone)]
enum Doing {
    Ask(Source, Intent),
    Engine,
    Disk,
    Wait(u64),
    Crash,
}

fn doings() -> impl Strategy<Value = Doing> {
    let sources =
        prop_oneof![Just(Source::Web(1)), Just(Source::Hardware), Just(Source::Midi), Just(Source::Rest)];
    let sources2 = sources.clone();
    prop_oneof![
        8 => (sources, edits()).prop_map(|(source, intent)| Doing::Ask(source, intent)),
        4 => (sources2, others()).prop_map(|(source, intent)| Doing::Ask(source, intent)),
        6 => Just(Doing::Engine),
        4 => Just(Doing::Disk),
        2 => (1_u64..1500).prop_map(Doing::Wait),
        1 => Just(Doing::Crash),
    ]
}

/// As many as are asked for by `PROPTEST_CASES`: what is rare is looked for by hand.
fn cases() -> ProptestConfig {
    let wanted = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok());
    ProptestConfig { max_shrink_iters: 20_000, ..ProptestConfig::with_cases(wanted.unwrap_or(3000)) }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn whatever_is_asked_for_everybody_agrees(doings in proptest::collection::vec(doings(), 1..60)) {
        let mut world = World::new(disk());
        for doing in doings {
            match doing {
                Doing::Ask(source, intent) => { world.ask(source, intent); }
                Doing::Engine => { world.step_engine(); }
                Doing::Disk => { world.step_disk(); }
                Doing::Wait(ms) => world.wait(Duration::from_millis(ms)),
                Doing::Crash => {
                    // what was under way is lost with it
                    world.engine.retain(|event| !matches!(event, EngineEvent::Reply { .. }));
                    world.engine.push_back(EngineEvent::Down("killed".into()));
                    world.settle();
                    world.model = Model::new(FakeCatalogue::default());
                    world.engine.push_back(EngineEvent::Up);
                }
            }
        }
        world.wait(Duration::from_secs(3));
        world.check();
        prop_assert_eq!(world.answers.len() as u64, world.asked, "each intent is answered");
        prop_assert!(world.core.waiting.is_empty(), "nothing is waited for for ever: {:?}", world.core.waiting);
        prop_assert_eq!(&world.core.state().loading, &None);
    }

    #[test]
    fn undoing_everything_leads_back_to_the_start(edits in proptest::collection::vec(edits(), 1..40)) {
        let mut world = World::new(disk());
        let start = world.board().clone();
        for edit in edits {
            let _ = world.done(edit);
            world.now += Duration::from_millis(300);
        }
        let end = world.board().clone();
        let mut steps = 0;
        while world.done(Intent::Undo).is_ok() { steps += 1; }
        prop_assert_eq!(world.board(), &start);
        prop_assert!(!world.core.state().unsaved);
        world.check();
        for _ in 0..steps { world.done(Intent::Redo).expect("as many as were undone"); }
        prop_assert_eq!(world.board(), &end);
        world.check();
    }
}
