//! The port to the machine: everything that a change reads or writes goes through it.

use super::cpus::CpuSet;
use super::schedule::Schedule;
use std::io;

/// A machine whose settings can be changed. Paths are absolute ones of that machine.
pub trait Machine {
    /// The text of a file as it is, with its last line feed.
    ///
    /// # Errors
    /// As the system says; [`io::ErrorKind::NotFound`] when there is no such file.
    fn read(&self, path: &str) -> io::Result<String>;

    /// The bytes of a file that need not be text.
    ///
    /// # Errors
    /// As the system says; [`io::ErrorKind::NotFound`] when there is no such file.
    fn bytes(&self, path: &str) -> io::Result<Vec<u8>> {
        self.read(path).map(String::into_bytes)
    }

    /// Names in a folder, sorted.
    ///
    /// # Errors
    /// As the system says; [`io::ErrorKind::NotFound`] when there is no such folder.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;

    /// Names in a folder, sorted; empty when it is missing or cannot be read. Where "nothing there" would be good
    /// news, ask [`Machine::list`].
    fn names(&self, folder: &str) -> Vec<String> {
        self.list(folder).unwrap_or_default()
    }

    /// The path without symbolic links; `None` when it leads nowhere.
    fn resolve(&self, path: &str) -> Option<String>;

    /// Writes an existing file in one call, as the kernel's files want it.
    ///
    /// # Errors
    /// As the system says.
    fn write(&self, path: &str, text: &str) -> io::Result<()>;

    /// Makes a folder of a control-group file system.
    ///
    /// # Errors
    /// As the system says.
    fn make_folder(&self, path: &str) -> io::Result<()>;

    /// Removes an empty folder of a control-group file system.
    ///
    /// # Errors
    /// As the system says.
    fn remove_folder(&self, path: &str) -> io::Result<()>;

    /// Replaces an ordinary file atomically; `None` removes it.
    ///
    /// # Errors
    /// As the system says.
    fn replace(&self, path: &str, text: Option<&str>) -> io::Result<()>;

    /// How a thread is scheduled.
    ///
    /// # Errors
    /// As the system says; a class that is left alone is [`io::ErrorKind::Unsupported`].
    fn schedule(&self, tid: i32) -> io::Result<Schedule>;

    /// Schedules a thread.
    ///
    /// # Errors
    /// As the system says.
    fn set_schedule(&self, tid: i32, schedule: Schedule) -> io::Result<()>;

    /// CPUs that a thread may use.
    ///
    /// # Errors
    /// As the system says.
    fn affinity(&self, tid: i32) -> io::Result<CpuSet>;

    /// Binds a thread to CPUs.
    ///
    /// # Errors
    /// As the system says.
    fn set_affinity(&self, tid: i32, cpus: &CpuSet) -> io::Result<()>;

    /// Starts a process that holds /dev/cpu_dma_latency at `us` microseconds and lives on; `mark` names it.
    ///
    /// # Errors
    /// As the system says.
    fn hold_latency(&self, us: u32, mark: &str) -> io::Result<()>;

    /// Microseconds that the holder with this mark holds, `None` when there is none.
    fn held_latency(&self, mark: &str) -> Option<u32>;

    /// Ends the holder with this mark; true when there was one.
    ///
    /// # Errors
    /// As the system says.
    fn release_latency(&self, mark: &str) -> io::Result<bool>;

    /// Whether a wireless interface saves power.
    ///
    /// # Errors
    /// As the system or `iw` says; [`io::ErrorKind::NotFound`] when `iw` is not installed.
    fn wifi_power_save(&self, interface: &str) -> io::Result<bool>;

    /// Switches the power saving of a wireless interface.
    ///
    /// # Errors
    /// As the system or `iw` says.
    fn set_wifi_power_save(&self, interface: &str, on: bool) -> io::Result<()>;

    /// Period of the running JACK server with this name, in frames.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when no such server runs.
    fn period(&self, server: &str) -> io::Result<u32>;

    /// Sets the period of a running JACK server, in frames.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when no such server runs; else what the server says.
    fn set_period(&self, server: &str, frames: u32) -> io::Result<()>;

    /// A word that is another one after each boot; empty when the machine does not tell.
    fn boot_id(&self) -> String {
        self.read("/proc/sys/kernel/random/boot_id").map(|id| id.trim().to_owned()).unwrap_or_default()
    }
}
