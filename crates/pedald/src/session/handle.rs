//! The task that owns the session, and the way to it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::core::{Core, Effect, Input, ReplyTo, Ticket};
use super::error::SessionError;
use super::event::Event;
use super::intent::{Answer, Intent, Source};
use super::state::State;
use crate::engine::EngineLink;
use crate::store::{Disk, DiskAnswer, DiskJob, DiskNews};

/// Events that a slow listener may be behind before it has to take the whole state anew.
const BACKLOG: usize = 1024;

/// The session has ended: the program is about to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session has ended")]
pub struct SessionClosed;

struct Ask {
    source: Source,
    intent: Intent,
    answer: Option<oneshot::Sender<Answer>>,
}

/// The way to the session. Cheap to clone; may be used on any thread.
#[derive(Clone)]
pub struct SessionHandle {
    asks: mpsc::UnboundedSender<Ask>,
    events: broadcast::Sender<Arc<Event>>,
    state: watch::Receiver<Arc<State>>,
}

impl std::fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionHandle").field("revision", &self.state.borrow().revision).finish()
    }
}

impl SessionHandle {
    /// Starts a session on the present tokio runtime. It ends when every handle is gone.
    pub fn start(core: Core, engine: impl EngineLink, disk: impl Disk) -> Self {
        let (asks, inbox) = mpsc::unbounded_channel();
        let (events, _) = broadcast::channel(BACKLOG);
        let (publish, state) = watch::channel(Arc::new(core.state().clone()));
        let task = Task {
            core,
            engine,
            events: events.clone(),
            publish,
            jobs: Jobs::start(disk),
            answers: BTreeMap::new(),
            last_answer: 0,
            epoch: Instant::now(),
        };
        tokio::spawn(task.run(inbox));
        Self { asks, events, state }
    }

    /// Asks for something and waits until it is done or refused.
    pub async fn ask(&self, source: Source, intent: Intent) -> Answer {
        self.asked(source, intent).await
    }

    /// Asks for something now; the answer can be waited for anywhere. Who asks for several things one after the other and
    /// waits in tasks of their own keeps their order by this.
    pub fn asked(&self, source: Source, intent: Intent) -> impl Future<Output = Answer> + Send + use<> {
        let (answer, wait) = oneshot::channel();
        let sent = self.asks.send(Ask { source, intent, answer: Some(answer) });
        async move {
            sent.map_err(|_| SessionError::Closed)?;
            wait.await.unwrap_or(Err(SessionError::Closed))
        }
    }

    /// Asks for something without waiting; what becomes of it shows in the events. Never blocks.
    pub fn tell(&self, source: Source, intent: Intent) {
        let _ = self.asks.send(Ask { source, intent, answer: None });
    }

    /// The state as it is now.
    pub fn state(&self) -> Arc<State> {
        self.state.borrow().clone()
    }

    /// The state as it is now, and every event after it.
    pub fn watch(&self) -> Watch {
        // the order matters: an event between the two lines is in both, and left out by its revision
        let events = self.events.subscribe();
        let state = self.state();
        Watch { revision: state.revision, start: Some(state), events, state: self.state.clone() }
    }
}

/// What a listener gets.
#[derive(Debug, Clone)]
pub enum Seen {
    /// The whole state: at first, and when the listener was too slow for some events.
    State(Arc<State>),
    /// The next event.
    Event(Arc<Event>),
}

/// A listener. It gets the whole state first, then each event.
#[derive(Debug)]
pub struct Watch {
    start: Option<Arc<State>>,
    revision: u64,
    events: broadcast::Receiver<Arc<Event>>,
    state: watch::Receiver<Arc<State>>,
}

impl Watch {
    /// The next thing to show. May be dropped and called again without losing anything.
    pub async fn next(&mut self) -> Result<Seen, SessionClosed> {
        if let Some(state) = self.start.take() {
            return Ok(Seen::State(state));
        }
        loop {
            match self.events.recv().await {
                Ok(event) if event.revision <= self.revision => {}
                Ok(event) => {
                    self.revision = event.revision;
                    return Ok(Seen::Event(event));
                }
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    let state = self.state.borrow().clone();
                    self.revision = state.revision;
                    return Ok(Seen::State(state));
                }
                Err(broadcast::error::RecvError::Closed) => return Err(SessionClosed),
            }
        }
    }

    /// The state as it is now; it may be ahead of the events that were taken.
    pub fn state(&self) -> Arc<State> {
        self.state.borrow().clone()
    }
}

type Job = (Ticket, DiskJob);
type Finished = (Ticket, Result<DiskAnswer, String>);

