//! A pedal as a folder, a machine that loses power, and pictures of a tree.

use provision::machine::{Access, Machine, Ran, RealMachine};
use provision::run::Options;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ guitarist@laptop";

/// Everything that can be asked for.
pub fn full_conf() -> String {
    format!(
        "# settings\r\nWIFI_SSID=\"My Home\"\r\nWIFI_PASSWORD='correct horse'\r\nWIFI_COUNTRY=\"DE\"\r\n\
         SSH_AUTHORIZED_KEY=\"{KEY}\"\r\nHOSTNAME=\"stage-left\"\r\nTIMEZONE=\"Europe/Berlin\"\r\n\
         USER_PASSWORD=\"battery staple\" # mine\r\nDIRECT_IP=\"169.254.161.200\"\r\nJACK_SAMPLE_RATE=48000\r\n"
    )
}

pub fn options() -> Options {
    Options {
        file: "/boot/firmware/pistomp.conf".to_owned(),
        state: "/var/lib/archibald-provision".to_owned(),
        user: "pistomp".to_owned(),
        wireless: Some("wlan0".to_owned()),
        dry_run: false,
        keep_secrets: false,
        only: Vec::new(),
    }
}

/// A Pi 3 that was just flashed, as Debian lays out its files.
pub fn pedal(root: &Path, conf: &str) {
    let machine = RealMachine::new(root);
    for (path, text) in [
        ("/boot/firmware/pistomp.conf", conf),
        ("/proc/device-tree/model", "Raspberry Pi 3 Model B Plus Rev 1.3\0"),
        ("/proc/sys/kernel/hostname", "pistomp\n"),
        ("/proc/asound/cards", " 0 [IQaudIOCODEC   ]: IQaudIOCODEC - IQaudIOCODEC\n"),
        ("/proc/self/mountinfo", "1 0 179:2 / / rw - ext4 /dev/mmcblk0p2 rw\n"),
        ("/sys/class/block/mmcblk0/size", "8388608\n"),
        ("/sys/class/block/mmcblk0/mmcblk0p2/partition", "2\n"),
        ("/sys/class/block/mmcblk0p2/partition", "2\n"),
        ("/sys/class/block/mmcblk0p2/start", "264192\n"),
        ("/sys/class/block/mmcblk0p2/size", "2097152\n"),
        ("/sys/class/rfkill/rfkill0/type", "wlan\n"),
        ("/sys/class/rfkill/rfkill0/soft", "0\n"),
        ("/sys/class/rfkill/rfkill1/type", "bluetooth\n"),
        ("/sys/class/rfkill/rfkill1/soft", "0\n"),
        ("/etc/passwd", "root:x:0:0::/root:/bin/sh\npistomp:x:1000:1000::/home/pistomp:/bin/bash\n"),
        ("/etc/shadow", "root:*:1::::::\npistomp:!:19000:0:99999:7:::\n"),
        ("/etc/hostname", "pistomp\n"),
        ("/etc/hosts", "127.0.0.1\tlocalhost\n127.0.1.1\tpistomp\n"),
        ("/etc/timezone", "Etc/UTC\n"),
        ("/usr/share/zoneinfo/Europe/Berlin", "TZif2"),
        ("/usr/share/zoneinfo/Etc/UTC", "TZif2"),
        ("/home/pistomp/.ssh/authorized_keys", "ssh-rsa AAAA of-the-image"),
        ("/etc/ssh/sshd_config.d/50-cloud.conf", "PasswordAuthentication yes\n"),
    ] {
        machine.write(path, text.as_bytes(), Access::PUBLIC).unwrap();
    }
    machine.symlink("/usr/share/zoneinfo/Etc/UTC", "/etc/localtime").unwrap();
    machine.symlink("../../devices/mmc/block/mmcblk0/mmcblk0p2", "/sys/dev/block/179:2").unwrap();
}

