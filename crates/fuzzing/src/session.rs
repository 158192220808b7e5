//! The session, asked for one thing after the other: a line of JSON is an intent, another lets engine and disk answer. No
//! panic, and one who knows nothing but the events knows the state.

use std::time::Duration;

use pedald::engine::fake::Model;
use pedald::engine::{EngineEvent, FakeCatalogue};
use pedald::session::{Board, Core, Effect, Input, Intent, ReplyTo, Source, State};
use pedald::store::{Disk, MemoryDisk};

struct World {
    core: Core,
    seen: State,
    model: Model,
    disk: MemoryDisk,
    waiting: Vec<Input>,
    now: Duration,
}

impl World {
    fn input(&mut self, input: Input) {
        self.now += Duration::from_millis(100);
        for effect in self.core.handle(self.now, input) {
            match effect {
                Effect::Emit(event) => self.seen.apply(&event).expect("no event is missing"),
                Effect::Answer(..) => {}
                Effect::Command(ticket, command) => {
                    let reply = self.model.command(&command);
                    self.waiting
                        .push(Input::Engine { event: EngineEvent::Reply { ticket, reply }, memory: None });
                }
                Effect::Load(ticket, board, place) => {
                    let reply = self.model.load(&board, place);
                    self.waiting
                        .push(Input::Engine { event: EngineEvent::Reply { ticket, reply }, memory: None });
                }
                Effect::GiveUp(reason) => panic!("an engine that answers was given up: {reason}"),
                Effect::Disk(ticket, job) => {
                    let answer = self.disk.run(job);
                    self.waiting.push(Input::Disk { ticket, answer, memory: None });
                }
            }
        }
    }

    fn settle(&mut self) {
        // two boards that ask for each other for ever would be a fault
        for _ in 0..1000 {
            if self.waiting.is_empty() {
                return;
            }
            let next = self.waiting.remove(0);
            self.input(next);
        }
        panic!("the session does not come to rest");
    }
}

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let board = Board { title: "Lead".into(), ..Board::empty() };
    let disk = MemoryDisk::default()
        .with("/b/lead", board.clone())
        .with("/b/clean", Board { title: "Clean".into(), ..board });
    let core = Core::new(FakeCatalogue::default());
    let seen = core.state().clone();
    let (model, now) = (Model::new(FakeCatalogue::default()), Duration::from_secs(1));
    let mut world = World { core, seen, model, disk, waiting: Vec::new(), now };
    world.input(Input::Start);
    world.input(Input::Engine { event: EngineEvent::Up, memory: None });
    world.settle();
    for line in text.lines().take(50) {
        match serde_json::from_str::<Intent>(line) {
            Ok(intent) => world.input(Input::Intent { source: Source::Web(1), intent, reply: ReplyTo(1) }),
            Err(_) => world.settle(),
        }
    }
    world.settle();
    world.input(Input::Tick { memory: None });
    world.settle();
    // a number that is none is not the same as itself, and must not get so far
    assert_eq!(&world.seen, world.core.state());
}
