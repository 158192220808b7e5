//! The accounts of the manifest, beside Debian's.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};

use anyhow::{Context, Result};
use serde_json::Value;

use super::Builder;

impl Builder<'_> {
    /// Groups and users of the manifest, beside Debian's.
    pub(super) fn accounts(&self) -> Result<()> {
        let read = |path: &str| {
            fs::read_to_string(self.root.join(path)).with_context(|| format!("cannot read {path}"))
        };
        let (mut passwd, mut group, mut shadow) =
            (read("etc/passwd")?, read("etc/group")?, read("etc/shadow")?);
        let accounts =
            self.manifest["users"]["accounts"].as_object().context("the manifest has no accounts")?;
        let groups = self.manifest["users"]["groups"].as_object().context("the manifest has no groups")?;
        let mut number = 900;
        for (name, about) in groups {
            let members = about["members"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let members: Vec<&str> = members.filter(|member| accounts.contains_key(*member)).collect();
            let line = group.lines().find(|line| line.starts_with(&format!("{name}:"))).map(str::to_owned);
            match line {
                Some(line) => group = group.replace(&line, &format!("{}{}", line, members.join(","))),
                None => {
                    number += 1;
                    group.push_str(&format!("{name}:x:{number}:{}\n", members.join(",")));
                }
            }
        }
        let id = |group: &str, name: &str| -> Option<String> {
            let line = group.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(":x:"))?;
            Some(line.split(':').next()?.to_owned())
        };
        for (name, about) in accounts.iter().filter(|(name, _)| *name != "root") {
            number += 1;
            let primary = about["group"].as_str().and_then(|primary| id(&group, primary));
            let gid = primary.with_context(|| format!("{name} has no group"))?;
            let (uid, home) = match about["isNormalUser"].as_bool() {
                Some(true) => (1000, about["home"].as_str().unwrap_or("/home/pistomp")),
                _ => (number, "/nonexistent"),
            };
            passwd.push_str(&format!("{name}:x:{uid}:{gid}::{home}:/bin/sh\n"));
            shadow.push_str(&format!("{name}:!:19000:0:99999:7:::\n"));
            if uid == 1000 {
                let home = self.root.join(home.trim_start_matches('/'));
                fs::create_dir_all(&home).context("cannot make the home folder")?;
                fs::set_permissions(&home, fs::Permissions::from_mode(0o750))
                    .context("cannot set permissions")?;
                chown(&home, Some(1000), gid.parse().ok()).context("cannot give the home folder away")?;
            }
        }
        self.put("etc/passwd", passwd.as_bytes(), 0o644)?;
        self.put("etc/group", group.as_bytes(), 0o644)?;
        self.put("etc/shadow", shadow.as_bytes(), 0o640)
    }
}
