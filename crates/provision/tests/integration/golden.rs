//! Every file that is made, byte by byte.

use crate::support::{Fragile, KEY, Left, full_conf, options, pedal, picture};
use provision::machine::{Access, Machine, RealMachine};
use provision::report::{Ending, Report};
use provision::run;
use std::path::Path;

fn provision(root: &Path) -> (Report, Vec<String>) {
    let machine = Fragile::new(root, None, Left::Nothing);
    let report = run::run(&machine, &options(), &mut |_| {}).unwrap();
    (report, machine.programs.into_inner())
}

#[test]
fn all_keys_make_these_files() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), &full_conf());
    let before = picture(folder.path());
    let (report, programs) = provision(folder.path());
    assert!(report.is_good(), "{:?}", report.lines());
    assert_eq!((report.way_in, report.secrets_removed), (Some("key"), true));
    let mut after = picture(folder.path());
    after.remove("/var/lib/archibald-provision/journal.json").unwrap();
    after.retain(|path, content| before.get(path) != Some(content));
    let keys = format!("644 ssh-rsa AAAA of-the-image\n{KEY}\n");
    let conf = format!(
        "644 # settings\r\nWIFI_SSID=\"My Home\"\r\n\
         # WIFI_PASSWORD was taken over and removed from this file. Write a new line to change it.\r\n\
         WIFI_COUNTRY=\"DE\"\r\nSSH_AUTHORIZED_KEY=\"{KEY}\"\r\nHOSTNAME=\"stage-left\"\r\nTIMEZONE=\"Europe/Berlin\"\r\n\
         # USER_PASSWORD was taken over and removed from this file. Write a new line to change it. # mine\r\n\
         DIRECT_IP=\"169.254.161.200\"\r\nJACK_SAMPLE_RATE=48000\r\n"
    );
    let expected = [
        ("/boot/firmware/pistomp.conf", conf.as_str()),
        (
            "/etc/NetworkManager/system-connections/preconfigured.nmconnection",
            "600 [connection]\nid=preconfigured\ntype=wifi\ninterface-name=wlan0\nautoconnect=true\nautoconnect-retries=0\n\n\
             [wifi]\nmode=infrastructure\npowersave=2\nssid=My Home\n\n\
             [wifi-security]\nkey-mgmt=wpa-psk\npsk=correct horse\n\n\
             [ipv4]\nmethod=auto\nroute-metric=700\n\n[ipv6]\nmethod=auto\nroute-metric=700\n",
        ),
        (
            "/etc/NetworkManager/system-connections/wired-direct.nmconnection",
            "600 [connection]\nid=wired-direct\ntype=ethernet\nautoconnect=true\nautoconnect-priority=1\nautoconnect-retries=0\n\n\
             [ipv4]\naddress1=169.254.161.200/16\ndhcp-timeout=2147483647\nmay-fail=true\nmethod=auto\nroute-metric=100\n\n\
             [ipv6]\naddr-gen-mode=eui64\nmay-fail=true\nmethod=auto\n",
        ),
        ("/etc/hostname", "644 stage-left\n"),
        ("/etc/hosts", "644 127.0.0.1\tlocalhost\n127.0.1.1\tstage-left\n"),
        ("/etc/localtime", "-> /usr/share/zoneinfo/Europe/Berlin"),
        ("/etc/shadow", "644 root:*:1::::::\npistomp:<hash>:19000:0:99999:7:::\n"),
        (
            "/etc/ssh/sshd_config.d/10-archibald.conf",
            "644 # A password opens SSH only where the owner has chosen one; see 20-archibald-password.conf.\n\
             PermitRootLogin no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n",
        ),
        (
            "/etc/ssh/sshd_config.d/20-archibald-password.conf",
            "644 # The owner chose a password at the first boot.\nMatch User pistomp\n    PasswordAuthentication yes\n",
        ),
        ("/etc/timezone", "644 Europe/Berlin\n"),
        ("/home/pistomp/.ssh/authorized_keys", &keys.replace("644", "600")),
        (
            "/home/pistomp/data/config/default_config.yml",
            "660 # Written at the first boot. The version decides which controls the pedal has.\nhardware:\n  version: 2.0\n",
        ),
        ("/proc/sys/kernel/hostname", "644 stage-left"),
        ("/sys/class/rfkill/rfkill1/soft", "644 1"),
        ("/var/lib/alsa/asound.state", "644 state.IQaudIOCODEC {\n}\n"),
        ("/var/lib/archibald/jack", "644 JACK_PERIOD=256\nJACK_SAMPLE_RATE=48000\n"),
    ];
    let expected: std::collections::BTreeMap<_, _> =
        expected.into_iter().map(|(path, content)| (path.to_owned(), content.to_owned())).collect();
    assert_eq!(after, expected);
    let (amixer, others): (Vec<_>, Vec<_>) =
        programs.iter().map(String::as_str).partition(|line| line.starts_with("amixer"));
    // The sound waits for these.
    assert_eq!(
        amixer,
        ["amixer --quiet --card IQaudIOCODEC --stdin <", "amixer --card IQaudIOCODEC scontrols"]
    );
    assert_eq!(
        others,
        [
            "iw reg set DE",
            "sfdisk --no-reread --no-tell-kernel --force -N 2 /dev/mmcblk0 <",
            "partx --update --nr 2 /dev/mmcblk0",
            "resize2fs /dev/mmcblk0p2",
            "alsactl store IQaudIOCODEC",
        ]
    );
}

