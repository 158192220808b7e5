//! A plugin sounds in the engine exactly as it does alone: difference 0, at any period.

use std::cell::Cell;
use std::sync::Arc;

use lv2_host::{HostSettings, Outcome, PortKind, Urids, WorkerHub, World};
use pedal_engine::host::HostOptions;

use crate::host_rig::{HostRig, RATE};

/// Plugins of Debian, from seven packages.
const PLUGINS: &[&str] = &[
    "http://lv2plug.in/plugins/eg-amp",
    "http://drobilla.net/plugins/mda/Ambience",
    "http://drobilla.net/plugins/mda/Bandisto",
    "http://drobilla.net/plugins/mda/Combo",
    "http://drobilla.net/plugins/mda/Delay",
    "http://drobilla.net/plugins/mda/Detune",
    "http://drobilla.net/plugins/mda/Dynamics",
    "http://drobilla.net/plugins/mda/Leslie",
    "http://drobilla.net/plugins/mda/Limiter",
    "http://drobilla.net/plugins/mda/MultiBand",
    "http://drobilla.net/plugins/mda/Overdrive",
    "http://drobilla.net/plugins/mda/Stereo",
    "http://drobilla.net/plugins/mda/ThruZero",
    "http://guitarix.sourceforge.net/plugins/gxbooster#booster",
    "http://guitarix.sourceforge.net/plugins/gxts9#ts9sim",
    "http://guitarix.sourceforge.net/plugins/gxtubedelay#tubedelay",
    "http://guitarix.sourceforge.net/plugins/gx_oc_2_#_oc_2_",
    "http://plugin.org.uk/swh-plugins/amp",
    "http://plugin.org.uk/swh-plugins/sc4",
    "http://plugin.org.uk/swh-plugins/dj_eq_mono",
    "http://plugin.org.uk/swh-plugins/foldover",
    "http://plugin.org.uk/swh-plugins/gate",
    "http://plugin.org.uk/swh-plugins/comb",
    "http://plugin.org.uk/swh-plugins/gverb",
    "http://gareus.org/oss/lv2/darc#mono",
    "http://gareus.org/oss/lv2/fil4#mono",
    "urn:zamaudio:ZamComp",
    "urn:zamaudio:ZamDelay",
    "urn:zamaudio:ZamTube",
    "urn:archibald:test:latency",
    "urn:archibald:test:stereo",
    "urn:archibald:test:fixed",
];

const PERIODS: [usize; 5] = [1, 17, 64, 256, 4096];

fn signal(time: u64) -> f32 {
    let t = time as f32 / RATE as f32;
    0.3 * (t * 440.0 * std::f32::consts::TAU).sin() + 0.2 * ((time * 7919 % 1009) as f32 / 1009.0 - 0.5)
}

/// The first two audio outputs of the plugin, run by itself. `None`: it does not take this period.
fn alone(world: &World, urids: &Urids, uri: &str, period: usize, blocks: usize) -> Option<Vec<Vec<f32>>> {
    alone_at(world, urids, uri, period, blocks, false)
}

fn alone_at(
    world: &World,
    urids: &Urids,
    uri: &str,
    period: usize,
    blocks: usize,
    freewheel: bool,
) -> Option<Vec<Vec<f32>>> {
    let plugin = world.plugin(uri)?;
    let hub = WorkerHub::new();
    let settings = HostSettings::new(f64::from(RATE), period as u32, urids.clone(), hub);
    let (mut control, mut runner) = world.instantiate(&plugin, &settings).ok()?;
    control.activate();
    runner.set_freewheel(freewheel);
    let inputs: Vec<u32> = plugin.ports_of(PortKind::AudioIn).map(|port| port.index).collect();
    let outputs: Vec<u32> = plugin.ports_of(PortKind::AudioOut).map(|port| port.index).take(2).collect();
    let mut heard = vec![Vec::new(); outputs.len()];
    for block in 0..blocks {
        let input: Vec<Cell<f32>> =
            (0..period).map(|i| Cell::new(signal((block * period + i) as u64))).collect();
        let buffers: Vec<Vec<Cell<f32>>> = outputs.iter().map(|_| vec![Cell::new(0.0); period]).collect();
        let mut run = runner.block(period as u32);
        inputs.iter().for_each(|&port| assert!(run.lend(port, &input)));
        outputs.iter().zip(&buffers).for_each(|(&port, buffer)| assert!(run.lend(port, buffer)));
        assert_eq!(run.run(), Outcome::Ran, "{uri} at {period}");
        for (all, buffer) in heard.iter_mut().zip(&buffers) {
            all.extend(buffer.iter().map(Cell::get));
        }
    }
    Some(heard)
}

