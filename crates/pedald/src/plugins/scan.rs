//! Reading what is installed: all of it once, then only what has changed.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use lv2_host::{Urids, World, WorldError};

use super::cache::{self, BundleStamp, Bundles};
use super::describe;
use super::table::PluginTable;
use crate::session::{Catalogue, PluginSpec};

/// What a scan did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanReport {
    /// Bundles that are there.
    pub bundles: usize,
    /// Bundles whose manifest was read, because they are new or have changed.
    pub parsed: usize,
    /// Plugins that lilv described anew.
    pub described: usize,
    /// URIs of plugins that came.
    pub installed: Vec<String>,
    /// URIs of plugins that went.
    pub removed: Vec<String>,
    /// Why the result could not be kept for the next start.
    pub not_kept: Option<String>,
}

/// The installed plugins, kept up to date. Any thread but the real-time one.
#[derive(Debug)]
pub struct PluginShelf {
    path: String,
    cache: Option<PathBuf>,
    /// What the table was made from; held while it is made.
    bundles: Mutex<Bundles>,
    table: RwLock<Arc<PluginTable>>,
}

impl PluginShelf {
    /// The plugins below `path` (folders separated by colons), with what an earlier run left in `cache`. Reads only
    /// the bundles that have changed since, none at all in the usual case.
    ///
    /// # Errors
    /// [`WorldError`] when lilv cannot be used.
    pub fn open(path: &str, cache: Option<PathBuf>) -> Result<(Self, ScanReport), WorldError> {
        let (bundles, table) = cache.as_deref().and_then(|file| cache::read(file, path)).unwrap_or_default();
        let shelf = Self {
            path: path.to_owned(),
            cache,
            bundles: Mutex::new(bundles),
            table: RwLock::new(Arc::new(table)),
        };
        let report = shelf.rescan()?;
        Ok((shelf, report))
    }

    /// Plugins that never change, for tests and the simulator.
    pub fn fixed(table: PluginTable) -> Self {
        Self {
            path: String::new(),
            cache: None,
            bundles: Mutex::default(),
            table: RwLock::new(Arc::new(table)),
        }
    }

    /// The plugins as they are now.
    pub fn table(&self) -> Arc<PluginTable> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks for bundles that came, went or changed. Blocks; takes milliseconds when there are none.
    ///
    /// # Errors
    /// [`WorldError`]; the table is as before.
    pub fn rescan(&self) -> Result<ScanReport, WorldError> {
        let mut known = self.bundles.lock().unwrap_or_else(PoisonError::into_inner);
        if self.path.is_empty() {
            return Ok(ScanReport::default());
        }
        let now = cache::look(&self.path);
        let mut report = ScanReport { bundles: now.len(), ..ScanReport::default() };
        let mut touched = BTreeSet::new();
        for (_, gone) in known.iter().filter(|(folder, _)| !now.contains_key(*folder)) {
            touched.extend(gone.mentions.iter().cloned());
        }
        let before = known.len();
        let mut bundles = known.clone();
        bundles.retain(|folder, _| now.contains_key(folder));
        let mut changed = bundles.len() != before;
        for (folder, stamp) in now {
            let old = bundles.get(&folder);
            if old.is_some_and(|old| old.stamp == stamp) {
                continue;
            }
            touched.extend(old.iter().flat_map(|old| old.mentions.iter().cloned()));
            let mentions = cache::mentions(&folder);
            touched.extend(mentions.iter().cloned());
            bundles.insert(folder, BundleStamp { stamp, mentions });
            report.parsed += 1;
            changed = true;
        }
        if !changed {
            return Ok(report);
        }
        let mut table = PluginTable::clone(&self.table());
        let old = table.entries.keys().cloned().collect::<BTreeSet<_>>();
        let world = World::with_path(Urids::new(), &self.path)?;
        let uris = world.uris().into_iter().collect::<BTreeSet<_>>();
        table.entries.retain(|uri, _| uris.contains(uri));
        for uri in uris.iter().filter(|uri| touched.contains(*uri) || !old.contains(*uri)) {
            let (Some(info), Some(extras)) = (world.plugin(uri), world.extras(uri)) else { continue };
            table.insert(&describe::full(&info, &extras, &world.presets(uri)));
            report.described += 1;
        }
        let new = table.entries.keys().cloned().collect::<BTreeSet<_>>();
        report.installed = new.difference(&old).cloned().collect();
        report.removed = old.difference(&new).cloned().collect();
        if let Some(file) = &self.cache {
            report.not_kept =
                cache::write(file, &self.path, &bundles, &table).err().map(|error| error.to_string());
        }
        *known = bundles;
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
        Ok(report)
    }
}

