//! Under which address the page is found, for the display's QR code.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use crate::access::Desk;
use crate::network::{Mode, Network};

/// How often the address is looked up: a cable may be plugged in.
const EVERY: Duration = Duration::from_secs(10);

/// Keeps the pairing page's address up to date. Runs until it is dropped.
pub async fn keep(desk: Desk, network: Network, listening: Vec<SocketAddr>) {
    loop {
        desk.set_url(url(&listening, || own_address(&network)));
        tokio::time::sleep(EVERY).await;
    }
}

/// The address of the pairing page: of the listener that most can reach.
fn url(listening: &[SocketAddr], own: impl Fn() -> Option<IpAddr>) -> String {
    let open = listening.iter().find(|address| !address.ip().is_loopback()).or(listening.first());
    let Some(open) = open else { return String::new() };
    let address =
        if open.ip().is_unspecified() { own().unwrap_or(Ipv4Addr::LOCALHOST.into()) } else { open.ip() };
    let host = match crate::web::plain(address) {
        IpAddr::V6(six) => format!("[{six}]"),
        IpAddr::V4(four) => four.to_string(),
    };
    match open.port() {
        80 => format!("http://{host}/pair"),
        port => format!("http://{host}:{port}/pair"),
    }
}

/// The address that others see: the hotspot's, else that of the way to the outside. No packet is sent for it.
fn own_address(network: &Network) -> Option<IpAddr> {
    let status = network.status();
    if let (Mode::Stage, false, Some(net)) = (status.mode, status.simulated, status.seen.hotspot_net) {
        return Some(net.address.into());
    }
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // an address for documentation: connecting only chooses the way
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    if !address.is_unspecified() {
        return Some(address);
    }
    status.seen.hotspot_net.map(|net| net.address.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_one_that_a_phone_can_open() {
        let of = |listening: &[&str]| {
            let listening = listening.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
            url(&listening, || Some("192.168.1.7".parse().unwrap()))
        };
        assert_eq!(of(&["127.0.0.1:8080", "0.0.0.0:80"]), "http://192.168.1.7/pair");
        assert_eq!(of(&["[::]:8080"]), "http://192.168.1.7:8080/pair");
        assert_eq!(of(&["127.0.0.1:8080"]), "http://127.0.0.1:8080/pair");
        assert_eq!(of(&["[fe80::1]:80"]), "http://[fe80::1]/pair");
        assert_eq!(of(&[]), "");
    }
}
