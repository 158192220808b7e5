//! `pedald import-data`: takes over what a pi-Stomp's or MOD device's user has: boards, banks, presets, plugins, files,
//! settings.
//!
//! First everything is looked at and a plan is made ([`plan`]); a dry run ends there. Then it is done ([`carry_out`]): file
//! by file, each whole or not at all, banks and settings last, so that whatever stops it leaves boards that work, and a
//! second run goes on where the first one stopped. The source is only read. What is here already stays: equal things
//! are left alone, others come beside it under a new name, and a settings file that is replaced is kept under another.

mod files;
mod paths;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pedalboard::{
    Bank, Banks, Bundle, Disk, Favorites, Last, Preferences, Stored, copy_atomic, copy_bundle, make_folders,
    write_atomic,
};
use serde::Serialize;

use crate::context::Paths;
pub(crate) use files::{equal_files, equal_folders};
use files::{foreign_program, free_name, tree};

/// Why nothing was taken over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TakeOverError {
    /// There is nothing there.
    #[error(
        "{0} has neither boards nor banks nor settings of a pi-Stomp or MOD device; give its data folder or the home folder that holds it"
    )]
    Nothing(PathBuf),
    /// It is the folder that everything would go to.
    #[error("{0} is the folder that this pedal uses already")]
    Same(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file of this pedal that would be changed cannot be understood.
    #[error("{0}; mend it or move it away, then try again")]
    Own(String),
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> TakeOverError + use<> {
    let path = path.to_owned();
    move |source| TakeOverError::Io { path, source }
}

/// What becomes of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// `board`, `file`, `plugin`, `bank`, `favourites`, `preferences`, `settings`, `last board`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What is done.
    pub does: Does,
    /// Where it comes from.
    pub from: PathBuf,
    /// Where it goes.
    pub to: PathBuf,
}

/// What is done with a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    /// It is copied.
    Copy,
    /// It is copied under another name, since there is something else of its own.
    CopyBeside,
    /// The same is here already.
    Same,
    /// It is joined with what is here.
    Join,
    /// It replaces what is here, which is kept under another name.
    Replace,
    /// It stays behind; the plan's warnings say why.
    LeaveOut,
}

/// What a take-over does, and what the player should know.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Plan {
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// What could not be read, what is missing, in sentences.
    pub warnings: Vec<String>,
    /// Boards and files by where the source's own files say that they are, and where they will be.
    #[serde(skip)]
    moved: BTreeMap<PathBuf, PathBuf>,
}

impl Plan {
    fn step(&mut self, kind: &'static str, does: Does, from: &Path, to: &Path) {
        let name = from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.steps.push(Step { kind, name, does, from: from.to_owned(), to: to.to_owned() });
    }

    /// Steps that change something.
    pub fn changes(&self) -> usize {
        self.steps.iter().filter(|step| !matches!(step.does, Does::Same | Does::LeaveOut)).count()
    }
}

/// Where a user's things lie.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    data: PathBuf,
    boards: Option<PathBuf>,
    plugins: Option<PathBuf>,
    user_files: Option<PathBuf>,
}

impl Source {
    /// From a data folder, or the home folder with one in it.
    fn find(given: &Path) -> Option<Self> {
        let first = |all: &[PathBuf]| all.iter().find(|path| path.is_dir()).cloned();
        let data = [given.join("data"), given.to_owned()]
            .into_iter()
            .find(|data| {
                ["banks.json", "last.json", "config", ".pedalboards", "user-files"]
                    .iter()
                    .any(|name| data.join(name).exists())
            })
            .unwrap_or_else(|| given.to_owned());
        let beside = data.parent().unwrap_or(given).to_owned();
        // the folder beside belongs to it only where it is a home folder's `data`
        let beside = if data.file_name().is_some_and(|name| name == "data") { beside } else { data.clone() };
        let found = Self {
            boards: first(&[
                data.join(".pedalboards"),
                beside.join(".pedalboards"),
                data.join("pedalboards"),
            ]),
            plugins: first(&[data.join(".lv2"), beside.join(".lv2")]),
            user_files: first(&[data.join("user-files"), beside.join("user-files")]),
            data,
        };
        let something = found.boards.is_some()
            || found.plugins.is_some()
            || ["banks.json", "config"].iter().any(|name| found.data.join(name).exists());
        something.then_some(found)
    }
}

