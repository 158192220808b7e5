//! `rt-tune check`.

use super::{CommandResult, Common, Failure, print};
use crate::change::Live;
use crate::check::{Style, User, View, schema, table};
use std::io::IsTerminal;

/// What to look at, and how to show it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 all that is required or recommended is good, 1 something is left to do or a \
required thing could not be found out, 2 there is no machine to look at, 64 wrong use."
)]
pub(super) struct CheckArgs {
    /// Judge limits and groups of this user (default: the caller, behind sudo the one who called it, and in a folder
    /// the first account of a person)
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// List what is good and what this machine has not, too
    #[arg(long, short)]
    all: bool,
    /// Print the JSON schema of --json and stop
    #[arg(long)]
    schema: bool,
}

/// For whom the machine is judged.
pub(super) fn user(machine: &Live, name: Option<&str>) -> Result<Option<User>, Failure> {
    let running = machine.root().is_system();
    let caller = running.then(|| nix::unistd::getuid().as_raw());
    let mark = |user: User| User { is_caller: Some(user.uid) == caller, ..user };
    let known = |name: &str| User::find(machine, name).or_else(|| system_user(name).filter(|_| running));
    if let Some(name) = name {
        let missing = || Failure::usage(format!("there is no user named {name} on this machine"));
        return known(name).map(mark).map(Some).ok_or_else(missing);
    }
    let Some(caller) = caller else { return Ok(User::first_person(machine)) };
    let behind_sudo = std::env::var("SUDO_USER").ok().filter(|_| caller == 0);
    let user = behind_sudo.and_then(|name| known(&name)).or_else(|| User::with_number(machine, caller));
    Ok(user.map(mark))
}

/// A user that the files do not list: a directory service knows it.
fn system_user(name: &str) -> Option<User> {
    let user = nix::unistd::User::from_name(name).ok()??;
    let name_c = std::ffi::CString::new(name).ok()?;
    let numbers = nix::unistd::getgrouplist(&name_c, user.gid).ok()?;
    let groups = numbers.into_iter().filter_map(|gid| Some(nix::unistd::Group::from_gid(gid).ok()??.name));
    Some(User {
        name: user.name,
        uid: user.uid.as_raw(),
        home: user.dir.to_string_lossy().into_owned(),
        groups: groups.collect(),
        doubled: Vec::new(),
        is_caller: false,
    })
}

pub(super) fn run(args: &CheckArgs, common: &Common) -> CommandResult {
    if args.schema {
        print(true, &schema(), String::new);
        return Ok(0);
    }
    let machine = Live::new(common.root.clone());
    let user = user(&machine, args.user.as_deref())?;
    let view = View::new(&machine, common.root.is_system(), user);
    if !view.is_a_machine() {
        let folder = common.root.path("/");
        return Err(Failure::machine(format!(
            "neither {0}proc nor {0}sys can be read: this is no machine that could be judged",
            folder.display()
        )));
    }
    let report = crate::check::run(&view);
    let style = Style { width: width(), colour: colour(), all: args.all };
    print(common.json, &report, || table(&report, style));
    Ok(report.exit_code())
}

/// Columns: of the environment, else as the terminal says, else a page.
pub(super) fn width() -> usize {
    let set = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    set.or_else(crate::sys::terminal_columns).unwrap_or(100).clamp(60, 140)
}

/// Whether colours help: a terminal, and nobody who asked for none.
pub(super) fn colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
