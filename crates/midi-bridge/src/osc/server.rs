//! The UDP server between tablets and JACK.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use rosc::{OscMessage, OscPacket, OscType};
use rustix::event::{PollFd, PollFlags};

use super::allow::Allow;
use super::map::Map;
use super::touch::{self, Order};
use crate::error::BridgeError;
use crate::held::HeldNotes;
use crate::jackio::link::{Link, Names};
use crate::serial::sleep;
use crate::wake::Stop;

/// Most tablets that get feedback; a further one takes the place of the one that was silent longest.
const PEERS: usize = 16;
/// Bundles may hold bundles; deeper than this is an attack on the stack.
const DEPTH: usize = 8;

/// An OSC bridge.
#[derive(Debug, Clone)]
pub struct Osc<'a> {
    /// Where to listen.
    pub listen: SocketAddr,
    /// UDP port on which a tablet that wrote to us listens itself.
    pub reply_port: u16,
    /// Name of the JACK client.
    pub name: &'a str,
    /// What addresses mean.
    pub map: &'a Map,
    /// Who may send.
    pub allow: &'a Allow,
    /// A tablet that holds notes and says nothing for this long has gone. `None`: it never goes.
    pub silence: Option<Duration>,
}

struct Peer {
    heard: Instant,
    /// How it writes `/midi`, when it does.
    order: Option<Order>,
    /// It uses addresses of the map.
    mapped: bool,
    held: HeldNotes,
}

/// Runs until `stop` is asked. `ready` gets the JACK client's name and the address that is listened on.
///
/// # Errors
/// When JACK cannot be reached or went away, or the address cannot be listened on.
pub fn run(osc: &Osc<'_>, stop: &Stop, ready: impl FnOnce(&str, SocketAddr)) -> Result<(), BridgeError> {
    let socket_error = |why| BridgeError::Socket { address: osc.listen.to_string(), why };
    let socket = UdpSocket::bind(osc.listen).map_err(socket_error)?;
    socket.set_nonblocking(true).map_err(socket_error)?;
    let names = Names { client: osc.name, source: "MIDI_in", destination: "MIDI_out", physical: true };
    let link = Link::open(&names, stop.wake().clone())?;
    ready(link.name(), socket.local_addr().map_err(socket_error)?);

    let mut server = Server { osc, socket, link, peers: BTreeMap::new(), refused: 0, senseless: 0 };
    let mut buffer = vec![0_u8; 65_536];
    while !stop.asked() {
        let wait = server.next_deadline();
        let mut fds = [PollFd::new(&server.socket, PollFlags::IN), PollFd::new(stop.wake(), PollFlags::IN)];
        sleep(&mut fds, wait)?;
        let (packets, woken) = (!fds[0].revents().is_empty(), !fds[1].revents().is_empty());
        if packets {
            server.receive(&mut buffer);
        }
        if woken {
            stop.wake().clear();
            server.take_from_jack()?;
        }
        server.forget_the_silent();
    }
    server.link.release_all();
    server.link.flush();
    Ok(())
}

struct Server<'a> {
    osc: &'a Osc<'a>,
    socket: UdpSocket,
    link: Link,
    peers: BTreeMap<IpAddr, Peer>,
    refused: u64,
    senseless: u64,
}