/// Looks at everything below `given` and plans what becomes of it. Changes nothing. `installed` says which plugins the
/// pedal has.
///
/// # Errors
/// [`TakeOverError`].
pub fn plan(given: &Path, own: &Paths, installed: impl Fn(&str) -> bool) -> Result<Plan, TakeOverError> {
    let source = Source::find(given).ok_or_else(|| TakeOverError::Nothing(given.to_owned()))?;
    let same = |a: &Path, b: &Path| a.canonicalize().ok().is_some_and(|a| b.canonicalize().ok() == Some(a));
    if same(&source.data, &own.data) {
        return Err(TakeOverError::Same(own.data.clone()));
    }
    let mut plan = Plan::default();
    if let Some(folder) = &source.user_files {
        plan_user_files(&mut plan, folder, &own.user_files)?;
    }
    let mut coming = Vec::new();
    if let Some(folder) = &source.plugins {
        coming = plan_plugins(&mut plan, folder, &own.user_plugins)?;
    }
    if let Some(folder) = &source.boards {
        plan_boards(&mut plan, folder, &own.pedalboards, |uri| {
            installed(uri) || coming.iter().any(|text| text.contains(uri))
        })?;
    }
    plan_settings(&mut plan, &source, own);
    Ok(plan)
}

fn plan_user_files(plan: &mut Plan, from: &Path, to: &Path) -> Result<(), TakeOverError> {
    for file in tree(from).map_err(failed(from))? {
        let (source, mut target) = (from.join(&file), to.join(&file));
        let does = match fs::symlink_metadata(&target) {
            Err(_) => Does::Copy,
            Ok(_) if equal_files(&source, &target) => Does::Same,
            Ok(_) => {
                let (name, same) = free_name(&target, |other| equal_files(&source, other));
                target = name;
                if same { Does::Same } else { Does::CopyBeside }
            }
        };
        plan.moved.insert(source.clone(), target.clone());
        plan.step("file", does, &source, &target);
    }
    Ok(())
}

/// Plans the bundles of `~/.lv2`; answers the texts of the manifests that will be here.
fn plan_plugins(plan: &mut Plan, from: &Path, to: &Path) -> Result<Vec<String>, TakeOverError> {
    let mut manifests = Vec::new();
    for source in folders_in(from)?.into_iter().filter(|path| path.join("manifest.ttl").is_file()) {
        let name = source.file_name().unwrap_or_default().to_owned();
        let target = to.join(&name);
        if let Some(machine) = foreign_program(&source) {
            plan.warnings
                .push(format!("{} is for another machine ({machine}) and is left out", source.display()));
            plan.step("plugin", Does::LeaveOut, &source, &target);
            continue;
        }
        let does = match target.exists() {
            false => Does::Copy,
            true if equal_folders(&source, &target) => Does::Same,
            true => {
                plan.warnings.push(format!(
                    "{} is here already with another content: the one that is here stays",
                    name.to_string_lossy()
                ));
                Does::LeaveOut
            }
        };
        manifests.extend(fs::read_to_string(source.join("manifest.ttl")));
        plan.step("plugin", does, &source, &target);
    }
    Ok(manifests)
}

