//! What was changed, written down before it is done, so that it can be undone whatever happens in between.
//!
//! The journal is a text file with one JSON record in each line. A record is on the disk before the write that it tells
//! of. A line that was cut by a power failure is the last one, and its write never began.

mod revert;
mod store;

pub use revert::{Outcome, Undone, revert, settle_gone};
pub use store::{Journal, JournalError};

use crate::change::Place;
use serde::{Deserialize, Serialize};

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "record")]
pub enum Record {
    /// A write that is about to happen.
    Intent(Entry),
    /// The write with this number did not change anything: refused by the system, or found without effect.
    Void {
        /// Number of the intent.
        number: u64,
    },
    /// The place of this intent has its old value again, or is gone.
    Undone {
        /// Number of the intent.
        number: u64,
    },
}

/// A change, with what undoes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts up within a journal.
    pub number: u64,
    /// The fix that wanted it.
    pub fix: String,
    /// Where.
    pub place: Place,
    /// The old value, byte for byte; `None` when there was none.
    pub before: Option<String>,
    /// The new value, as it was written.
    pub after: Option<String>,
    /// The boot in which it happened.
    pub boot: String,
}

/// A place that is not as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Numbers of all intents for this place that are open.
    pub numbers: Vec<u64>,
    /// The first of them, whose old value is the one to restore.
    pub first: Entry,
    /// Every value that we wrote or meant to write; the last is the newest.
    pub written: Vec<Option<String>>,
}

impl Open {
    /// Whether a fix of this name touched the place.
    pub fn belongs_to(&self, fix: &str) -> bool {
        self.first.fix == fix
    }
}

/// What is open after these records, in the order of the first writes.
pub fn open_places(records: &[Record]) -> Vec<Open> {
    let mut open: Vec<Open> = Vec::new();
    for record in records {
        match record {
            Record::Intent(entry) => {
                // The same place in another boot is another value: what was found there last time is gone.
                match open.iter_mut().find(|o| o.first.place == entry.place && o.first.boot == entry.boot) {
                    Some(known) => {
                        known.numbers.push(entry.number);
                        known.written.push(entry.after.clone());
                    }
                    None => open.push(Open {
                        numbers: vec![entry.number],
                        first: entry.clone(),
                        written: vec![entry.after.clone()],
                    }),
                }
            }
            Record::Void { number } | Record::Undone { number } => {
                for place in &mut open {
                    if let Some(at) = place.numbers.iter().position(|n| n == number) {
                        place.numbers.remove(at);
                        place.written.remove(at);
                    }
                }
                open.retain(|place| !place.numbers.is_empty());
            }
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(number: u64, path: &str, before: &str, after: &str, boot: &str) -> Record {
        Record::Intent(Entry {
            number,
            fix: "f".into(),
            place: Place::text(path),
            before: Some(before.into()),
            after: Some(after.into()),
            boot: boot.into(),
        })
    }

    #[test]
    fn the_oldest_value_of_a_place_is_the_one_to_restore() {
        let records =
            [intent(1, "/a", "1", "2", "b"), intent(2, "/b", "x", "y", "b"), intent(3, "/a", "2", "3", "b")];
        let open = open_places(&records);
        assert_eq!(open.len(), 2);
        assert_eq!(open[0].first.before.as_deref(), Some("1"));
        assert_eq!(open[0].written, [Some("2".to_owned()), Some("3".to_owned())]);
    }

    #[test]
    fn what_is_settled_is_not_open() {
        let mut records = vec![intent(1, "/a", "1", "2", "b"), intent(2, "/b", "x", "y", "b")];
        records.push(Record::Undone { number: 1 });
        assert_eq!(open_places(&records).len(), 1);
        records.push(Record::Void { number: 2 });
        assert!(open_places(&records).is_empty());
        // After that the place begins anew.
        records.push(intent(3, "/a", "7", "8", "b"));
        assert_eq!(open_places(&records)[0].first.before.as_deref(), Some("7"));
    }

    #[test]
    fn a_void_second_write_leaves_the_first_to_be_undone() {
        let records =
            [intent(1, "/a", "1", "2", "b"), intent(2, "/a", "2", "3", "b"), Record::Void { number: 2 }];
        let open = open_places(&records);
        assert_eq!((open[0].numbers.as_slice(), open[0].written.len()), (&[1][..], 1));
    }

    #[test]
    fn another_boot_is_another_value() {
        let open = open_places(&[intent(1, "/a", "1", "2", "b1"), intent(2, "/a", "5", "2", "b2")]);
        assert_eq!(open.len(), 2);
    }
}
