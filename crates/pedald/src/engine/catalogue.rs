//! A few plugins that exist only as descriptions, for tests and for looking at the simulator without LV2 plugins.

use std::sync::Arc;

use crate::session::{Catalogue, ControlKind, ControlSpec, ParameterSpec, PluginSpec, PortSpec};

/// Four plugins: `urn:fake:gain`, `urn:fake:delay`, `urn:fake:filter`, `urn:fake:amp`.
#[derive(Debug, Clone)]
pub struct FakeCatalogue {
    plugins: Vec<Arc<PluginSpec>>,
}

fn ports(symbols: &[&str]) -> Vec<PortSpec> {
    symbols.iter().map(|symbol| PortSpec { symbol: (*symbol).into(), name: (*symbol).into() }).collect()
}

fn control(symbol: &str, min: f32, max: f32, default: f32, kind: ControlKind) -> ControlSpec {
    let name: String = symbol.into();
    ControlSpec {
        symbol: name.clone(),
        short_name: name.clone(),
        name,
        min,
        max,
        default,
        kind,
        ..ControlSpec::default()
    }
}

fn plugin(name: &str, category: &str, controls: Vec<ControlSpec>) -> PluginSpec {
    PluginSpec {
        uri: format!("urn:fake:{}", name.to_lowercase()),
        name: name.into(),
        label: name.into(),
        brand: "fake".into(),
        categories: vec![category.into()],
        controls,
        audio_inputs: ports(&["in"]),
        audio_outputs: ports(&["out"]),
        ..PluginSpec::default()
    }
}

impl Default for FakeCatalogue {
    fn default() -> Self {
        use ControlKind::{Integer, Linear, Logarithmic, Toggle, Trigger};
        let gain = plugin("Gain", "Utility", vec![control("gain", -60.0, 24.0, 0.0, Linear)]);
        let delay = PluginSpec {
            audio_outputs: ports(&["left", "right"]),
            outputs: vec![control("level", -90.0, 6.0, -90.0, Linear)],
            monitored: vec!["level".into()],
            ..plugin(
                "Delay",
                "Delay",
                vec![
                    ControlSpec {
                        tap_tempo: true,
                        unit: "ms".into(),
                        ..control("time", 1.0, 2000.0, 400.0, Logarithmic)
                    },
                    control("feedback", 0.0, 1.0, 0.3, Linear),
                    control("taps", 1.0, 8.0, 1.0, Integer),
                    control("freeze", 0.0, 1.0, 0.0, Toggle),
                    control("reset", 0.0, 1.0, 0.0, Trigger),
                ],
            )
        };
        let filter = PluginSpec {
            midi_inputs: ports(&["control"]),
            ..plugin(
                "Filter",
                "Filter",
                vec![
                    control("cutoff", 20.0, 20_000.0, 1000.0, Logarithmic),
                    control("q", 0.1, 10.0, 0.7, Linear),
                    ControlSpec {
                        designation: "http://lv2plug.in/ns/lv2core#enabled".into(),
                        ..control("enabled", 0.0, 1.0, 1.0, Toggle)
                    },
                ],
            )
        };
        let amp = PluginSpec {
            parameters: vec![ParameterSpec {
                uri: "urn:fake:amp#model".into(),
                label: "Model".into(),
                kind: 'p',
                writable: true,
                file_types: vec!["nammodel".into()],
            }],
            presets: vec![("urn:fake:amp#clean".into(), "Clean".into())],
            ..plugin("Amp", "Simulator", vec![control("drive", 0.0, 10.0, 5.0, Linear)])
        };
        Self { plugins: [gain, delay, filter, amp].into_iter().map(Arc::new).collect() }
    }
}

impl Catalogue for FakeCatalogue {
    fn plugin(&self, uri: &str) -> Option<Arc<PluginSpec>> {
        self.plugins.iter().find(|plugin| plugin.uri == uri).cloned()
    }
}
