//! What the menus ask of the machine: period and rate, power, updates.

mod repository;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use update::report::Status;

use super::MachineDeed;

/// Why the machine did not do something: a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MachineFailed(pub String);

/// Whatever the program runs on. Calls may block; they come on a thread for that.
pub trait Machine: Send + Sync + 'static {
    /// Does it. The answer is a sentence for the player, or empty when it shows by itself.
    ///
    /// # Errors
    /// What failed, and what to try.
    fn perform(&self, deed: MachineDeed) -> Result<String, MachineFailed>;

    /// systemd's word for the whole: `running`, `degraded`, `stopping`.
    fn state(&self) -> String;

    /// Period in frames and rate in Hz that were chosen here; none: those of the system.
    fn chosen(&self) -> (Option<u32>, Option<u32>);

    /// Where an update of the system stands.
    fn update(&self) -> Status {
        Status::default()
    }

    /// The last round trip that was measured with a cable; none: there is none.
    fn round_trip(&self) -> Option<RoundTrip> {
        None
    }

    /// What its helpers say to the player, each under a name: told whenever it changes.
    fn sayings(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Files that change when anything of this does.
    fn watched(&self) -> Vec<PathBuf> {
        Vec::new()
    }
}

/// A round trip that was measured.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct RoundTrip {
    /// From the output back to the input, in ms.
    pub ms: f32,
    /// Frames of a period then.
    pub period: u32,
    /// Sample rate in Hz then.
    pub rate: u32,
}

impl RoundTrip {
    /// From what `latency-probe loop` wrote into its history's folder as `last-loop.json`.
    fn read(file: &Path) -> Option<Self> {
        let text = pedalboard::Files::read(&pedalboard::Disk, file, 1 << 20).ok()?;
        let value: serde_json::Value = serde_json::from_slice(&text).ok()?;
        let whole = |name: &str| value[name].as_u64().and_then(|number| u32::try_from(number).ok());
        // two seconds are longer than any loop that is measured
        let ms = value["delay_ms"].as_f64().filter(|ms| (0.0..2000.0).contains(ms))?;
        Some(Self { ms: ms as f32, period: whole("period")?, rate: whole("rate")? })
    }
}

/// Where the machine's helpers leave what the player should know.
#[derive(Debug, Clone)]
struct Places {
    /// Folder of what is said: `backup.txt`, `update.txt`.
    said: PathBuf,
    /// State of updates.
    update: PathBuf,
    /// The system's profile.
    profile: PathBuf,
    /// The last round trip.
    round_trip: PathBuf,
}

/// What says something: the file's name, and how the player knows it.
const SAYINGS: [(&str, &str); 2] = [("backup.txt", "Backup"), ("update.txt", "Update")];

impl Places {
    fn below(root: &Path) -> Self {
        Self {
            said: root.join("run/archibald"),
            update: root.join("var/lib/archibald-update/state.json"),
            profile: root.join("nix/var/nix/profiles/system"),
            round_trip: root.join("var/lib/latency-probe/last-loop.json"),
        }
    }
}

/// Period and rate that were chosen on the pedal, as lines `JACK_PERIOD=…` and `JACK_SAMPLE_RATE=…` that the start of JACK
/// reads.
#[derive(Debug, Clone)]
struct Chosen(PathBuf);

impl Chosen {
    fn read(&self) -> (Option<u32>, Option<u32>) {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        let value = |name: &str| {
            text.lines()
                .filter_map(|line| line.strip_prefix(name)?.strip_prefix('=')?.trim().parse().ok())
                .next_back()
        };
        (value("JACK_PERIOD"), value("JACK_SAMPLE_RATE"))
    }

    /// Whole or not at all: a temporary file, written through, takes the place of the old one.
    fn write(&self, period: Option<u32>, rate: Option<u32>) -> Result<(), MachineFailed> {
        let mut text = String::new();
        for (name, value) in [("JACK_PERIOD", period), ("JACK_SAMPLE_RATE", rate)] {
            if let Some(value) = value {
                text += &format!("{name}={value}\n");
            }
        }
        let store = || {
            let folder = self.0.parent().unwrap_or(Path::new("/"));
            pedalboard::make_folders(&pedalboard::Disk, folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(text.as_bytes())?;
            file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
            file.as_file().sync_all()?;
            file.persist(&self.0).map_err(|error| error.error)?;
            std::fs::File::open(folder)?.sync_all()
        };
        store().map_err(|error: std::io::Error| {
            MachineFailed(format!("{} cannot be written: {error}; the old values stay", self.0.display()))
        })
    }

    fn change(&self, deed: MachineDeed) -> Result<bool, MachineFailed> {
        let (period, rate) = self.read();
        match deed {
            MachineDeed::Period(frames) => self.write(Some(frames), rate).map(|()| true),
            MachineDeed::Rate(hertz) => self.write(period, Some(hertz)).map(|()| true),
            _ => Ok(false),
        }
    }
}

/// The pedal: systemd and its units do what needs rights that this program has not.
#[derive(Debug, Clone)]
pub struct Systemd {
    /// systemd's command.
    pub systemctl: PathBuf,
    /// git's command.
    pub git: PathBuf,
    boards: PathBuf,
    chosen: Chosen,
    places: Places,
}

impl Systemd {
    /// With the player's boards in `boards`, a git repository.
    pub fn new(boards: &Path) -> Self {
        Self::with_choice(boards, "/var/lib/archibald/audio/jack")
    }

