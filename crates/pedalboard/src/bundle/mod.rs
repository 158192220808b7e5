//! A `.pedalboard` folder: graph, snapshots, addressings, pi-stomp's overlay.

mod commit;
mod copy;
mod manifest;
mod read;
mod states;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use read::{carried, json};

use crate::error::{Problem, ReadError, WriteError};
use crate::files::{Files, make_folders};
use crate::graph::{Block, Graph};
use crate::json::{Addressings, JsonFile, Snapshots, unread_name};
use crate::naming::symbol;

pub use commit::recover;
pub use copy::copy_bundle;
pub(crate) use manifest::percent_decoded;
pub(crate) use read::read_graph;

const MANIFEST: &str = "manifest.ttl";
const SNAPSHOTS: &str = "snapshots.json";
const OLD_SNAPSHOTS: &str = "presets.json";
const ADDRESSINGS: &str = "addressings.json";
const CONFIG: &str = "config.yml";
const OWN: &str = "archibald.json";
/// How a plugin that could not be taken from the graph says which state is its own.
const INSTANCE_NUMBER: &str = "modpedal#instanceNumber";

/// A board with all that belongs to it but the LV2 states (`effect-<n>/`), which the engine reads and writes, and the
/// pictures.
///
/// ```no_run
/// use std::path::Path;
/// use pedalboard::{Bundle, Disk};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut bundle = Bundle::read(&Disk, Path::new("/home/pistomp/.pedalboards/Lab.pedalboard"))?;
/// for problem in &bundle.problems {
///     eprintln!("{problem}");
/// }
/// bundle.graph.version += 1;
/// bundle.save(&Disk)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// The folder.
    pub folder: PathBuf,
    /// Plugins, cables, ports, title.
    pub graph: Graph,
    /// Stored sounds.
    pub snapshots: Snapshots,
    /// What drives the controls, other than MIDI, which is in the graph.
    pub addressings: Addressings,
    /// pi-stomp's overlay (`config.yml`), carried as it is.
    pub config: Option<Vec<u8>>,
    /// What only our own programs know of the board (`archibald.json`), carried as it is.
    pub own: Option<Vec<u8>>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    graph_file: String,
    origin: Option<Box<Origin>>,
}

/// What was read, to tell what has changed.
#[derive(Debug, Clone, PartialEq)]
struct Origin {
    graph: Graph,
    snapshots: Snapshots,
    snapshots_spoilt: Option<Vec<u8>>,
    addressings: Addressings,
    addressings_spoilt: Option<Vec<u8>>,
    config: Option<Vec<u8>>,
    own: Option<Vec<u8>>,
}

impl Bundle {
    /// A board that is not on the disk yet.
    pub fn new(folder: impl Into<PathBuf>, graph: Graph) -> Self {
        let graph_file = format!("{}.ttl", symbol(&graph.title));
        Self {
            folder: folder.into(),
            graph,
            snapshots: Snapshots::default(),
            addressings: Addressings::default(),
            config: None,
            own: None,
            problems: Vec::new(),
            graph_file,
            origin: None,
        }
    }

    /// Reads a board. What can be done without (a bad snapshot, an unknown addressing, an overlay that is no file) is
    /// told in [`Bundle::problems`].
    ///
    /// # Errors
    /// [`ReadError`]: the folder has no manifest with exactly one board, or its graph is no Turtle.
    pub fn read(files: &dyn Files, folder: &Path) -> Result<Self, ReadError> {
        let mut problems = Vec::new();
        let (graph, graph_file, _) = read_graph(files, folder, &mut problems)?;
        let (snapshots, snapshots_spoilt) = match json::<Snapshots>(files, folder, SNAPSHOTS, &mut problems) {
            Some(read) => read,
            None => json(files, folder, OLD_SNAPSHOTS, &mut problems)
                .map_or_else(Default::default, |(snapshots, _)| (snapshots, None)),
        };
        let (addressings, addressings_spoilt) =
            json::<Addressings>(files, folder, ADDRESSINGS, &mut problems).unwrap_or_default();
        let config = carried(files, folder, CONFIG, &mut problems);
        let own = carried(files, folder, OWN, &mut problems);
        let origin = Origin {
            graph: graph.clone(),
            snapshots: snapshots.clone(),
            snapshots_spoilt,
            addressings: addressings.clone(),
            addressings_spoilt,
            config: config.clone(),
            own: own.clone(),
        };
        Ok(Self {
            folder: folder.to_owned(),
            graph,
            snapshots,
            addressings,
            config,
            own,
            problems,
            graph_file,
            origin: Some(Box::new(origin)),
        })
    }

    /// Name of the graph's file.
    pub fn graph_file(&self) -> &str {
        &self.graph_file
    }

    /// Whether [`Bundle::save`] would write anything.
    pub fn changed(&self) -> bool {
        !self.changed_files().is_empty()
    }

