//! The generated units in Debian's terms: programs in /usr, scripts in the package's own folder, data below /var/lib.

use anyhow::{Result, bail};
use serde_json::Value;

use crate::nix::tmpfiles;

/// Where the package keeps its scripts.
pub(super) const SCRIPTS: &str = "/usr/lib/archibald-pedal";
/// What the owner's home is on NixOS, and where the same folders lie here: a Debian has its own people in /home.
const HOME: [&str; 2] = ["/home/pistomp", "/var/lib/archibald-pedal"];
const STORE: &str = "/nix/store/";
/// The boards to begin with: their folder in the store, in the repository, and in the package.
pub(super) const FACTORY: [&str; 3] = ["factory", "boards/factory", "/usr/share/archibald-pedal/boards"];
/// Scripts of the modules, by name.
const OWN: &[&str] = &["archibald-sound-interrupts", "jack-ready"];
/// Environment that NixOS needs and Debian has in its places.
const ENVIRONMENT: &[&str] = &["LOCALE_ARCHIVE=", "PATH=", "TZDIR="];

/// A unit's text for Debian. A path of the store that has no counterpart fails.
pub(super) fn unit(name: &str, text: &str) -> Result<String> {
    let mut translated = String::new();
    for line in text.lines() {
        let nix_only = line.starts_with("X-")
            || ENVIRONMENT.iter().any(|variable| line.starts_with(&format!("Environment=\"{variable}")));
        if !nix_only {
            translated.push_str(&path(name, line)?.replace(HOME[0], HOME[1]));
            translated.push('\n');
        }
    }
    // On a machine with fewer cores the unit would not start at all.
    Ok(translated.replace("CPUAffinity=2-3\n", "").replace("ProtectHome=tmpfs", "ProtectHome=true"))
}

/// The store's paths in a line, each replaced.
fn path(unit: &str, line: &str) -> Result<String> {
    let mut rest = line;
    let mut translated = String::new();
    while let Some(at) = rest.find(STORE) {
        translated.push_str(&rest[..at]);
        rest = &rest[at + STORE.len()..];
        let end = rest.find([' ', '"', ':', ';']).unwrap_or(rest.len());
        let (whole, after) = rest.split_at(end);
        if whole == FACTORY[0] {
            translated.push_str(FACTORY[2]);
            rest = after;
            continue;
        }
        let Some((folder, inside)) = whole.split_once('/') else {
            bail!("{unit}: {STORE}{whole} has no place in Debian: add it to deb/translate.rs");
        };
        let program = inside.strip_prefix("bin/").or_else(|| inside.strip_prefix("sbin/"));
        match program {
            Some(script) if OWN.contains(&folder) => translated.push_str(&format!("{SCRIPTS}/{script}")),
            Some(program) => translated.push_str(&format!("/usr/bin/{program}")),
            None if inside == "lib/lv2" => translated.push_str("/usr/lib/lv2:/usr/local/lib/lv2"),
            None => bail!("{unit}: {STORE}{whole} has no place in Debian: add it to deb/translate.rs"),
        }
        rest = after;
    }
    translated.push_str(rest);
    Ok(translated)
}

/// Users and groups for systemd-sysusers: those of the manifest that services run as, and the owner of the data.
pub(super) fn accounts(manifest: &Value) -> String {
    let mut text = String::from("# Users and groups of the pedal's services\n");
    for group in ["pistomp", "jack", "gpio", "spi", "i2c"] {
        text.push_str(&format!("g {group} -\n"));
    }
    text.push_str(&format!("u pistomp -:pistomp \"Owner of the pedal's data\" {}\n", HOME[1]));
    for (name, about) in manifest["users"]["accounts"].as_object().into_iter().flatten() {
        if about["isNormalUser"] == true || name == "root" {
            continue;
        }
        let group = about["group"].as_str().unwrap_or("nogroup");
        let title = about["description"].as_str().unwrap_or_default();
        text.push_str(&format!("u {name} -:{group} \"{title}\" /nonexistent\n"));
        for extra in about["extraGroups"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            text.push_str(&format!("m {name} {extra}\n"));
        }
    }
    text
}

/// Folders for systemd-tmpfiles, in the manifest's order.
pub(super) fn folders(manifest: &Value) -> String {
    let mut text = format!("# Folders of the pedal\nd {} 0750 pistomp pistomp - -\n", HOME[1]);
    if let Some(rules) = manifest["services"]["tmpfiles"].as_object() {
        text.push_str(&tmpfiles::lines(rules, |path| path.replace(HOME[0], HOME[1])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_becomes_debians() {
        let text = "[Unit]\nX-Restart-Triggers=/nix/store/x\n[Service]\nEnvironment=\"PATH=/nix/store/git/bin\"\n\
            Environment=\"LV2_PATH=/home/pistomp/.lv2:/nix/store/pedal-lv2/lib/lv2\"\nCPUAffinity=2-3\n\
            ExecStart=\"/nix/store/archibald-engine-0.1.0/bin/archibald-engine\" \"run\"\n\
            Environment=\"MOD_FACTORY_PEDALBOARDS_DIR=/nix/store/factory\"\n\
            Environment=\"JACK_READY=/nix/store/jack-ready/bin/jack-ready\"\n";
        let expected = "[Unit]\n[Service]\n\
            Environment=\"LV2_PATH=/var/lib/archibald-pedal/.lv2:/usr/lib/lv2:/usr/local/lib/lv2\"\n\
            ExecStart=\"/usr/bin/archibald-engine\" \"run\"\n\
            Environment=\"MOD_FACTORY_PEDALBOARDS_DIR=/usr/share/archibald-pedal/boards\"\n\
            Environment=\"JACK_READY=/usr/lib/archibald-pedal/jack-ready\"\n";
        assert_eq!(unit("x.service", text).unwrap(), expected);
    }

    #[test]
    fn a_path_without_a_counterpart_fails() {
        let error = unit("x.service", "EnvironmentFile=/nix/store/secret").unwrap_err().to_string();
        assert!(error.contains("x.service: /nix/store/secret"), "{error}");
        assert!(unit("x.service", "A=/nix/store/x/share/y").is_err());
    }

    #[test]
    fn accounts_and_folders() {
        let manifest = serde_json::json!({
            "users": { "accounts": {
                "jack": { "group": "jack", "description": "JACK", "extraGroups": ["audio"], "isNormalUser": false },
                "pistomp": { "group": "pistomp", "isNormalUser": true }
            } },
            "services": { "tmpfiles": { "20": { "/home/pistomp/data": { "d": { "type": "d", "mode": "2770", "user": "pistomp",
                "group": "pistomp", "age": "-", "argument": "" } } } } }
        });
        assert!(accounts(&manifest).ends_with("u jack -:jack \"JACK\" /nonexistent\nm jack audio\n"));
        assert!(folders(&manifest).ends_with("d /var/lib/archibald-pedal/data 2770 pistomp pistomp - -\n"));
    }
}
