//! `monitor` and `param_monitor`: an old way to hear of parameters. The engine connects out to its client and sends a line
//! when a control port meets a rule. The feedback port is the better way; this one is for programs that know no other.

use std::io::Write;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mod_protocol::{Comparison, ErrorCode, Reply};

use super::Host;
use super::save::Work;

/// Longest wait for the other side, to connect and to take a line. A side that is slower is given up.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lines that may wait for a slow other side.
const QUEUE: usize = 1024;

/// Most rules at a time.
const RULES: usize = 1024;

/// Where the lines go, once the other side has answered.
type Link = Arc<Mutex<Option<SyncSender<String>>>>;

/// The connection, and what is told over it.
#[derive(Debug, Default)]
pub(super) struct PeerMonitor {
    link: Link,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    instance: i32,
    symbol: String,
    comparison: Comparison,
    value: f32,
    told: Option<f32>,
}

impl PeerMonitor {
    /// Whether any port is watched.
    pub(super) fn any(&self) -> bool {
        !self.rules.is_empty()
    }

    pub(super) fn forget(&mut self, instance: i32) {
        self.rules.retain(|rule| rule.instance != instance);
    }

    fn lines(&self) -> Option<SyncSender<String>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Rule {
    fn met_by(&self, now: f32) -> bool {
        match self.comparison {
            Comparison::Greater => now > self.value,
            Comparison::GreaterOrEqual => now >= self.value,
            Comparison::Less => now < self.value,
            Comparison::LessOrEqual => now <= self.value,
            Comparison::Equal => now == self.value,
            Comparison::NotEqual => now != self.value,
        }
    }
}

/// Opens the connection and starts the thread that writes to it; it ends when the last sender has gone.
fn connect(target: SocketAddr) -> std::io::Result<SyncSender<String>> {
    let mut stream = TcpStream::connect_timeout(&target, PATIENCE)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (lines, waiting) = sync_channel::<String>(QUEUE);
    std::thread::Builder::new().name("monitor".to_owned()).spawn(move || {
        for line in waiting {
            if let Err(error) = stream.write_all(line.as_bytes()) {
                tracing::warn!(%error, %target, "monitor: the other side does not read; ended");
                break;
            }
        }
    })?;
    Ok(lines)
}

impl Host {
    /// Connects out, or ends that and forgets the rules. Only to this machine: whoever may send commands must not be
    /// able to make the engine talk to the rest of the world. What is answered waits for the other side: do not hold the
    /// host's lock.
    pub(super) fn monitor(&mut self, address: &str, port: i32, enable: bool) -> Result<Work, ErrorCode> {
        self.peer = PeerMonitor::default();
        if !enable {
            return Ok(Box::new(Reply::ok));
        }
        let address = if address == "localhost" { "127.0.0.1" } else { address };
        let target = address.parse().ok().filter(IpAddr::is_loopback);
        let target = target.zip(u16::try_from(port).ok()).map(SocketAddr::from).ok_or_else(|| {
            tracing::warn!(address, port, "monitor: only a numeric loopback address and a port are taken");
            ErrorCode::InvalidOperation
        })?;
        let link = Arc::clone(&self.peer.link);
        Ok(Box::new(move || match connect(target) {
            Ok(lines) => {
                *link.lock().unwrap_or_else(PoisonError::into_inner) = Some(lines);
                Reply::ok()
            }
            Err(error) => {
                tracing::warn!(%error, %target, "monitor: nobody listens");
                ErrorCode::InvalidOperation.into()
            }
        }))
    }

    /// Adds a rule; the same port may have several.
    pub(super) fn param_monitor(
        &mut self,
        instance: i32,
        symbol: &str,
        comparison: Comparison,
        value: f32,
    ) -> Result<(), ErrorCode> {
        if self.peer.lines().is_none() {
            return Err(ErrorCode::InstanceInvalid);
        }
        if self.peer.rules.len() >= RULES {
            return Err(ErrorCode::AssignmentListFull);
        }
        self.control_port(instance, symbol)?;
        let rule = Rule { instance, symbol: symbol.to_owned(), comparison, value, told: None };
        self.peer.rules.push(rule);
        Ok(())
    }

    /// Value of a control input or output.
    fn control_port(&self, instance: i32, symbol: &str) -> Result<f32, ErrorCode> {
        let slot = self.slots.get(&instance).ok_or(ErrorCode::InstanceMissing)?;
        if let Some(index) = slot.control_index(symbol) {
            return Ok(slot.cell.control(index));
        }
        let index = slot.info().control_outputs.iter().position(|other| other == symbol);
        index.map(|index| slot.cell.control_output(index)).ok_or(ErrorCode::UnknownSymbol)
    }

    /// Sends a line for each port that changed to a value that meets its rule.
    pub(super) fn tell_peer(&mut self) {
        if !self.peer.any() {
            return;
        }
        let mut peer = std::mem::take(&mut self.peer);
        let mut lines = peer.lines();
        for rule in &mut peer.rules {
            let Ok(now) = self.control_port(rule.instance, &rule.symbol) else { continue };
            if rule.told.map(f32::to_bits) == Some(now.to_bits()) {
                continue;
            }
            rule.told = Some(now);
            if !rule.met_by(now) {
                continue;
            }
            let line = format!("monitor {} {} {now:.6}\0", rule.instance, rule.symbol);
            match lines.as_ref().map(|lines| lines.try_send(line)) {
                // a full queue loses the line, as a control that moves faster than anybody reads does
                None | Some(Ok(()) | Err(TrySendError::Full(_))) => {}
                Some(Err(TrySendError::Disconnected(_))) => lines = None,
            }
        }
        if lines.is_some() {
            self.peer = peer;
        }
    }
}