/// Every file and link below a folder: mode and content. Hashes are replaced, as their salts are random.
pub fn picture(root: &Path) -> BTreeMap<String, String> {
    let mut picture = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("/{}", path.strip_prefix(root).unwrap().display());
            if path.is_symlink() {
                picture.insert(name, format!("-> {}", fs::read_link(&path).unwrap().display()));
            } else if path.is_dir() {
                folders.push(path);
            } else {
                let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                picture.insert(name, format!("{mode:o} {}", without_hashes(&text)));
            }
        }
    }
    picture
}

fn without_hashes(text: &str) -> String {
    let mut parts = text.split("$y$");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find([':', '"', '\n']).unwrap_or(part.len());
        plain.push_str("<hash>");
        plain.push_str(&part[end..]);
    }
    plain
}

/// What a cut leaves of the operation that it meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing of it.
    Nothing,
    /// A part of the temporary file, as a real cut may.
    Half,
    /// All of it, but nobody was told.
    All,
}

/// A machine whose power is cut at the nth change; from then on nothing works. Programs are noted, not run;
/// only that a mixer was stored can be seen.
pub struct Fragile {
    inner: RealMachine,
    left: Cell<Option<usize>>,
    kind: Left,
    pub changes: Cell<usize>,
    pub programs: RefCell<Vec<String>>,
}

impl Fragile {
    pub fn new(root: &Path, cut_at: Option<usize>, kind: Left) -> Self {
        Self {
            inner: RealMachine::new(root),
            left: Cell::new(cut_at),
            kind,
            changes: Cell::new(0),
            programs: RefCell::default(),
        }
    }

    fn change<T>(&self, path: &str, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let cut = || Err(io::Error::other("power cut"));
        self.changes.set(self.changes.get() + 1);
        match self.left.get() {
            Some(0) => cut(),
            Some(1) => {
                self.left.set(Some(0));
                match self.kind {
                    Left::Nothing => {}
                    Left::Half => {
                        let (folder, name) = path.rsplit_once('/').unwrap();
                        let _ = self.inner.write(&format!("{folder}/.{name}.new"), b"ha", Access::PRIVATE);
                    }
                    Left::All => drop(act()?),
                }
                cut()
            }
            Some(left) => {
                self.left.set(Some(left - 1));
                act()
            }
            None => act(),
        }
    }
}

impl Machine for Fragile {
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        self.inner.read(path)
    }
    fn link(&self, path: &str) -> io::Result<Option<String>> {
        self.inner.link(path)
    }
    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.inner.list(folder)
    }
    fn access(&self, path: &str) -> io::Result<Option<Access>> {
        self.inner.access(path)
    }
    fn write(&self, path: &str, content: &[u8], access: Access) -> io::Result<()> {
        self.change(path, || self.inner.write(path, content, access))
    }
    fn write_over_secret(&self, path: &str, content: &[u8], access: Access) -> io::Result<()> {
        self.change(path, || self.inner.write_over_secret(path, content, access))
    }
    fn symlink(&self, target: &str, path: &str) -> io::Result<()> {
        self.change(path, || self.inner.symlink(target, path))
    }
    fn folder(&self, path: &str, access: Access) -> io::Result<()> {
        self.change("/none/none", || self.inner.folder(path, access))
    }
    fn remove(&self, path: &str) -> io::Result<()> {
        self.change(path, || self.inner.remove(path))
    }
    fn poke(&self, path: &str, content: &[u8]) -> io::Result<()> {
        self.change("/none/none", || self.inner.poke(path, content))
    }
    fn run(&self, program: &str, arguments: &[&str], input: &str) -> io::Result<Ran> {
        self.change("/none/none", || {
            let line =
                format!("{program} {}{}", arguments.join(" "), if input.is_empty() { "" } else { " <" });
            self.programs.borrow_mut().push(line);
            if let ("alsactl", ["store", card]) = (program, arguments) {
                let state = format!("state.{card} {{\n}}\n");
                self.inner.write("/var/lib/alsa/asound.state", state.as_bytes(), Access::PUBLIC)?;
            }
            Ok(Ran::Ended { success: true, output: String::new(), error: String::new() })
        })
    }
}
