//! The UDP socket: OSC clients ask, and are told.
//!
//! A client that sends `/pedal/subscribe` (again within a minute) gets the whole state, then each change; with a number
//! as argument it is told on that port of its address. `/pedal/ping` is answered by `/pedal/pong`. OSC knows no
//! passwords, so only addresses of this machine are listened on; a tablet comes through `midi-bridge` or a tunnel.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use rosc::{OscMessage, OscPacket, OscType};
use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::osc_map::{to_intents, to_osc, whole};
use crate::session::{Seen, SessionHandle, Source};

/// How long a client is told things after it has asked for it.
const LEASE: Duration = Duration::from_secs(60);

/// Most clients that are told.
const CLIENTS: usize = 16;

/// Bundles may hold bundles; deeper than this is an attack on the stack.
const DEPTH: usize = 8;

/// Why OSC is not served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OscError {
    /// The address can be reached from outside.
    #[error(
        "OSC on {0} could be used by everybody in the network: give an address of this machine, such as 127.0.0.1:9000"
    )]
    NotLocal(SocketAddr),
    /// The address cannot be listened on.
    #[error("OSC cannot be served on {address}: {source}; choose another port with --osc")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// Listens on an address of this machine and serves it on the present runtime. Answers the address with its port.
///
/// # Errors
/// [`OscError`].
pub async fn listen(session: SessionHandle, address: SocketAddr) -> Result<SocketAddr, OscError> {
    if !address.ip().is_loopback() {
        return Err(OscError::NotLocal(address));
    }
    let failed = |source| OscError::Bind { address, source };
    let socket = UdpSocket::bind(address).await.map_err(failed)?;
    let bound = socket.local_addr().map_err(failed)?;
    tokio::spawn(serve(Server { socket, session, clients: BTreeMap::new(), senseless: 0 }));
    Ok(bound)
}

struct Server {
    socket: UdpSocket,
    session: SessionHandle,
    /// Who is told, and until when.
    clients: BTreeMap<SocketAddr, Instant>,
    senseless: u64,
}

async fn serve(mut server: Server) {
    let mut watch = server.session.watch();
    let mut buffer = vec![0_u8; 65_536];
    loop {
        tokio::select! {
            received = server.socket.recv_from(&mut buffer) => {
                // an error is that of an earlier client who has gone
                let Ok((length, from)) = received else { continue };
                server.packet(&buffer[..length], from);
            }
            seen = watch.next() => {
                let Ok(seen) = seen else { return };
                if server.clients.is_empty() {
                    continue;
                }
                let state = watch.state();
                let messages = match &seen {
                    Seen::State(state) => whole(state),
                    Seen::Event(event) => to_osc(event, &state),
                };
                server.tell(messages);
            }
        }
    }
}

impl Server {
    fn packet(&mut self, bytes: &[u8], from: SocketAddr) {
        // counted before the decoder looks: it calls itself for each bundle
        let nested = bytes.windows(8).filter(|window| *window == b"#bundle\0").count();
        let packet = (nested <= DEPTH).then(|| rosc::decoder::decode_udp(bytes).ok()).flatten();
        match packet {
            Some((_, packet)) => self.take(packet, from),
            None => {
                self.senseless += 1;
                if self.senseless.is_power_of_two() {
                    tracing::info!(%from, packets = self.senseless, "what came is no OSC");
                }
            }
        }
    }

    fn take(&mut self, packet: OscPacket, from: SocketAddr) {
        match packet {
            // time tags are for players with a buffer; a pedal acts now
            OscPacket::Bundle(bundle) => {
                bundle.content.into_iter().for_each(|packet| self.take(packet, from))
            }
            OscPacket::Message(message) => self.message(&message, from),
        }
    }

    fn message(&mut self, message: &OscMessage, from: SocketAddr) {
        match message.addr.as_str() {
            "/pedal/subscribe" => {
                let port = match message.args.first() {
                    Some(OscType::Int(port)) => u16::try_from(*port).ok().filter(|port| *port != 0),
                    _ => None,
                };
                let to = SocketAddr::new(from.ip(), port.unwrap_or(from.port()));
                self.forget();
                if self.clients.len() >= CLIENTS && !self.clients.contains_key(&to) {
                    tracing::warn!(client = %to, "too many OSC clients: this one is told nothing");
                    return;
                }
                let new = self.clients.insert(to, Instant::now() + LEASE).is_none();
                if new {
                    let messages = whole(&self.session.state());
                    self.send(to, messages);
                }
            }
            "/pedal/unsubscribe" => {
                self.clients.retain(|client, _| *client != from);
            }
            "/pedal/ping" => {
                self.send(from, vec![OscMessage { addr: "/pedal/pong".into(), args: Vec::new() }]);
            }
            _ => {
                let state = self.session.state();
                if let Some(intent) = to_intents(message, &state) {
                    self.session.tell(Source::Osc, intent);
                }
            }
        }
    }

