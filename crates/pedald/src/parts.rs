//! Where the parts of the program are put together. Each part is a line or two here and a module of its own.

use std::sync::Arc;

use axum::Router;
use pedal_ui::model::Stage;

use crate::access::Desk;
use crate::assets::AssetStore;
use crate::backup;
use crate::cli::{NetworkKind, Options};
use crate::context::{Context, Paths};
use crate::controls::{self, Files};
use crate::display;
use crate::hardware::{self, Found, Hand, Hardware};
use crate::midi::{self, MidiOut};
use crate::network::{self, Network};
use crate::plugins::{self, PluginShelf};
use crate::run::RunError;
use crate::service;
use crate::service::listen::Door;
use crate::service::tls::{Tls, TlsError};
use crate::session::{Catalogue, Intent, NoticeLevel, SessionHandle, Source};
use crate::simulate;
use crate::store::{Disk, FolderDisk};
use crate::tuner::{self, TunerWatch};
use crate::web::{self, Web};

/// The installed plugins. The first start reads all bundles; later ones only what has changed.
pub(crate) async fn plugins(paths: &Paths) -> Result<Arc<PluginShelf>, RunError> {
    let paths = paths.clone();
    tokio::task::spawn_blocking(move || shelf(&paths))
        .await
        .map_err(|error| RunError::Part(format!("the plugins cannot be listed: {error}")))?
}

/// The same; blocks.
pub(crate) fn shelf(paths: &Paths) -> Result<Arc<PluginShelf>, RunError> {
    let cache = paths.cache.join("plugins.json");
    // Presets that the player saves must be found, wherever the player's folder is.
    let (own, mut path) = (paths.user_plugins.display().to_string(), plugins::lv2_path());
    if !path.split(':').any(|folder| folder == own) {
        path = format!("{own}:{path}");
    }
    let started = std::time::Instant::now();
    let (shelf, report) = PluginShelf::open(&path, Some(cache))
        .map_err(|error| RunError::Part(format!("the plugins cannot be listed: {error}")))?;
    tracing::info!(
        plugins = shelf.table().len(),
        bundles = report.bundles,
        read = report.parsed,
        ms = started.elapsed().as_millis() as u64,
        "plugins are known"
    );
    if let Some(reason) = report.not_kept {
        tracing::warn!("{reason}");
    }
    Ok(Arc::new(shelf))
}

/// Boards on the disk.
pub(crate) fn disk(paths: &Paths, catalogue: Arc<dyn Catalogue>) -> impl Disk {
    FolderDisk::new(paths.clone(), catalogue)
}

/// What came of a backup that waited for this start.
pub(crate) fn tell_restored(
    session: &SessionHandle,
    restored: Result<Result<Option<backup::Finished>, backup::BackupError>, tokio::task::JoinError>,
) {
    let (level, text) = match restored {
        Ok(Ok(None)) => return,
        Ok(Ok(Some(done))) => (NoticeLevel::Info, done.sentence()),
        Ok(Err(error)) => (NoticeLevel::Error, format!("The backup is not in its place: {error}")),
        Err(error) => (NoticeLevel::Error, format!("The backup is not in its place: {error}")),
    };
    match level {
        NoticeLevel::Error => tracing::error!("{text}"),
        _ => tracing::info!("{text}"),
    }
    session.tell(Source::Session, Intent::Notify { level, text });
}

/// Pairing, and the devices that are paired.
pub(crate) fn access(paths: &Paths) -> Desk {
    let (desk, error) = Desk::open(&paths.state);
    if let Some(error) = error {
        tracing::error!("{error}");
    }
    desk
}

/// The network that the pedal is in.
pub(crate) fn network(options: &Options, paths: &Paths) -> Network {
    match options.network {
        NetworkKind::Simulated => Network::start(network::Simulated::default(), &paths.state),
        NetworkKind::Networkmanager => Network::start(network::NetworkManager::default(), &paths.state),
    }
}

/// The pedal's wires, or a simulated pedal.
pub(crate) fn hardware(context: &Context) -> (Found, Hardware) {
    let options = &context.options;
    let files = files(context);
    let computer = hardware::computer();
    let found =
        hardware::detect(options.simulated(), options.hardware, files.version(), &computer, hardware::header);
    let hardware = Hardware::new(&found, context.display.frames());
    (found, hardware)
}

/// pi-stomp's configuration.
fn files(context: &Context) -> Files {
    Files::new(&context.paths.data, &context.paths.state, context.options.config.as_deref())
}

/// Encryption and its port, when one of the entries wants it.
pub(crate) fn encryption(context: &Context, entries: &[Door]) -> Result<Option<(Arc<Tls>, u16)>, TlsError> {
    let Some(entry) = entries.iter().find(|entry| entry.tls) else { return Ok(None) };
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let tls = Tls::open(&context.paths.state, &host)?;
    let port = entry.listener.local_addr().map_or(443, |address| address.port());
    tracing::info!(fingerprint = tls.fingerprint(), "the page is encrypted");
    Ok(Some((Arc::new(tls), port)))
}

