//! An address for a cable straight to a computer, beside whatever a router gives.

use super::{Context, Step, StepError, Wanted, network_manager};
use crate::journal::Undo;
use crate::values::DirectAddress;

/// Writes the profile `wired-direct`.
pub struct Direct;

const PATH: &str = "/etc/NetworkManager/system-connections/wired-direct.nmconnection";

/// The text of the profile. The fixed address holds at once; asking for another one goes on without end beside it.
pub fn profile(direct: DirectAddress) -> String {
    let DirectAddress { address, prefix } = direct;
    format!(
        "[connection]\nid=wired-direct\ntype=ethernet\nautoconnect=true\nautoconnect-priority=1\nautoconnect-retries=0\n\n\
         [ipv4]\naddress1={address}/{prefix}\ndhcp-timeout=2147483647\nmay-fail=true\nmethod=auto\nroute-metric=100\n\n\
         [ipv6]\naddr-gen-mode=eui64\nmay-fail=true\nmethod=auto\n"
    )
}

impl Step for Direct {
    fn name(&self) -> &'static str {
        "direct"
    }

    fn title(&self) -> &'static str {
        "Setting up Ethernet"
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        let direct = context.settings.direct;
        Ok(direct.map(|direct| Wanted::plain(format!("{}/{} on Ethernet", direct.address, direct.prefix))))
    }

    fn undo(&self, context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        Ok(vec![Undo::path(context.machine, PATH).map_err(StepError::file(PATH))?])
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let Some(direct) = context.settings.direct else { return Ok("nothing to do".to_owned()) };
        network_manager::put(context, PATH, &profile(direct))?;
        Ok(format!("profile with {}", direct.address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile() {
        let text = profile(crate::values::direct_address("169.254.161.200").unwrap());
        let expected = "[connection]\nid=wired-direct\ntype=ethernet\nautoconnect=true\nautoconnect-priority=1\nautoconnect-retries=0\n\n\
            [ipv4]\naddress1=169.254.161.200/16\ndhcp-timeout=2147483647\nmay-fail=true\nmethod=auto\nroute-metric=100\n\n\
            [ipv6]\naddr-gen-mode=eui64\nmay-fail=true\nmethod=auto\n";
        assert_eq!(text, expected);
    }
}
