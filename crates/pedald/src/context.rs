//! What every part of the program is given.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::access::Desk;
use crate::assets::AssetStore;
use crate::cli::Options;
use crate::display::{Display, Machine};
use crate::midi::MidiOut;
use crate::network::Network;
use crate::plugins::PluginShelf;
use crate::session::{Catalogue, SessionHandle};
use crate::tuner::TunerWatch;

/// What every part of the program is given. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// The way to the session.
    pub session: SessionHandle,
    /// The installed plugins.
    pub catalogue: Arc<dyn Catalogue>,
    /// The same, as mod-ui's interface describes them.
    pub plugins: Arc<PluginShelf>,
    /// The LCD's picture, its encoder, and what the hardware shows on it.
    pub display: Display,
    /// Pairing and the list of paired devices.
    pub access: Desk,
    /// Which network the pedal is in.
    pub network: Network,
    /// Power, updates, period and rate: for the display and the page alike.
    pub machine: Arc<dyn Machine>,
    /// The asset store, where one is named.
    pub assets: Option<AssetStore>,
    /// The command line.
    pub options: Arc<Options>,
    /// Folders and files.
    pub paths: Arc<Paths>,
    /// The tuner's last reading; `None` while it is off or hears no tone.
    pub tuner: TunerWatch,
    /// MIDI messages to other devices.
    pub midi: MidiOut,
}

/// Folders and files, named as mod-ui's environment names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `MOD_DATA_DIR`: banks, favourites, preferences, the last board, `config/`.
    pub data: PathBuf,
    /// `MOD_USER_PEDALBOARDS_DIR`: the player's boards.
    pub pedalboards: PathBuf,
    /// `MOD_FACTORY_PEDALBOARDS_DIR`: boards that came with the system.
    pub factory_pedalboards: PathBuf,
    /// `MOD_USER_FILES_DIR`: samples, cabinets, models.
    pub user_files: PathBuf,
    /// `MOD_USER_PLUGINS_DIR`: presets and plugins of the player.
    pub user_plugins: PathBuf,
    /// `STATE_DIRECTORY`: automatic and kept versions, pairing.
    pub state: PathBuf,
    /// `CACHE_DIRECTORY`: what can be made anew.
    pub cache: PathBuf,
    /// `RUNTIME_DIRECTORY`: boards on their way to the engine. The engine must be able to read it.
    pub runtime: PathBuf,
}

impl Paths {
    /// From the command line's folder and the environment.
    pub fn new(data: Option<PathBuf>, environment: impl Fn(&str) -> Option<String>) -> Self {
        let path = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        // systemd gives several folders with colons between them; the first one is the unit's own
        let managed = |name: &str| {
            environment(name).and_then(|value| {
                value.split(':').next().filter(|first| !first.is_empty()).map(PathBuf::from)
            })
        };
        let home = path("HOME").unwrap_or_else(|| "/".into());
        let explicit = data.is_some();
        let data = data.or_else(|| path("MOD_DATA_DIR")).unwrap_or_else(|| home.join("data"));
        // a folder on the command line is the whole of it: nothing of another installation is touched
        let place = |name: &str, own: &str, usual: PathBuf| {
            if explicit { data.join(own) } else { path(name).unwrap_or(usual) }
        };
        let beside = |name: &str, own: &str| {
            if explicit { data.join(own) } else { managed(name).unwrap_or_else(|| data.join(own)) }
        };
        Self {
            pedalboards: place("MOD_USER_PEDALBOARDS_DIR", ".pedalboards", home.join(".pedalboards")),
            factory_pedalboards: path("MOD_FACTORY_PEDALBOARDS_DIR")
                .unwrap_or_else(|| "/usr/share/mod/pedalboards".into()),
            user_files: place("MOD_USER_FILES_DIR", "user-files", data.join("user-files")),
            user_plugins: place("MOD_USER_PLUGINS_DIR", ".lv2", home.join(".lv2")),
            state: beside("STATE_DIRECTORY", ".pedald"),
            cache: beside("CACHE_DIRECTORY", ".cache"),
            runtime: managed("RUNTIME_DIRECTORY")
                .or_else(|| path("XDG_RUNTIME_DIR").map(|folder| folder.join("pedald")))
                .unwrap_or_else(|| std::env::temp_dir().join(format!("pedald-{}", std::process::id()))),
            data,
        }
    }

    /// Makes the folders in which things are kept, each so that a power cut does not take it away again with what was
    /// saved in it.
    ///
    /// # Errors
    /// The folder that cannot be made, and the system's reason.
    pub fn make(&self) -> Result<(), (PathBuf, io::Error)> {
        let all = [&self.data, &self.pedalboards, &self.user_files, &self.state, &self.cache];
        all.into_iter().try_for_each(|folder| {
            pedalboard::make_folders(&pedalboard::Disk, folder).map_err(|error| (folder.clone(), error))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_from_the_unit_or_from_the_command_line() {
        let environment = |name: &str| match name {
            "HOME" => Some("/home/p".to_owned()),
            "MOD_DATA_DIR" => Some("/home/p/data".to_owned()),
            "MOD_USER_PEDALBOARDS_DIR" => Some("/home/p/data/.pedalboards".to_owned()),
            "STATE_DIRECTORY" => Some("/var/lib/pedald:/var/lib/other".to_owned()),
            "RUNTIME_DIRECTORY" => Some("/run/pedald".to_owned()),
            _ => None,
        };
        let paths = Paths::new(None, environment);
        assert_eq!(paths.pedalboards, PathBuf::from("/home/p/data/.pedalboards"));
        assert_eq!(paths.state, PathBuf::from("/var/lib/pedald"));
        assert_eq!(paths.runtime, PathBuf::from("/run/pedald"));
        let own = Paths::new(Some("/tmp/x".into()), environment);
        assert_eq!(own.pedalboards, PathBuf::from("/tmp/x/.pedalboards"));
        assert_eq!(own.state, PathBuf::from("/tmp/x/.pedald"));
        let bare = Paths::new(None, |name| (name == "HOME").then(|| "/home/q".to_owned()));
        assert_eq!(bare.data, PathBuf::from("/home/q/data"));
        assert_eq!(bare.pedalboards, PathBuf::from("/home/q/.pedalboards"));
    }
}
