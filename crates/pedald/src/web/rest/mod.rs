//! The REST routes, by what they are about.

mod addressing;
mod boards;
mod drawing;
mod effects;
mod info;
mod install;
mod keeping;
mod machine;
mod pictures;
mod presets;
mod pulled;
mod snapshots;
mod system;
mod user;

pub(super) use boards::described;
pub(super) use pulled::Pulled;
pub(super) use user::favorites_and_preferences;

use super::Web;
use super::access::{Role, Table};

/// All REST routes with their roles.
pub(super) fn routes(web: &Web) -> Table {
    let guest = system::guest(Table::new(Role::Guest));
    let player = user::player(Table::new(Role::Player));
    let player = machine::player(keeping::player(pictures::player(player)));
    let player = snapshots::player(boards::player(effects::player(system::player(player))));
    let editor = presets::editor(addressing::editor(effects::editor(Table::new(Role::Editor))));
    let editor = keeping::editor(editor);
    let editor = user::editor(snapshots::editor(boards::editor(editor)));
    let mut admin = machine::admin(system::admin(Table::new(Role::Admin)));
    if web.options().install {
        admin = install::admin(admin);
    }
    guest.merge(player).merge(editor).merge(admin)
}
