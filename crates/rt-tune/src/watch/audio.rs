//! Whether audio runs at this moment.

use crate::change::{Machine, threads};

/// A stream of a card that is open, or a JACK server with a real-time thread. PipeWire alone is none: it always runs, and closes
/// its card when nobody plays.
pub fn runs(machine: &dyn Machine) -> bool {
    stream_is_open(machine) || jack_runs(machine)
}

fn stream_is_open(machine: &dyn Machine) -> bool {
    let cards = machine
        .names("/proc/asound")
        .into_iter()
        .filter(|name| name.strip_prefix("card").is_some_and(|n| n.parse::<u32>().is_ok()));
    cards.into_iter().any(|card| {
        let folder = format!("/proc/asound/{card}");
        machine.names(&folder).iter().filter(|name| name.starts_with("pcm")).any(|pcm| {
            let folder = format!("{folder}/{pcm}");
            machine.names(&folder).iter().filter(|name| name.starts_with("sub")).any(|sub| {
                machine.read(&format!("{folder}/{sub}/status")).is_ok_and(|text| text.trim() != "closed")
            })
        })
    })
}

fn jack_runs(machine: &dyn Machine) -> bool {
    threads::processes(machine).into_iter().any(|pid| {
        let server = machine
            .read(&format!("/proc/{pid}/comm"))
            .is_ok_and(|name| matches!(name.trim(), "jackd" | "jackdbus"));
        server && threads::of_process(machine, pid).iter().any(|thread| thread.stat.priority > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::simulated::Simulated;

    #[test]
    fn an_open_stream_is_audio_and_a_closed_one_is_not() {
        let status = "/proc/asound/card0/pcm0p/sub0/status";
        let machine = Simulated::default().file(status, "closed\n").file("/proc/asound/cards", "x\n");
        assert!(!runs(&machine));
        assert!(runs(&machine.file(status, "state: RUNNING\nowner_pid   : 812\n")));
        assert!(!runs(&Simulated::default().thread(9, 9, "jackd", "other")));
    }
}