fn folders_in(folder: &Path) -> Result<Vec<PathBuf>, TakeOverError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_dir() && !hidden {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn plan_boards(
    plan: &mut Plan,
    from: &Path,
    to: &Path,
    installed: impl Fn(&str) -> bool,
) -> Result<(), TakeOverError> {
    for source in folders_in(from)?.into_iter().filter(|path| path.join("manifest.ttl").is_file()) {
        let board = match Bundle::read(&Disk, &source) {
            Ok(board) => board,
            Err(error) => {
                plan.warnings.push(format!("left out: {error}"));
                plan.step("board", Does::LeaveOut, &source, to);
                continue;
            }
        };
        plan.warnings.extend(board.problems.iter().map(ToString::to_string));
        let mut missing: Vec<&str> =
            board.graph.blocks.iter().map(|block| block.uri.as_str()).filter(|uri| !installed(uri)).collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            plan.warnings.push(format!(
                "{}: plugins that are not installed here: {}",
                board.graph.title,
                missing.join(", ")
            ));
        }
        let wanted = to.join(source.file_name().unwrap_or_default());
        // what came with an earlier run speaks of its files by their new places: it is compared as it would come
        let same = |other: &Path| {
            let changed = paths::relocated(&source, &plan.moved).unwrap_or_default();
            files::equal_but_for(&source, other, &changed)
        };
        let (target, does) = if !wanted.exists() {
            (wanted, Does::Copy)
        } else if same(&wanted) {
            (wanted, Does::Same)
        } else {
            let (name, found) = free_name(&wanted, same);
            (name, if found { Does::Same } else { Does::CopyBeside })
        };
        plan.moved.insert(source.clone(), target.clone());
        plan.step("board", does, &source, &target);
    }
    Ok(())
}

fn plan_settings(plan: &mut Plan, source: &Source, own: &Paths) {
    for (name, kind) in [
        ("banks.json", "bank"),
        ("favorites.json", "favourites"),
        ("prefs.json", "preferences"),
        ("last.json", "last board"),
    ] {
        let (from, to) = (source.data.join(name), own.data.join(name));
        if from.is_file() {
            let does = match (name, to.exists()) {
                ("last.json", true) => Does::LeaveOut,
                (_, true) => Does::Join,
                (_, false) => Does::Copy,
            };
            plan.step(kind, does, &from, &to);
        }
    }
    for name in ["default_config.yml", "settings.yml"] {
        let (from, to) = (source.data.join("config").join(name), own.data.join("config").join(name));
        if from.is_file() {
            let does = match to.exists() {
                false => Does::Copy,
                true if equal_files(&from, &to) => Does::Same,
                true => Does::Replace,
            };
            plan.step("settings", does, &from, &to);
        }
    }
}

