//! mod-ui's REST and WebSocket interface on the session, and the pages.
//!
//! [`router`] gives everything; whoever serves it puts listeners and further routes around it. Each route has a
//! [`Role`]; an [`Access`] says which role a request has.

mod access;
mod arguments;
mod editor;
mod files;
mod machine;
mod rest;
mod template;
mod upload;
mod ws;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;

use crate::assets::AssetStore;
use crate::plugins::PluginShelf;
use crate::session::SessionHandle;

pub use access::{Access, Arrival, By, Caller, Encryption, Identity, Loopback, Paired, Role, Rule, Table};
pub(crate) use access::{caller_key, close, plain};
pub use machine::{Machine, MachineError, MidiDevices, NoMachine, Shared};
#[doc(hidden)]
pub use ws::understood;

/// Where things are.
#[derive(Debug, Clone)]
pub struct Folders {
    /// Data of the player: favourites, preferences.
    pub data: PathBuf,
    /// The player's files: models, impulse responses, recordings.
    pub user_files: PathBuf,
    /// The player's boards.
    pub boards: PathBuf,
    /// The player's plugins and presets (`~/.lv2`).
    pub lv2: PathBuf,
    /// Pages to serve instead of our own.
    pub html: Option<PathBuf>,
}

/// Ports of the sound card and of MIDI, as the page draws them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HardwarePorts {
    /// Audio inputs.
    pub audio_inputs: u32,
    /// Audio outputs.
    pub audio_outputs: u32,
    /// CV inputs.
    pub cv_inputs: u32,
    /// CV outputs.
    pub cv_outputs: u32,
    /// MIDI inputs: symbol and title.
    pub midi_inputs: Vec<(String, String)>,
    /// MIDI outputs: symbol and title.
    pub midi_outputs: Vec<(String, String)>,
}

impl Default for HardwarePorts {
    fn default() -> Self {
        Self {
            audio_inputs: 2,
            audio_outputs: 2,
            cv_inputs: 0,
            cv_outputs: 0,
            midi_inputs: Vec::new(),
            midi_outputs: Vec::new(),
        }
    }
}

/// What is switched on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// Whether there are routes that install plugins (`/effect/install`, `/package/uninstall`).
    pub install: bool,
    /// Version to show.
    pub version: String,
    /// Name of the hardware.
    pub hardware_name: String,
    /// Whether the hardware is simulated: then there is a page of it, for this machine.
    pub simulated: bool,
    /// Ports of the hardware.
    pub ports: HardwarePorts,
    /// What the pairing page tells of encryption.
    pub encryption: Encryption,
    /// The asset store, where one is named.
    pub assets: Option<AssetStore>,
}

/// WebSocket clients at a time: each has a queue of its own.
const MOST_SOCKETS: usize = 64;

/// Everything that the routes work on. Cheap to clone.
#[derive(Clone)]
pub struct Web(Arc<Inner>);

struct Inner {
    session: SessionHandle,
    plugins: Arc<PluginShelf>,
    machine: Arc<dyn Machine>,
    access: Arc<dyn Access>,
    folders: Folders,
    options: Options,
    /// Places for WebSocket clients.
    sockets: Arc<tokio::sync::Semaphore>,
    /// Numbers the WebSocket clients.
    clients: AtomicU64,
    /// Held while a file of the player (favourites, preferences) is changed.
    user_files: tokio::sync::Mutex<()>,
    /// Cables that mod-ui's page has pulled.
    pulled: rest::Pulled,
    /// Our own editor.
    editor: editor::Editor,
    /// Told to every client, whatever its session says.
    announcements: tokio::sync::broadcast::Sender<String>,
}

impl std::fmt::Debug for Web {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Web").field("folders", &self.0.folders).field("options", &self.0.options).finish()
    }
}

impl Web {
    /// Puts the parts together.
    pub fn new(
        session: SessionHandle,
        plugins: Arc<PluginShelf>,
        machine: Arc<dyn Machine>,
        access: Arc<dyn Access>,
        folders: Folders,
        options: Options,
    ) -> Self {
        let (announcements, _) = tokio::sync::broadcast::channel(64);
        Self(Arc::new(Inner {
            session,
            plugins,
            machine,
            access,
            folders,
            options,
            sockets: Arc::new(tokio::sync::Semaphore::new(MOST_SOCKETS)),
            clients: AtomicU64::new(0),
            user_files: tokio::sync::Mutex::new(()),
            pulled: rest::Pulled::default(),
            editor: editor::Editor::default(),
            announcements,
        }))
    }

