//! The wireless network, as a profile that only root can read.

use super::{Context, Step, StepError, Wanted, mark, network_manager};
use crate::journal::Undo;
use crate::values::{Security, Wifi};
use serde_json::{Value, json};

/// Writes the profile `preconfigured`.
pub struct WifiProfile;

const PATH: &str = "/etc/NetworkManager/system-connections/preconfigured.nmconnection";

/// The text of the profile; `None` if the password is not known any more.
pub fn profile(wifi: &Wifi, interface: Option<&str>) -> Option<String> {
    let interface = interface.map(|name| format!("interface-name={name}\n")).unwrap_or_default();
    // `wpa-psk` lets NetworkManager take WPA2 or WPA3, whatever the network has.
    let security = match &wifi.security {
        Security::Open => String::new(),
        Security::Wpa(key) => section("wpa-psk", key.reveal()),
        Security::Wpa3(key) => section("sae", key.reveal()),
        Security::NotNamed => return None,
    };
    let ssid = network_manager::ssid(&wifi.ssid);
    // Retries without end: on stage the access point may come after the pedal. No power saving: it adds up to 100 ms.
    Some(format!(
        "[connection]\nid=preconfigured\ntype=wifi\n{interface}autoconnect=true\nautoconnect-retries=0\n\n\
         [wifi]\nmode=infrastructure\npowersave=2\nssid={ssid}\n\n{security}\
         [ipv4]\nmethod=auto\nroute-metric=700\n\n[ipv6]\nmethod=auto\nroute-metric=700\n"
    ))
}

fn section(management: &str, key: &str) -> String {
    format!("[wifi-security]\nkey-mgmt={management}\npsk={}\n\n", network_manager::escape(key))
}

impl Step for WifiProfile {
    fn name(&self) -> &'static str {
        "wifi"
    }

    fn title(&self) -> &'static str {
        "Setting up Wi-Fi"
    }

    fn wanted(&self, context: &Context<'_>) -> Result<Option<Wanted>, StepError> {
        let Some(wifi) = &context.settings.wifi else { return Ok(None) };
        let (protection, secret) = match &wifi.security {
            Security::Open => ("open", None),
            Security::Wpa(key) => ("WPA2 or WPA3", Some(mark(key.reveal()))),
            Security::Wpa3(key) => ("WPA3", Some(mark(key.reveal()))),
            Security::NotNamed => ("as before", None),
        };
        Ok(Some(Wanted {
            text: format!("network {:?}, {protection}", wifi.ssid),
            value: json!({ "ssid": wifi.ssid, "protection": protection, "mark": secret }),
        }))
    }

    fn undo(&self, context: &Context<'_>) -> Result<Vec<Undo>, StepError> {
        Ok(vec![Undo::path(context.machine, PATH).map_err(StepError::file(PATH))?])
    }

    fn apply(&self, context: &Context<'_>) -> Result<String, StepError> {
        let Some(wifi) = &context.settings.wifi else { return Ok("nothing to do".to_owned()) };
        let Some(text) = profile(wifi, context.wireless) else {
            let message =
                "WIFI_PASSWORD is not there: write it, or WIFI_PASSWORD=\"\" if the network is open";
            return Err(StepError::Refused(message.to_owned()));
        };
        network_manager::put(context, PATH, &text)?;
        Ok(format!("profile for {:?}", wifi.ssid))
    }

    fn same(&self, wanted: &Wanted, last: &Value) -> bool {
        // The password was taken over and removed from the file: the profile has it.
        let kept = wanted.value["protection"] == "as before" && wanted.value["ssid"] == last["ssid"];
        kept || wanted.value == *last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    const WPA2: &str = "[connection]\nid=preconfigured\ntype=wifi\ninterface-name=wlan0\nautoconnect=true\nautoconnect-retries=0\n\n\
        [wifi]\nmode=infrastructure\npowersave=2\nssid=Home\n\n\
        [wifi-security]\nkey-mgmt=wpa-psk\npsk=\\sp\\\\ssword\n\n\
        [ipv4]\nmethod=auto\nroute-metric=700\n\n[ipv6]\nmethod=auto\nroute-metric=700\n";

    fn with(security: Security) -> Option<String> {
        profile(&Wifi { ssid: "Home".to_owned(), security }, Some("wlan0"))
    }

    #[test]
    fn the_profiles() {
        assert_eq!(with(Security::Wpa(Secret::new(r" p\ssword"))).as_deref(), Some(WPA2));
        let wpa3 = WPA2.replace("wpa-psk", "sae");
        assert_eq!(with(Security::Wpa3(Secret::new(r" p\ssword"))), Some(wpa3));
        let open = WPA2.replace("[wifi-security]\nkey-mgmt=wpa-psk\npsk=\\sp\\\\ssword\n\n", "");
        assert_eq!(with(Security::Open), Some(open));
        assert_eq!(with(Security::NotNamed), None);
    }

    #[test]
    fn a_removed_password_is_the_same_password_for_the_same_network_only() {
        let wanted = |ssid: &str| Wanted {
            text: String::new(),
            value: json!({ "ssid": ssid, "protection": "as before", "mark": null }),
        };
        let last = json!({ "ssid": "Home", "protection": "WPA2 or WPA3", "mark": 7 });
        assert!(WifiProfile.same(&wanted("Home"), &last));
        assert!(!WifiProfile.same(&wanted("Stage"), &last));
    }
}