    fn forget(&mut self) {
        let now = Instant::now();
        self.clients.retain(|_, until| *until > now);
    }

    fn tell(&mut self, messages: Vec<OscMessage>) {
        if messages.is_empty() {
            return;
        }
        self.forget();
        for client in self.clients.keys().copied().collect::<Vec<_>>() {
            self.send(client, messages.clone());
        }
    }

    fn send(&self, to: SocketAddr, messages: Vec<OscMessage>) {
        for message in messages {
            if let Ok(bytes) = rosc::encoder::encode(&OscPacket::Message(message)) {
                // a client that sleeps loses what it is told, as everybody does on UDP
                let _ = self.socket.try_send_to(&bytes, to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::FakeEngine;
    use crate::session::{Board, Core, EmptyCatalogue, Intent};
    use crate::store::MemoryDisk;

    async fn receive(socket: &UdpSocket) -> OscMessage {
        let mut buffer = [0; 4096];
        let received = tokio::time::timeout(Duration::from_secs(30), socket.recv_from(&mut buffer)).await;
        let (length, _) = received.expect("something is told").unwrap();
        match rosc::decoder::decode_udp(&buffer[..length]).unwrap().1 {
            OscPacket::Message(message) => message,
            OscPacket::Bundle(_) => panic!("no bundles are sent"),
        }
    }

    async fn wait_for(socket: &UdpSocket, addr: &str) -> Vec<OscType> {
        loop {
            let message = receive(socket).await;
            if message.addr == addr {
                return message.args;
            }
        }
    }

    fn packet(addr: &str, args: Vec<OscType>) -> Vec<u8> {
        rosc::encoder::encode(&OscPacket::Message(OscMessage { addr: addr.into(), args })).unwrap()
    }

    #[tokio::test]
    async fn clients_ask_and_are_told_what_others_do() {
        let disk = MemoryDisk::default().with("/b/0", Board { title: "Zero".into(), ..Board::empty() });
        let (engine, _) = FakeEngine::new(EmptyCatalogue);
        let session = SessionHandle::start(Core::new(EmptyCatalogue), engine, disk);
        let address = listen(session.clone(), "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let client = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        client.connect(address).await.unwrap();
        client.send(b"nonsense").await.unwrap();
        client.send(&b"#bundle\0".repeat(2000)).await.unwrap();
        client.send(&packet("/pedal/ping", vec![])).await.unwrap();
        assert_eq!(receive(&client).await.addr, "/pedal/pong");
        client.send(&packet("/pedal/subscribe", vec![])).await.unwrap();
        assert!(!wait_for(&client, "/pedal/board").await.is_empty());
        session.ask(Source::Rest, Intent::SetTempo(97.0)).await.unwrap();
        loop {
            if wait_for(&client, "/pedal/tempo").await == [OscType::Float(97.0)] {
                break;
            }
        }
        client.send(&packet("/pedal/tempo", vec![OscType::Float(133.0)])).await.unwrap();
        loop {
            if wait_for(&client, "/pedal/tempo").await == [OscType::Float(133.0)] {
                break;
            }
        }
        assert_eq!(session.state().board.tempo.bpm, 133.0);
        // boards are counted in the list, which is read from the disk meanwhile
        while session.state().library.entry(std::path::Path::new("/b/0")).is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        client.send(&packet("/pedal/board", vec![OscType::Int(0)])).await.unwrap();
        loop {
            let told = wait_for(&client, "/pedal/board").await;
            if told.get(1) == Some(&OscType::String("Zero".into())) {
                break;
            }
        }
    }

    #[tokio::test]
    async fn the_network_is_not_listened_on() {
        let (engine, _) = FakeEngine::new(EmptyCatalogue);
        let session = SessionHandle::start(Core::new(EmptyCatalogue), engine, MemoryDisk::default());
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:9000"] {
            let done = listen(session.clone(), address.parse().unwrap()).await;
            assert!(matches!(done, Err(OscError::NotLocal(_))), "{address}");
        }
    }
}
