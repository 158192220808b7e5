//! From the command line to the end of the program.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pedal_ui::model::Stage;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Options;
use crate::context::{Context, Paths};
use crate::display::Display;
use crate::engine::SocketEngine;
use crate::hardware::Hand;
use crate::parts;
use crate::service;
use crate::service::doors::Doors;
use crate::service::listen::ListenError;
use crate::service::serve::Patience;
use crate::service::tls::TlsError;
use crate::session::{Catalogue, Core, Intent, SessionHandle, Source};
use crate::simulate;
use crate::store;

/// How long the end may take: what is not saved is written.
const END: Duration = Duration::from_secs(2);

/// Why the program ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// A folder cannot be made.
    #[error("cannot make the folder {path}: {source}; choose another with --data")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Nobody can connect.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// There is no encryption.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Something that cannot work however often it is tried.
    #[error("{0}")]
    Config(String),
    /// A part does not start.
    #[error("{0}")]
    Part(String),
}

/// Runs until SIGTERM or SIGINT.
pub fn run(options: Options) -> Result<(), RunError> {
    let failed =
        |error: std::io::Error| RunError::Part(format!("cannot start the program's threads: {error}"));
    // two threads: the session is never behind a slow page
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(8)
        .enable_all()
        .build()
        .map_err(failed)?;
    let done = runtime.block_on(serve(options));
    runtime.shutdown_timeout(Duration::from_millis(200));
    done
}

async fn serve(options: Options) -> Result<(), RunError> {
    let assets = parts::assets(&options)?;
    let paths = Paths::new(options.data.clone(), |name| std::env::var(name).ok());
    paths.make().map_err(|(path, source)| RunError::Folder { path, source })?;
    // before anything of the player is read
    let restored = {
        let paths = paths.clone();
        tokio::task::spawn_blocking(move || {
            let restored = crate::backup::finish(&pedalboard::Disk, &paths);
            let count = store::boot_time().map_or(0, |boot| store::sweep(&paths, boot));
            if count > 0 {
                tracing::info!(count, "removed what was half done when the power went");
            }
            restored
        })
        .await
    };
    let folder = paths.runtime.join("boards");
    let engine = SocketEngine::new(&options.engine, &folder)
        .map_err(|source| RunError::Folder { path: folder.clone(), source })?;
    let plugins = parts::plugins(&paths).await?;
    let catalogue: Arc<dyn Catalogue> = plugins.clone();
    let disk = parts::disk(&paths, catalogue.clone());
    let session = SessionHandle::start(Core::new(catalogue.clone()), engine, disk);
    parts::tell_restored(&session, restored);
    let tuner = parts::tuner(&session, &options);
    let midi = parts::midi(&session, &paths);
    let context = Context {
        session: session.clone(),
        catalogue,
        plugins,
        display: Display::new(),
        access: parts::access(&paths),
        network: parts::network(&options, &paths),
        machine: parts::machine(&options, &paths),
        assets,
        options: Arc::new(options),
        paths: Arc::new(paths),
        tuner,
        midi,
    };

    let entries = service::listen::open(&context.options.listen, &context.options.tls).await?;
    let tls = parts::encryption(&context, &entries)?;
    let (found, hardware) = parts::hardware(&context);
    let hand = hardware.hand();
    let routes = parts::routes(&context, hand.clone(), tls.as_ref());
    let doors = Doors::default();
    // the display leads to the plain page, which explains the encrypted one
    let plain = entries.iter().filter(|entry| !entry.tls || entries.iter().all(|entry| entry.tls));
    let listening = plain.filter_map(|entry| entry.listener.local_addr().ok()).collect();
    tokio::spawn(service::address::keep(context.access.clone(), context.network.clone(), listening));
    for entry in entries {
        let tls = tls.as_ref().filter(|_| entry.tls).map(|(tls, _)| tls.clone());
        if let Ok(address) = entry.listener.local_addr() {
            tracing::info!("web page on {}://{address}", if tls.is_some() { "https" } else { "http" });
            if hand.is_some() && tls.is_none() {
                tracing::info!("simulated pedal on http://{address}/simulate");
            }
        }
        let (routes, doors) = (routes.clone(), doors.clone());
        tokio::spawn(service::serve::serve(entry.listener, tls, routes, doors, Patience::default()));
    }
    parts::osc(&context).await?;
    parts::start(&context, found, hardware)?;
    match hand.filter(|_| context.options.simulate_tui) {
        None => ended().await,
        Some(hand) => tokio::select! {
            () = ended() => simulate::restore(),
            shown = terminal(hand, context.display.clone()) => shown?,
        },
    }
    service::notify::stopping();
    context.display.end(Stage::Stopping("Writing what is not saved".into()));
    let flush = session.ask(Source::Session, Intent::Flush);
    match tokio::time::timeout(END, flush).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::error!("{error}"),
        Err(_) => tracing::error!("what is not saved could not be written in time"),
    }
    parts::last_picture(&context).await;
    Ok(())
}

/// Shows the simulated pedal in the terminal until the player ends it.
async fn terminal(hand: Hand, display: Display) -> Result<(), RunError> {
    let shown = tokio::task::spawn_blocking(move || simulate::terminal(&hand, &display)).await;
    let failed = |why: String| RunError::Part(format!("the terminal cannot show the pedal: {why}"));
    shown.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))
}

/// Waits for SIGTERM, SIGINT or SIGHUP.
async fn ended() {
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(error) => {
                tracing::error!(%error, "a signal cannot be caught");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::hangup()) => {}
    }
}
