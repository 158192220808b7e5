//! What a plugin needs and this host has not, before it is made.

use crate::error::InstantiateError;
use crate::info::PluginInfo;
use crate::port::PortKind;
use crate::settings::HostSettings;
use crate::sys::host::{supports, tells};

pub(super) fn check(info: &PluginInfo, settings: &HostSettings) -> Result<(), InstantiateError> {
    if let Some(feature) = info.required_features.iter().find(|feature| !supports(feature, settings)) {
        return Err(InstantiateError::UnsupportedFeature {
            plugin: info.uri.clone(),
            feature: feature.clone(),
        });
    }
    if let Some(option) = info.required_options.iter().find(|option| !tells(option)) {
        return Err(InstantiateError::UnsupportedOption { plugin: info.uri.clone(), option: option.clone() });
    }
    let unusable =
        |port: &&crate::PortInfo| port.kind == PortKind::Unsupported && !port.properties.connection_optional;
    if let Some(port) = info.ports.iter().find(unusable) {
        return Err(InstantiateError::UnsupportedPort {
            plugin: info.uri.clone(),
            symbol: port.symbol.clone(),
        });
    }
    match &info.binary {
        Some(binary) if binary.exists() => Ok(()),
        binary => Err(InstantiateError::NoBinary {
            plugin: info.uri.clone(),
            binary: binary.clone().unwrap_or_default(),
        }),
    }
}
