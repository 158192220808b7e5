//! All plugins of the machine: described, made, run, saved, restored.

use std::process::{Command, Stdio};

use lv2_host::{Control, InstantiateError, Outcome, PluginInfo, PortKind, Runner};

use crate::support::{Rig, cells};

/// Which plugin the child process tries.
const CHILD: &str = "LV2_HOST_TEST_PLUGINS";
/// Plugins for each child process.
const BATCH: usize = 24;

/// Debian 12 does not link these to FFTW, which they use.
const CANNOT_LOAD: [&str; 2] =
    ["http://plugin.org.uk/swh-plugins/mbeq", "http://plugin.org.uk/swh-plugins/pitchScaleHQ"];
/// Reads memory that it never set: it also ends `lv2bench` where malloc's memory is not zero (`MALLOC_PERTURB_=165`).
const CRASHES: [&str; 1] = ["http://calf.sourceforge.net/plugins/Wavetable"];

fn eight_blocks(runner: &mut Runner, rig: &Rig) -> usize {
    let known = rig.settings.urids.known();
    let info = std::sync::Arc::clone(runner.info());
    let buffers: Vec<_> = info.ports.iter().map(|_| cells([0.1; 256])).collect();
    let mut finite = 0;
    for frames in [256, 256, 1, 17, 64, 255, 256, 256] {
        let frames = if info.requires_fixed_blocks() { 256 } else { frames };
        for port in info.ports_of(PortKind::AtomIn).filter(|port| port.supports.midi) {
            runner.events_in(port.index).unwrap().push(0, known.midi_event, &[0x90, 60, 100]);
        }
        let mut block = runner.block(frames);
        for port in info.ports.iter().filter(|port| port.kind.is_signal()) {
            assert!(block.lend(port.index, &buffers[port.index as usize]));
        }
        assert_eq!(block.run(), Outcome::Ran);
        for port in info.ports_of(PortKind::AudioOut) {
            let buffer = &buffers[port.index as usize][..frames as usize];
            finite += usize::from(buffer.iter().all(|sample| sample.get().is_finite()));
        }
    }
    finite
}

/// What a new instance makes of a signal, each output in the buffer of an input or in one of its own.
fn sound(rig: &Rig, info: &std::sync::Arc<PluginInfo>, in_place: bool) -> Vec<u32> {
    let (mut half, mut runner) = rig.world.instantiate(info, &rig.settings).unwrap();
    half.activate();
    let inputs: Vec<u32> = info.ports_of(PortKind::AudioIn).map(|port| port.index).collect();
    let outputs: Vec<u32> = info.ports_of(PortKind::AudioOut).map(|port| port.index).collect();
    let zeros = || cells([0.0; 256]);
    let others: Vec<_> = info.ports.iter().map(|_| zeros()).collect();
    let mut heard = Vec::new();
    for start in (0..12).map(|block| block * 256) {
        let signal = |channel: usize| {
            cells(
                (start..start + 256)
                    .map(|t| (((t * 7919 + channel * 31) % 1009) as f32 / 1009.0 - 0.5) * 0.4),
            )
        };
        let ins: Vec<_> = (0..inputs.len()).map(signal).collect();
        let apart: Vec<_> = outputs.iter().map(|_| zeros()).collect();
        let out =
            |number: usize| if in_place { ins.get(number).unwrap_or(&apart[number]) } else { &apart[number] };
        let mut block = runner.block(256);
        for port in info.ports.iter().filter(|port| matches!(port.kind, PortKind::CvIn | PortKind::CvOut)) {
            assert!(block.lend(port.index, &others[port.index as usize]));
        }
        inputs.iter().zip(&ins).for_each(|(&port, buffer)| assert!(block.lend(port, buffer)));
        outputs.iter().enumerate().for_each(|(number, &port)| assert!(block.lend(port, out(number))));
        assert_eq!(block.run(), Outcome::Ran);
        for number in 0..outputs.len() {
            heard.extend(out(number).iter().map(|sample| sample.get().to_bits()));
        }
    }
    heard
}

/// Whether a plugin that always makes the same sound makes another one in place, without having said so.
fn lies_about_place(rig: &Rig, info: &std::sync::Arc<PluginInfo>) -> bool {
    let has = |kind| info.ports_of(kind).next().is_some();
    if info.flags.in_place_broken || info.flags.worker || !has(PortKind::AudioIn) || !has(PortKind::AudioOut)
    {
        return false;
    }
    let runs = [false, false, true, true, false, true].map(|in_place| (in_place, sound(rig, info, in_place)));
    let (apart, place) = (&runs[0].1, &runs[2].1);
    apart != place && runs.iter().all(|(in_place, heard)| heard == if *in_place { place } else { apart })
}

fn round_trip(half: &mut Control, runner: &Runner) {
    let values = |symbol: &str| runner.info().port(symbol).map(|port| runner.control(port.index));
    if let Ok(state) = half.snapshot(values) {
        half.restore(&state).unwrap();
    }
}

