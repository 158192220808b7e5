//! The way to pairing and to the list of devices, for display, hardware and web.

mod file;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, watch};

use super::clients::{Client, ClientId, ClientList, ClientsError, tidy_name};
use super::pairing::{Applicant, Pairing, PairingError};
use super::secret::{SecretHash, random_code};
use super::{PairingIntent, PairingState, Role, Secret};
use file::Written;

/// How long a browser may take to fetch the token that it was given.
const PICK_UP: Duration = Duration::from_secs(60);

/// How a browser's application stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// A footswitch has to confirm it.
    Waiting,
    /// It is in: its token, which is told once.
    Granted(Secret, Client),
    /// It was turned away, or nobody confirmed it in time.
    Refused,
}

#[derive(Debug)]
struct Granted {
    ticket: SecretHash,
    token: Secret,
    client: Client,
    until: Duration,
}

#[derive(Debug)]
struct Inside {
    pairing: Pairing,
    list: ClientList,
    granted: Option<Granted>,
    /// A file that cannot be read is kept when it is first replaced.
    unreadable: bool,
}

#[derive(Debug)]
struct Shared {
    inside: Mutex<Inside>,
    state: watch::Sender<PairingState>,
    clients: watch::Sender<Arc<Vec<Client>>>,
    url: Mutex<String>,
    file: PathBuf,
    /// One writer at a time, and the last content wins; what the file was when it was read or written last.
    writing: tokio::sync::Mutex<Written>,
    changed: Notify,
    epoch: Instant,
}

/// Pairing and the list of devices. Cheap to clone; may be used on any thread; no call but [`Desk::save`] waits.
#[derive(Debug, Clone)]
pub struct Desk(Arc<Shared>);

impl Desk {
    /// With the list in `folder`. The error, if there is one, is for the player: it lets nobody in by the list.
    pub fn open(folder: &Path) -> (Self, Option<ClientsError>) {
        let file = folder.join("clients.json");
        let (list, error) = match ClientList::read(&file) {
            Ok(list) => (list, None),
            Err(error) => (ClientList::default(), Some(error)),
        };
        let written = Written::read(&file, &list);
        let clients = watch::Sender::new(Arc::new(list.all()));
        let inside = Inside { pairing: Pairing::default(), list, granted: None, unreadable: error.is_some() };
        let shared = Shared {
            inside: Mutex::new(inside),
            state: watch::Sender::new(PairingState::default()),
            clients,
            url: Mutex::new(String::new()),
            file,
            writing: tokio::sync::Mutex::new(written),
            changed: Notify::new(),
            epoch: Instant::now(),
        };
        (Self(Arc::new(shared)), error)
    }

    /// What the display shows of pairing, now and whenever it changes.
    pub fn state(&self) -> watch::Receiver<PairingState> {
        self.0.state.subscribe()
    }

    /// The paired devices, now and whenever they change.
    pub fn clients(&self) -> watch::Receiver<Arc<Vec<Client>>> {
        self.0.clients.subscribe()
    }

    /// Does what somebody at the pedal wants. What cannot be done is done nothing about.
    pub fn tell(&self, intent: PairingIntent) {
        let mut inside = self.inside();
        let now = self.now();
        match intent {
            PairingIntent::Open => drop(inside.pairing.open(now, false, random_code())),
            PairingIntent::Confirm => {
                if let Some(applicant) = inside.pairing.confirm(now) {
                    self.grant(&mut inside, applicant, now);
                }
            }
            PairingIntent::Close => drop(inside.pairing.close()),
            PairingIntent::Rename(id, name) => drop(inside.list.rename(&id, &name)),
            PairingIntent::SetRole(id, role) => drop(inside.list.set_role(&id, role)),
            PairingIntent::Revoke(id) => drop(inside.list.revoke(&id)),
            PairingIntent::RevokeAll => inside.list.revoke_all(),
        }
        self.publish(&mut inside);
        self.0.changed.notify_one();
    }

    /// A browser asks to be paired: a code is shown, or stays.
    ///
    /// # Errors
    /// See [`PairingError`].
    pub fn ask(&self) -> Result<(), PairingError> {
        let mut inside = self.inside();
        let done = inside.pairing.open(self.now(), true, random_code());
        self.publish(&mut inside);
        done
    }

    /// A browser has typed a code; the secret by which it may ask how it stands.
    ///
    /// # Errors
    /// See [`PairingError`].
    pub fn enter(&self, code: &[u8], name: &str, role: Role) -> Result<Secret, PairingError> {
        let ticket = Secret::random();
        let mut name = tidy_name(name);
        if name.is_empty() {
            name = "Device".to_owned();
        }
        let applicant = Applicant { name, role: role.max(Role::Player), ticket: ticket.hash() };
        let mut inside = self.inside();
        let done = inside.pairing.enter(self.now(), code, applicant);
        self.publish(&mut inside);
        done.map(|()| ticket)
    }