/// The web server's routes.
pub(crate) fn routes(context: &Context, hand: Option<Hand>, tls: Option<&(Arc<Tls>, u16)>) -> Router {
    let encryption = tls.map(|(tls, port)| tls.encryption(*port)).unwrap_or_default();
    let web = web(context, encryption, hand.is_some());
    let mut table = web::table(&web).merge(service::http::routes(context.session.clone()));
    if let Some(hand) = hand {
        table = table.merge(simulate::routes(hand, context.display.clone()));
    }
    web::closed(table, &web)
}

/// The asset store that the command line names.
pub(crate) fn assets(options: &Options) -> Result<Option<AssetStore>, RunError> {
    let store = options.streamdb.as_deref();
    let store = store.map(|address| AssetStore::new(address, options.streamdb_token_file.as_deref()));
    store.transpose().map_err(|error| RunError::Config(error.to_string()))
}

/// mod-ui's interface.
fn web(context: &Context, encryption: web::Encryption, simulated: bool) -> Web {
    let options = &context.options;
    let paths = &context.paths;
    let access = web::Paired {
        desk: context.access.clone(),
        network: context.network.clone(),
        // a simulated pedal is no reason: its page shows the code, and pairing works
        trusted: options.legacy_pi_stomp || options.dev,
    };
    let folders = web::Folders {
        data: paths.data.clone(),
        user_files: paths.user_files.clone(),
        boards: paths.pedalboards.clone(),
        lv2: paths.user_plugins.clone(),
        html: options.html_dir.clone(),
    };
    let switched = web::Options {
        install: options.allow_install,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        hardware_name: "pi-Stomp".to_owned(),
        simulated,
        ports: web::HardwarePorts::default(),
        encryption,
        assets: context.assets.clone(),
    };
    let machine = Arc::new(web::Shared::new(context.machine.clone(), context.display.clone()));
    Web::new(context.session.clone(), context.plugins.clone(), machine, Arc::new(access), folders, switched)
        .with_display(context.display.clone())
}

/// What switches this machine on and off.
pub(crate) fn machine(options: &Options, paths: &Paths) -> Arc<dyn display::Machine> {
    match options.network {
        NetworkKind::Simulated => Arc::new(display::SimulatedMachine::new(&paths.state)),
        NetworkKind::Networkmanager => Arc::new(display::Systemd::new(&paths.pedalboards)),
    }
}

/// Time in which the display can still be sent its last picture.
const LAST_PICTURE: std::time::Duration = std::time::Duration::from_millis(150);

/// When the whole machine stops, the display says that it may be unplugged: everything of ours is on the disk.
pub(crate) async fn last_picture(context: &Context) {
    let machine = context.machine.clone();
    let state = tokio::task::spawn_blocking(move || machine.state()).await.unwrap_or_default();
    // When only the service starts anew, as it does with JACK, the engine waits for this end.
    if state == "stopping" {
        context.display.end(Stage::SafeToPowerOff);
        tokio::time::sleep(LAST_PICTURE).await;
    }
}

/// The tuner: it listens while the session's state says that it is on.
pub(crate) fn tuner(session: &SessionHandle, options: &Options) -> TunerWatch {
    let open: tuner::Open = match options.tuner_source {
        tuner::SourceChoice::Jack => Box::new(tuner::JackInput::open),
        tuner::SourceChoice::Tone(hz) => Box::new(move |_| Ok(Box::new(tuner::Tone::new(hz)))),
    };
    tuner::start(session.clone(), open)
}

/// MIDI out, and program changes that choose boards and snapshots.
pub(crate) fn midi(session: &SessionHandle, paths: &Paths) -> MidiOut {
    midi::start(session.clone(), paths.data.join("prefs.json"), Box::new(midi::JackOutput::open))
}

/// OSC, where it is asked for.
pub(crate) async fn osc(context: &Context) -> Result<(), RunError> {
    let Some(address) = context.options.osc else { return Ok(()) };
    match midi::listen(context.session.clone(), address).await {
        Ok(bound) => {
            tracing::info!("OSC on {bound}");
            Ok(())
        }
        Err(error @ midi::OscError::NotLocal(_)) => Err(RunError::Config(error.to_string())),
        Err(error) => Err(RunError::Part(error.to_string())),
    }
}

/// Starts what runs beside the web server. Tasks end when the session does.
pub(crate) fn start(context: &Context, found: Found, hardware: Hardware) -> Result<(), RunError> {
    let (session, display) = (context.session.clone(), context.display.clone());
    let midi = controls::AlsaOut::default();
    let controls = controls::Part::new(session, display, files(context), found, hardware, midi);
    tokio::spawn(controls::run(controls));
    tokio::spawn(service::notify::keep_status(context.session.clone()));
    tokio::spawn(service::notify::run(context.session.clone()));
    tokio::spawn(service::system::run(context.session.clone()));
    tokio::spawn(context.access.clone().run());
    tokio::spawn(context.network.clone().run());
    tokio::spawn(display::run(
        context.display.clone(),
        display::Parts {
            session: context.session.clone(),
            access: context.access.clone(),
            network: context.network.clone(),
            machine: context.machine.clone(),
            messages: "/run/archibald/provision.txt".into(),
        },
    ));
    Ok(())
}
