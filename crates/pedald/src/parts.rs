//! Where the parts of the program are put together. Each part is a line or two here and a module of its own.

use std::sync::Arc;

use axum::Router;

use crate::context::{Context, Paths};
use crate::run::RunError;
use crate::service;
use crate::session::{Catalogue, EmptyCatalogue};
use crate::store::{Disk, FolderDisk};

/// The installed plugins.
pub(crate) fn catalogue(_paths: &Paths) -> Arc<dyn Catalogue> {
    Arc::new(EmptyCatalogue)
}

/// Boards on the disk.
pub(crate) fn disk(paths: &Paths, catalogue: Arc<dyn Catalogue>) -> impl Disk {
    FolderDisk::new(paths.clone(), catalogue)
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
