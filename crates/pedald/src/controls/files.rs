//! The configuration on the disk: read strictly, the last good copy kept. A broken file is told with its line, and never
//! stops anything.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use pedal_hardware::Profile;
use pedal_hardware::config::{Config, Keeper, Settings};
use pedalboard::{Disk, Files as _, make_folders, write_atomic};

/// Largest file that is read in bytes; a configuration has a few kilobytes.
const LARGEST: u64 = 1 << 20;

/// Where the files are.
#[derive(Debug, Clone)]
pub struct Files {
    /// `default_config.yml`.
    pub config: PathBuf,
    /// `settings.yml`.
    pub settings: PathBuf,
    /// The copy of the last `default_config.yml` that worked.
    pub good: PathBuf,
    /// Whether the relay passes the pedal by.
    pub relay: PathBuf,
    /// There when all parts of the pedal have answered once.
    pub tested: PathBuf,
}

/// What a file was when it was looked at last: it is read again when this differs.
pub type Stamp = Option<(SystemTime, u64)>;

/// When a file was changed last, and its size.
pub fn stamp(path: &Path) -> Stamp {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}

impl Files {
    /// Below the data folder `data`, or the configuration from `named`; `state` is for the copy.
    pub fn new(data: &Path, state: &Path, named: Option<&Path>) -> Self {
        let folder = data.join("config");
        Self {
            config: named.map_or_else(|| folder.join("default_config.yml"), Path::to_path_buf),
            settings: folder.join("settings.yml"),
            good: state.join("default_config.good.yml"),
            relay: state.join("relay_bypass"),
            tested: state.join("hardware_tests_passed"),
        }
    }

    /// `hardware.version` of the file, or of the copy that worked.
    pub fn version(&self) -> Option<f64> {
        let read = |path: &Path| Config::parse(&text(path).ok()??).ok();
        read(&self.config).or_else(|| read(&self.good)).and_then(|config| config.version)
    }

    /// What to start with: the file, else the copy that worked, else what is built in. A sentence when it is not the file.
    pub fn start(&self, profile: &Profile, plugged: bool) -> (Keeper, Option<String>) {
        let built_in = Config::built_in(profile, plugged);
        let good = text(&self.good).ok().flatten().and_then(|text| Config::parse(&text).ok());
        let there = self.config.exists();
        let mut keeper = Keeper::new(good.filter(|_| there).unwrap_or(built_in));
        let told = self.reread(&mut keeper);
        (keeper, told)
    }

    /// Reads `default_config.yml` again. A sentence when it cannot be used.
    pub fn reread(&self, keeper: &mut Keeper) -> Option<String> {
        let name = self.config.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let broken = |why: String| {
            Some(format!("{name}, {why}. The last configuration that worked is used until that is mended."))
        };
        match text(&self.config) {
            Ok(None) => None,
            Ok(Some(text)) if keeper.offer(&text) => {
                if let Err(error) = self.keep(&text) {
                    tracing::warn!("no copy of the configuration could be kept: {error}");
                }
                None
            }
            Ok(Some(_)) => broken(keeper.error().map(ToString::to_string).unwrap_or_default()),
            Err(error) => broken(error.to_string()),
        }
    }

    fn keep(&self, good: &str) -> std::io::Result<()> {
        // the flash is spared: most starts find the copy as it was
        if text(&self.good)?.as_deref() == Some(good) {
            return Ok(());
        }
        write(&self.good, good.as_bytes())
    }

    /// A board's own configuration; empty when it has none. An error is a sentence.
    pub fn overlay(bundle: &Path) -> Result<Config, String> {
        let title = bundle.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let broken = |why: String| format!("config.yml of {title}, {why}. The board is used without it.");
        match text(&bundle.join("config.yml")) {
            Ok(None) => Ok(Config::default()),
            Ok(Some(text)) => Config::parse_overlay(&text).map_err(|error| broken(error.to_string())),
            Err(error) => Err(broken(error.to_string())),
        }
    }

    /// The settings; a sentence when the file cannot be used.
    pub fn settings(&self) -> (Settings, Option<String>) {
        let broken = |why: String| format!("settings.yml, {why}. The usual settings are used.");
        match text(&self.settings) {
            Ok(None) => (Settings::default(), None),
            Ok(Some(text)) => match Settings::parse(&text) {
                Ok(settings) => (settings, None),
                Err(error) => (Settings::default(), Some(broken(error.to_string()))),
            },
            Err(error) => (Settings::default(), Some(broken(error.to_string()))),
        }
    }

