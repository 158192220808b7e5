//! The session against the fake engine and an observer that knows nothing but the events.

mod boards;
mod editing;
mod hang;
mod order;
mod playing;
mod random;
mod refused;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mod_protocol::{Command, Feedback};

use super::*;
use crate::engine::FakeCatalogue;
use crate::engine::fake::Model;
use crate::session::error::SessionError;
use crate::session::event::EventKind;
use crate::session::health::Health;
use crate::session::intent::Done;
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
    /// Why the link was given up, each time.
    given_up: Vec<String>,
    /// An engine that hangs is none the better for a new link.
    incurable: bool,
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
            given_up: Vec::new(),
            incurable: false,
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
                Effect::Command(..) | Effect::Load(..) if self.model.hangs => {}
                Effect::GiveUp(reason) => {
                    // the service manager starts it anew, and what was under way is lost
                    self.engine.clear();
                    self.model = Model::new(FakeCatalogue::default());
                    self.model.hangs = self.incurable;
                    self.given_up.push(reason.clone());
                    self.engine.extend([EngineEvent::Down(reason), EngineEvent::Up]);
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
