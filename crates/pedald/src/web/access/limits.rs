//! How much anybody may ask for.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::identity::plain;

/// So many addresses are told apart; more share one limit.
const MOST: usize = 4096;

/// A bucket that drips: `burst` at once, then `rate` a second.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    /// How many a second.
    pub(super) rate: f32,
    /// How many at once.
    pub(super) burst: f32,
}

#[derive(Debug)]
struct Bucket {
    left: f32,
    at: Instant,
}

/// Buckets of one rate, by who asks.
#[derive(Debug)]
pub(super) struct Buckets<K> {
    rate: Rate,
    buckets: Mutex<HashMap<K, Bucket>>,
}

impl<K: Hash + Eq> Buckets<K> {
    pub(super) fn new(rate: f32, burst: f32) -> Self {
        Self { rate: Rate { rate, burst }, buckets: Mutex::default() }
    }

    /// Takes one; the error is after how many seconds there is another.
    pub(super) fn take(&self, who: K, now: Instant) -> Result<(), u64> {
        let Rate { rate, burst } = self.rate;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST && !buckets.contains_key(&who) {
            // those that are full again are as good as new ones
            buckets
                .retain(|_, bucket| bucket.left + now.duration_since(bucket.at).as_secs_f32() * rate < burst);
            if buckets.len() >= MOST {
                return Err(1);
            }
        }
        let bucket = buckets.entry(who).or_insert(Bucket { left: burst, at: now });
        bucket.left = (bucket.left + now.duration_since(bucket.at).as_secs_f32() * rate).min(burst);
        bucket.at = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        Err(((1.0 - bucket.left) / rate).ceil().max(1.0) as u64)
    }
}

/// An address as far as it stands for one caller: a network of IPv6 has more addresses than we could count.
pub(crate) fn caller_key(address: Option<IpAddr>) -> IpAddr {
    match address.map(plain) {
        Some(IpAddr::V6(six)) => {
            let [a, b, c, d, ..] = six.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Some(four) => four,
        None => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

/// The limits of requests.
#[derive(Debug)]
pub(super) struct Limits {
    guests: Buckets<IpAddr>,
    all_guests: Buckets<()>,
    clients: Buckets<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            guests: Buckets::new(10.0, 60.0),
            all_guests: Buckets::new(100.0, 300.0),
            // a page with the pictures of 1000 plugins, then knobs being turned
            clients: Buckets::new(200.0, 3000.0),
        }
    }
}

impl Limits {
    /// A request of somebody whom we do not know.
    pub(super) fn guest(&self, address: Option<IpAddr>) -> Result<(), u64> {
        let now = Instant::now();
        // one who floods uses up his own first
        self.guests.take(caller_key(address), now)?;
        self.all_guests.take((), now)
    }

    /// A request of a paired device.
    pub(super) fn client(&self, id: &str) -> Result<(), u64> {
        self.clients.take(id.to_owned(), Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_drips() {
        let buckets = Buckets::new(2.0, 3.0);
        let start = Instant::now();
        let given = |at: f32| {
            let now = start + Duration::from_secs_f32(at);
            (0..100).filter(|_| buckets.take("a", now).is_ok()).count()
        };
        assert_eq!(given(0.0), 3);
        assert_eq!(given(0.5), 1);
        assert_eq!(given(10.0), 3);
        assert!(buckets.take("b", start).is_ok(), "each has its own");
    }

    #[test]
    fn there_is_an_end_to_what_is_remembered() {
        let buckets = Buckets::new(1.0, 2.0);
        let start = Instant::now();
        for who in 0..MOST {
            buckets.take(who, start).unwrap();
        }
        assert_eq!(buckets.take(MOST, start), Err(1));
        assert_eq!(buckets.take(MOST, start + Duration::from_secs(5)), Ok(()), "the old ones are forgotten");
        assert!(buckets.buckets.lock().unwrap().len() < 10);
    }

    #[test]
    fn a_network_of_ipv6_is_one_caller() {
        let key = |text: &str| caller_key(Some(text.parse().unwrap()));
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:10.0.0.1"), key("10.0.0.1"));
    }
}