    /// How an application stands.
    pub fn standing(&self, ticket: &Secret) -> Standing {
        let hash = ticket.hash();
        let mut inside = self.inside();
        inside.pairing.tick(self.now());
        if inside.pairing.waiting().is_some_and(|applicant| applicant.ticket == hash) {
            return Standing::Waiting;
        }
        match inside.granted.take_if(|granted| granted.ticket == hash) {
            Some(granted) if granted.until > self.now() => Standing::Granted(granted.token, granted.client),
            _ => Standing::Refused,
        }
    }

    /// Lets a device in without pairing, for tests and for the command line.
    ///
    /// # Errors
    /// [`ClientsError::Full`].
    pub fn admit(&self, name: &str, role: Role) -> Result<(Secret, Client), ClientsError> {
        let token = Secret::random();
        let mut inside = self.inside();
        let client = inside.list.add(name, role, &token, seconds())?;
        self.publish(&mut inside);
        self.0.changed.notify_one();
        Ok((token, client))
    }

    /// Who has this token.
    pub fn find(&self, token: &Secret) -> Option<Client> {
        let hash = token.hash();
        let mut inside = self.inside();
        let client = inside.list.find(&hash)?;
        if inside.list.saw(&client.id, seconds()) {
            self.publish(&mut inside);
        }
        Some(client)
    }

    /// The device as it is now; `None` when it has been put out.
    pub fn get(&self, id: &ClientId) -> Option<Client> {
        self.inside().list.get(id)
    }

    /// Changes the list and waits until that is on the disk.
    ///
    /// # Errors
    /// See [`ClientsError`].
    pub async fn change(
        &self,
        change: impl FnOnce(&mut ClientList) -> Result<(), ClientsError>,
    ) -> Result<(), ClientsError> {
        {
            let mut inside = self.inside();
            change(&mut inside.list)?;
            self.publish(&mut inside);
        }
        self.save().await
    }

    /// Says where the pairing page is, for the code that a phone's camera reads.
    pub fn set_url(&self, url: String) {
        *self.0.url.lock().unwrap_or_else(PoisonError::into_inner) = url;
        self.publish(&mut self.inside());
    }

    /// Lets time pass, and writes what was changed at the pedal. Runs until it is dropped.
    pub async fn run(self) {
        let mut second = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                _ = second.tick() => {
                    self.absorb(&mut *self.0.writing.lock().await);
                    let mut inside = self.inside();
                    inside.pairing.tick(self.now());
                    self.publish(&mut inside);
                }
                () = self.0.changed.notified() => {
                    if let Err(error) = self.save().await {
                        tracing::error!("{error}");
                    }
                }
            }
        }
    }

    fn grant(&self, inside: &mut Inside, applicant: Applicant, now: Duration) {
        let token = Secret::random();
        match inside.list.add(&applicant.name, applicant.role, &token, seconds()) {
            Ok(client) => {
                tracing::info!(name = client.name, role = client.role.name(), "a device was paired");
                let until = now + PICK_UP;
                inside.granted = Some(Granted { ticket: applicant.ticket, token, client, until });
            }
            Err(error) => tracing::warn!("{error}"),
        }
    }

    fn publish(&self, inside: &mut Inside) {
        let now = self.now();
        if inside.granted.as_ref().is_some_and(|granted| granted.until <= now) {
            // nobody fetched it: nobody has it, so nobody needs to be in the list for it
            if let Some(granted) = inside.granted.take() {
                let _ = inside.list.revoke(&granted.client.id);
                self.0.changed.notify_one();
            }
        }
        let url = self.0.url.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let state = PairingState {
            code: inside.pairing.code(),
            url,
            expires: inside.pairing.until().map(|until| self.0.epoch + until),
            confirm: inside.pairing.waiting().map(|applicant| (applicant.name.clone(), applicant.role)),
        };
        self.0.state.send_if_modified(|old| {
            let differs = *old != state;
            *old = state;
            differs
        });
        let clients = inside.list.all();
        self.0.clients.send_if_modified(|old| {
            let differs = **old != clients;
            if differs {
                *old = Arc::new(clients);
            }
            differs
        });
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // each change of the inside is whole before anything in it can panic
        self.0.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.0.epoch.elapsed()
    }
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

#[cfg(test)]
mod tests;
