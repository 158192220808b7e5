//! The engine's thread: it does what the session says, and plays when the test says so.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mod_protocol::{Command, Reply};
use pedal_engine::exec::{Engine, EngineSettings};
use pedal_engine::host::{Host, HostOptions};
use pedal_engine::lv2::Lv2Plugins;
use pedald::engine::{EngineBoard, EngineEvent, EngineLink, Place};
use pedald::session::Ticket;
use pedald::tuner::TunerSource;
use tokio::sync::{mpsc, oneshot};

use crate::rig::{PERIOD, RATE, block};

/// What is played: the sample at a time.
pub type Tone = fn(u64) -> f32;

pub(super) enum Order {
    Command(Ticket, Command),
    Load(Ticket, Box<EngineBoard>, Place),
    Play { blocks: usize, tone: Tone, heard: oneshot::Sender<Vec<f32>> },
}

/// The session's way to the engine's thread.
pub(super) struct Link {
    pub(super) orders: Sender<Order>,
    pub(super) events: mpsc::UnboundedReceiver<EngineEvent>,
}

impl EngineLink for Link {
    fn send(&mut self, ticket: Ticket, command: Command) {
        let _ = self.orders.send(Order::Command(ticket, command));
    }

    fn load(&mut self, ticket: Ticket, board: &EngineBoard, place: Place) {
        let _ = self.orders.send(Order::Load(ticket, Box::new(board.clone()), place));
    }

    /// It answers each time, however long that takes.
    fn give_up(&mut self, _: &str) {}

    async fn next(&mut self) -> EngineEvent {
        match self.events.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }
}

pub(super) struct Player {
    host: Host,
    engine: Engine,
    frames: Arc<Mutex<u64>>,
    events: mpsc::UnboundedSender<EngineEvent>,
    folder: PathBuf,
    ear: Arc<Mutex<Vec<f32>>>,
}

impl Player {
    pub(super) fn new(
        events: mpsc::UnboundedSender<EngineEvent>,
        folder: &Path,
        ear: Arc<Mutex<Vec<f32>>>,
    ) -> Self {
        let settings = EngineSettings { sample_rate: RATE, ..EngineSettings::default() };
        let (engine, handle) = Engine::new(&settings).expect("threads");
        let plugins = Lv2Plugins::new(RATE, PERIOD, Some(&test_plugins::lv2_path())).expect("lilv");
        let frames = Arc::new(Mutex::new(0_u64));
        let clock = frames.clone();
        let clock = move || Duration::from_secs_f64(*clock.lock().unwrap() as f64 / f64::from(RATE));
        let options = HostOptions { period: PERIOD, ..HostOptions::default() };
        let host = Host::new(options, handle, Box::new(plugins), None, Box::new(clock));
        let _ = events.send(EngineEvent::Up);
        Self { host, engine, frames, events, folder: folder.to_owned(), ear }
    }

    pub(super) fn run(mut self, orders: &Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            match order {
                Order::Play { blocks, tone, heard } => {
                    let mut sound = Vec::with_capacity(blocks * PERIOD);
                    for _ in 0..blocks {
                        while let Ok(order) = orders.try_recv() {
                            self.take(order);
                        }
                        self.block(tone, &mut sound);
                    }
                    let _ = heard.send(sound);
                }
                other => self.take(other),
            }
        }
    }

    fn take(&mut self, order: Order) {
        let (ticket, command) = match order {
            Order::Command(ticket, command) => (ticket, command),
            Order::Load(ticket, board, place) => {
                let path = self.folder.join("board.json");
                std::fs::write(&path, serde_json::to_vec(&board).expect("JSON")).expect("written");
                let path = path.display().to_string();
                let command = match place {
                    Place::Running => Command::XLoad { path },
                    Place::Slot(slot) => Command::XPreload { slot, path },
                };
                (ticket, command)
            }
            Order::Play { .. } => panic!("one plays at a time"),
        };
        // through the wire's text, as it would come by the socket
        let bytes = command.to_bytes();
        let read = Command::parse(&bytes[..bytes.len() - 1]).expect("our own command");
        let mut reply = self.host.execute(&read);
        if let (Command::XStats {}, Reply::Text(text)) = (&read, &reply) {
            // how busy this machine is at the moment must not be seen on the display
            let mut stats: serde_json::Value = serde_json::from_str(text).expect("JSON");
            stats["load_percent"] = 10.0.into();
            stats["load_max_percent"] = 20.0.into();
            stats["callback"]["p99_us"] = 100.0.into();
            reply = Reply::Text(stats.to_string());
        }
        let _ = self.events.send(EngineEvent::Reply { ticket, reply });
    }

    fn block(&mut self, tone: Tone, sound: &mut Vec<f32>) {
        let time = *self.frames.lock().unwrap();
        let samples: Vec<f32> = (0..PERIOD as u64).map(|frame| tone(time + frame)).collect();
        let left = block(&mut self.engine, &samples);
        *self.frames.lock().unwrap() += PERIOD as u64;
        self.host.tick();
        for told in self.host.take_feedback() {
            let _ = self.events.send(EngineEvent::Feedback(told));
        }
        let mut ear = self.ear.lock().unwrap();
        if ear.len() < RATE as usize {
            ear.extend(&samples);
        }
        sound.extend(left);
    }
}

/// The tuner hears what is played.
pub(super) struct Ear(pub(super) Arc<Mutex<Vec<f32>>>);

impl TunerSource for Ear {
    fn rate(&self) -> f64 {
        RATE.into()
    }

    fn read(&mut self, into: &mut Vec<f32>) -> bool {
        into.append(&mut self.0.lock().unwrap());
        true
    }
}
