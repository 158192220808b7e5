//! Messages that wait for one client.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::message::Output;

/// Messages that may wait beyond the first dump of the board.
const MOST: usize = 4096;
/// How long meters are held back for a client that does not answer `data_ready`.
const PATIENCE: Duration = Duration::from_secs(2);

/// The messages for one client. Pushing never waits.
pub(super) struct Outbox {
    inner: Mutex<Inner>,
    filled: Notify,
}

#[derive(Default)]
struct Inner {
    /// Messages with their numbers, in order.
    waiting: VecDeque<Output>,
    /// Number of the first message in `waiting`.
    first: u64,
    /// Number of the waiting message of a key.
    keys: HashMap<String, u64>,
    /// Meters by key, in the order of their first value.
    meters: VecDeque<Output>,
    meter_keys: HashMap<String, usize>,
    /// How many messages the first dump has.
    opening: Option<u64>,
    /// Messages that may wait at the moment.
    most: usize,
    /// The `data_ready` that was sent last, and when; until it comes back meters wait.
    asked: u64,
    answered: u64,
    asked_at: Option<Instant>,
}

/// A message that goes out now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// The text.
    pub(super) text: String,
}

enum Next {
    Message(String),
    /// Nothing before this time, unless something is pushed.
    Until(Option<Instant>),
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self { inner: Mutex::new(Inner { most: MOST, ..Inner::default() }), filled: Notify::new() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds messages. False when there are too many: nothing more is kept until [`Outbox::start_over`].
    pub(super) fn push(&self, messages: impl IntoIterator<Item = Output>) -> bool {
        let mut inner = self.inner();
        for message in messages {
            inner.add(message);
        }
        let fits = inner.waiting.len() <= inner.most;
        drop(inner);
        self.filled.notify_one();
        fits
    }

    /// Replaces everything that waits by these messages (the whole board).
    pub(super) fn start_over(&self, messages: impl IntoIterator<Item = Output>) {
        let mut inner = self.inner();
        // what was not taken is as if it had never been
        inner.waiting.clear();
        inner.keys.clear();
        inner.meters.clear();
        inner.meter_keys.clear();
        for message in messages {
            // In its order, each part.
            inner.waiting.push_back(Output { key: None, ..message });
        }
        let end = inner.first + inner.waiting.len() as u64;
        if inner.opening.is_none_or(|opening| inner.first < opening) {
            inner.opening = Some(end);
        }
        inner.most = inner.waiting.len() + MOST;
        drop(inner);
        self.filled.notify_one();
    }

    /// Whether the whole of the first dump has gone out: the client knows what never changes.
    pub(super) fn began(&self) -> bool {
        let inner = self.inner();
        inner.opening.is_some_and(|opening| inner.first >= opening)
    }

    /// The client has worked off what was sent before this `data_ready`.
    pub(super) fn ready(&self, number: u64) {
        let mut inner = self.inner();
        inner.answered = inner.answered.max(number.min(inner.asked));
        drop(inner);
        self.filled.notify_one();
    }

    /// How many messages wait.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let inner = self.inner();
        inner.waiting.len() + inner.meters.len()
    }

    /// The next message; waits for one.
    pub(super) async fn take(&self) -> Taken {
        loop {
            let filled = self.filled.notified();
            let next = self.inner().next(Instant::now());
            match next {
                Next::Message(text) => return Taken { text },
                Next::Until(None) => filled.await,
                Next::Until(Some(time)) => {
                    tokio::select! {
                        () = filled => {}
                        () = tokio::time::sleep_until(time) => {}
                    }
                }
            }
        }
    }
}

impl Inner {
    fn add(&mut self, message: Output) {
        if message.meter {
            let key = message.key.clone().unwrap_or_default();
            match self.meter_keys.get(&key) {
                Some(&at) => self.meters[at] = message,
                None => {
                    self.meter_keys.insert(key, self.meters.len());
                    self.meters.push_back(message);
                }
            }
            return;
        }
        match &message.key {
            None => self.keys.clear(),
            Some(key) => {
                let place = self.keys.get(key).and_then(|number| number.checked_sub(self.first));
                if let Some(waiting) = place.and_then(|place| self.waiting.get_mut(place as usize)) {
                    *waiting = message;
                    return;
                }
                self.keys.insert(key.clone(), self.first + self.waiting.len() as u64);
            }
        }
        // Beyond the limit somebody will start over; memory must not grow until then.
        if self.waiting.len() <= self.most {
            self.waiting.push_back(message);
        }
    }

