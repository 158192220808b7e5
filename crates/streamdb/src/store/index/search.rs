//! Paths by how they begin or end.

use std::ops::Bound;

use super::{ENTRIES, Index, REVERSED, entry_of};
use crate::key::reverse;
use crate::store::{Entry, StoreError};

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Paths that end like this.
    pub suffix: String,
    /// Paths that begin like this.
    pub prefix: String,
    /// Paths after this one, in the order of the answer.
    pub after: Option<String>,
    /// Most results.
    pub limit: usize,
}

impl Index {
    /// Results in the order of the paths' ends when a suffix is given, else of their beginnings; whether there are more.
    pub(in crate::store) fn search(&self, search: &Search) -> Result<(Vec<Entry>, bool), StoreError> {
        self.read(|transaction| {
            let entries = transaction.open_table(ENTRIES)?;
            let mut found = Vec::new();
            if search.suffix.is_empty() {
                let from = match &search.after {
                    Some(after) if after.as_str() >= search.prefix.as_str() => {
                        Bound::Excluded(after.as_str())
                    }
                    _ => Bound::Included(search.prefix.as_str()),
                };
                for row in entries.range::<&str>((from, Bound::Unbounded))? {
                    let (key, value) = row?;
                    if !key.value().starts_with(&search.prefix) {
                        break;
                    }
                    if found.len() == search.limit {
                        return Ok((found, true));
                    }
                    found.push(entry_of(key.value(), value.value()));
                }
                return Ok((found, false));
            }
            let suffix = reverse(&search.suffix);
            let after = search.after.as_deref().map(reverse);
            let from = match &after {
                Some(after) if *after >= suffix => Bound::Excluded(after.as_slice()),
                _ => Bound::Included(suffix.as_slice()),
            };
            for row in transaction.open_table(REVERSED)?.range::<&[u8]>((from, Bound::Unbounded))? {
                let (reversed, ()) = row.map(|(key, value)| (key, value.value()))?;
                if !reversed.value().starts_with(&suffix) {
                    break;
                }
                let key: Vec<u8> = reversed.value().iter().rev().copied().collect();
                let key = String::from_utf8_lossy(&key);
                if !key.starts_with(&search.prefix) {
                    continue;
                }
                if found.len() == search.limit {
                    return Ok((found, true));
                }
                if let Some(value) = entries.get(&*key)? {
                    found.push(entry_of(&key, value.value()));
                }
            }
            Ok((found, false))
        })
    }
}
