//! What the program does instead of running the service.

use std::path::PathBuf;

use clap::Subcommand;

/// What can be done with the data while the service does not run, or beside it.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Take over what another pi-Stomp's or MOD device's user has
    ///
    /// Copies boards, banks, presets, plugins for this machine, user files, favourites and settings from the data folder of
    /// another device (or the home folder that holds it) into this pedal's. The source is only read. What is here stays:
    /// equal things are left alone, others come beside it under a new name, a settings file that is replaced is kept as
    /// `.before-import`. Paths in the boards are put right. May be stopped and started again.
    #[command(after_long_help = "Examples:\n  pedald import-data /media/usb0/pistomp --dry-run\n  \
pedald import-data /media/usb0/pistomp && ps-restart")]
    ImportData {
        /// The data folder, or the home folder with `data` in it
        from: PathBuf,

        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,

        /// The plan as one object, for programs
        #[arg(long)]
        json: bool,
    },

    /// Write boards, banks, presets, files and settings into one file, e.g. on a USB stick
    ///
    /// The file is a tar.zst named after the time, with a list of everything in it and of each content's SHA-256. It appears
    /// when it is whole. Paired devices, keys and networks' passwords are not in it; recordings are only listed.
    #[command(
        after_long_help = "Examples:\n  pedald backup /media/stick\n  pedald backup /media/stick --without-files"
    )]
    Backup {
        /// Folder to write it into; made if need be
        to: PathBuf,

        /// Only list models, impulse responses and samples, which may be large
        #[arg(long)]
        without_files: bool,

        /// What was written, as one object, for programs
        #[arg(long)]
        json: bool,
    },

    /// Take a backup in: at the service's next start it replaces what is here
    ///
    /// Everything is unpacked beside what is here and compared with the backup's list first; what is not whole is refused
    /// and changes nothing. The service goes on meanwhile. At its next start (ps-restart) boards, banks and settings of the
    /// backup take their places; boards that are not in it go. Whatever was there is kept, and `--undo` brings it back.
    #[command(after_long_help = "Examples:\n  pedald restore /media/stick --dry-run\n  \
pedald restore /media/stick && ps-restart\n  pedald restore --undo && ps-restart")]
    Restore {
        /// The backup, or a folder: its newest one
        #[arg(required_unless_present = "undo", conflicts_with = "undo")]
        from: Option<PathBuf>,

        /// Only say what would change
        #[arg(long, conflicts_with = "undo")]
        dry_run: bool,

        /// Take the last restore back
        #[arg(long)]
        undo: bool,

        /// Do it at once: the service must not run
        #[arg(long, conflicts_with = "dry_run")]
        now: bool,

        /// What changes, as one object, for programs
        #[arg(long)]
        json: bool,
    },

    /// Pack a board with the player's files that it uses into one file for another pedal
    ExportBoard {
        /// Bundle (a folder ending in .pedalboard)
        bundle: PathBuf,

        /// File to write, e.g. lead.board.tar.zst
        to: PathBuf,
    },

    /// List the paired devices, or put some out
    ///
    /// Works on the list in the state folder. A service that runs keeps its own copy: it takes the change up within a few
    /// seconds, and a device that was put out loses its connections then.
    #[command(after_long_help = "Examples:\n  pedald clients list --state /var/lib/pedald\n  \
pedald clients revoke \"Anna's phone\" --state /var/lib/pedald\n  pedald clients revoke --all")]
    Clients {
        /// Folder with the list (`clients.json`) [default: $STATE_DIRECTORY or the data folder's state]
        #[arg(long, value_name = "DIR", global = true)]
        state: Option<PathBuf>,

        /// What to do
        #[command(subcommand)]
        what: Clients,
    },

    /// Unpack a board that was packed by `export-board`, and say what is missing
    ImportBoard {
        /// The file
        from: PathBuf,

        /// What came and what is missing, as one object, for programs
        #[arg(long)]
        json: bool,
    },
}

/// What can be done with the list of paired devices.
#[derive(Debug, Clone, Subcommand)]
pub enum Clients {
    /// Show them: identifier, role, when they were paired and seen last, name
    List {
        /// As one array, for programs
        #[arg(long)]
        json: bool,
    },
    /// Put devices out; they must be paired anew to come back
    Revoke {
        /// Name or identifier of a device
        #[arg(required_unless_present = "all")]
        device: Option<String>,

        /// All devices
        #[arg(long, conflicts_with = "device")]
        all: bool,
    },
}
