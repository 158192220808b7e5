//! The REST routes, by what they are about.

mod addressing;
mod boards;
mod effects;
mod info;
mod install;
mod presets;
mod snapshots;
mod system;
mod user;

pub(super) use user::favorites_and_preferences;

use axum::Router;
use axum::routing::MethodRouter;

use super::Web;
use super::access::{Role, needing};

/// Routes with and without a slash at the end, as the programs ask for both.
pub(super) struct Table(Router<Web>);

impl Table {
    fn new() -> Self {
        Self(Router::new())
    }

    fn on(self, path: &str, method: MethodRouter<Web>) -> Self {
        let with_slash = format!("{path}/");
        Self(self.0.route(path, method.clone()).route(&with_slash, method))
    }

    /// For paths that end with a part that takes everything.
    fn tail(self, path: &str, method: MethodRouter<Web>) -> Self {
        Self(self.0.route(path, method))
    }
}

/// All REST routes with their roles.
pub(super) fn routes(web: &Web) -> Router<Web> {
    let guest = system::guest(Table::new());
    let player = user::player(Table::new());
    let player = snapshots::player(boards::player(effects::player(system::player(player))));
    let editor = presets::editor(addressing::editor(effects::editor(Table::new())));
    let editor = user::editor(snapshots::editor(boards::editor(editor)));
    let mut admin = system::admin(Table::new());
    if web.options().install {
        admin = install::admin(admin);
    }
    needing(guest.0, web, Role::Guest)
        .merge(needing(player.0, web, Role::Player))
        .merge(needing(editor.0, web, Role::Editor))
        .merge(needing(admin.0, web, Role::Admin))
}
