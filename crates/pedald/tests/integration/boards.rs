//! Boards of our own test plugins.

use std::sync::Arc;

use pedald::session::{Board, Catalogue, ControlSpec, Endpoint, Instance, Plugin, PluginSpec, PortSpec};

/// `unity` and `gain` of the crate `test-plugins`.
#[derive(Debug, Clone, Copy)]
pub struct TestCatalogue;

impl Catalogue for TestCatalogue {
    fn plugin(&self, uri: &str) -> Option<Arc<PluginSpec>> {
        let name = uri.strip_prefix("urn:archibald:test:")?;
        let port = |symbol: &str| vec![PortSpec { symbol: symbol.into(), name: symbol.into() }];
        let gain = ControlSpec { symbol: "gain".into(), max: 10.0, default: 1.0, ..ControlSpec::default() };
        let controls = match name {
            "gain" => vec![gain],
            "unity" => Vec::new(),
            _ => return None,
        };
        Some(Arc::new(PluginSpec {
            uri: uri.into(),
            name: name.into(),
            controls,
            audio_inputs: port("in"),
            audio_outputs: port("out"),
            ..PluginSpec::default()
        }))
    }
}

/// capture 1 → `length` gains and unities in a row → playback 1.
pub fn chain(title: &str, length: usize) -> Board {
    let mut board = Board { title: title.into(), ..Board::empty() };
    let mut from = Endpoint::system("capture_1");
    for number in 0..length {
        let uri = if number % 2 == 0 { "urn:archibald:test:gain" } else { "urn:archibald:test:unity" };
        let name = format!("p{number}");
        let spec = TestCatalogue.plugin(uri).expect("a test plugin");
        board.plugins.push(Arc::new(Plugin::new(Instance::new(&name), number as i32, spec)));
        board.connections.push((from, Endpoint::plugin(name.as_str(), "in")));
        from = Endpoint::plugin(name.as_str(), "out");
    }
    board.connections.push((from, Endpoint::system("playback_1")));
    board.snapshots = vec![Arc::new(board.capture("Default"))];
    board
}
