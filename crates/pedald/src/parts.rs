//! Where the parts of the program are put together. Each part is a line or two here and a module of its own.

use std::sync::Arc;

use axum::Router;

use crate::cli::Options;
use crate::context::{Context, Paths};
use crate::run::RunError;
use crate::service;
use crate::session::{Catalogue, EmptyCatalogue};
use crate::store::Disk;

/// The installed plugins.
pub(crate) fn catalogue(_paths: &Paths) -> Arc<dyn Catalogue> {
    Arc::new(EmptyCatalogue)
}

/// Boards on the disk.
pub(crate) fn disk(_options: &Options, _paths: &Paths, _catalogue: Arc<dyn Catalogue>) -> impl Disk {
    crate::store::MemoryDisk::default()
}

/// The web server's routes.
pub(crate) fn routes(context: &Context) -> Router {
    Router::new().merge(service::http::routes(context.session.clone()))
}

/// Starts what runs beside the web server. Tasks end when the session does.
pub(crate) fn start(context: &Context) -> Result<(), RunError> {
    tokio::spawn(service::notify::keep_status(context.session.clone()));
    tokio::spawn(service::notify::run(context.session.clone()));
    tokio::spawn(service::system::run(context.session.clone()));
    Ok(())
}