#[test]
fn without_key_and_password_ssh_is_closed_and_the_display_says_so() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), "WIFI_COUNTRY=US\n");
    std::fs::remove_file(folder.path().join("home/pistomp/.ssh/authorized_keys")).unwrap();
    let (report, _) = provision(folder.path());
    assert_eq!(report.way_in, None);
    assert!(report.display().join(" ").contains("SSH_AUTHORIZED_KEY"));
    let tree = picture(folder.path());
    assert!(tree["/etc/ssh/sshd_config.d/10-archibald.conf"].contains("\nPasswordAuthentication no\n"));
    assert!(!tree.contains_key("/etc/ssh/sshd_config.d/20-archibald-password.conf"));
    // sshd takes the first value that it reads.
    let machine = RealMachine::new(folder.path());
    assert_eq!(machine.list("/etc/ssh/sshd_config.d").unwrap()[0], "10-archibald.conf");
}

#[test]
fn the_published_password_does_not_open_ssh() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), "USER_PASSWORD=pistomp\n");
    std::fs::remove_file(folder.path().join("home/pistomp/.ssh/authorized_keys")).unwrap();
    let (report, _) = provision(folder.path());
    assert!(picture(folder.path())["/etc/shadow"].contains("pistomp:<hash>:"));
    assert_eq!(report.way_in, None);
}

#[test]
fn a_bad_value_is_skipped_and_the_rest_applies() {
    let folder = tempfile::tempdir().unwrap();
    pedal(
        folder.path(),
        "WIFI_SSID=Home\nWIFI_PASSWORD=short\nHOSTNAME=\"a b\"\nTIMEZONE=Mars/Base\nJACK_PERIOD=128\n",
    );
    let (report, _) = provision(folder.path());
    let lines: Vec<_> = report.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [2, 3]);
    let failed: Vec<_> =
        report.steps.iter().filter(|step| step.ending == Ending::Failed).map(|step| step.step).collect();
    assert_eq!(failed, ["timezone"]);
    let tree = picture(folder.path());
    assert_eq!(tree["/etc/hostname"], "644 pistomp\n");
    assert!(!tree.keys().any(|path| path.contains("nmconnection")));
    assert_eq!(tree["/var/lib/archibald/jack"], "644 JACK_PERIOD=128\n");
    // The password could not be used, so it stays for the owner to mend.
    assert!(tree["/boot/firmware/pistomp.conf"].contains("WIFI_PASSWORD=short"));
}

