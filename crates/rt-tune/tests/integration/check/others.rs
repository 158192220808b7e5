//! Imitated machines for the tests of other commands.

use std::path::Path;

use super::fixtures::all;

/// Writes the fixture with isolated cores, for the tests of what is emitted.
pub(crate) fn isolated_unused(folder: &Path) {
    let fixture = all().into_iter().find(|f| f.name == "isolated-unused").unwrap();
    std::fs::create_dir_all(folder).unwrap();
    fixture.machine.file("/proc/sys/kernel/random/boot_id", "boot-1").write(folder);
}

/// Writes the laptop with names and serial numbers of somebody.
pub(crate) fn laptop_of_somebody(folder: &Path) {
    let fixture = all().into_iter().find(|f| f.name == "plain-laptop").unwrap();
    let connection = "[connection]\nid=HomeSweetHome\n[wifi]\nssid=HomeSweetHome";
    fixture
        .machine
        .file("/proc/sys/kernel/hostname", "musicbox")
        .file("/etc/machine-id", "deadbeefdeadbeefdeadbeefdeadbeef")
        .file("/sys/class/dmi/id/product_serial", "PF2XYZ99")
        .file("/sys/devices/pci0000:00/0000:00:14.0/usb3/3-1/3-1.4/serial", "A1B2C3SERIAL")
        .file("/sys/devices/pci0000:00/0000:00:14.3/net/wlan0/address", "3c:58:c2:00:11:22")
        .file("/sys/class/net/wlan0/address", "3c:58:c2:00:11:22")
        .file("/etc/NetworkManager/system-connections/HomeSweetHome.nmconnection", connection)
        .file("/proc/cmdline", "root=UUID=deadbeef-dead-beef-dead-beefdeadbeef quiet splash")
        .write(folder);
}