    /// With the chosen period and rate in another file.
    pub fn with_choice(boards: &Path, chosen: impl Into<PathBuf>) -> Self {
        Self {
            systemctl: "systemctl".into(),
            git: "git".into(),
            boards: boards.to_owned(),
            chosen: Chosen(chosen.into()),
            places: Places::below(Path::new("/")),
        }
    }

    /// With all that its helpers write below another folder than `/`.
    #[must_use]
    pub fn with_root(self, root: &Path) -> Self {
        Self { places: Places::below(root), ..self }
    }

    fn systemctl(&self, arguments: &[&str]) -> Result<(), MachineFailed> {
        let mut command = Command::new(&self.systemctl);
        // never a password prompt in a service
        run(command.args(["--no-ask-password", "--no-block"]).args(arguments)).map(drop)
    }
}

impl Machine for Systemd {
    fn perform(&self, deed: MachineDeed) -> Result<String, MachineFailed> {
        if self.chosen.change(deed)? {
            // JACK takes engine and this program with it, and all come back with the same board
            return self.systemctl(&["restart", "jack.service"]).map(|()| "The sound starts anew".into());
        }
        let (verb, unit, answer) = match deed {
            MachineDeed::RestartEngine => ("restart", "mod-host.service", "The sound engine starts anew"),
            MachineDeed::PowerOff => ("poweroff", "", ""),
            MachineDeed::Reboot => ("reboot", "", ""),
            MachineDeed::Backup => ("start", "archibald-backup.service", "The backup is being written"),
            MachineDeed::Restore => ("start", "archibald-restore.service", "The backup is being read"),
            MachineDeed::CheckUpdate => ("start", "archibald-update-check.service", "Looking for an update"),
            MachineDeed::InstallUpdate => {
                ("start", "archibald-update-switch.service", "The update is on its way")
            }
            MachineDeed::RollBack => ("start", "archibald-update-back.service", "Going back"),
            MachineDeed::FactoryReset => {
                ("start", "archibald-provision-reset.service", "Settings are taken back")
            }
            MachineDeed::UpdateBoards => {
                repository::pull(&self.git, &self.boards)?;
                return Ok("The sample boards are up to date".into());
            }
            MachineDeed::Period(_) | MachineDeed::Rate(_) => return Ok(String::new()),
        };
        let arguments: Vec<&str> = [verb, unit].into_iter().filter(|word| !word.is_empty()).collect();
        self.systemctl(&arguments).map(|()| answer.to_owned())
    }

    fn state(&self) -> String {
        // `degraded` is told by the exit status as well: only the word counts
        let output = Command::new(&self.systemctl).arg("is-system-running").stdin(Stdio::null()).output();
        output.map_or_else(
            |_| String::new(),
            |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        )
    }

    fn chosen(&self) -> (Option<u32>, Option<u32>) {
        self.chosen.read()
    }

    fn update(&self) -> Status {
        let profile = update::profile::Profile::at(&self.places.profile);
        profile.map(|profile| update::report::look(&profile, &self.places.update)).unwrap_or_default()
    }

    fn round_trip(&self) -> Option<RoundTrip> {
        RoundTrip::read(&self.places.round_trip)
    }

    fn sayings(&self) -> Vec<(&'static str, String)> {
        let text = |file: &str| super::outside::messages(&self.places.said.join(file)).join(" ");
        SAYINGS.iter().map(|(file, name)| (*name, text(file))).collect()
    }

    fn watched(&self) -> Vec<PathBuf> {
        let report = self.places.update.with_file_name("report.json");
        let said = SAYINGS.iter().map(|(file, _)| self.places.said.join(file));
        said.chain([self.places.update.clone(), report, self.places.round_trip.clone()]).collect()
    }
}

/// Runs a command to its end. Its output; the error is a sentence.
fn run(command: &mut Command) -> Result<String, MachineFailed> {
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |why: &str| MachineFailed(format!("{name} failed: {why}"));
    let output = command.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null()).output();
    let output = output.map_err(|error| failed(&error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(failed(text.lines().find(|line| !line.trim().is_empty()).unwrap_or("it gave no reason").trim()))
}

/// A machine that keeps what was chosen and touches nothing else.
#[derive(Debug, Clone)]
pub struct SimulatedMachine(Chosen);

impl SimulatedMachine {
    /// Keeps the chosen period and rate in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self(Chosen(folder.join("jack")))
    }
}

impl Machine for SimulatedMachine {
    fn perform(&self, deed: MachineDeed) -> Result<String, MachineFailed> {
        if self.0.change(deed)? {
            return Ok("Kept: a pedal would start its sound anew with it".into());
        }
        Err(MachineFailed("This is a simulated pedal: the computer below it is left alone".into()))
    }

    fn state(&self) -> String {
        "simulated".into()
    }

    fn chosen(&self) -> (Option<u32>, Option<u32>) {
        self.0.read()
    }
}

#[cfg(test)]
mod tests;
