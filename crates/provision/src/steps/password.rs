//! The owner's password: hashed at once, written into /etc/shadow. A good one opens SSH for this account too.

use super::{Context, Step, StepError, Wanted, mark, shadow, ssh};
use crate::journal::Undo;
use crate::machine::Access;
use crate::secret::Secret;
use crate::values;
use serde_json::json;
use yescrypt::{PasswordHasher, Yescrypt};

/// Sets the password.
pub struct Password;

/// The hash that login programs compare with: yescrypt with its usual cost (16 MiB, some tens of milliseconds) and
/// a random salt.
///
/// # Errors
///
/// The system has no randomness.
pub fn hash(password: &Secret) -> Result<String, StepError> {
    let hash = Yescrypt::default().hash_password(password.reveal().as_bytes());
    hash.map(|hash| hash.as_str().to_owned())
        .map_err(|error| StepError::Refused(format!("the password cannot be hashed: {error}")))
}

/// What sshd is told about the account.
pub fn rule(user: &str) -> String {
    format!(
        "# The owner chose a password at the first boot.\nMatch User {user}\n    PasswordAuthentication yes\n"
    )
}

fn rule_path(context: &Context<'_>) -> Result<String, StepError> {
    Ok(format!("{}/20-archibald-password.conf", ssh::folder(context)?))
}

impl Step for Password {
    fn name(&self) -> &'static str {
        "password"
    }

    fn title(&self) -> &'static str {
        "Setting the password"
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        let Some(password) = &context.settings.password else { return Ok(None) };
        let text = match values::good_for_network(password) {
            true => format!("password of {}, also for SSH", context.user),
            false => format!(
                "password of {}, at the console only: SSH wants {} characters that are not in the manual",
                context.user,
                values::REMOTE_PASSWORD
            ),
        };
        let value = json!({ "user": context.user, "mark": mark(password.reveal()) });
        Ok(Some(Wanted { text, value }))
    }

    fn undo(&self, context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        let path = rule_path(context)?;
        Ok(vec![
            Undo::Password {
                user: context.user.to_owned(),
                field: shadow::field(context.machine, context.user)?,
            },
            Undo::path(context.machine, &path).map_err(StepError::file(&path))?,
        ])
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let Some(password) = &context.settings.password else { return Ok("nothing to do".to_owned()) };
        let machine = context.machine;
        shadow::set_field(machine, context.user, &hash(password)?)?;
        let path = rule_path(context)?;
        let good = values::good_for_network(password);
        match good {
            true => machine.write(&path, rule(context.user).as_bytes(), Access::PUBLIC),
            false => machine.remove(&path),
        }
        .map_err(StepError::file(&path))?;
        ssh::reload(context)?;
        Ok(if good { "set, also for SSH" } else { "set, at the console only" }.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn the_hash_is_new_each_time_and_the_systems_own_crypt_agrees() {
        let password = Secret::new("pässword 1");
        let (one, two) = (hash(&password).unwrap(), hash(&password).unwrap());
        assert_ne!(one, two);
        assert!(one.starts_with("$y$j"), "{one}");
        // Perl hands both to the crypt(3) that login uses.
        let crypt = |text: &str| {
            let output =
                Command::new("perl").args(["-e", "print crypt($ARGV[0], $ARGV[1])", text, &one]).output();
            String::from_utf8(output.expect("perl is on every Debian").stdout).unwrap()
        };
        assert_eq!(crypt(password.reveal()), one);
        assert_ne!(crypt("password 1"), one);
    }

    #[test]
    fn the_rule() {
        let expected = "# The owner chose a password at the first boot.\nMatch User pistomp\n    PasswordAuthentication yes\n";
        assert_eq!(rule("pistomp"), expected);
    }
}
