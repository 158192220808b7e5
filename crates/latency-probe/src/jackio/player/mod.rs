//! Plays and records in the same frames.

mod callback;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::{Duration, Instant};

use ::jack::{AsyncClient, AudioIn, AudioOut, Client};

use super::graph::refuse_when_busy;
use super::{Busy, JackError, Pair, open, pick_pair};
use crate::roundtrip::{Loop, LoopError};
use callback::{Job, Notices, Player, Watch};

/// A loop through a JACK server.
pub struct JackLoop {
    client: Option<AsyncClient<Notices, Player>>,
    pair: Pair,
    rate: u32,
    watch: Arc<Watch>,
    jobs: rtrb::Producer<Box<Job>>,
    done: rtrb::Consumer<Box<Job>>,
    recorded: rtrb::Consumer<f32>,
    names: [String; 2],
}

/// Silence from the server for longer than this means that it is gone.
const PATIENCE: Duration = Duration::from_millis(1500);

impl JackLoop {
    /// Opens a client named `name` and connects it to the pair of ports (named, or the first physical ones). With `busy` it
    /// refuses when somebody plays.
    ///
    /// # Errors
    /// [`JackError`] says what is missing.
    pub fn open(
        name: &str,
        send: Option<&str>,
        receive: Option<&str>,
        busy: Option<Busy>,
    ) -> Result<Self, JackError> {
        let client = open(name)?;
        if let Some(when) = busy {
            refuse_when_busy(&client, when)?;
        }
        let pair = pick_pair(&client, send, receive)?;
        let register = |e| JackError::call("registering a port", e);
        let input = client.register_port("in", AudioIn::default()).map_err(register)?;
        let output = client.register_port("out", AudioOut::default()).map_err(register)?;
        let name_of = |r: Result<String, _>| r.map_err(|e| JackError::call("naming a port", e));
        let names = [name_of(input.name())?, name_of(output.name())?];
        let rate = client.sample_rate();
        let watch = Arc::new(Watch { period: AtomicU32::new(client.buffer_size()), ..Default::default() });
        // Room for two seconds: the reader comes by every 20 ms.
        let (record_tx, recorded) = rtrb::RingBuffer::new(2 * rate as usize);
        let (jobs, jobs_rx) = rtrb::RingBuffer::new(4);
        let (done_tx, done) = rtrb::RingBuffer::new(8);
        let player = Player {
            input,
            output,
            jobs: jobs_rx,
            done: done_tx,
            recorded: record_tx,
            job: None,
            expected: None,
            watch: watch.clone(),
        };
        let notices = Notices { watch: watch.clone(), mine: names.clone(), rate };
        let client = client
            .activate_async(notices, player)
            .map_err(|e| JackError::call("activating the client", e))?;
        let mut this = Self { client: Some(client), pair, rate, watch, jobs, done, recorded, names };
        this.connect()?;
        // The latencies of the connected ports; before, a software port reports nothing.
        let (send, receive) = (this.pair.send.clone(), this.pair.receive.clone());
        this.pair = pick_pair(this.live(), Some(&send), Some(&receive))?;
        Ok(this)
    }

    /// The ports of the loop.
    pub fn pair(&self) -> &Pair {
        &self.pair
    }

    fn live(&self) -> &Client {
        self.client.as_ref().map(AsyncClient::as_client).expect("the client lives as long as the loop")
    }

    /// Connects what is not connected yet.
    fn connect(&mut self) -> Result<(), JackError> {
        let client = self.live();
        for (from, to) in [(&self.names[1], &self.pair.send), (&self.pair.receive, &self.names[0])] {
            match client.connect_ports_by_name(from, to) {
                Ok(()) | Err(::jack::Error::PortAlreadyConnected(..)) => {}
                Err(e) => return Err(JackError::call(format!("connecting {from} to {to}"), e)),
            }
        }
        Ok(())
    }

    /// A clear word for the first count that moved.
    fn moved(&self, before: &[(u64, &'static str)]) -> Option<&'static str> {
        let now = self.watch.counts();
        before.iter().zip(&now).find(|(a, b)| a.0 != b.0).map(|(a, _)| a.1)
    }

    fn record(
        &mut self,
        silence: usize,
        limit: usize,
        enough: &mut dyn FnMut(&[f32]) -> bool,
    ) -> Result<Vec<f32>, LoopError> {
        let mut record = Vec::with_capacity(limit);
        let mut before = self.watch.counts();
        let mut heard = Instant::now();
        while record.len() < limit {
            std::thread::sleep(Duration::from_millis(20));
            let ready = self.recorded.slots();
            if ready > 0 {
                heard = Instant::now();
                if let Ok(chunk) = self.recorded.read_chunk(ready) {
                    record.extend(chunk);
                }
            } else if heard.elapsed() > PATIENCE {
                return Err(LoopError::Server {
                    what: "the JACK server stopped while it was measured".into(),
                });
            }
            if let Some(what) = self.moved(&before) {
                // Nothing is lost by a gap in the silence, when nobody played yet.
                if record.len() + 2 * self.period() as usize >= silence
                    || self.watch.counts()[..2] != before[..2]
                {
                    return Err(LoopError::Disturbed { what: what.into() });
                }
                before = self.watch.counts();
            }
            if enough(&record) {
                break;
            }
        }
        match self.moved(&before) {
            Some(what) => Err(LoopError::Disturbed { what: what.into() }),
            None => Ok(record),
        }
    }
}

impl Loop for JackLoop {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn period(&self) -> u32 {
        self.watch.period.load(SeqCst)
    }

    fn play(
        &mut self,
        silence: usize,
        playback: &[f32],
        limit: usize,
        enough: &mut dyn FnMut(&[f32]) -> bool,
    ) -> Result<Vec<f32>, LoopError> {
        self.connect().map_err(|e| LoopError::Server { what: e.to_string() })?;
        if self.live().sample_rate() != self.rate {
            return Err(LoopError::Server { what: "the server changed its sample rate".into() });
        }
        // Two periods for the server to settle after a connection or a disturbance, and to hand back an old job.
        let period = Duration::from_secs_f64(f64::from(self.period()) / f64::from(self.rate));
        std::thread::sleep(2 * period + Duration::from_millis(10));
        while self.done.pop().is_ok() {}
        let stale = self.recorded.slots();
        if let Ok(chunk) = self.recorded.read_chunk(stale) {
            chunk.commit_all();
        }
        let job = Box::new(Job { silence, playback: playback.to_vec(), position: 0 });
        if self.jobs.push(job).is_err() {
            return Err(LoopError::Server { what: "the JACK server no longer calls this program".into() });
        }
        self.watch.active.store(true, SeqCst);
        let result = self.record(silence, limit, enough);
        self.watch.active.store(false, SeqCst);
        result
    }
}

impl Drop for JackLoop {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            // An error here means that the server is gone already.
            let _ = client.deactivate();
        }
    }
}
