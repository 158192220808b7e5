//! What the machine told, as findings, and the findings as a table.

use super::Finding;
use super::sound::{self, Heard};

/// Longest time without sound after a blow, in milliseconds; judged by the long version. The short one tells the figure and asks
/// only that the sound comes back, because a row that fails when a library has become slower by a tenth tells nothing.
const BACK: usize = 1000;
/// How long a part with a footswitch's press must sound as wanted at its end, in milliseconds.
const SETTLED: usize = 300;
/// Most memory of the chain's own, in kB.
const MEMORY: u64 = 150 * 1024;

fn value<'a>(lines: &'a [String], key: &str) -> Option<&'a str> {
    lines.iter().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
}

fn number(lines: &[String], key: &str) -> Option<u64> {
    value(lines, key)?.trim().parse().ok()
}

/// Seconds from the start of user space to the engine's first sound.
fn start(lines: &[String]) -> Option<f64> {
    Some((number(lines, "sound-us")? as f64 - number(lines, "userspace-us")? as f64) / 1e6)
}

/// What the machine checked by itself, and figures that it told.
pub(super) fn checks(prefix: &str, lines: &[String], findings: &mut Vec<Finding>) {
    for line in lines.iter().filter_map(|line| line.strip_prefix("told ")) {
        findings.push(Finding { what: format!("{prefix}told"), text: line.to_owned(), good: true });
    }
    for line in lines.iter().filter_map(|line| line.strip_prefix("check ")) {
        let mut words = line.splitn(3, ' ');
        let (name, result) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let text = format!("{result} {}", words.next().unwrap_or_default()).trim().to_owned();
        findings.push(Finding { what: format!("{prefix}{name}"), text, good: result == "passed" });
    }
}

/// From the kernel to the sound, and the units on the way.
pub(super) fn start_up(lines: &[String], findings: &mut Vec<Finding>) {
    let mut add =
        |what: &str, text: String, good: bool| findings.push(Finding { what: what.to_owned(), text, good });
    let kernel = value(lines, "kernel").unwrap_or("unknown");
    add("kernel", kernel.to_owned(), kernel.contains("PREEMPT_RT"));
    if let (Some(sound), Some(start)) = (number(lines, "sound-us"), start(lines)) {
        add(
            "kernel to sound",
            format!("{:.2} s, of these user space {start:.2} s", sound as f64 / 1e6),
            true,
        );
    }
    for line in lines.iter().filter_map(|line| line.strip_prefix("unit ")) {
        let words: Vec<&str> = line.split(' ').collect();
        if let [name, "active", begin, end] = words[..]
            && let (Ok(begin), Ok(end)) = (begin.parse::<u64>(), end.parse::<u64>())
        {
            let (from, took) = (begin as f64 / 1e6, end.saturating_sub(begin) as f64 / 1e6);
            add(&format!("  {name}"), format!("from {from:.2} s, took {took:.2} s"), true);
        }
    }
}

/// What is heard of the first boot, and what it checked.
pub(super) fn chain(lines: &[String], recording: &[u8], short: bool, findings: &mut Vec<Finding>) {
    let bar = if short { usize::MAX } else { BACK };
    let mut add =
        |what: &str, text: String, good: bool| findings.push(Finding { what: what.to_owned(), text, good });
    let mut own = 0;
    for line in lines.iter().filter_map(|line| line.strip_prefix("memory ")) {
        let words: Vec<&str> = line.split(' ').collect();
        if let [name, all, shared] = words[..]
            && let (Ok(all), Ok(shared)) = (all.parse::<u64>(), shared.parse::<u64>())
        {
            own += all.saturating_sub(shared);
            add(&format!("memory of {name}"), format!("{all} kB, of these shared {shared} kB"), true);
        }
    }
    add(
        "memory of the chain",
        format!("{own} kB without shared memory, bar {MEMORY} kB"),
        (1..=MEMORY).contains(&own),
    );
    let heard = sound::slices(recording);
    let marks: Vec<(&str, usize)> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("mark ")?.split_once(' '))
        .filter_map(|(name, frame)| Some((name, frame.parse::<usize>().ok()? / 48)))
        .collect();
    for (index, (name, begin)) in marks.iter().enumerate() {
        let Some((_, end)) = marks.get(index + 1) else { break };
        let count = |kind| sound::count(&heard, *begin..*end, kind);
        let counts = format!(
            "{} ms: engine {}, dry {}, silence {}, between {}",
            end - begin,
            count(Heard::Engine),
            count(Heard::Dry),
            count(Heard::Silence),
            count(Heard::Else)
        );
        match *name {
            "steady" => {
                // The first slices of the part may still belong to what came before.
                let others = count(Heard::Dry) + count(Heard::Silence);
                add(
                    &format!("sound: {name}"),
                    counts,
                    others == 0 && count(Heard::Engine) > (end - begin) / 2,
                );
            }
            "kill-engine" | "kill-jack" => {
                // A server that is gone takes the dry way along until it is back itself.
                let sounds = sound::back(&heard, *begin..*end, 20, |heard| heard != Heard::Silence);
                let engine = sound::back(&heard, *begin..*end, 200, |heard| heard == Heard::Engine);
                let told = |back: Option<usize>| back.map_or("never".to_owned(), |back| format!("{back} ms"));
                // With the server gone, sound is back when the guitar is heard: dry first, then through the engine.
                let judged = if *name == "kill-engine" { engine } else { sounds };
                let good = judged.is_some_and(|back| back <= bar)
                    && engine.is_some()
                    && count(if *name == "kill-engine" { Heard::Dry } else { Heard::Silence }) > 0;
                add(
                    &format!("sound: {name}"),
                    format!("silent for {}, engine back after {} ({counts})", told(sounds), told(engine)),
                    good,
                );
            }
            "kill-control" => {
                add(&format!("sound: {name}"), counts, count(Heard::Dry) + count(Heard::Silence) == 0);
            }
            "foot-before" | "foot-bypasses" | "foot-returns" => {
                // A bypassed amplifier is at full level, like the dry way.
                let wanted = if *name == "foot-bypasses" { Heard::Dry } else { Heard::Engine };
                let last = sound::count(&heard, end.saturating_sub(SETTLED)..*end, wanted);
                add(&format!("sound: {name}"), counts, last == SETTLED && count(Heard::Silence) == 0);
            }
            other => add(&format!("sound: {other}"), counts, true),
        }
    }
    checks("", lines, findings);
}

