//! The desk's file: written when something was changed here, and read again when somebody else has written it.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Desk;
use crate::access::clients::{ClientId, ClientList, ClientsError, write_private};

/// The file as it was read or written last.
#[derive(Debug, Default)]
pub(super) struct Written {
    stamp: Option<Stamp>,
    /// Who was in it.
    ids: BTreeSet<ClientId>,
}

/// Tells one content of a file from another, as far as a file written anew does: inode, time, length.
type Stamp = (u64, i64, i64, u64);

fn stamp(file: &Path) -> Option<Stamp> {
    let about = std::fs::metadata(file).ok()?;
    Some((about.ino(), about.mtime(), about.mtime_nsec(), about.len()))
}

impl Written {
    /// The file has just been read, and this list was in it.
    pub(super) fn read(file: &Path, list: &ClientList) -> Self {
        Self { stamp: stamp(file), ids: list.all().into_iter().map(|client| client.id).collect() }
    }
}

impl Desk {
    /// Writes the list.
    ///
    /// # Errors
    /// [`ClientsError::Unwritten`].
    pub async fn save(&self) -> Result<(), ClientsError> {
        let mut written = self.0.writing.lock().await;
        self.absorb(&mut written);
        let (bytes, ids, keep) = {
            let mut inside = self.inside();
            let ids = inside.list.all().into_iter().map(|client| client.id).collect();
            (inside.list.to_bytes(), ids, std::mem::take(&mut inside.unreadable))
        };
        let path = self.0.file.clone();
        let done = tokio::task::spawn_blocking(move || {
            if keep {
                let aside = path.with_extension("json.unreadable");
                match std::fs::read(&path) {
                    // a copy: no power cut leaves the pedal without a list
                    Ok(old) => write_private(&aside, &old)?,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(_) => std::fs::rename(&path, aside)?,
                }
            }
            write_private(&path, &bytes)?;
            Ok::<_, std::io::Error>(stamp(&path))
        });
        let failed =
            |reason: String| ClientsError::Unwritten { path: self.0.file.display().to_string(), reason };
        let done = done.await.map_err(|error| failed(error.to_string()))?;
        written.stamp = done.map_err(|error| failed(error.to_string()))?;
        written.ids = ids;
        Ok(())
    }

    /// Whom `pedald clients revoke` has put out of the file is out here too. Nobody comes in by the file.
    pub(super) fn absorb(&self, written: &mut Written) {
        let now = stamp(&self.0.file);
        if now == written.stamp || now.is_none() {
            return;
        }
        written.stamp = now;
        let Ok(list) = ClientList::read(&self.0.file) else { return };
        let kept: BTreeSet<ClientId> = list.all().into_iter().map(|client| client.id).collect();
        let mut inside = self.inside();
        for id in written.ids.difference(&kept) {
            if inside.list.revoke(id).is_ok() {
                tracing::info!(client = id.0, "a device was put out by the command line");
            }
        }
        self.publish(&mut inside);
        written.ids.retain(|id| kept.contains(id));
    }
}
