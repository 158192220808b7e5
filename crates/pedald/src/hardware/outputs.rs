//! The thread that lights lamps, pulses the relay and moves the codec's mixer: slow devices, so nobody waits for them.

use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use pedal_hardware::port::{Lines, Mixer, PortError, Strip};
use pedal_hardware::profile::{Bypass, Lamp};
use pedal_hardware::simulate::SimulatedPedal;
use pedal_hardware::{Profile, linux, relay};
use tokio::sync::mpsc::UnboundedSender;

use super::leds::KernelStrip;
use super::mixer::AlsaMixer;
use super::{Hand, Input, MixerChange, Output};

/// The mixer's levels are stored when nobody has moved them for so long.
const SETTLED: Duration = Duration::from_secs(2);

/// The devices; those that are not there are `None`.
#[derive(Default)]
pub(super) struct Ports {
    lines: Option<Box<dyn Lines>>,
    strip: Option<Box<dyn Strip>>,
    mixer: Option<Box<dyn Mixer>>,
    /// Whether the mixer's levels are stored by `alsactl`.
    store: bool,
    /// Who looks at the lamps, on a simulated pedal.
    hand: Option<Hand>,
}

impl Ports {
    pub fn none() -> Self {
        Self::default()
    }

    pub fn simulated(hand: &Hand) -> Self {
        Self { hand: Some(hand.clone()), ..Self::in_memory(&hand.pedal()) }
    }

    fn in_memory(pedal: &SimulatedPedal) -> Self {
        Self {
            lines: Some(Box::new(pedal.clone())),
            strip: Some(Box::new(pedal.clone())),
            mixer: Some(Box::new(pedal.clone())),
            store: false,
            hand: None,
        }
    }

    /// Opens what the profile has; what cannot be opened is told and left out.
    pub fn header(profile: &Profile, events: &UnboundedSender<Input>) -> Self {
        fn told<T>(opened: Result<T, PortError>, events: &UnboundedSender<Input>) -> Option<T> {
            opened.map_err(|error| drop(events.send(Input::Problem(error)))).ok()
        }
        let lamps = profile.footswitches.iter().filter_map(|foot| match foot.lamp {
            Some(Lamp::Gpio(line)) => Some(line),
            _ => None,
        });
        let mut lines: Vec<u32> = lamps.collect();
        if let Bypass::Relay { set, reset } = profile.bypass {
            lines.extend([set, reset]);
        }
        let outputs = (!lines.is_empty()).then(|| told(linux::Outputs::take(&lines), events)).flatten();
        let strip = (profile.strip > 0).then(|| told(KernelStrip::open(), events)).flatten();
        let mixer = told(AlsaMixer::open(), events);
        Self {
            lines: outputs.map(|lines| Box::new(lines) as Box<dyn Lines>),
            strip: strip.map(|strip| Box::new(strip) as Box<dyn Strip>),
            mixer: mixer.map(|mixer| Box::new(mixer) as Box<dyn Mixer>),
            store: true,
            hand: None,
        }
    }

    fn run(&mut self, output: Output) -> Result<(), PortError> {
        match output {
            Output::Strip(pixels) => self.strip.as_mut().map_or(Ok(()), |strip| strip.show(&pixels)),
            Output::Line(line, high) => self.lines.as_mut().map_or(Ok(()), |lines| lines.set(line, high)),
            Output::Relay { set, reset, bypass } => self.lines.as_mut().map_or(Ok(()), |lines| {
                let wait = |millis| std::thread::sleep(Duration::from_millis(millis));
                relay::switch(&mut **lines, set, reset, bypass, wait)
            }),
            Output::Mixer(change) => self.mixer.as_mut().map_or(Ok(()), |mixer| match change {
                MixerChange::Input(decibels) => mixer.set_input(decibels),
                MixerChange::Output(decibels) => mixer.set_output(decibels),
                MixerChange::Mute(muted) => mixer.mute(muted),
                MixerChange::Bypass(sides) => mixer.bypass(sides),
                MixerChange::Equaliser(bands) => mixer.equaliser(bands),
            }),
        }
    }
}

