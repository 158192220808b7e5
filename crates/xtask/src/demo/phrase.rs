//! The guitar phrase of the demo: six bars in A minor that give a pedalboard what it has to cope with. Strummed chords
//! (dense, for the amplifier), dead notes (transients, for the compressor), single notes with bends and vibrato (sustain,
//! for drive and delay), double stops, and a last chord that rings out.

use super::smf::{TICKS_PER_BEAT, Track};

/// Tempo in quarter notes per minute.
const TEMPO: f64 = 96.0;
/// Length in quarter notes.
const BEATS: u32 = 24;
/// Channel of the open strings: General MIDI "Electric Guitar (clean)".
const CLEAN: u8 = 0;
/// Channel of the dead notes: General MIDI "Electric Guitar (muted)".
const MUTED: u8 = 1;
/// Ticks from string to string of a strum: 13 ms.
const STRUM: u32 = 10;

const A_MINOR: &[u8] = &[45, 52, 57, 60, 64];
const C_MAJOR: &[u8] = &[48, 52, 55, 60, 64];
const G_MAJOR: &[u8] = &[43, 50, 55, 59, 62];
const F_MAJOR_7: &[u8] = &[41, 48, 53, 57, 60, 64];
const A_MINOR_9: &[u8] = &[45, 52, 57, 59, 60, 64];

/// Length of the phrase in seconds, without the ringing of its last chord.
pub(super) fn seconds() -> f64 {
    f64::from(BEATS) * 60.0 / TEMPO
}

/// The phrase as a Standard MIDI File.
pub(super) fn midi_file() -> Vec<u8> {
    let mut track = Track::default();
    track.tempo(TEMPO);
    for (channel, program) in [(CLEAN, 27), (MUTED, 28)] {
        track.program(channel, program);
        // Bend range two semitones (registered parameter 0), full volume, centre.
        for (controller, value) in [(101, 0), (100, 0), (6, 2), (38, 0), (7, 127), (10, 64)] {
            track.control(0, channel, controller, value);
        }
    }
    chords(&mut track);
    lead(&mut track);
    ending(&mut track);
    track.into_bytes()
}

/// Bars 1 and 2: strummed chords with dead notes between them.
fn chords(track: &mut Track) {
    for (beat, chord) in [(0.0, A_MINOR), (2.0, C_MAJOR), (4.0, G_MAJOR), (6.0, F_MAJOR_7)] {
        strum(track, beat, 1.0, chord, 76, true);
        dead(track, beat + 1.0, chord, 64);
        strum(track, beat + 1.25, 0.25, chord, 68, false);
        dead(track, beat + 1.5, chord, 58);
        dead(track, beat + 1.75, chord, 68);
    }
}

/// Bars 3 to 5: single notes, with bends up to and down from the next note, vibrato, and double stops.
fn lead(track: &mut Track) {
    note(track, 8.0, 0.5, 69, 116);
    note(track, 8.5, 0.5, 72, 114);
    bend(track, 9.0, 1.5, 74, 124, &[(0.0, 0.0), (0.35, 1.0), (1.5, 1.0)]);
    note(track, 10.5, 0.5, 72, 108);
    note(track, 11.0, 0.5, 69, 112);
    note(track, 11.5, 0.5, 67, 108);

    bend(track, 12.0, 1.0, 67, 120, &[(0.0, 0.0), (0.3, 1.0), (0.55, 1.0), (0.9, 0.0)]);
    note(track, 13.0, 0.5, 64, 110);
    note(track, 13.5, 0.5, 67, 112);
    let vibrato: Vec<(f64, f64)> = (0..=32)
        .map(|n| f64::from(n) / 16.0)
        .map(|at| (at, 0.18 * (at * 5.5 * std::f64::consts::TAU / 1.6).sin()))
        .collect();
    bend(track, 14.0, 2.0, 69, 124, &vibrato);

    for (at, low, high) in [(16.0, 64, 69), (16.75, 65, 71), (17.5, 67, 72), (18.25, 65, 71), (19.0, 64, 69)]
    {
        note(track, at, 0.7, low, 104);
        note(track, at, 0.7, high, 108);
    }
    dead(track, 19.75, A_MINOR, 80);
}

