//! A player's data, the stick that it is packed on, and archives that somebody has spoilt.

use std::collections::BTreeMap;
use std::fs;

use pedalboard::Disk;

use crate::backup::*;

pub(super) fn paths(folder: &Path) -> Paths {
    Paths::new(Some(folder.to_owned()), |_| None)
}

pub(super) fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

pub(super) fn board(folder: &Path, title: &str) {
    let name = folder.file_stem().expect("a name").to_string_lossy().into_owned();
    let manifest = format!(
        "@prefix ingen: <http://drobilla.net/ns/ingen#> .\n@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n\
         @prefix pedal: <http://moddevices.com/ns/modpedal#> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n\
         <{name}.ttl> lv2:prototype ingen:GraphPrototype ; a lv2:Plugin , ingen:Graph , pedal:Pedalboard ; rdfs:seeAlso <{name}.ttl> .\n"
    );
    write(&folder.join("manifest.ttl"), manifest);
    let graph = format!(
        "@prefix doap: <http://usefulinc.com/ns/doap#> .\n@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n\
         @prefix pedal: <http://moddevices.com/ns/modpedal#> .\n<> doap:name \"{title}\" ; a lv2:Plugin , pedal:Pedalboard .\n"
    );
    write(&folder.join(format!("{name}.ttl")), graph);
}

/// A player's data below a folder, and a place for backups.
pub(super) struct Rig {
    pub(super) place: tempfile::TempDir,
    pub(super) own: Paths,
    pub(super) stick: PathBuf,
}

impl Rig {
    pub(super) fn new() -> Self {
        let place = tempfile::tempdir().expect("folder");
        let own = paths(&place.path().join("pedal"));
        board(&own.pedalboards.join("Lead.pedalboard"), "Lead");
        board(&own.pedalboards.join("Clean.pedalboard"), "Clean");
        write(&own.pedalboards.join(".git/HEAD"), "ref: refs/heads/main\n");
        write(&own.data.join("banks.json"), "[]");
        write(&own.data.join("config/settings.yml"), "bank: Gig\n");
        write(&own.data.join("keys/secret"), "never on a stick");
        write(&own.state.join("clients.json"), "never on a stick");
        write(&own.user_plugins.join("lead.lv2/manifest.ttl"), "<a> a <b> .\n");
        write(&own.user_plugins.join("amp.lv2/manifest.ttl"), "<a> a <b> .\n");
        write(&own.user_plugins.join("amp.lv2/amp.so"), b"\x7fELF and so on");
        write(&own.user_files.join("NAM Models/Twin.nam"), "a model");
        write(&own.user_files.join("Audio Recordings/evening.flac"), "an evening");
        let stick = place.path().join("stick/backups");
        Self { place, own, stick }
    }

    pub(super) fn pack(&self) -> PathBuf {
        pack(&self.own, &self.stick, true).expect("packed").file
    }

    /// Everything of the player that is seen, with its content.
    pub(super) fn contents(&self) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        let mut folders = vec![self.own.data.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder").flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if entry.path().is_dir() {
                    if ![KEPT, WAITING, ".pedald"].contains(&name.as_str()) {
                        folders.push(entry.path());
                    }
                } else {
                    all.insert(entry.path().display().to_string(), fs::read(entry.path()).expect("read"));
                }
            }
        }
        all
    }

    pub(super) fn leftovers(&self) -> Vec<PathBuf> {
        let all = Part::ALL.map(|part| part.folder(&self.own).join(WAITING));
        let journal = self.own.state.join("restore.json");
        all.into_iter().chain([journal]).filter(|path| path.exists()).collect()
    }

    /// Refused, and nothing has changed.
    pub(super) fn refuses(&self, file: &Path) -> String {
        let before = self.contents();
        let error = stage(&self.own, file, false).expect_err("refused").to_string();
        assert_eq!(finish(&Disk, &self.own).expect("nothing to do"), None);
        assert!(self.contents() == before, "{error}: something has changed");
        assert_eq!(self.leftovers(), Vec::<PathBuf>::new(), "{error}");
        error
    }
}

/// An archive of these entries, with a manifest that is right but for what `spoil` does to it.
pub(super) fn archive(path: &Path, entries: &[(&str, &[u8])], spoil: impl FnOnce(&mut Manifest)) {
    let file = fs::File::create(path).expect("made");
    let mut archive = tar::Builder::new(zstd::Encoder::new(file, 1).expect("started"));
    let mut add = |name: &str, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        // as written: the library's own way would refuse the names that are tried here
        let field = &mut header.as_gnu_mut().expect("gnu").name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        archive.append(&header, content).expect("added");
    };
    let mut files = Vec::new();
    let scratch = tempfile::NamedTempFile::new().expect("file");
    for (name, content) in entries {
        add(name, content);
        fs::write(scratch.path(), content).expect("written");
        let (size, sha256) = pack::about(scratch.path()).expect("hashed");
        files.push(Entry { path: (*name).to_owned(), size, sha256 });
    }
    let mut manifest = Manifest {
        format: FORMAT,
        made: 1,
        version: "1".into(),
        host: "other".into(),
        boards: "/b".into(),
        user_files: "/f".into(),
        files,
        listed: Vec::new(),
    };
    spoil(&mut manifest);
    add(MANIFEST, &serde_json::to_vec(&manifest).expect("text"));
    archive.into_inner().expect("whole").finish().expect("whole");
}