impl Catalogue for PluginShelf {
    fn plugin(&self, uri: &str) -> Option<Arc<PluginSpec>> {
        self.table().plugin(uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn bundle(root: &Path, number: usize, minor: u32) {
        let folder = root.join(format!("p{number}.lv2"));
        std::fs::create_dir_all(&folder).unwrap();
        let prefixes = "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n@prefix doap: <http://usefulinc.com/ns/doap#> .\n\
             @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n\
             @prefix units: <http://lv2plug.in/ns/extensions/units#> .\n\
             @prefix modgui: <http://moddevices.com/ns/modgui#> .\n\
             @prefix pset: <http://lv2plug.in/ns/ext/presets#> .\n";
        let manifest =
            format!("{prefixes}<urn:p:{number}> a lv2:Plugin ; lv2:binary <p.so> ; rdfs:seeAlso <p.ttl> .\n");
        std::fs::write(folder.join("manifest.ttl"), manifest).unwrap();
        let about = format!(
            "{prefixes}<urn:p:{number}> a lv2:Plugin , lv2:DelayPlugin ; doap:name \"Plugin {number}\" ;\n\
             lv2:minorVersion {minor} ; lv2:microVersion 4 ;\n\
             lv2:port [ a lv2:AudioPort , lv2:InputPort ; lv2:index 0 ; lv2:symbol \"in\" ; lv2:name \"In\" ] ,\n\
             [ a lv2:ControlPort , lv2:InputPort ; lv2:index 1 ; lv2:symbol \"gain\" ; lv2:name \"Gain\" ;\n\
               lv2:default 0.1 ; lv2:minimum -20.0 ; lv2:maximum 10.0 ; units:unit units:db ;\n\
               lv2:scalePoint [ rdfs:label \"off\" ; <http://www.w3.org/1999/02/22-rdf-syntax-ns#value> -20.0 ] ] ;\n\
             modgui:gui [ modgui:resourcesDirectory <modgui> ; modgui:stylesheet <modgui/style.css> ;\n\
               modgui:brand \"B\" ; modgui:port [ lv2:index 0 ; lv2:symbol \"gain\" ; lv2:name \"G\" ] ] .\n"
        );
        std::fs::write(folder.join("p.ttl"), about).unwrap();
    }

    #[test]
    fn a_warm_start_with_400_plugins_reads_no_bundle() {
        let place = tempfile::tempdir().unwrap();
        let (root, cache) = (place.path().join("lv2"), place.path().join("cache/plugins.json"));
        for number in 0..400 {
            bundle(&root, number, 2);
        }
        let path = root.display().to_string();
        let (shelf, report) = PluginShelf::open(&path, Some(cache.clone())).unwrap();
        assert_eq!((report.bundles, report.parsed, report.described), (400, 400, 400), "{report:?}");
        assert_eq!(report.not_kept, None);
        let cold = shelf.table();
        assert_eq!(cold.len(), 400);

        let (shelf, report) = PluginShelf::open(&path, Some(cache.clone())).unwrap();
        assert_eq!((report.bundles, report.parsed, report.described), (400, 0, 0), "{report:?}");
        assert_eq!(shelf.table().list(), cold.list());
        assert_eq!(shelf.table().get("urn:p:7").unwrap().full.get(), cold.get("urn:p:7").unwrap().full.get());

        // One changes, one goes, a preset for a third comes: those three are read, and no other.
        bundle(&root, 7, 4);
        std::fs::remove_dir_all(root.join("p8.lv2")).unwrap();
        let presets = root.join("presets.lv2");
        std::fs::create_dir(&presets).unwrap();
        std::fs::write(
            presets.join("manifest.ttl"),
            "<urn:my:preset> a <http://lv2plug.in/ns/ext/presets#Preset> ; \
             <http://lv2plug.in/ns/lv2core#appliesTo> <urn:p:9> ; \
             <http://www.w3.org/2000/01/rdf-schema#seeAlso> <one.ttl> .",
        )
        .unwrap();
        std::fs::write(
            presets.join("one.ttl"),
            "<urn:my:preset> a <http://lv2plug.in/ns/ext/presets#Preset> ; \
             <http://lv2plug.in/ns/lv2core#appliesTo> <urn:p:9> ; \
             <http://www.w3.org/2000/01/rdf-schema#label> \"Mine\" .",
        )
        .unwrap();
        let report = shelf.rescan().unwrap();
        assert_eq!((report.bundles, report.parsed, report.described), (400, 2, 2), "{report:?}");
        assert_eq!(report.removed, ["urn:p:8"]);
        let table = shelf.table();
        assert_eq!(table.plugin("urn:p:7").unwrap().minor_version, 4);
        assert_eq!(
            table.plugin("urn:p:9").unwrap().presets,
            [("urn:my:preset".to_owned(), "Mine".to_owned())]
        );
        // A spoilt cache is made anew.
        std::fs::write(&cache, b"{\"format\": 1, nonsense").unwrap();
        let (_, report) = PluginShelf::open(&path, Some(cache)).unwrap();
        assert_eq!(report.parsed, 400);
    }

    #[test]
    fn a_plugin_is_described_in_the_words_of_the_interface() {
        let place = tempfile::tempdir().unwrap();
        bundle(place.path(), 0, 2);
        let (shelf, _) = PluginShelf::open(&place.path().display().to_string(), None).unwrap();
        let value = shelf.table().get("urn:p:0").unwrap().value();
        assert_eq!(value["category"], serde_json::json!(["Delay"]));
        assert_eq!(
            (&value["iotype"], &value["version"], &value["stability"]),
            (&1.into(), &"2.4-0".into(), &"stable".into())
        );
        let gain = &value["ports"]["control"]["input"][0];
        assert_eq!(gain["ranges"], serde_json::json!({"minimum": -20.0, "maximum": 10.0, "default": 0.1}));
        assert_eq!(gain["units"]["symbol"], "dB");
        assert_eq!(gain["scalePoints"][0]["label"], "off");
        let gui = &value["gui"];
        assert!(gui["stylesheet"].as_str().unwrap().ends_with("p0.lv2/modgui/style.css"), "{gui}");
        assert_eq!(gui["ports"], serde_json::json!([{"index": 0, "name": "G", "symbol": "gain"}]));
        assert!(shelf.table().resources("urn:p:0").unwrap().ends_with("p0.lv2/modgui"));
    }
}