impl Server<'_> {
    fn receive(&mut self, buffer: &mut [u8]) {
        // A bounded number, so that a flood does not keep JACK's messages waiting.
        for _ in 0..64 {
            let Ok((length, from)) = self.socket.recv_from(buffer) else { return };
            if !self.osc.allow.admits(from.ip()) {
                self.refused += 1;
                if self.refused.is_power_of_two() {
                    eprintln!(
                        "<4>{} is not listened to ({} packets so far); see --allow",
                        from.ip(),
                        self.refused
                    );
                }
                continue;
            }
            let nested = buffer[..length].windows(8).filter(|w| *w == b"#bundle\0").count();
            // Counted before the decoder looks: it calls itself for each bundle.
            let packet = (nested <= DEPTH).then(|| rosc::decoder::decode_udp(&buffer[..length]));
            match packet {
                Some(Ok((_, packet))) => self.packet(packet, from.ip().to_canonical()),
                _ => {
                    self.senseless += 1;
                    if self.senseless.is_power_of_two() {
                        eprintln!("<5>{} sent what is no OSC ({} packets so far)", from.ip(), self.senseless);
                    }
                }
            }
        }
    }

    fn packet(&mut self, packet: OscPacket, from: IpAddr) {
        match packet {
            OscPacket::Message(message) => self.message(&message, from),
            // Time tags are for players with a buffer; a pedal acts now.
            OscPacket::Bundle(bundle) => {
                bundle.content.into_iter().for_each(|packet| self.packet(packet, from));
            }
        }
    }

    fn message(&mut self, message: &OscMessage, from: IpAddr) {
        let own = match (message.addr.as_str(), &message.args[..]) {
            ("/midi", [OscType::Midi(midi)]) => touch::from_osc(midi),
            _ => None,
        };
        let (midi, order) = match own {
            Some((midi, order)) => (Some(midi), Some(order)),
            None => (self.osc.map.to_midi(message), None),
        };
        // Whatever it says, `/ping` for one, shows that it is there; only what means something makes it a peer.
        if !self.peers.contains_key(&from) {
            if midi.is_none() {
                return;
            }
            self.make_room();
            eprintln!("<6>{from} joined");
        }
        let peer = self.peers.entry(from).or_insert_with(|| Peer {
            heard: Instant::now(),
            order: None,
            mapped: false,
            held: HeldNotes::default(),
        });
        peer.heard = Instant::now();
        if let Some(midi) = midi {
            peer.order = order.or(peer.order);
            peer.mapped |= order.is_none();
            peer.held.observe(&midi);
            self.link.send(&midi);
        }
    }

    fn make_room(&mut self) {
        if self.peers.len() < PEERS {
            return;
        }
        let silent = self.peers.iter().min_by_key(|(_, peer)| peer.heard).map(|(address, _)| *address);
        if let Some(address) = silent
            && let Some(peer) = self.peers.remove(&address)
        {
            self.end(peer.held);
        }
    }

    fn end(&mut self, mut held: HeldNotes) {
        while let Some(release) = held.take_release() {
            self.link.send(&release);
        }
    }

    fn next_deadline(&self) -> Option<Duration> {
        let silence = self.osc.silence?;
        let holding = self.peers.values().filter(|peer| !peer.held.is_empty());
        holding.map(|peer| (peer.heard + silence).saturating_duration_since(Instant::now())).min()
    }

    fn forget_the_silent(&mut self) {
        let Some(silence) = self.osc.silence else { return };
        let mut ended = Vec::new();
        for (address, peer) in &mut self.peers {
            if !peer.held.is_empty() && peer.heard.elapsed() >= silence {
                eprintln!("<5>{address} is silent: {} held notes and pedals ended", peer.held.count());
                ended.push(std::mem::take(&mut peer.held));
            }
        }
        ended.into_iter().for_each(|held| self.end(held));
    }

    fn take_from_jack(&mut self) -> Result<(), BridgeError> {
        self.link.check()?;
        self.link.take_source_lost();
        while let Some(message) = self.link.receive() {
            let mapped = self.osc.map.to_osc(message);
            for (address, peer) in &self.peers {
                let own = peer.order.and_then(|order| touch::to_osc(message, order));
                let mapped = mapped.iter().filter(|_| peer.mapped).cloned();
                for osc in own.into_iter().chain(mapped) {
                    let Ok(bytes) = rosc::encoder::encode(&OscPacket::Message(osc)) else { continue };
                    // A tablet that sleeps loses feedback, as everybody does on UDP.
                    let _ = self.socket.send_to(&bytes, (*address, self.osc.reply_port));
                }
            }
        }
        Ok(())
    }
}
