//! Pedalboards on disk, as mod-ui and pi-stomp have them: bundles with graph, snapshots and addressings; banks,
//! favourites, preferences, the last board; the user's files by type; boards packed for other machines.
//!
//! What is read and not changed is written back byte for byte, or rather not written at all. What a file holds beyond
//! what this crate knows is carried along. What cannot be read is told with file, line and words ([`Problem`]), and does
//! not spoil the rest. Writes are whole or not at all, also when the power is cut ([`write_atomic`], [`Bundle::save`]).
//!
//! Everything goes through the port [`Files`], of which [`Disk`] is the real one and [`recorder::Recorder`] one in
//! memory that knows what a disk may hold after a power cut. All calls block; none is for the real-time thread.

mod archive;
mod bundle;
mod error;
mod files;
mod graph;
mod json;
mod library;
mod naming;
mod portable;
pub mod turtle;
mod user_files;

pub use archive::{ArchiveError, Limits, Reach, pack_tar_gz, unpack_tar_gz, unpack_tar_zst};
pub use bundle::{Bundle, copy_bundle, recover};
pub use error::{Problem, ReadError, WriteError};
pub use files::{Disk, Files, Kind, TEXT_LIMIT, make_folders, recorder, remove_tree, write_atomic};
pub use graph::{Arc, Block, Flow, Graph, MidiBinding, PluginVersion, Port, PortKind};
pub use json::{
    Actuator, Addressing, Addressings, Bank, BankEntry, Banks, Favorites, InstanceState, JsonFile, Last,
    ParameterValue, Preferences, Snapshot, Snapshots, Stored,
};
pub use library::{Summary, boards, delete_bundle, file_uri, new_bundle_folder, summary};
pub use naming::{bundle_name, symbol, unique_title};
pub use portable::{
    CarriedFile, Contents, ExportError, ImportError, Imported, NeededPlugin, copy_atomic, export, import,
};
pub use user_files::{FILE_TYPES, FileType, UserFile, file_type, user_files};