fn in_the_engine(
    uri: &str,
    period: usize,
    blocks: usize,
    ports: &Arc<lv2_host::PluginInfo>,
    freewheel: bool,
) -> [Vec<f32>; 2] {
    let options = HostOptions { period, fade_ms: 0.0, warm_blocks: 0, ..HostOptions::default() };
    let mut rig = HostRig::with(options);
    rig.strict = uri.starts_with("urn:archibald");
    rig.freewheel = freewheel;
    rig.ok("feature_enable processing 0");
    rig.ok(&format!("add {uri} 0"));
    for port in ports.ports_of(PortKind::AudioIn) {
        rig.ok(&format!("connect system:capture_1 effect_0:{}", port.symbol));
    }
    for (port, channel) in ports.ports_of(PortKind::AudioOut).zip(1..=2) {
        rig.ok(&format!("connect effect_0:{} system:playback_{channel}", port.symbol));
    }
    rig.ok("feature_enable processing 1");
    rig.run(blocks, signal)
}

#[test]
fn every_plugin_at_every_period() {
    let urids = Urids::new();
    let world = World::with_path(urids.clone(), &test_plugins::lv2_path()).expect("lilv");
    let mut compared = 0;
    let mut wrong = Vec::new();
    for uri in PLUGINS {
        let plugin = world.plugin(uri).unwrap_or_else(|| panic!("{uri} is not installed"));
        for period in PERIODS {
            let blocks = (12_288 / period).max(3);
            // the engine first: it sets this thread to flush denormals, for both
            let got = in_the_engine(uri, period, blocks, &plugin, false);
            let Some(expected) = alone(&world, &urids, uri, period, blocks) else { continue };
            if alone(&world, &urids, uri, period, blocks).as_ref() != Some(&expected) {
                println!("left out: {uri} at {period} differs from itself from run to run");
                continue;
            }
            for (channel, expected) in expected.iter().enumerate() {
                let differs = got[channel].iter().zip(expected).position(|(a, b)| a.to_bits() != b.to_bits());
                if let Some(at) = differs {
                    wrong.push(format!(
                        "{uri} at {period}: {} for {} at {at}",
                        got[channel][at], expected[at]
                    ));
                }
            }
            compared += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 20 * PERIODS.len(), "{compared} compared");
}

/// A convolver that its worker starts: in real time its sound depends on when that thread has its turn, alone as in the engine.
/// While freewheeling the work is done in the block that asks for it.
#[test]
fn a_plugin_whose_worker_makes_its_sound_is_the_same_while_freewheeling() {
    let uri = "http://guitarix.sourceforge.net/plugins/gx_cabinet#CABINET";
    let urids = Urids::new();
    let world = World::with_path(urids.clone(), &test_plugins::lv2_path()).expect("lilv");
    let plugin = world.plugin(uri).expect("gx_cabinet is installed");
    for period in [64, 256] {
        let blocks = 12_288 / period;
        let got = in_the_engine(uri, period, blocks, &plugin, true);
        let expected = alone_at(&world, &urids, uri, period, blocks, true).expect("it takes this period");
        assert!(got[0].iter().any(|sample| *sample != 0.0));
        let differs = got[0].iter().zip(&expected[0]).position(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!(differs, None, "at {period}");
    }
}