#[test]
fn a_dry_run_changes_nothing_and_secrets_are_kept_on_request() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), &full_conf());
    let before = picture(folder.path());
    let machine = RealMachine::new(folder.path());
    let dry = provision::run::Options { dry_run: true, ..options() };
    let report = run::run(&machine, &dry, &mut |_| {}).unwrap();
    assert_eq!(picture(folder.path()), before);
    assert_eq!(report.steps.iter().filter(|step| step.ending == Ending::Planned).count(), 13);
    let text = format!("{report:?}");
    assert!(!text.contains("correct horse") && !text.contains("battery staple"));

    let keep = provision::run::Options { keep_secrets: true, ..options() };
    let report = run::run(&machine, &keep, &mut |_| {}).unwrap();
    assert!(!report.secrets_removed);
    assert_eq!(picture(folder.path())["/boot/firmware/pistomp.conf"], before["/boot/firmware/pistomp.conf"]);
}

#[test]
fn a_removed_password_is_not_an_open_network() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), &full_conf());
    provision(folder.path());
    let path = "/etc/NetworkManager/system-connections/preconfigured.nmconnection";
    let profile = picture(folder.path())[path].clone();
    let (report, _) = provision(folder.path());
    assert!(report.is_good());
    assert_eq!(picture(folder.path())[path], profile);
    // Another network without its password is refused, and the old profile stays.
    let machine = RealMachine::new(folder.path());
    machine.write("/boot/firmware/pistomp.conf", b"WIFI_SSID=Stage\n", Access::PUBLIC).unwrap();
    let (report, _) = provision(folder.path());
    assert!(report.lines().iter().any(|(_, line)| line.starts_with("wifi: failed: WIFI_PASSWORD")));
    assert_eq!(picture(folder.path())[path], profile);
}

#[test]
fn on_nixos_the_files_of_the_store_stay_and_the_kernel_is_told_at_each_boot() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), "HOSTNAME=stage\n");
    let machine = RealMachine::new(folder.path());
    machine.symlink("/etc/static/hostname", "/etc/hostname").unwrap();
    machine.symlink("/etc/static/hosts", "/etc/hosts").unwrap();
    for _ in 0..2 {
        machine.write("/proc/sys/kernel/hostname", b"pistomp\n", Access::PUBLIC).unwrap();
        let (report, _) = provision(folder.path());
        assert!(report.is_good(), "{:?}", report.lines());
        let tree = picture(folder.path());
        assert_eq!(tree["/proc/sys/kernel/hostname"], "644 stage");
        assert_eq!(tree["/etc/hostname"], "-> /etc/static/hostname");
    }
}

#[test]
fn the_sounds_steps_alone_leave_the_rest_to_the_whole_run() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), &full_conf().replace("HOSTNAME=\"stage-left\"", "HOSTNAME=\"-\""));
    let machine = Fragile::new(folder.path(), None, Left::Nothing);
    let before = picture(folder.path());
    let only = run::Options { only: vec!["period".to_owned(), "mixer".to_owned()], ..options() };
    let report = run::run(&machine, &only, &mut |_| {}).unwrap();
    let steps: Vec<_> = report.steps.iter().map(|step| (step.step, step.ending)).collect();
    assert_eq!(steps[0], ("period", Ending::Done));
    assert_eq!((steps.len(), report.secrets_removed, report.problems.len()), (2, false, 0));
    let mut after = picture(folder.path());
    after.retain(|path, content| before.get(path) != Some(content) && !path.contains("provision"));
    let jack = after.remove("/var/lib/archibald/jack").unwrap();
    assert!(jack.contains("JACK_PERIOD=256") && jack.contains("JACK_SAMPLE_RATE=48000"), "{jack}");
    assert!(after.keys().all(|path| path.starts_with("/var/lib/alsa/")), "{after:?}");
    // The whole run afterwards: what was done is not done again, everything else is.
    let report = run::run(&machine, &options(), &mut |_| {}).unwrap();
    let ending = |name: &str| report.steps.iter().find(|step| step.step == name).unwrap().ending;
    assert_eq!((ending("period"), ending("wifi")), (Ending::Unchanged, Ending::Done));
    assert_eq!((report.problems.len(), report.secrets_removed), (1, true));
}

#[test]
fn a_step_that_nobody_knows_is_named() {
    let folder = tempfile::tempdir().unwrap();
    pedal(folder.path(), "");
    let machine = Fragile::new(folder.path(), None, Left::Nothing);
    let only = run::Options { only: vec!["sound".to_owned()], ..options() };
    let error = run::run(&machine, &only, &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("`sound`") && error.contains("period"), "{error}");
}