/// The child's work: prints a line for each plugin.
fn try_plugins(uris: &str) {
    let rig = Rig::system();
    let ticker = rig.settings.hub.spawn_ticker(std::time::Duration::from_millis(1)).unwrap();
    for uri in uris.split(' ') {
        println!("\ntry {uri}");
        let info = rig.world.plugin(uri).unwrap();
        match rig.world.instantiate(&info, &rig.settings) {
            Ok((mut half, mut runner)) => {
                half.activate();
                eight_blocks(&mut runner, &rig);
                round_trip(&mut half, &runner);
                eight_blocks(&mut runner, &rig);
                half.deactivate();
                println!("\nran {uri}");
            }
            Err(InstantiateError::UnsupportedFeature { feature, .. }) => {
                println!("\nrefused {uri} {feature}")
            }
            Err(error) => println!("\nrefused {uri} {error}"),
        }
    }
    drop(ticker);
}

/// Runs a batch in a process of its own; its lines. A plugin that ends the process is tried no further.
fn in_child(test: &str, uris: &[String]) -> Vec<String> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, uris.join(" "))
        // For the comparison only: memory is zero, so plugins that read what they never set do it always alike.
        .envs((test == IN_PLACE).then_some(("MALLOC_PERTURB_", "255")))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines()
        .filter(|line| ["try ", "ran ", "refused ", "inplace "].iter().any(|s| line.starts_with(s)))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_plugin_of_the_machine_runs() {
    if let Ok(uris) = std::env::var(CHILD) {
        try_plugins(&uris);
        return;
    }
    let uris = Rig::system().world.uris();
    let (mut ran, mut refused, mut crashed) = (0, Vec::new(), Vec::new());
    let mut left = uris.as_slice();
    while !left.is_empty() {
        let lines = in_child("sweep::every_plugin_of_the_machine_runs", &left[..left.len().min(BATCH)]);
        let tried = lines.iter().filter(|line| line.starts_with("try ")).count();
        assert!(tried > 0, "the child did not start with {}", left[0]);
        ran += lines.iter().filter(|line| line.starts_with("ran ")).count();
        refused.extend(lines.iter().filter(|line| line.starts_with("refused ")).cloned());
        if lines.last().is_some_and(|line| line.starts_with("try ")) {
            crashed.push(left[tried - 1].clone());
        }
        left = &left[tried..];
    }
    println!("{ran} of {} ran; refused: {refused:#?}; crashed: {crashed:#?}", uris.len());
    assert_eq!(ran + refused.len() + crashed.len(), uris.len());
    refused.retain(|line| CANNOT_LOAD.iter().all(|uri| !line.contains(uri)));
    crashed.retain(|uri| !CRASHES.contains(&uri.as_str()));
    assert!(refused.is_empty(), "{refused:?}");
    assert!(crashed.is_empty(), "{crashed:?}");
}

/// They sound otherwise from one instance to the next, whatever place their output has.
const NEVER_ALIKE: [&str; 4] = [
    "http://plugin.org.uk/swh-plugins/allpass_n",
    "http://plugin.org.uk/swh-plugins/comb_n",
    "http://plugin.org.uk/swh-plugins/delay_n",
    "http://plugin.org.uk/swh-plugins/valve",
];

const IN_PLACE: &str = "sweep::no_plugin_lies_about_running_in_place";

#[test]
fn no_plugin_lies_about_running_in_place() {
    if let Ok(uris) = std::env::var(CHILD) {
        let rig = Rig::system();
        for uri in uris.split(' ') {
            println!("\ntry {uri}");
            let info = rig.world.plugin(uri).unwrap();
            let lies = rig.world.instantiate(&info, &rig.settings).is_ok() && lies_about_place(&rig, &info);
            println!("\n{} {uri}", if lies { "inplace" } else { "ran" });
        }
        return;
    }
    let mut uris = Rig::system().world.uris();
    uris.retain(|uri| !CRASHES.contains(&uri.as_str()) && !NEVER_ALIKE.contains(&uri.as_str()));
    let (mut tried, mut liars) = (0, Vec::new());
    while tried < uris.len() {
        let batch = &uris[tried..uris.len().min(tried + BATCH)];
        let lines = in_child(IN_PLACE, batch);
        let count = lines.iter().filter(|line| line.starts_with("try ")).count();
        assert!(count > 0, "the child did not start with {}", batch[0]);
        liars.extend(lines.into_iter().filter(|line| line.starts_with("inplace ")));
        tried += count;
    }
    println!("{tried} tried");
    assert!(liars.is_empty(), "broken in place, for src/quirks.rs: {liars:#?}");
}

#[test]
fn every_description_is_sound() {
    let rig = Rig::system();
    for uri in rig.world.uris() {
        let info = rig.world.plugin(&uri).unwrap();
        assert!(!info.name.is_empty());
        let mut symbols = std::collections::HashSet::new();
        for (index, port) in info.ports.iter().enumerate() {
            assert_eq!(port.index as usize, index, "{uri}");
            assert!(symbols.insert(&port.symbol), "{uri} {}", port.symbol);
            assert!(port.min <= port.max && port.default.is_finite(), "{uri} {}", port.symbol);
        }
    }
}