/// Does what a plan says. `told` hears of each step before it is done.
///
/// # Errors
/// [`TakeOverError`]; what was done so far is whole, and a new plan leaves it alone.
pub fn carry_out(plan: &Plan, mut told: impl FnMut(&Step)) -> Result<(), TakeOverError> {
    for step in plan.steps.iter().filter(|step| !matches!(step.does, Does::Same | Does::LeaveOut)) {
        told(step);
        let (from, to) = (step.from.as_path(), step.to.as_path());
        if let Some(parent) = to.parent() {
            make_folders(&Disk, parent).map_err(failed(parent))?;
        }
        match step.kind {
            "file" => copy_file(from, to)?,
            "plugin" => {
                copy_bundle(&Disk, from, to).map_err(|error| TakeOverError::Own(error.to_string()))?
            }
            "board" => take_board(from, to, &plan.moved)?,
            "bank" => join::<Banks>(from, to, |own, theirs| join_banks(own, theirs, plan))?,
            "favourites" => join::<Favorites>(from, to, |own, theirs| {
                let new: Vec<_> = theirs.0.into_iter().filter(|uri| !own.0.contains(uri)).collect();
                own.0.extend(new);
            })?,
            "preferences" => join::<Preferences>(from, to, |own, theirs| {
                for (key, value) in theirs.0 {
                    if !own.0.contains_key(&key) {
                        own.0.insert(key, value);
                    }
                }
            })?,
            "last board" => join::<Last>(from, to, |own, theirs| {
                *own = theirs;
                own.pedalboard = plan.moved_to(&own.pedalboard);
            })?,
            _ => {
                if step.does == Does::Replace {
                    let (kept, _) = free_name(&to.with_extension("yml.before-import"), |_| false);
                    copy_file(to, &kept)?;
                }
                copy_file(from, to)?;
            }
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<(), TakeOverError> {
    copy_atomic(from, to).map_err(failed(to))
}

/// A board with the paths in it put right before it appears.
fn take_board(from: &Path, to: &Path, moved: &BTreeMap<PathBuf, PathBuf>) -> Result<(), TakeOverError> {
    let changed = paths::relocated(from, moved).map_err(failed(from))?;
    if changed.is_empty() {
        return copy_bundle(&Disk, from, to).map_err(|error| TakeOverError::Own(error.to_string()));
    }
    let parent = to.parent().unwrap_or(Path::new("."));
    let place = tempfile::Builder::new().prefix(".take-over-").tempdir_in(parent).map_err(failed(parent))?;
    let copy = place.path().join("board.pedalboard");
    copy_bundle(&Disk, from, &copy).map_err(|error| TakeOverError::Own(error.to_string()))?;
    for (name, content) in changed {
        write_atomic(&Disk, &copy.join(&name), &content).map_err(failed(&copy))?;
    }
    copy_bundle(&Disk, &copy, to).map_err(|error| TakeOverError::Own(error.to_string()))
}

/// Joins a file of the player's with the source's. A file that was there is kept beside it.
fn join<T: pedalboard::JsonFile + Clone>(
    from: &Path,
    to: &Path,
    with: impl FnOnce(&mut T, T),
) -> Result<(), TakeOverError> {
    let words = |error: pedalboard::ReadError| TakeOverError::Own(error.to_string());
    let theirs = Stored::<T>::read(&Disk, from).map_err(words)?;
    let mut own = Stored::<T>::read(&Disk, to).map_err(words)?;
    let before = own.exists().then(|| own.bytes());
    with(&mut own.value, theirs.value);
    if !own.changed() {
        return Ok(());
    }
    if let Some(before) = before {
        let (kept, _) = free_name(&to.with_extension("json.before-import"), |_| false);
        write_atomic(&Disk, &kept, &before).map_err(failed(&kept))?;
    }
    own.write(&Disk, to).map_err(|error| TakeOverError::Own(error.to_string()))
}

impl Plan {
    /// Where a board will be that the source's own files name by the path it had on the old device.
    fn moved_to(&self, old: &Path) -> PathBuf {
        let name = old.file_name();
        let known = self.steps.iter().find(|step| step.kind == "board" && step.from.file_name() == name);
        known.filter(|_| name.is_some()).map_or_else(|| old.to_owned(), |step| step.to.clone())
    }
}

/// Banks of the source come behind ours; one of the same name and content is the same.
fn join_banks(own: &mut Banks, theirs: Banks, plan: &Plan) {
    for mut bank in theirs.0 {
        bank.pedalboards.iter_mut().for_each(|entry| entry.bundle = plan.moved_to(&entry.bundle));
        let boards = |bank: &Bank| -> Vec<PathBuf> {
            bank.pedalboards.iter().map(|entry| entry.bundle.clone()).collect()
        };
        if own.0.iter().any(|other| other.title == bank.title && boards(other) == boards(&bank)) {
            continue;
        }
        let taken = |title: &str| own.0.iter().any(|other| other.title == title);
        bank.title = pedalboard::unique_title(&bank.title, taken);
        own.0.push(bank);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(folder: &Path, title: &str, model: &str) {
        let graph = pedalboard::Graph {
            title: title.into(),
            blocks: vec![pedalboard::Block::new("amp", "urn:fake:amp")],
            ..pedalboard::Graph::default()
        };
        let mut bundle = Bundle::new(folder, graph);
        let value = pedalboard::ParameterValue(model.into(), "p".into());
        let mut state = pedalboard::InstanceState::default();
        state.parameters.insert("urn:fake:amp#model".into(), value);
        let mut snapshot = pedalboard::Snapshot { name: "Default".into(), ..pedalboard::Snapshot::default() };
        snapshot.data.insert("amp".into(), state);
        bundle.snapshots.snapshots.push(snapshot);
        bundle.save(&Disk).unwrap();
    }

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A pi-Stomp's home folder.
    fn home() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        board(
            &at("data/.pedalboards/Lead.pedalboard"),
            "Lead",
            "/home/pistomp/data/user-files/NAM Models/Twin.nam",
        );
        board(&at("data/.pedalboards/Clean.pedalboard"), "Clean", "");
        write(&at("data/.pedalboards/Broken.pedalboard/manifest.ttl"), "nonsense");
        write(&at("data/.pedalboards/.git/HEAD"), "ref: refs/heads/v3");
        write(&at("data/.pedalboards/Lead.pedalboard/config.yml"), "hardware: {version: 3}\n");
        write(&at("data/user-files/NAM Models/Twin.nam"), "a model");
        write(&at("data/user-files/Reverb IRs/hall.wav"), "a hall");
        write(&at(".lv2/amp-mine.lv2/manifest.ttl"), "<urn:preset> a <urn:x> .");
        write(&at(".lv2/old.lv2/manifest.ttl"), "<urn:old> a <urn:x> .");
        fs::write(at(".lv2/old.lv2/old.so"), b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x16\0rest")
            .unwrap();
        let banks = r#"[{"title": "Gig", "pedalboards": [
            {"title": "Lead", "bundle": "/home/pistomp/data/.pedalboards/Lead.pedalboard"}]}]"#;
        write(&at("data/banks.json"), banks);
        write(
            &at("data/last.json"),
            r#"{"bank": 0, "pedalboard": "/home/pistomp/data/.pedalboards/Clean.pedalboard", "supportsDividers": true}"#,
        );
        write(&at("data/favorites.json"), r#"["urn:a", "urn:b"]"#);
        write(&at("data/config/settings.yml"), "bank: Gig\n");
        home
    }

    /// All files, hidden ones too.
    fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(contents(&path));
            } else {
                found.insert(path.clone(), fs::read(path).unwrap());
            }
        }
        found
    }

    fn own(folder: &Path) -> Paths {
        Paths::new(Some(folder.to_owned()), |_| None)
    }

    #[test]
    fn a_pedal_moves_in() {
        let (home, folder) = (home(), tempfile::tempdir().unwrap());
        let own = own(folder.path());
        let before = contents(home.path());
        let known = |uri: &str| uri == "urn:fake:other";
        let planned = plan(home.path(), &own, known).unwrap();
        assert_eq!(contents(folder.path()), BTreeMap::new(), "a plan changes nothing");
        let warned = planned.warnings.join("\n");
        for part in ["Broken", "urn:fake:amp", "another machine"] {
            assert!(warned.contains(part), "{part} in {warned}");
        }
        let mut told = 0;
        carry_out(&planned, |_| told += 1).unwrap();
        assert_eq!(told, planned.changes());
        assert_eq!(contents(home.path()), before, "the source is only read");

        let lead = Bundle::read(&Disk, &own.pedalboards.join("Lead.pedalboard")).unwrap();
        let model = lead.snapshots.snapshots[0].data["amp"].parameters["urn:fake:amp#model"].text();
        assert_eq!(Path::new(&model), own.user_files.join("NAM Models/Twin.nam"));
        assert!(Path::new(&model).is_file());
        assert_eq!(lead.config.as_deref(), Some(&b"hardware: {version: 3}\n"[..]));
        let banks = Stored::<Banks>::read(&Disk, &own.data.join("banks.json")).unwrap().value;
        assert_eq!(banks.0[0].pedalboards[0].bundle, own.pedalboards.join("Lead.pedalboard"));
        let last = Stored::<Last>::read(&Disk, &own.data.join("last.json")).unwrap().value;
        assert_eq!(last.pedalboard, own.pedalboards.join("Clean.pedalboard"));
        assert!(own.user_plugins.join("amp-mine.lv2/manifest.ttl").is_file());
        assert!(!own.user_plugins.join("old.lv2").exists());
        assert!(!own.pedalboards.join(".git").exists());
        assert_eq!(fs::read_to_string(own.data.join("config/settings.yml")).unwrap(), "bank: Gig\n");

        // a second time there is nothing to do
        let after = contents(folder.path());
        let again = plan(&home.path().join("data"), &own, known).unwrap();
        carry_out(&again, |_| {}).unwrap();
        assert_eq!(contents(folder.path()), after);
        let copied: Vec<_> =
            again.steps.iter().filter(|step| matches!(step.does, Does::Copy | Does::CopyBeside)).collect();
        assert!(copied.is_empty(), "{copied:?}");
    }

    #[test]
    fn what_is_here_stays() {
        let (home, folder) = (home(), tempfile::tempdir().unwrap());
        let own = own(folder.path());
        board(&own.pedalboards.join("Clean.pedalboard"), "My own Clean", "/x");
        write(&own.user_files.join("NAM Models/Twin.nam"), "another model");
        write(&own.data.join("config/settings.yml"), "bank: Mine\n");
        write(&own.data.join("banks.json"), r#"[{"title": "Gig", "pedalboards": []}]"#);
        write(
            &own.data.join("last.json"),
            r#"{"bank": -2, "pedalboard": "/mine", "supportsDividers": true}"#,
        );
        let planned = plan(home.path(), &own, |_| true).unwrap();
        carry_out(&planned, |_| {}).unwrap();
        let title = |name: &str| Bundle::read(&Disk, &own.pedalboards.join(name)).unwrap().graph.title;
        assert_eq!(title("Clean.pedalboard"), "My own Clean");
        assert_eq!(title("Clean-1.pedalboard"), "Clean");
        assert_eq!(fs::read_to_string(own.user_files.join("NAM Models/Twin.nam")).unwrap(), "another model");
        let lead = Bundle::read(&Disk, &own.pedalboards.join("Lead.pedalboard")).unwrap();
        let model = lead.snapshots.snapshots[0].data["amp"].parameters["urn:fake:amp#model"].text();
        assert_eq!(fs::read_to_string(model).unwrap(), "a model", "the board has its own model");
        let banks = Stored::<Banks>::read(&Disk, &own.data.join("banks.json")).unwrap().value;
        let titles: Vec<_> = banks.0.iter().map(|bank| bank.title.as_str()).collect();
        assert_eq!(titles, ["Gig", "Gig (2)"]);
        assert!(own.data.join("banks.json.before-import").is_file());
        assert_eq!(fs::read_to_string(own.data.join("config/settings.yml")).unwrap(), "bank: Gig\n");
        let kept = fs::read_to_string(own.data.join("config/settings.yml.before-import")).unwrap();
        assert_eq!(kept, "bank: Mine\n");
        let last = Stored::<Last>::read(&Disk, &own.data.join("last.json")).unwrap().value;
        assert_eq!(last.pedalboard, Path::new("/mine"));
        let again = plan(home.path(), &own, |_| true).unwrap();
        assert!(
            again.steps.iter().all(|step| !matches!(step.does, Does::Copy | Does::CopyBeside)),
            "{again:?}"
        );
    }

    #[test]
    fn nothing_and_itself_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let own = own(folder.path());
        let nothing = tempfile::tempdir().unwrap();
        assert!(matches!(plan(nothing.path(), &own, |_| true), Err(TakeOverError::Nothing(_))));
        assert!(matches!(plan(Path::new("/no/such"), &own, |_| true), Err(TakeOverError::Nothing(_))));
        write(&own.data.join("banks.json"), "[]");
        assert!(matches!(plan(folder.path(), &own, |_| true), Err(TakeOverError::Same(_))));
    }
}
