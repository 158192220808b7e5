//! Which network the pedal is in: at home, on stage in its own hotspot, or in none.
//!
//! [`Network`] is the way to it for display and web. [`Radio`] is the port to whatever rules the radio:
//! [`NetworkManager`] on the device, [`Simulated`] elsewhere.

mod manager;
mod radio;
mod simulated;
mod wifi;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, watch};

pub use manager::NetworkManager;
pub use radio::{Nearby, Net, NetworkError, Radio, Seen};
pub use simulated::Simulated;

use crate::access::write_private;

/// How often we look which network there is.
const LOOK: Duration = Duration::from_secs(15);

/// Which network the pedal is in, and who reaches its web page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The networks that are known, by cable or radio: whoever is in them reaches the page, and may ask to pair.
    #[default]
    Home,
    /// The pedal's own hotspot; only paired devices in it reach the page.
    Stage,
    /// The radio is off, and nobody but programs of this machine reaches the page.
    Off,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Home, Self::Stage, Self::Off];

    /// Its name in files, requests and on the display.
    pub fn name(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Stage => "stage",
            Self::Off => "off",
        }
    }
}

/// What display and web show. The hotspot's key is not in it: see [`Network::hotspot_key`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Status {
    /// The mode that was chosen last and could be reached.
    pub mode: Mode,
    /// What the radio does.
    #[serde(flatten)]
    pub seen: Seen,
    /// Why the last wish was not fulfilled: a sentence.
    pub problem: Option<String>,
    /// Whether there is no real radio behind it.
    pub simulated: bool,
}

impl Status {
    /// Whether an address belongs to the pedal's own hotspot.
    pub fn is_hotspot(&self, address: IpAddr) -> bool {
        self.seen.hotspot_net.is_some_and(|net| net.contains(address))
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    mode: Mode,
}

/// The way to the network. Cheap to clone.
#[derive(Clone)]
pub struct Network {
    radio: Arc<Mutex<Box<dyn Radio>>>,
    status: watch::Sender<Status>,
    file: PathBuf,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").field("status", &*self.status.borrow()).finish()
    }
}

impl Network {
    /// With the mode that was kept in `folder`. [`Network::run`] then goes to it.
    pub fn start(radio: impl Radio, folder: &Path) -> Self {
        let file = folder.join("network.json");
        let kept = std::fs::read(&file).ok().and_then(|text| serde_json::from_slice::<Kept>(&text).ok());
        let status = Status {
            mode: kept.unwrap_or_default().mode,
            simulated: radio.is_simulated(),
            ..Status::default()
        };
        Self { radio: Arc::new(Mutex::new(Box::new(radio))), status: watch::Sender::new(status), file }
    }

    /// How it is now.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// How it is, now and whenever it changes.
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// The hotspot's key. For the display only: whoever stands at the pedal may use its hotspot.
    pub async fn hotspot_key(&self) -> Option<String> {
        self.with(|radio| radio.hotspot_key()).await.flatten()
    }

    /// Does something with the radio, on a thread for that, and looks at what has become of it.
    ///
    /// # Errors
    /// A sentence.
    pub async fn with_radio<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Radio) -> Result<T, NetworkError> + Send + 'static,
    ) -> Result<T, NetworkError> {
        let done = self.with(work).await;
        self.look().await;
        done.unwrap_or_else(|| Err(NetworkError("the network's thread has failed".into())))
    }

    /// Goes to a mode, and keeps it for the next start.
    ///
    /// # Errors
    /// A sentence; the mode is then the old one.
    pub async fn set_mode(&self, mode: Mode) -> Result<(), NetworkError> {
        let done = self.with(move |radio| radio.go(mode)).await;
        let done = done.unwrap_or_else(|| Err(NetworkError("the network's thread has failed".into())));
        if let Err(error) = &done {
            self.status.send_modify(|status| status.problem = Some(error.to_string()));
            return done;
        }
        self.status.send_modify(|status| {
            status.mode = mode;
            status.problem = None;
        });
        let bytes = serde_json::to_vec(&Kept { mode }).expect("plain values");
        let file = self.file.clone();
        let kept = tokio::task::spawn_blocking(move || write_private(&file, &bytes)).await;
        if !matches!(kept, Ok(Ok(()))) {
            tracing::warn!("the network's mode could not be kept: the next start has the old one");
        }
        self.look().await;
        Ok(())
    }

    /// As [`Network::set_mode`], without waiting: what becomes of it shows in the status.
    pub fn wish(&self, mode: Mode) {
        let network = self.clone();
        tokio::spawn(async move {
            if let Err(error) = network.set_mode(mode).await {
                tracing::warn!("{error}");
            }
        });
    }

    async fn look(&self) {
        match self.with(|radio| radio.look()).await {
            Some(Ok(seen)) => drop(self.status.send_if_modified(|status| {
                let differs = status.seen != seen;
                status.seen = seen;
                differs
            })),
            Some(Err(error)) => tracing::debug!("{error}"),
            None => {}
        }
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Radio) -> T + Send + 'static,
    ) -> Option<T> {
        let radio = self.radio.clone();
        tokio::task::spawn_blocking(move || work(&mut **radio.blocking_lock())).await.ok()
    }

    /// Goes to the mode that was kept, and looks from time to time. Runs until it is dropped.
    pub async fn run(self) {
        let mode = self.status().mode;
        // at home nothing is done: the system has connected already, or is about to
        if mode != Mode::Home
            && let Some(Err(error)) = self.with(move |radio| radio.go(mode)).await
        {
            tracing::warn!("{error}");
            self.status.send_modify(|status| status.problem = Some(error.to_string()));
        }
        loop {
            self.look().await;
            tokio::time::sleep(LOOK).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_by_their_network() {
        let net = Net::parse("10.42.0.1/24\n").unwrap();
        assert!(net.contains("10.42.0.200".parse().unwrap()) && !net.contains("10.42.1.1".parse().unwrap()));
        assert!(!net.contains("::1".parse().unwrap()));
        assert!(Net::parse("0.0.0.0/0").unwrap().contains("9.9.9.9".parse().unwrap()));
        for bad in ["", "10.42.0.1", "10.42.0.1/33", "x/8", "10.0.0.1/-1"] {
            assert_eq!(Net::parse(bad), None, "{bad}");
        }
    }

    #[tokio::test]
    async fn the_mode_is_kept_and_a_failure_changes_nothing() {
        let place = tempfile::tempdir().unwrap();
        let network = Network::start(Simulated::default(), place.path());
        assert_eq!(network.status().mode, Mode::Home);
        network.set_mode(Mode::Stage).await.unwrap();
        let status = network.status();
        assert_eq!((status.mode, status.seen.hotspot.as_deref()), (Mode::Stage, Some("pistomp (simulated)")));
        let key = network.hotspot_key().await.unwrap();
        assert!(key.len() >= 12 && !serde_json::to_string(&status).unwrap().contains(&key));
        let again = Network::start(Simulated::failing(), place.path());
        assert_eq!(again.status().mode, Mode::Stage, "kept");
        assert!(again.set_mode(Mode::Home).await.is_err());
        assert_eq!(again.status().mode, Mode::Stage);
        assert!(again.status().problem.is_some());
    }
}