/// Bar 6: the last chord, strummed slowly, rings.
fn ending(track: &mut Track) {
    for (string, key) in (0..).zip(A_MINOR_9) {
        track.note(ticks(20.0) + 60 * string, ticks(3.8) - 60 * string, CLEAN, *key, 80);
    }
}

fn ticks(beats: f64) -> u32 {
    (beats * f64::from(TICKS_PER_BEAT)).round() as u32
}

fn note(track: &mut Track, beat: f64, beats: f64, key: u8, velocity: u8) {
    track.note(ticks(beat), ticks(beats) - 8, CLEAN, key, velocity);
}

/// A note whose pitch follows `curve`: points (beats after its start, bend −1 to +1) joined by straight lines.
fn bend(track: &mut Track, beat: f64, beats: f64, key: u8, velocity: u8, curve: &[(f64, f64)]) {
    note(track, beat, beats, key, velocity);
    for pair in curve.windows(2) {
        let [(from, low), (to, high)] = [pair[0], pair[1]];
        let steps = ((to - from) * 48.0).ceil().max(1.0);
        for step in 0..steps as u32 {
            let share = f64::from(step) / steps;
            track.bend(ticks(beat + from + share * (to - from)), CLEAN, low + share * (high - low));
        }
    }
    track.bend(ticks(beat + beats) - 4, CLEAN, 0.0);
}

/// All strings of a chord one after the other, from the lowest (`down`) or from the highest.
fn strum(track: &mut Track, beat: f64, beats: f64, chord: &[u8], velocity: u8, down: bool) {
    for (place, key) in (0..).zip(chord) {
        let order = if down { place } else { chord.len() as u32 - 1 - place };
        track.note(ticks(beat) + STRUM * order, ticks(beats) - STRUM * order - 8, CLEAN, *key, velocity);
    }
}

/// The two lowest strings, damped by the hand.
fn dead(track: &mut Track, beat: f64, chord: &[u8], velocity: u8) {
    for (place, key) in (0..).zip(&chord[..2]) {
        track.note(ticks(beat) + 4 * place, 60, MUTED, *key, velocity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the events back: (tick, status, first data byte, second data byte).
    fn events(file: &[u8]) -> Vec<(u32, u8, u8, u8)> {
        let mut at = 22;
        let mut tick = 0;
        let mut found = Vec::new();
        while at < file.len() {
            let mut delta = 0;
            while file[at] & 0x80 != 0 {
                delta = (delta << 7) | u32::from(file[at] & 0x7f);
                at += 1;
            }
            tick += (delta << 7) | u32::from(file[at]);
            let status = file[at + 1];
            let data = match status {
                0xff => usize::from(file[at + 3]) + 2,
                0xc0..0xe0 => 1,
                _ => 2,
            };
            found.push((tick, status, file[at + 2], if data > 1 { file[at + 3] } else { 0 }));
            at += 2 + data;
        }
        found
    }

    #[test]
    fn every_note_ends_within_the_phrase_and_bends_return_to_rest() {
        let events = events(&midi_file());
        let count = |kind: u8| events.iter().filter(|event| event.1 & 0xf0 == kind).count();
        assert_eq!(count(0x90), count(0x80));
        assert!(count(0x90) > 60, "{} notes", count(0x90));
        assert!(events.iter().all(|event| event.0 <= BEATS * TICKS_PER_BEAT));
        let last_bend = events.iter().rfind(|event| event.1 == 0xe0).unwrap();
        assert_eq!((last_bend.2, last_bend.3), (0, 64));
        let highest = events.iter().filter(|event| event.1 == 0xe0).map(|event| event.3).max();
        assert_eq!(highest, Some(127), "a bend reaches two semitones");
        assert_eq!(events.last().map(|event| event.1), Some(0xff));
    }

    #[test]
    fn no_key_begins_again_while_it_sounds() {
        let mut sounding = std::collections::HashSet::new();
        for (tick, status, key, _) in events(&midi_file()) {
            match status & 0xf0 {
                0x90 => assert!(sounding.insert((status & 15, key)), "key {key} again at tick {tick}"),
                0x80 => assert!(sounding.remove(&(status & 15, key)), "key {key} ends twice at tick {tick}"),
                _ => {}
            }
        }
        assert!(sounding.is_empty());
    }
}