/// Starts the thread. It ends when the sender is gone.
pub(super) fn start(ports: Ports, events: UnboundedSender<Input>) -> Sender<Output> {
    let (sender, orders) = channel();
    let thread = std::thread::Builder::new().name("lamps".into());
    let started = thread.spawn(move || work(ports, &orders, &events));
    if let Err(error) = started {
        tracing::error!(%error, "no thread for lamps and mixer");
    }
    sender
}

fn work(mut ports: Ports, orders: &Receiver<Output>, events: &UnboundedSender<Input>) {
    // one sentence for a device that fails again and again
    let mut last = String::new();
    let mut unstored = false;
    // what was set before this program began, by the last one or by hand
    if let Some(mixer) = &mut ports.mixer {
        let _ = events.send(Input::Codec(mixer.levels()));
    }
    loop {
        let wait = if unstored { SETTLED } else { Duration::from_secs(3600) };
        let order = match orders.recv_timeout(wait) {
            Ok(order) => order,
            Err(RecvTimeoutError::Timeout) => {
                if std::mem::take(&mut unstored) {
                    store();
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        unstored |= ports.store && matches!(order, Output::Mixer(_));
        let done = ports.run(order);
        if let Some(hand) = &ports.hand {
            hand.looks_changed();
        }
        match done {
            Ok(()) => last.clear(),
            Err(error) if error.to_string() == last => {}
            Err(error) => {
                last = error.to_string();
                let _ = events.send(Input::Problem(error));
            }
        }
    }
}

/// Keeps the mixer's levels over a power cut.
fn store() {
    let run = Command::new("alsactl").arg("store").stdin(Stdio::null()).stdout(Stdio::null()).status();
    if !run.as_ref().is_ok_and(std::process::ExitStatus::success) {
        tracing::warn!("alsactl could not store the mixer's levels: {run:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pedal_hardware::Rgb;
    use pedal_hardware::port::CodecLevels;

    struct Remembers;

    impl Mixer for Remembers {
        fn levels(&mut self) -> CodecLevels {
            CodecLevels { output: Some(-12.5), ..CodecLevels::default() }
        }
        fn set_input(&mut self, _: f32) -> Result<(), PortError> {
            Ok(())
        }
        fn set_output(&mut self, _: f32) -> Result<(), PortError> {
            Ok(())
        }
        fn mute(&mut self, _: bool) -> Result<(), PortError> {
            Ok(())
        }
        fn bypass(&mut self, _: [bool; 2]) -> Result<(), PortError> {
            Ok(())
        }
        fn equaliser(&mut self, _: Option<[f32; 5]>) -> Result<(), PortError> {
            Ok(())
        }
    }

    #[test]
    fn the_codecs_levels_are_told_at_the_start() {
        let (events, mut told) = tokio::sync::mpsc::unbounded_channel();
        let ports = Ports { mixer: Some(Box::new(Remembers)), ..Ports::none() };
        drop(start(ports, events));
        let Some(Input::Codec(levels)) = told.blocking_recv() else { panic!("the levels come first") };
        assert_eq!((levels.output, levels.input), (Some(-12.5), None));
    }

    #[test]
    fn orders_reach_the_devices_in_their_order() {
        let pedal = SimulatedPedal::new(&Profile::v2());
        let mut ports = Ports::in_memory(&pedal);
        let mut run = |output| ports.run(output).expect("simulated devices work");
        run(Output::Relay { set: 12, reset: 16, bypass: true });
        assert_eq!((pedal.line(12), pedal.line(16)), (Some(false), Some(false)), "no current is left");
        run(Output::Line(26, true));
        assert_eq!(pedal.leds(), [Rgb::BLACK, Rgb::BLACK, Rgb(255, 0, 0)]);
        run(Output::Mixer(MixerChange::Output(-6.0)));
        run(Output::Mixer(MixerChange::Bypass([true, false])));
        assert_eq!((pedal.mixer().output, pedal.mixer().bypass), (-6.0, [true, false]));
    }
}