/// A boot that is compared with others: seconds from the start of user space.
pub(super) struct Start {
    /// Until the engine is there.
    engine: f64,
    /// Until the player's board is heard.
    board: f64,
}

impl Start {
    /// From what the machine told and recorded. The recording ends at the moment of the line `recorded FRAMES UPTIME`.
    pub(super) fn of(lines: &[String], recording: &[u8]) -> Option<Self> {
        let (frames, end) = value(lines, "recorded")?.trim().split_once(' ')?;
        let (frames, end): (usize, f64) = (frames.parse().ok()?, end.parse().ok()?);
        let heard = sound::slices(&recording[..recording.len().min(frames * size_of::<f32>())]);
        // So long in a row, because a fade, too, comes by this level.
        let first = sound::first(&heard, SETTLED, Heard::Engine)?;
        let before_end = frames as f64 / 48_000.0 - first as f64 / 1000.0;
        let user_space = number(lines, "userspace-us")? as f64 / 1e6;
        Some(Self { engine: start(lines)?, board: end - before_end - user_space })
    }

    fn text(&self) -> String {
        format!("engine {:.2} s, board heard {:.2} s", self.engine, self.board)
    }
}

fn told(start: Option<&Start>) -> String {
    start.map_or("the board was not heard".to_owned(), Start::text)
}

/// The first boot, in which the control service brings the board.
pub(super) fn first(first: Option<&Start>, findings: &mut Vec<Finding>) {
    findings.push(Finding { what: "first boot".to_owned(), text: told(first), good: first.is_some() });
}

/// The second boot, in which the engine has a board to remember, against the first.
pub(super) fn second(
    first: Option<&Start>,
    second: Option<&Start>,
    lines: &[String],
    findings: &mut Vec<Finding>,
) {
    let good = first.zip(second).is_some_and(|(one, two)| two.board <= one.board);
    findings.push(Finding { what: "second boot".to_owned(), text: told(second), good });
    checks("second ", lines, findings);
}

/// A second boot side by side against one in which the same units start one after the other, in the seed's order.
pub(super) fn serial(second: Option<&Start>, serial: Option<&Start>, findings: &mut Vec<Finding>) {
    let both = second.zip(serial);
    let good = both.is_some_and(|(one, other)| one.board <= 0.6 * other.board);
    let text = match both {
        Some((one, other)) => format!(
            "{}; one after the other: {}: {:.0} %, bar 60 %",
            one.text(),
            other.text(),
            100.0 * one.board / other.board
        ),
        None => told(None),
    };
    findings.push(Finding { what: "user space to sound".to_owned(), text, good });
}

/// What is not as it should be, in a sentence.
pub(super) fn bad(findings: &[&Finding]) -> String {
    let said: Vec<String> =
        findings.iter().map(|finding| format!("{}: {}", finding.what.trim(), finding.text)).collect();
    said.join("; ")
}

