//! How many may stand in the door: connections by address and in all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::web::caller_key;

/// Connections of one address at a time. A browser opens six, and a few for its WebSockets.
pub const EACH: u32 = 32;
/// Connections of all at a time, those of this machine not counted.
pub const ALL: u32 = 256;

#[derive(Debug, Default)]
struct Counts {
    all: u32,
    each: HashMap<IpAddr, u32>,
}

/// Counts connections. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Doors(Arc<Mutex<Counts>>);

/// A connection's place; free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    doors: Doors,
    key: Option<IpAddr>,
}

impl Doors {
    /// A place for a connection of this address; `None` when there are too many.
    pub fn enter(&self, address: IpAddr) -> Option<Place> {
        let key = caller_key(Some(address));
        if key.is_loopback() {
            return Some(Place { doors: self.clone(), key: None });
        }
        let mut counts = self.counts();
        let here = counts.each.get(&key).copied().unwrap_or(0);
        if counts.all >= ALL || here >= EACH {
            return None;
        }
        counts.all += 1;
        counts.each.insert(key, here + 1);
        Some(Place { doors: self.clone(), key: Some(key) })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut counts = self.doors.counts();
        counts.all = counts.all.saturating_sub(1);
        if let Some(here) = counts.each.get_mut(&key) {
            *here -= 1;
            if *here == 0 {
                counts.each.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_all_places_and_gives_them_back() {
        let doors = Doors::default();
        let address = |last: u32| IpAddr::from((0xc0a8_0000_u32 + last).to_be_bytes());
        let mut places = (0..EACH).map(|_| doors.enter(address(1)).unwrap()).collect::<Vec<_>>();
        assert!(doors.enter(address(1)).is_none());
        assert!(doors.enter(address(2)).is_some());
        places.pop();
        places.push(doors.enter(address(1)).unwrap());
        let mut other = 2;
        while let Some(place) = doors.enter(address(other / EACH + 2)) {
            places.push(place);
            other += 1;
        }
        assert_eq!(places.len(), ALL as usize);
        assert!(doors.enter("127.0.0.1".parse().unwrap()).is_some(), "this machine always gets in");
        drop(places);
        assert!(doors.counts().each.is_empty() && doors.counts().all == 0);
    }
}