    fn next(&mut self, now: Instant) -> Next {
        if let Some(message) = self.waiting.pop_front() {
            self.first += 1;
            return Next::Message(message.text);
        }
        if self.meters.is_empty() {
            return Next::Until(None);
        }
        let free = self.asked == self.answered;
        let until = self.asked_at.map(|asked| asked + PATIENCE);
        if !free && until.is_some_and(|until| now < until) {
            return Next::Until(until);
        }
        // All meters at once, and then the question whether the client has drawn them.
        self.meter_keys.clear();
        let meters = std::mem::take(&mut self.meters);
        self.waiting.extend(meters.into_iter().map(|meter| Output { key: None, meter: false, ..meter }));
        self.keys.clear();
        self.asked += 1;
        self.asked_at = Some(now);
        self.waiting.push_back(Output::plain(format!("data_ready {}", self.asked)));
        self.next(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(symbol: &str, value: u32) -> Output {
        Output::keyed(symbol, format!("param_set /graph/amp {symbol} {value}"))
    }

    async fn all(outbox: &Outbox) -> Vec<String> {
        let mut found = Vec::new();
        while let Ok(taken) = tokio::time::timeout(Duration::from_millis(1), outbox.take()).await {
            found.push(taken.text);
        }
        found
    }

    #[tokio::test(start_paused = true)]
    async fn of_values_only_the_newest_is_sent_and_in_order() {
        let outbox = Outbox::new();
        outbox.push([set("a", 1), set("b", 1), set("a", 2)]);
        outbox.push([Output::plain("remove /graph/x".into()), set("a", 3)]);
        outbox.push([set("a", 4)]);
        assert_eq!(
            all(&outbox).await,
            [
                "param_set /graph/amp a 2",
                "param_set /graph/amp b 1",
                "remove /graph/x",
                "param_set /graph/amp a 4"
            ]
        );
        outbox.push([set("a", 5)]);
        assert_eq!(all(&outbox).await, ["param_set /graph/amp a 5"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_costs_a_bounded_amount() {
        let outbox = Outbox::new();
        for value in 0..1_000_000 {
            assert!(outbox.push([set("a", value), Output::meter("m", format!("output_set {value}"))]));
        }
        assert_eq!(outbox.len(), 2);
        let mut refused = 0;
        for number in 0..20_000 {
            refused += u32::from(!outbox.push([Output::plain(format!("connect {number}"))]));
        }
        assert!(refused > 15_000 && outbox.len() <= MOST + 3, "{refused} {}", outbox.len());
        outbox.start_over([Output::plain("whole".into())]);
        assert!(outbox.push([set("a", 1)]));
        assert_eq!(all(&outbox).await, ["whole", "param_set /graph/amp a 1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_changes_is_known_once_the_first_dump_has_gone_out() {
        let outbox = Outbox::new();
        let dump = || [Output::plain("ports".into()), Output::plain("board".into())];
        outbox.start_over(dump());
        assert_eq!(outbox.take().await.text, "ports");
        assert!(!outbox.began());
        outbox.start_over(dump());
        outbox.push([set("a", 1)]);
        assert!(!outbox.began(), "the rest of it never went out");
        assert_eq!(all(&outbox).await, ["ports", "board", "param_set /graph/amp a 1"]);
        assert!(outbox.began());
        outbox.start_over([Output::plain("board".into())]);
        assert!(outbox.began());
    }

    #[tokio::test(start_paused = true)]
    async fn meters_wait_for_the_client_but_not_for_ever_and_hold_nothing_else_up() {
        let outbox = Outbox::new();
        let meter = |value: u32| Output::meter("m", format!("output_set /graph/amp level {value}"));
        outbox.push([meter(1)]);
        assert_eq!(all(&outbox).await, ["output_set /graph/amp level 1", "data_ready 1"]);
        outbox.push([meter(2), set("a", 1), meter(3)]);
        assert_eq!(all(&outbox).await, ["param_set /graph/amp a 1"], "the client is busy drawing");
        outbox.ready(1);
        assert_eq!(all(&outbox).await, ["output_set /graph/amp level 3", "data_ready 2"]);
        outbox.push([meter(4)]);
        outbox.ready(7);
        assert_eq!(
            all(&outbox).await,
            ["output_set /graph/amp level 4", "data_ready 3"],
            "a wrong number is the last"
        );
        outbox.push([meter(5)]);
        assert_eq!(all(&outbox).await, Vec::<String>::new());
        tokio::time::advance(PATIENCE).await;
        assert_eq!(all(&outbox).await, ["output_set /graph/amp level 5", "data_ready 4"]);
    }
}