/// The table.
pub(super) fn text(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.what.len()).max().unwrap_or(0);
    let mut text = String::new();
    for finding in findings {
        let mark = if finding.good { "" } else { "  <-- FAILED" };
        text.push_str(&format!("{:width$}  {}{mark}\n", finding.what, finding.text));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(lines: &[&str], recording: &[u8], short: bool) -> Vec<Finding> {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let mut findings = Vec::new();
        start_up(&lines, &mut findings);
        chain(&lines, recording, short, &mut findings);
        findings
    }

    fn names(findings: &[Finding]) -> Vec<&str> {
        findings.iter().filter(|finding| !finding.good).map(|finding| finding.what.as_str()).collect()
    }

    /// Milliseconds at levels: 0.5 is dry, 0.25 through the engine.
    fn heard(parts: &[(usize, f32)]) -> Vec<u8> {
        let part = |(length, level): &(usize, f32)| level.to_le_bytes().repeat(length * 48);
        parts.iter().flat_map(part).collect()
    }

    /// A boot whose board is heard so many milliseconds before the recording ends, at ten seconds of the machine's clock.
    fn started(before_end: usize) -> Option<Start> {
        let lines = ["userspace-us 2000000", "sound-us 7500000", "recorded 96000 10.00"].map(str::to_owned);
        // A fade comes by the level, too; and behind the end there is what an earlier boot recorded.
        let parts = [(100, 0.25), (1900 - before_end, 0.5), (before_end, 0.25), (500, 0.25)];
        Start::of(&lines, &heard(&parts))
    }

    #[test]
    fn a_start_ends_when_the_board_is_heard() {
        let start = started(400).unwrap();
        assert!((start.engine - 5.5).abs() < 1e-9);
        assert!((start.board - 7.6).abs() < 1e-9, "{}", start.board);
        assert!(started(200).is_none(), "too short to be told from a fade");
        let mut findings = Vec::new();
        serial(Some(&started(1400).unwrap()), Some(&started(400).unwrap()), &mut findings);
        assert_eq!(names(&findings), ["user space to sound"], "{}", findings[0].text);
        assert!(findings[0].text.ends_with(": 87 %, bar 60 %"), "{}", findings[0].text);
        findings.clear();
        first(started(400).as_ref(), &mut findings);
        second(started(400).as_ref(), started(500).as_ref(), &[], &mut findings);
        assert!(names(&findings).is_empty());
        second(started(500).as_ref(), started(400).as_ref(), &[], &mut findings);
        second(started(500).as_ref(), None, &[], &mut findings);
        first(None, &mut findings);
        assert_eq!(names(&findings), ["second boot", "second boot", "first boot"]);
    }

    #[test]
    fn a_kill_without_return_and_a_failed_check_are_bad() {
        let lines = [
            "kernel 6.12 PREEMPT_RT",
            "mark steady 0",
            "mark kill-engine 4800",
            "mark end 9600",
            "check a.b failed why",
        ];
        let findings = judged(&lines, &[0; 9600 * 4], true);
        assert_eq!(names(&findings), ["memory of the chain", "sound: steady", "sound: kill-engine", "a.b"]);
        let table = text(&findings);
        assert!(table.contains("a.b                  failed why  <-- FAILED"), "{table}");
        let all: Vec<&Finding> = findings.iter().filter(|finding| !finding.good).collect();
        assert!(bad(&all).ends_with("; a.b: failed why"), "{}", bad(&all));
    }

    #[test]
    fn a_second_is_the_bar_of_the_long_version_only() {
        let lines = ["memory jack 9 4", "kernel PREEMPT_RT", "mark kill-jack 0", "mark end 144000"];
        let late = heard(&[(1200, 0.0), (200, 0.5), (1600, 0.25)]);
        assert_eq!(names(&judged(&lines, &late, false)), ["sound: kill-jack"]);
        assert!(names(&judged(&lines, &late, true)).is_empty());
        let early = heard(&[(900, 0.0), (200, 0.5), (1900, 0.25)]);
        assert!(names(&judged(&lines, &early, false)).is_empty());
    }

    #[test]
    fn a_press_must_be_heard() {
        let lines = [
            "memory jack 9 4",
            "kernel PREEMPT_RT",
            "mark foot-before 0",
            "mark foot-bypasses 48000",
            "mark foot-returns 96000",
            "mark end 144000",
        ];
        let good = heard(&[(1200, 0.25), (1100, 0.5), (700, 0.25)]);
        assert!(names(&judged(&lines, &good, true)).is_empty());
        let deaf = heard(&[(3000, 0.25)]);
        assert_eq!(names(&judged(&lines, &deaf, true)), ["sound: foot-bypasses"]);
        let gap = heard(&[(1200, 0.25), (50, 0.0), (1050, 0.5), (700, 0.25)]);
        assert_eq!(names(&judged(&lines, &gap, true)), ["sound: foot-bypasses"]);
    }
}