    /// The session.
    pub fn session(&self) -> &SessionHandle {
        &self.0.session
    }

    /// The installed plugins.
    pub fn plugins(&self) -> &Arc<PluginShelf> {
        &self.0.plugins
    }

    pub(crate) fn machine(&self) -> &dyn Machine {
        &*self.0.machine
    }

    /// Who may do what.
    pub fn access(&self) -> &dyn Access {
        &*self.0.access
    }

    /// Where things are.
    pub fn folders(&self) -> &Folders {
        &self.0.folders
    }

    /// What is switched on.
    pub fn options(&self) -> &Options {
        &self.0.options
    }

    /// Every route of this interface with its rule; for the test that walks them.
    #[doc(hidden)]
    pub fn rules(&self) -> std::collections::BTreeMap<String, Rule> {
        table(self).rules().clone()
    }

    /// Whether a path from outside is a board that may be read: one of the list, or directly in the player's folder, which
    /// may have a second name on this machine.
    pub(crate) fn is_board(&self, bundle: &std::path::Path) -> bool {
        use std::os::unix::fs::MetadataExt;
        if self.session().state().library.entry(bundle).is_some() {
            return true;
        }
        let plain = bundle
            .components()
            .all(|part| matches!(part, std::path::Component::RootDir | std::path::Component::Normal(_)));
        let place =
            |folder: &std::path::Path| std::fs::metadata(folder).ok().map(|about| (about.dev(), about.ino()));
        let link = std::fs::symlink_metadata(bundle).is_ok_and(|about| about.is_symlink());
        let parent = bundle.parent().and_then(place);
        plain && !link && parent.is_some() && parent == place(&self.folders().boards)
    }

    /// A file without a name for what is packed: on the disk that has room for the player's data, not in memory.
    pub(crate) fn scratch(&self) -> std::io::Result<std::fs::File> {
        let folder = self.folders().data.join("uploads");
        std::fs::create_dir_all(&folder)?;
        tempfile::tempfile_in(folder)
    }

    /// Folders of plugins, whose own files a packed board may take along.
    pub(crate) fn plugin_folders(&self) -> Vec<PathBuf> {
        let installed = crate::plugins::lv2_path();
        let installed = installed.split(':').filter(|folder| !folder.is_empty()).map(PathBuf::from);
        std::iter::once(self.folders().lv2.clone()).chain(installed).collect()
    }

    fn next_client(&self) -> u64 {
        self.0.clients.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Sends a message to every WebSocket client.
    pub(crate) fn announce(&self, message: String) {
        // Nobody may be there.
        let _ = self.0.announcements.send(message);
    }

    /// Runs something that blocks on a thread for it.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Option<T> {
        let web = self.clone();
        tokio::task::spawn_blocking(move || work(&web)).await.ok()
    }
}

/// All routes of this interface with their roles.
pub(crate) fn table(web: &Web) -> Table<()> {
    let own = editor::routes(web).merge(files::pages(web));
    let table = rest::routes(web).merge(ws::routes()).merge(own).with_state(web.clone());
    match web.access().paired() {
        Some(paired) => {
            let pairer = access::Pairer::new(paired.clone(), web.options().encryption.clone());
            table.merge(access::pairing(pairer))
        }
        None => table,
    }
}

/// All routes behind the gate. The server must give the callers' addresses, as [`crate::service::serve`] does.
pub fn router(web: Web) -> Router {
    closed(table(&web), &web)
}

/// Routes behind a gate where nobody is trusted: for parts that are tried alone.
pub fn alone(table: Table<()>) -> Router {
    close(table, Arc::new(Loopback::default()), false)
}

/// Routes behind the gate.
pub(crate) fn closed(table: Table<()>, web: &Web) -> Router {
    close(table, web.0.access.clone(), web.options().encryption.port.is_some())
}

/// Serves the interface on a listener until the program ends.
pub async fn serve(listener: tokio::net::TcpListener, web: Web) {
    let patience = crate::service::serve::Patience::default();
    crate::service::serve::serve(
        listener,
        None,
        router(web),
        crate::service::doors::Doors::default(),
        patience,
    )
    .await;
}
