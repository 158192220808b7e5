//! The devices that are paired, and their file.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::secret::{SecretHash, random};
use super::{Role, Secret};

/// More devices than this are not let in.
pub const MOST: usize = 64;
/// Longest name of a device, in characters: what the display can show.
pub const LONGEST_NAME: usize = 40;
/// A file larger than this is none of ours.
const LARGEST_FILE: u64 = 1 << 20;

/// Identifies a paired device; it says nothing and opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(pub String);

impl ClientId {
    fn random() -> Self {
        Self(random::<6>().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// A paired device, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Client {
    /// Identifies it.
    pub id: ClientId,
    /// What its owner calls it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was paired, in seconds since 1970.
    pub paired: u64,
    /// When it was last there, in seconds since 1970; at least the hour is right.
    pub seen: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    id: ClientId,
    name: String,
    role: Role,
    paired: u64,
    seen: u64,
    token_sha256: SecretHash,
}

#[derive(Debug, Serialize, Deserialize)]
struct File {
    version: u32,
    clients: Vec<Entry>,
}

/// Why a change of the list was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientsError {
    /// No such device.
    #[error("there is no paired device {0}; the list shows those that are")]
    Unknown(String),
    /// The list is full.
    #[error("{MOST} devices are paired already: remove one that is not used")]
    Full,
    /// A name without a letter in it.
    #[error("a device needs a name")]
    NoName,
    /// The file cannot be read.
    #[error(
        "the list of paired devices {path} cannot be read: {reason}; nobody is let in by it. Devices can be paired \
anew; the old file is then kept beside it with the ending .unreadable"
    )]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The file cannot be written.
    #[error(
        "the list of paired devices {path} cannot be written: {reason}; it holds until the pedal is started anew"
    )]
    Unwritten {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
}

/// The list. In memory; [`ClientList::to_bytes`] and [`write_private`] keep it.
#[derive(Debug, Default)]
pub struct ClientList {
    entries: Vec<Entry>,
    by_hash: BTreeMap<[u8; 8], Vec<usize>>,
}

/// A name as the display can show it: printable, no line ends, at most [`LONGEST_NAME`] characters.
pub fn tidy_name(name: &str) -> String {
    let printable = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let words = name.chars().filter(printable).collect::<String>();
    words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_NAME).collect()
}