    /// Writes what has changed, all of it or nothing: after a power cut the folder holds the old board or the new one.
    /// Files that did not change are not touched. A bundle that is new appears as a whole. States (`effect-<n>/`) of plugins
    /// that are not on the board any more go afterwards.
    ///
    /// # Errors
    /// [`WriteError`]; the old board is still there.
    pub fn save(&mut self, files: &dyn Files) -> Result<(), WriteError> {
        let failed = |folder: &Path| WriteError::io(folder);
        match files.kind(&self.folder) {
            None => {
                self.origin = None;
                if let Some(parent) = self.folder.parent() {
                    make_folders(files, parent).map_err(failed(parent))?;
                }
                commit::create(files, &self.folder, &self.changed_files(), |path, bytes| {
                    files.write(path, bytes)
                })
                .map_err(failed(&self.folder))?;
            }
            Some(_) => {
                recover(files, &self.folder).map_err(failed(&self.folder))?;
                let changed = self.changed_files();
                commit::replace(files, &self.folder, &changed).map_err(failed(&self.folder))?;
                // The board is saved; what could not be removed is tried again by the next save.
                let _ = states::sweep(files, &self.folder, self.states().as_ref());
            }
        }
        self.origin = Some(Box::new(Origin {
            graph: self.graph.clone(),
            snapshots: self.snapshots.clone(),
            snapshots_spoilt: self.origin.as_mut().and_then(|origin| origin.snapshots_spoilt.take()),
            addressings: self.addressings.clone(),
            addressings_spoilt: self.origin.as_mut().and_then(|origin| origin.addressings_spoilt.take()),
            config: self.config.clone(),
            own: self.own.clone(),
        }));
        Ok(())
    }

    /// Writes the board to another folder and makes that its own. LV2 states and pictures stay behind.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn save_as(&mut self, files: &dyn Files, folder: impl Into<PathBuf>) -> Result<(), WriteError> {
        let mut copy = Self { folder: folder.into(), origin: None, ..self.clone() };
        copy.graph_file = format!("{}.ttl", symbol(&copy.graph.title));
        copy.save(files)?;
        *self = copy;
        Ok(())
    }

    /// Numbers of the plugins whose states the folder may have. `None` when not all are known. Where another plugin has
    /// taken a number since the board was read, the state is that of the one before; where a plugin has another number now,
    /// its state is written under that behind this save, and the old one is all there is until then.
    fn states(&self) -> Option<BTreeSet<u32>> {
        let unknown = self.graph.blocks.iter().any(|block| block.number.is_none());
        if unknown || self.graph.rest.contains(INSTANCE_NUMBER) {
            return None;
        }
        let old = self.origin.as_ref().map_or(&[][..], |origin| &origin.graph.blocks);
        let other =
            |block: &Block| old.iter().any(|before| before.number == block.number && before.uri != block.uri);
        let stays = |before: &Block| {
            let same = |block: &Block| block.instance == before.instance && block.uri == before.uri;
            self.graph.blocks.iter().any(same)
        };
        let own = self.graph.blocks.iter().filter(|block| !other(block));
        let moved = old.iter().filter(|before| stays(before));
        Some(own.chain(moved).filter_map(|block| block.number).collect())
    }

    fn changed_files(&self) -> Vec<(String, Vec<u8>)> {
        let mut changed = Vec::new();
        let origin = self.origin.as_deref();
        if origin.is_none() {
            changed.push((MANIFEST.to_owned(), manifest::text(&self.graph_file).into_bytes()));
        }
        if origin.is_none_or(|origin| origin.graph != self.graph) {
            changed.push((self.graph_file.clone(), self.graph.to_turtle().into_bytes()));
        }
        // A file that was not understood is kept under another name before it is written over.
        let mut keep = |name: &str, old: Option<&Vec<u8>>| {
            if let Some(old) = old {
                changed.push((unread_name(Path::new(name)).display().to_string(), old.clone()));
            }
        };
        let snapshots = origin.is_none_or(|origin| origin.snapshots != self.snapshots);
        let addressings = origin.is_none_or(|origin| origin.addressings != self.addressings);
        if snapshots {
            keep(SNAPSHOTS, origin.and_then(|origin| origin.snapshots_spoilt.as_ref()));
        }
        if addressings {
            keep(ADDRESSINGS, origin.and_then(|origin| origin.addressings_spoilt.as_ref()));
        }
        if snapshots {
            changed.push((SNAPSHOTS.to_owned(), self.snapshots.text()));
        }
        if addressings {
            changed.push((ADDRESSINGS.to_owned(), self.addressings.text()));
        }
        if let Some(config) = &self.config
            && origin.is_none_or(|origin| origin.config != self.config)
        {
            changed.push((CONFIG.to_owned(), config.clone()));
        }
        if let Some(own) = &self.own
            && origin.is_none_or(|origin| origin.own != self.own)
        {
            changed.push((OWN.to_owned(), own.clone()));
        }
        changed
    }
}