/// The ways to the disk.
struct Jobs {
    jobs: std::sync::mpsc::Sender<Job>,
    /// For what takes seconds and waits for nothing else: a switch of boards must not stand behind it.
    slow: Option<std::sync::mpsc::Sender<Job>>,
    done: mpsc::UnboundedReceiver<Finished>,
    /// What it tells by itself.
    news: mpsc::UnboundedReceiver<DiskNews>,
}

impl Jobs {
    fn start(mut disk: impl Disk) -> Self {
        let (finished, done) = mpsc::unbounded_channel();
        let (told, news) = mpsc::unbounded_channel();
        disk.tell_to(Arc::new(move |one| drop(told.send(one))));
        let slow = disk.beside().map(|disk| worker("disk-slow", disk, finished.clone()));
        Self { jobs: worker("disk", Box::new(disk), finished), slow, done, news }
    }

    fn send(&self, ticket: Ticket, job: DiskJob) {
        let slow = self.slow.as_ref().filter(|_| matches!(job, DiskJob::Loudness { .. }));
        let _ = slow.unwrap_or(&self.jobs).send((ticket, job));
    }
}

/// A thread for the disk: jobs are done one after the other.
fn worker(
    name: &str,
    mut disk: Box<dyn Disk>,
    done: mpsc::UnboundedSender<Finished>,
) -> std::sync::mpsc::Sender<Job> {
    let (jobs, inbox) = std::sync::mpsc::channel::<Job>();
    std::thread::Builder::new()
        .name(name.into())
        .spawn(move || {
            for (ticket, job) in inbox {
                // whatever a file has done to us: the next board can be loaded
                let answer = catch_unwind(AssertUnwindSafe(|| disk.run(job)));
                let answer = answer.unwrap_or_else(|_| {
                    Err("a fault of the pedal's program stopped it; please report it with its log".into())
                });
                if done.send((ticket, answer)).is_err() {
                    break;
                }
            }
        })
        .expect("a thread can be started at the beginning of the program");
    jobs
}

struct Task<E> {
    core: Core,
    engine: E,
    events: broadcast::Sender<Arc<Event>>,
    publish: watch::Sender<Arc<State>>,
    jobs: Jobs,
    answers: BTreeMap<ReplyTo, oneshot::Sender<Answer>>,
    last_answer: u64,
    epoch: Instant,
}

impl<E: EngineLink> Task<E> {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Ask>) {
        self.handle(Input::Start);
        loop {
            // also while one client asks without end
            if self.epoch + self.core.next_wake() <= Instant::now() {
                self.handle(Input::Tick { memory: self.engine.memory() });
            }
            let wake = self.epoch + self.core.next_wake();
            let wait = wake.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            let input = tokio::select! {
                // not in this order: a client that asks without end must not keep the engine's answers waiting
                ask = inbox.recv() => {
                    let Some(ask) = ask else { break };
                    self.take(ask)
                }
                event = self.engine.next() => Input::Engine { event, memory: None },
                Some((ticket, answer)) = self.jobs.done.recv() => {
                    Input::Disk { ticket, answer, memory: self.engine.memory() }
                }
                Some(news) = self.jobs.news.recv() => Input::Told(news),
                () = tokio::time::sleep(wait) => Input::Tick { memory: self.engine.memory() },
            };
            self.handle(input);
        }
    }

    fn take(&mut self, ask: Ask) -> Input {
        let reply = match ask.answer {
            Some(answer) => {
                self.last_answer += 1;
                let reply = ReplyTo(self.last_answer);
                self.answers.insert(reply, answer);
                reply
            }
            None => ReplyTo(0),
        };
        Input::Intent { source: ask.source, intent: ask.intent, reply }
    }

    fn handle(&mut self, mut input: Input) {
        if let Input::Engine {
            event: crate::engine::EngineEvent::Reply { reply: mod_protocol::Reply::Text(_), .. },
            memory,
        } = &mut input
        {
            *memory = self.engine.memory();
        }
        let before = self.core.state().revision;
        let effects = self.core.handle(self.epoch.elapsed(), input);
        // the engine first: it is what is heard
        let mut events = Vec::new();
        for effect in effects {
            match effect {
                Effect::Command(ticket, command) => self.engine.send(ticket, command),
                Effect::Load(ticket, board, place) => self.engine.load(ticket, &board, place),
                Effect::GiveUp(reason) => self.engine.give_up(&reason),
                Effect::Disk(ticket, job) => self.jobs.send(ticket, job),
                other => events.push(other),
            }
        }
        if self.core.state().revision != before {
            self.publish.send_replace(Arc::new(self.core.state().clone()));
        }
        for effect in events {
            match effect {
                Effect::Emit(event) => {
                    let _ = self.events.send(Arc::new(event));
                }
                Effect::Answer(reply, answer) => {
                    if let Some(waiting) = self.answers.remove(&reply) {
                        let _ = waiting.send(answer);
                    }
                }
                _ => {}
            }
        }
    }
}
