//! What is known about the installed plugins, in the words of mod-ui's interface: from lilv, kept on disk, so that the
//! next start reads no bundle that has not changed.

mod cache;
mod categories;
mod describe;
mod scan;
mod table;
mod units;

pub use cache::{CacheError, lv2_path};
pub use describe::from_spec;
pub use scan::{PluginShelf, ScanReport};
pub use table::{GuiFile, PluginEntry, PluginTable};
