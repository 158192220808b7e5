//! Who may send: a pedal in a club is on a network with strangers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    address: IpAddr,
    bits: u8,
}

/// Why a text is no prefix.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no address and no network: write 192.168.1.7 or 192.168.1.0/24")]
pub struct PrefixError(String);

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let error = || PrefixError(text.to_owned());
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| error())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| error()))?;
        if bits > most { Err(error()) } else { Ok(Self { address, bits }) }
    }
}

impl Prefix {
    /// Whether the address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                self.bits == 0 || (u32::from(ours) ^ u32::from(theirs)) >> (32 - u32::from(self.bits)) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                self.bits == 0 || (u128::from(ours) ^ u128::from(theirs)) >> (128 - u32::from(self.bits)) == 0
            }
            _ => false,
        }
    }
}

/// The senders that are listened to.
#[derive(Debug, Clone, Default)]
pub struct Allow(pub Vec<Prefix>);

impl Allow {
    /// Whether the sender is listened to. Without a list: this machine and local networks, never the internet.
    pub fn admits(&self, sender: IpAddr) -> bool {
        let sender = sender.to_canonical();
        if self.0.is_empty() {
            return match sender {
                IpAddr::V4(v4) => is_local_v4(v4),
                IpAddr::V6(v6) => is_local_v6(v6),
            };
        }
        self.0.iter().any(|prefix| prefix.contains(sender))
    }
}

fn is_local_v4(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_private() || address.is_link_local()
}

fn is_local_v6(address: Ipv6Addr) -> bool {
    address.is_loopback() || address.is_unicast_link_local() || address.is_unique_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_list_only_local_networks_are_heard() {
        let allow = Allow::default();
        for near in
            ["127.0.0.1", "192.168.7.1", "10.0.0.9", "169.254.1.2", "fe80::1", "::ffff:10.1.2.3", "::1"]
        {
            assert!(allow.admits(near.parse().unwrap()), "{near}");
        }
        for far in ["8.8.8.8", "172.32.0.1", "2001:db8::1", "::ffff:8.8.8.8"] {
            assert!(!allow.admits(far.parse().unwrap()), "{far}");
        }
    }

    #[test]
    fn a_list_is_exact() {
        let allow = Allow(vec!["192.168.1.0/24".parse().unwrap(), "10.0.0.9".parse().unwrap()]);
        assert!(allow.admits("192.168.1.255".parse().unwrap()) && allow.admits("10.0.0.9".parse().unwrap()));
        assert!(!allow.admits("192.168.2.0".parse().unwrap()) && !allow.admits("127.0.0.1".parse().unwrap()));
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.1/x"] {
            assert!(wrong.parse::<Prefix>().is_err(), "{wrong}");
        }
        assert!("0.0.0.0/0".parse::<Prefix>().unwrap().contains("1.2.3.4".parse().unwrap()));
    }
}
