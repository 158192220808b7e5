//! Power daemons on a message bus.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::Service;
use crate::support::{Process, installed, machine_lock, rt_tune, wait_for};

/// A message bus of the test's own, as the system's.
struct Bus {
    _daemon: Process,
    address: String,
    _folder: tempfile::TempDir,
}

impl Bus {
    fn start() -> Option<Self> {
        if !installed("dbus-daemon") {
            println!("skipped: dbus-daemon is not installed");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let address = format!("unix:path={}", folder.path().join("bus").display());
        let config = folder.path().join("bus.conf");
        let text = format!(
            "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
             \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\"><busconfig><listen>{address}</listen>\
             <policy context=\"default\"><allow send_destination=\"*\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>\
             </policy></busconfig>"
        );
        std::fs::write(&config, text).unwrap();
        let daemon = Command::new("dbus-daemon")
            .args(["--nofork", "--config-file", config.to_str().unwrap()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let bus = Self { _daemon: Process(daemon), address, _folder: folder };
        let socket = bus._folder.path().join("bus");
        wait_for("the bus", || socket.exists());
        Some(bus)
    }
}

#[test]
fn power_daemons_wake_it_and_strangers_in_their_name_do_not() {
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: changing the machine needs root");
        return;
    }
    let Some(bus) = Bus::start() else { return };
    let _lock = machine_lock();
    let path = "/proc/sys/vm/stat_interval";
    let before = std::fs::read_to_string(path).unwrap();
    if before.trim() == "10" || std::fs::write(path, &before).is_err() {
        println!("skipped: {path} cannot be changed here, or is as wanted already");
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let state = state.path().to_str().unwrap();
    let service = Service::start(
        &["stat-interval", "--state", state, "--check", "3600"],
        &[("DBUS_SYSTEM_BUS_ADDRESS", bus.address.as_str())],
    );
    service.says("start:");
    let daemon = |name: Option<&str>, path: &str, interface: &str, member: &str| {
        zbus::block_on(async {
            let connection = zbus::connection::Builder::address(bus.address.as_str()).build().await.unwrap();
            if let Some(name) = name {
                connection.request_name(name).await.unwrap();
            }
            connection.emit_signal(None::<&str>, path, interface, member, &("x",)).await.unwrap();
            // The connection ends only when the bus has the message.
            connection
                .call_method(Some("org.freedesktop.DBus"), "/", Some("org.freedesktop.DBus"), "GetId", &())
                .await
                .unwrap();
        });
    };
    let properties = "org.freedesktop.DBus.Properties";
    let tuned = ("com.redhat.tuned", "/Tuned", "com.redhat.tuned.control", "profile_changed");
    let ppd = ("net.hadess.PowerProfiles", "/net/hadess/PowerProfiles", properties, "PropertiesChanged");
    let upower = (
        "org.freedesktop.UPower.PowerProfiles",
        "/org/freedesktop/UPower/PowerProfiles",
        properties,
        "PropertiesChanged",
    );
    // The rules are at the bus once a signal comes through; a signal may be too early the first time.
    let heard = |(name, object, interface, member): (&str, &str, &str, &str), said: &str| {
        std::fs::write(path, &before).unwrap();
        let set = (0..100).any(|_| {
            daemon(Some(name), object, interface, member);
            std::thread::sleep(Duration::from_millis(300));
            std::fs::read_to_string(path).unwrap() == "10\n"
        });
        assert!(set, "{name} was not heard");
        service.all_until(&format!("power: {said}"))
    };
    heard(ppd, "power-profiles-daemon");
    heard(upower, "power-profiles-daemon");
    // Somebody without the name says what tuned would. The bus keeps the order: had it been heard, the looks for the real ones
    // behind it would name it. Two, because the first may still be one of those before.
    daemon(None, tuned.1, tuned.2, tuned.3);
    for _ in 0..2 {
        let lines = heard(ppd, "power-profiles-daemon");
        assert!(!lines.iter().any(|line| line.contains("tuned")), "{lines:#?}");
    }
    heard(tuned, "tuned");
    assert_eq!(service.end(), Some(0));
    let reverted = rt_tune(&["revert", "--all", "--state", state]);
    assert_eq!(reverted.status.code(), Some(0), "{reverted:?}");
    assert_eq!(std::fs::read_to_string(path).unwrap(), before);
}