    /// Writes the settings. A file that could not be read is copied aside first, so that nothing of it is lost.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn write_settings(&self, settings: &Settings) -> std::io::Result<()> {
        let usable = match text(&self.settings) {
            Ok(old) => old.is_none_or(|old| Settings::parse(&old).is_ok()),
            Err(_) => false,
        };
        if !usable {
            let aside = self.settings.with_extension("yml.broken");
            match Disk.read(&self.settings, LARGEST) {
                // a copy: after a rename, a power cut would leave no settings at all
                Ok(old) => write_atomic(&Disk, &aside, &old)?,
                Err(_) => std::fs::rename(&self.settings, aside)?,
            }
        }
        write(&self.settings, settings.to_yaml().as_bytes())
    }

    /// Remembers that all parts of the pedal have answered.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn write_tested(&self) -> std::io::Result<()> {
        write(&self.tested, b"passed\n")
    }

    /// Whether the relay passed the pedal by when it was switched last: it keeps its place without current.
    pub fn relay(&self) -> bool {
        self.relay.exists()
    }

    /// Remembers that.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn write_relay(&self, bypass: bool) -> std::io::Result<()> {
        if bypass {
            return write(&self.relay, b"bypass\n");
        }
        match std::fs::remove_file(&self.relay) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            removed => {
                removed.and_then(|()| self.relay.parent().map_or(Ok(()), |folder| Disk.sync_folder(folder)))
            }
        }
    }
}

fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        make_folders(&Disk, folder)?;
    }
    write_atomic(&Disk, path, content)
}

/// The text of a file; none when there is no such file.
fn text(path: &Path) -> std::io::Result<Option<String>> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        Ok(meta) if !meta.is_file() => return Err(std::io::Error::other("it is no file")),
        Ok(meta) if meta.len() > LARGEST => {
            return Err(std::io::Error::other("it is larger than 1 MiB: this is no configuration"));
        }
        Ok(_) => {}
    }
    String::from_utf8(std::fs::read(path)?).map(Some).map_err(|error| {
        std::io::Error::other(format!("it is no text after byte {}", error.utf8_error().valid_up_to()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Files {
        let files = Files::new(folder, &folder.join("state"), None);
        std::fs::create_dir_all(folder.join("config")).unwrap();
        files
    }

    #[test]
    fn a_broken_file_is_told_with_its_line_and_the_copy_that_worked_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let (files, v3) = (files(folder.path()), Profile::v3());
        let (keeper, told) = files.start(&v3, false);
        assert_eq!((keeper.config(), told), (&Config::built_in(&v3, false), None));
        std::fs::write(&files.config, "hardware: {version: 3.0, midi: {channel: 7}}").unwrap();
        let (mut keeper, told) = files.start(&v3, false);
        assert!(told.is_none() && keeper.config().midi_channel.get() == Some(&7));
        // while it runs
        std::fs::write(&files.config, "hardware:\n  version: 3.0\n  midi: {channel: 77}\n").unwrap();
        let told = files.reread(&mut keeper).expect("a sentence");
        assert!(told.starts_with("default_config.yml, line 3: midi.channel"), "{told}");
        assert_eq!(keeper.config().midi_channel.get(), Some(&7));
        // and after a new start
        let (keeper, told) = files.start(&v3, false);
        assert!(told.is_some() && keeper.config().midi_channel.get() == Some(&7));
        assert_eq!(files.version(), Some(3.0));
        // no copy either
        std::fs::remove_file(&files.good).unwrap();
        let (keeper, told) = files.start(&v3, false);
        assert!(told.is_some() && *keeper.config() == Config::built_in(&v3, false));
    }

    #[test]
    fn what_is_no_text_is_told_too() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        for content in [&b"\xff\xfe"[..], &vec![b' '; 2 << 20]] {
            std::fs::write(&files.config, content).unwrap();
            assert!(files.start(&Profile::v2(), false).1.is_some());
        }
        std::fs::remove_file(&files.config).unwrap();
        std::fs::create_dir(&files.config).unwrap();
        assert!(files.start(&Profile::v2(), false).1.expect("a sentence").contains("no file"));
    }

    #[test]
    fn settings_are_kept_and_a_broken_file_of_them_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        std::fs::write(&files.settings, "bank: A\nbypass: BOTH\n").unwrap();
        let (settings, told) = files.settings();
        assert!(told.expect("a sentence").contains("line 2"));
        files.write_settings(&Settings { tuner_input: Some(2), ..settings }).unwrap();
        assert_eq!(files.settings().0.tuner_input, Some(2));
        let aside = std::fs::read_to_string(folder.path().join("config/settings.yml.broken")).unwrap();
        assert!(aside.contains("BOTH"));
        files.write_relay(true).unwrap();
        assert!(files.relay());
        files.write_relay(false).unwrap();
        files.write_relay(false).unwrap();
        assert!(!files.relay());
    }

    #[test]
    fn a_board_without_a_file_has_nothing_of_its_own_and_a_broken_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("Lead.pedalboard");
        std::fs::create_dir(&bundle).unwrap();
        assert_eq!(Files::overlay(&bundle), Ok(Config::default()));
        std::fs::write(bundle.join("config.yml"), "hardware:\n  footswitch: []\n").unwrap();
        let told = Files::overlay(&bundle).unwrap_err();
        assert!(told.starts_with("config.yml of Lead, line 2: hardware has no footswitch"), "{told}");
    }
}