impl ClientList {
    /// Reads the list; an empty one when there is no file.
    ///
    /// # Errors
    /// [`ClientsError::Unreadable`].
    pub fn read(path: &Path) -> Result<Self, ClientsError> {
        let unreadable =
            |reason: String| ClientsError::Unreadable { path: path.display().to_string(), reason };
        let text = match std::fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(error.to_string())),
            Ok(about) if about.len() > LARGEST_FILE => return Err(unreadable("it is too large".into())),
            Ok(_) => std::fs::read(path).map_err(|error| unreadable(error.to_string()))?,
        };
        let file: File = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
        if file.version != 1 {
            return Err(unreadable(format!("it has version {}, and this program knows 1", file.version)));
        }
        let mut list = Self { entries: file.clients, ..Self::default() };
        // a guest in the file would be a device that is let in for nothing
        list.entries.retain(|entry| entry.role > Role::Guest);
        list.entries.truncate(MOST);
        list.index();
        Ok(list)
    }

    /// The file's content.
    pub fn to_bytes(&self) -> Vec<u8> {
        let file = File { version: 1, clients: self.entries.clone() };
        let mut text = serde_json::to_vec_pretty(&file).expect("plain values with text keys");
        text.push(b'\n');
        text
    }

    fn index(&mut self) {
        self.by_hash.clear();
        for (at, entry) in self.entries.iter().enumerate() {
            self.by_hash.entry(entry.token_sha256.start()).or_default().push(at);
        }
    }

    /// The devices, the oldest first.
    pub fn all(&self) -> Vec<Client> {
        self.entries.iter().map(Entry::client).collect()
    }

    /// Lets a device in.
    ///
    /// # Errors
    /// [`ClientsError::Full`].
    pub fn add(&mut self, name: &str, role: Role, token: &Secret, now: u64) -> Result<Client, ClientsError> {
        if self.entries.len() >= MOST {
            return Err(ClientsError::Full);
        }
        let mut name = tidy_name(name);
        if name.is_empty() {
            name = "Device".to_owned();
        }
        let mut id = ClientId::random();
        while self.entries.iter().any(|entry| entry.id == id) {
            id = ClientId::random();
        }
        self.entries.push(Entry { id, name, role, paired: now, seen: now, token_sha256: token.hash() });
        self.index();
        Ok(self.entries[self.entries.len() - 1].client())
    }

    /// Whose token this is.
    pub fn find(&self, hash: &SecretHash) -> Option<Client> {
        let entries = self.by_hash.get(&hash.start())?.iter().filter_map(|at| self.entries.get(*at));
        entries.filter(|entry| entry.token_sha256 == *hash).map(Entry::client).next()
    }

    /// A device.
    pub fn get(&self, id: &ClientId) -> Option<Client> {
        self.entries.iter().find(|entry| entry.id == *id).map(Entry::client)
    }

    fn entry(&mut self, id: &ClientId) -> Result<&mut Entry, ClientsError> {
        let unknown = || ClientsError::Unknown(id.0.chars().take(40).collect());
        self.entries.iter_mut().find(|entry| entry.id == *id).ok_or_else(unknown)
    }

    /// Notes that a device is there; true when that is worth telling (once an hour).
    pub fn saw(&mut self, id: &ClientId, now: u64) -> bool {
        match self.entry(id) {
            Ok(entry) if now >= entry.seen + 3600 => {
                entry.seen = now;
                true
            }
            _ => false,
        }
    }

    /// Gives a device another name.
    ///
    /// # Errors
    /// [`ClientsError::Unknown`], [`ClientsError::NoName`].
    pub fn rename(&mut self, id: &ClientId, name: &str) -> Result<(), ClientsError> {
        let name = tidy_name(name);
        let entry = self.entry(id)?;
        if name.is_empty() {
            return Err(ClientsError::NoName);
        }
        entry.name = name;
        Ok(())
    }

    /// Gives a device another role.
    ///
    /// # Errors
    /// [`ClientsError::Unknown`].
    pub fn set_role(&mut self, id: &ClientId, role: Role) -> Result<(), ClientsError> {
        self.entry(id)?.role = role.max(Role::Player);
        Ok(())
    }

    /// Puts a device out.
    ///
    /// # Errors
    /// [`ClientsError::Unknown`].
    pub fn revoke(&mut self, id: &ClientId) -> Result<(), ClientsError> {
        self.entry(id)?;
        self.entries.retain(|entry| entry.id != *id);
        self.index();
        Ok(())
    }

    /// The devices of this identifier or name.
    pub fn named(&self, text: &str) -> Vec<Client> {
        let all = self.entries.iter().filter(|entry| entry.id.0 == text || entry.name == text);
        all.map(Entry::client).collect()
    }

    /// Puts all devices out.
    pub fn revoke_all(&mut self) {
        self.entries.clear();
        self.index();
    }
}

impl Entry {
    fn client(&self) -> Client {
        Client {
            id: self.id.clone(),
            name: self.name.clone(),
            role: self.role,
            paired: self.paired,
            seen: self.seen,
        }
    }
}

/// Writes a file that only this user can read (0600): whole and durable, or not at all.
///
/// # Errors
/// As the system reports them; the old file stays then.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    pedalboard::make_folders(&pedalboard::Disk, folder)?;
    // tempfile makes files with mode 0600, whatever the umask is
    let mut file = tempfile::Builder::new().prefix(".private-").tempfile_in(folder)?;
    file.write_all(content)?;
    // root may write what the service's user must go on reading
    if let Ok(old) = std::fs::metadata(path) {
        let new = file.as_file().metadata()?;
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            std::os::unix::fs::fchown(file.as_file(), Some(old.uid()), Some(old.gid()))?;
        }
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
