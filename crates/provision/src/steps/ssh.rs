//! What sshd accepts before anybody has given a key or a password: nothing.

use super::{Context, Step, StepError, Wanted, run};
use crate::journal::Undo;
use crate::machine::Access;

/// Closes sshd for passwords.
pub struct Ssh;

/// sshd takes the first value that it meets, so this file must be read before the distribution's.
const RULE: &str = "# A password opens SSH only where the owner has chosen one; see 20-archibald-password.conf.\n\
    PermitRootLogin no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n";

/// Folder of our rules: sshd's own where there is one. On NixOS sshd is told to look into ours.
///
/// # Errors
///
/// The machine cannot be asked.
pub fn folder(context: &Context<'_>) -> Result<&'static str, StepError> {
    const DEBIAN: &str = "/etc/ssh/sshd_config.d";
    let present = context.machine.exists(DEBIAN).map_err(StepError::file(DEBIAN))?;
    Ok(if present { DEBIAN } else { "/var/lib/archibald/sshd" })
}

/// Lets a running sshd read its rules anew; at boot it is not running yet.
///
/// # Errors
///
/// It is running and refuses.
pub fn reload(context: &Context<'_>) -> Result<(), StepError> {
    for unit in ["sshd.service", "ssh.service"] {
        if context.machine.exists("/run/sshd.pid").unwrap_or(false) {
            run(context.machine, "systemctl", &["--no-block", "try-reload-or-restart", unit], "")?;
        }
    }
    Ok(())
}

fn path(context: &Context<'_>) -> Result<String, StepError> {
    Ok(format!("{}/10-archibald.conf", folder(context)?))
}

impl Step for Ssh {
    fn name(&self) -> &'static str {
        "ssh"
    }

    fn title(&self) -> &'static str {
        "Closing SSH"
    }

    fn wanted(&self, _context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        Ok(Some(Wanted::plain("SSH without passwords")))
    }

    fn undo(&self, context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        let path = path(context)?;
        Ok(vec![Undo::path(context.machine, &path).map_err(StepError::file(&path))?])
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let path = path(context)?;
        context.machine.write(&path, RULE.as_bytes(), Access::PUBLIC).map_err(StepError::file(&path))?;
        reload(context)?;
        Ok("keys only".to_owned())
    }
}

/// How somebody gets in over the network: `None` if nobody does.
///
/// # Errors
///
/// The machine cannot be asked.
pub fn way_in(context: &Context<'_>) -> Result<Option<&'static str>, StepError> {
    let mut files = vec![format!("/etc/ssh/authorized_keys.d/{}", context.user)];
    if let Ok(account) = context.account() {
        files.push(super::keys::path(&account));
    }
    for path in files {
        let text = context.machine.text(&path).map_err(StepError::file(&path))?.unwrap_or_default();
        if text.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            return Ok(Some("key"));
        }
    }
    let rule = format!("{}/20-archibald-password.conf", folder(context)?);
    let password = context.machine.exists(&rule).map_err(StepError::file(&rule))?;
    Ok(password.then_some("password"))
}
