//! What the tests share.

use std::cell::Cell;
use std::sync::Arc;

use lv2_host::{Control, HostSettings, InstantiateError, PortKind, Runner, Urids, WorkerHub, World};

/// A world with settings for 48 kHz and blocks of 256 frames.
pub(crate) struct Rig {
    pub(crate) world: World,
    pub(crate) settings: HostSettings,
}

impl Rig {
    /// The plugins of the machine.
    pub(crate) fn system() -> Self {
        let urids = Urids::new();
        let world = World::new(urids.clone()).unwrap();
        Self { world, settings: HostSettings::new(48_000.0, 256, urids, WorkerHub::new()) }
    }

    /// The test plugins, and the specifications of the machine.
    pub(crate) fn own() -> Self {
        let urids = Urids::new();
        let world = World::with_path(urids.clone(), &test_plugins::lv2_path()).unwrap();
        Self { world, settings: HostSettings::new(48_000.0, 256, urids, WorkerHub::new()) }
    }

    /// A test plugin, activated.
    pub(crate) fn test(&self, name: &str) -> (Control, Runner) {
        self.plugin(&format!("{}{name}", test_plugins::PREFIX))
    }

    /// Why a test plugin is refused.
    pub(crate) fn refusal(&self, name: &str) -> InstantiateError {
        let info = self.world.plugin(&format!("{}{name}", test_plugins::PREFIX)).unwrap();
        self.world.instantiate(&info, &self.settings).expect_err("it should be refused")
    }

    /// An activated plugin.
    pub(crate) fn plugin(&self, uri: &str) -> (Control, Runner) {
        let info = self.world.plugin(uri).unwrap_or_else(|| panic!("{uri} is not installed"));
        let (mut control, runner) = self.world.instantiate(&info, &self.settings).unwrap();
        control.activate();
        (control, runner)
    }
}

/// Sample buffers.
pub(crate) fn cells(samples: impl IntoIterator<Item = f32>) -> Vec<Cell<f32>> {
    samples.into_iter().map(Cell::new).collect()
}

/// The samples in a buffer.
pub(crate) fn samples(buffer: &[Cell<f32>]) -> Vec<f32> {
    buffer.iter().map(Cell::get).collect()
}

/// Runs one block with the same samples on all signal inputs; what came out of each signal output.
pub(crate) fn run(runner: &mut Runner, input: &[f32]) -> Vec<Vec<f32>> {
    let info = Arc::clone(runner.info());
    let input = cells(input.iter().copied());
    let outputs: Vec<_> = info
        .ports
        .iter()
        .filter(|port| matches!(port.kind, PortKind::AudioOut | PortKind::CvOut))
        .map(|port| (port.index, cells(std::iter::repeat_n(f32::NAN, input.len()))))
        .collect();
    let mut block = runner.block(input.len() as u32);
    for port in info.ports.iter().filter(|port| matches!(port.kind, PortKind::AudioIn | PortKind::CvIn)) {
        assert!(block.lend(port.index, &input));
    }
    for (port, buffer) in &outputs {
        assert!(block.lend(*port, buffer));
    }
    assert_eq!(block.run(), lv2_host::Outcome::Ran);
    outputs.iter().map(|(_, buffer)| samples(buffer)).collect()
}

/// Value of the control port with this symbol.
pub(crate) fn control(runner: &Runner, symbol: &str) -> f32 {
    runner.control(runner.info().port(symbol).unwrap().index)
}

/// Sets the control port with this symbol.
pub(crate) fn set(runner: &mut Runner, symbol: &str, value: f32) {
    let index = runner.info().port(symbol).unwrap().index;
    runner.set_control(index, value);
}
