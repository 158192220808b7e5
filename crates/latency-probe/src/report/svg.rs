//! The picture of a report, written by hand: the same text on every machine, and small.

use super::utc;
use crate::history::{Run, Stored};
use crate::result::LoopReport;
use crate::sched::SchedReport;
use crate::soak::SoakReport;
use crate::stats::Summary;
use std::fmt::Write;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 24.0;
const PLOT: f64 = 200.0;
const PANEL: f64 = 290.0;
/// Two hues that stay apart for every kind of colour vision, and greys.
const BLUE: &str = "#1f5fa8";
const ORANGE: &str = "#c8641e";
const INK: &str = "#1d2126";
const GREY: &str = "#6b737c";
const LINE: &str = "#d9dde2";

/// Escapes text for XML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Draws all runs on one sheet: trend of the round trip, histogram of the last scheduling run (beside `compared`, when two are
/// compared), and the last soak.
pub fn sheet(runs: &[Stored], compared: Option<(&Stored, &Stored)>) -> String {
    let loops: Vec<(u64, &LoopReport)> = runs
        .iter()
        .filter_map(|s| match &s.run {
            Run::Loop(r) => Some((s.id, r)),
            _ => None,
        })
        .collect();
    let mut scheds: Vec<(u64, &SchedReport)> = runs.iter().filter_map(sched).collect();
    if let Some((a, b)) = compared.and_then(|(a, b)| sched(a).zip(sched(b))) {
        scheds = vec![a, b];
    } else {
        scheds.drain(..scheds.len().saturating_sub(1));
    }
    let soak = runs.iter().rev().find_map(|s| match &s.run {
        Run::Soak(r) => Some((s.id, r)),
        _ => None,
    });
    let mut panels: Vec<String> = Vec::new();
    if !loops.is_empty() {
        panels.push(trend(&loops, compared));
    }
    if !scheds.is_empty() {
        panels.push(histogram(&scheds));
    }
    if let Some((id, soak)) = soak {
        panels.push(timeline(id, soak));
    }
    let height = 84.0 + panels.len().max(1) as f64 * PANEL;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         font-family=\"DejaVu Sans, sans-serif\" font-size=\"12\" fill=\"{INK}\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    let (host, kernel, when) = runs.last().map_or((String::new(), String::new(), String::new()), |s| {
        let o = s.run.origin();
        (o.host.clone(), o.kernel.clone(), utc(o.time_ms))
    });
    text(&mut out, LEFT, 34.0, "start", 20.0, INK, &format!("Latency of {host}"));
    text(
        &mut out,
        LEFT,
        56.0,
        "start",
        12.0,
        GREY,
        &format!("{kernel}, last run {when} UTC, {} runs", runs.len()),
    );
    for (i, panel) in panels.iter().enumerate() {
        let _ = writeln!(out, "<g transform=\"translate(0 {})\">\n{panel}</g>", 76.0 + i as f64 * PANEL);
    }
    if panels.is_empty() {
        text(&mut out, LEFT, 140.0, "start", 14.0, GREY, "The history is empty.");
    }
    out.push_str("</svg>\n");
    out
}

fn sched(stored: &Stored) -> Option<(u64, &SchedReport)> {
    match &stored.run {
        Run::Sched(r) => Some((stored.id, r)),
        _ => None,
    }
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, size: f64, colour: &str, words: &str) {
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{size}\" fill=\"{colour}\">{}</text>",
        escape(words)
    );
}

fn line(out: &mut String, from: (f64, f64), to: (f64, f64), colour: &str, extra: &str) {
    let _ = writeln!(
        out,
        "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\" {extra}/>",
        from.0, from.1, to.0, to.1
    );
}

/// Title, subtitle and frame of a panel; the plot lies from y = 52 to y = 52 + PLOT.
fn frame(title: &str, subtitle: &str) -> String {
    let mut out = String::new();
    text(&mut out, LEFT, 20.0, "start", 15.0, INK, title);
    text(&mut out, LEFT, 38.0, "start", 12.0, GREY, subtitle);
    line(&mut out, (LEFT, 52.0 + PLOT), (WIDTH - RIGHT, 52.0 + PLOT), GREY, "");
    out
}

/// A round number not below `value`: 1, 2 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    let power = 10f64.powf(value.max(1e-9).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|v| *v >= value * 0.999_999)
        .unwrap_or(10.0 * power)
}

fn trend(loops: &[(u64, &LoopReport)], compared: Option<(&Stored, &Stored)>) -> String {
    let good: Vec<(usize, f64)> =
        loops.iter().enumerate().filter_map(|(i, (_, r))| Some((i, r.delay_ms?))).collect();
    let target = loops.iter().rev().find_map(|(_, r)| r.target_ms);
    let floor =
        loops.iter().rev().find_map(|(_, r)| Some(f64::from(r.floor_frames?) * 1000.0 / f64::from(r.rate)));
    let highest = good.iter().map(|g| g.1).chain(target).chain(floor).fold(0.1, f64::max);
    let lowest = good.iter().map(|g| g.1).fold(f64::MAX, f64::min);
    let last = good.last().map_or("no measured run".to_owned(), |(i, ms)| {
        format!(
            "last {ms:.3} ms ({:.3} frames); {} of {} runs measured",
            loops[*i].1.delay_frames.unwrap_or(0.0),
            good.len(),
            loops.len()
        )
    });
    let mut out = frame("Round trip, ms", &last);
    let step = round_up(highest * 1.1 / 5.0);
    let top = step * (highest * 1.1 / step).ceil();
    let y = |ms: f64| 52.0 + PLOT * (1.0 - ms / top);
    let mut tick = 0.0;
    while tick <= top * 1.000_1 {
        line(&mut out, (LEFT, y(tick)), (WIDTH - RIGHT, y(tick)), LINE, "");
        text(&mut out, LEFT - 8.0, y(tick) + 4.0, "end", 11.0, GREY, &number(tick));
        tick += step;
    }
    let span = WIDTH - LEFT - RIGHT - 40.0;
    let x = |i: usize| {
        LEFT + 20.0 + if loops.len() > 1 { span * i as f64 / (loops.len() - 1) as f64 } else { span / 2.0 }
    };
    for (value, name, colour) in [(target, "target", ORANGE), (floor, "physical floor", GREY)] {
        if let Some(ms) = value {
            line(&mut out, (LEFT, y(ms)), (WIDTH - RIGHT, y(ms)), colour, "stroke-dasharray=\"6 4\"");
            text(&mut out, WIDTH - RIGHT - 4.0, y(ms) - 5.0, "end", 11.0, colour, &format!("{name} {ms:.2}"));
        }
    }
    let points: Vec<String> = good.iter().map(|(i, ms)| format!("{:.1},{:.1}", x(*i), y(*ms))).collect();
    let _ = writeln!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{BLUE}\" stroke-width=\"1.5\"/>",
        points.join(" ")
    );
    for (i, (id, r)) in loops.iter().enumerate() {
        let chosen = compared.is_some_and(|(a, b)| a.id == *id || b.id == *id);
        match r.delay_ms {
            Some(ms) => {
                let over = r.target_ms.is_some_and(|t| ms > t);
                let (colour, radius) = (if over { ORANGE } else { BLUE }, if chosen { 6.0 } else { 3.5 });
                let _ = writeln!(
                    out,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius}\" fill=\"{colour}\"><title>{}</title></circle>",
                    x(i),
                    y(ms),
                    escape(&format!("#{id} {}: {ms:.3} ms", utc(r.origin.time_ms)))
                );
                if chosen {
                    text(&mut out, x(i), y(ms) - 10.0, "middle", 11.0, INK, &format!("#{id}"));
                }
            }
            // A run without a number is a cross on the axis, not a gap that nobody sees.
            None => text(&mut out, x(i), 52.0 + PLOT - 4.0, "middle", 14.0, ORANGE, "×"),
        }
    }
    let ends = [(0, "start"), (loops.len() - 1, "end")];
    for (i, anchor) in ends.into_iter().take(loops.len().min(2)) {
        let (id, r) = loops[i];
        let at = if loops.len() == 1 { "middle" } else { anchor };
        text(
            &mut out,
            x(i),
            52.0 + PLOT + 18.0,
            at,
            11.0,
            GREY,
            &format!("#{id}, {}", utc(r.origin.time_ms)),
        );
    }
    if good.len() > 1 && highest > 0.0 && lowest < f64::MAX {
        let spread = good.iter().map(|g| g.1).fold(0.0, f64::max) - lowest;
        text(
            &mut out,
            WIDTH / 2.0,
            52.0 + PLOT + 18.0,
            "middle",
            11.0,
            GREY,
            &format!("spread {spread:.3} ms"),
        );
    }
    out
}

/// A number without needless zeros.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Counts in 48 logarithmic bins from 1 µs to 100 ms, all CPUs together.
fn bins(report: &SchedReport) -> [u64; 48] {
    let mut counts = [0u64; 48];
    let place = |us: u64| (((us.max(1) as f64).log10() / 5.0 * 48.0) as usize).min(47);
    for cpu in &report.cpus {
        let mut told = 0;
        for (us, count) in &cpu.latency.buckets {
            counts[place(u64::from(*us))] += u64::from(*count);
            told += u64::from(*count);
        }
        counts[place(cpu.latency.max_us)] += cpu.latency.count.saturating_sub(told);
    }
    counts
}

fn histogram(runs: &[(u64, &SchedReport)]) -> String {
    let name = |(id, r): &(u64, &SchedReport)| {
        let class = if r.real_time { "FIFO" } else { "OTHER" };
        let load = r.load.iter().map(|l| l.name()).collect::<Vec<_>>().join("+");
        let load = if load.is_empty() { String::new() } else { format!(", load {load}") };
        let worst = |f: fn(&Summary) -> u64| r.cpus.iter().map(|c| f(&c.latency)).max().unwrap_or(0);
        format!(
            "#{id} {class}{load}: p50 {}, p99 {}, p99.9 {}, max {} µs",
            worst(|l| l.p50_us),
            worst(|l| l.p99_us),
            worst(|l| l.p999_us),
            worst(|l| l.max_us)
        )
    };
    let mut out =
        frame("Wake-up latency, wake-ups for each range of µs, both axes logarithmic", &name(&runs[0]));
    if let Some(second) = runs.get(1) {
        let _ = writeln!(
            out,
            "<rect x=\"{}\" y=\"29\" width=\"10\" height=\"10\" fill=\"{BLUE}\"/>",
            LEFT - 16.0
        );
        let _ = writeln!(
            out,
            "<rect x=\"{}\" y=\"29\" width=\"10\" height=\"10\" fill=\"{ORANGE}\"/>",
            WIDTH / 2.0 + 4.0
        );
        text(&mut out, WIDTH / 2.0 + 20.0, 38.0, "start", 12.0, GREY, &name(second));
    }
    let sets: Vec<[u64; 48]> = runs.iter().map(|(_, r)| bins(r)).collect();
    let most = sets.iter().flatten().copied().max().unwrap_or(1).max(10);
    let decades = (most as f64).log10().ceil();
    let y = |count: u64| {
        52.0 + PLOT
            * (1.0 - if count == 0 { 0.0 } else { ((count as f64).log10() + 0.25) / (decades + 0.25) })
    };
    for decade in 0..=decades as u32 {
        let count = 10u64.pow(decade);
        line(&mut out, (LEFT, y(count)), (WIDTH - RIGHT, y(count)), LINE, "");
        text(&mut out, LEFT - 8.0, y(count) + 4.0, "end", 11.0, GREY, &count.to_string());
    }
    let cell = (WIDTH - LEFT - RIGHT) / 48.0;
    for (n, (set, colour)) in sets.iter().zip([BLUE, ORANGE]).enumerate() {
        let width = (cell - 2.0) / sets.len() as f64;
        for (i, count) in set.iter().enumerate().filter(|(_, c)| **c > 0) {
            let _ = writeln!(
                out,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{colour}\"><title>{count}</title></rect>",
                LEFT + i as f64 * cell + 1.0 + n as f64 * width,
                y(*count),
                52.0 + PLOT - y(*count)
            );
        }
    }
    for (decade, label) in ["1", "10", "100", "1000 µs", "10 ms", "100 ms"].into_iter().enumerate() {
        let x = LEFT + (WIDTH - LEFT - RIGHT) * decade as f64 / 5.0;
        line(&mut out, (x, 52.0 + PLOT), (x, 52.0 + PLOT + 5.0), GREY, "");
        let anchor = if decade == 5 { "end" } else { "middle" };
        text(&mut out, x, 52.0 + PLOT + 18.0, anchor, 11.0, GREY, label);
    }
    out
}

fn timeline(id: u64, soak: &SoakReport) -> String {
    let title = format!("Xruns over time, soak #{id}: period {}, {} % DSP", soak.period, soak.load_percent);
    let mut out = frame(&title, &soak.confidence);
    let count = 60usize;
    let slot = soak.seconds.max(1e-9) / count as f64;
    let mut counts = vec![0u64; count];
    for incident in &soak.incidents {
        counts[((incident.at_ms / 1000.0 / slot) as usize).min(count - 1)] += 1;
    }
    let top = round_up(counts.iter().copied().max().unwrap_or(0).max(2) as f64);
    let y = |v: f64| 52.0 + PLOT * (1.0 - v / top);
    for tick in [0.0, top / 2.0, top] {
        line(&mut out, (LEFT, y(tick)), (WIDTH - RIGHT, y(tick)), LINE, "");
        text(&mut out, LEFT - 8.0, y(tick) + 4.0, "end", 11.0, GREY, &number(tick));
    }
    let cell = (WIDTH - LEFT - RIGHT) / count as f64;
    for (i, n) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
        let _ = writeln!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{ORANGE}\"/>",
            LEFT + i as f64 * cell + 1.0,
            y(*n as f64),
            cell - 2.0,
            52.0 + PLOT - y(*n as f64)
        );
    }
    for (share, anchor) in [(0.0, "start"), (0.5, "middle"), (1.0, "end")] {
        let x = LEFT + (WIDTH - LEFT - RIGHT) * share;
        text(&mut out, x, 52.0 + PLOT + 18.0, anchor, 11.0, GREY, &format!("{:.0} s", soak.seconds * share));
    }
    let causes: Vec<String> = soak.by_cause.iter().map(|(c, n)| format!("{n} × {}", c.words())).collect();
    text(&mut out, WIDTH - RIGHT, 38.0, "end", 12.0, GREY, &causes.join("; "));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::tests::loop_run;

    #[test]
    fn every_run_is_a_mark_and_text_is_escaped() {
        let mut runs: Vec<Stored> =
            (1..=5).map(|i| Stored { id: i, run: loop_run(400.0 + 10.0 * i as f64, Some(9.0)) }).collect();
        if let Run::Loop(r) = &mut runs[4].run {
            r.origin.host = "a<b>&\"c\"".into();
            r.delay_ms = None;
        }
        let svg = sheet(&runs, None);
        assert_eq!(svg.matches("<circle").count(), 4);
        assert!(svg.contains('×') && svg.contains("a&lt;b&gt;&amp;&quot;c&quot;") && !svg.contains("a<b"));
        // 430 frames and more are above 9 ms (432 frames): one measured run of four is.
        assert_eq!(svg.matches(&format!("fill=\"{ORANGE}\"><title>")).count(), 1);
        assert!(sheet(&[], None).contains("history is empty"));
    }

    #[test]
    fn axes_end_on_round_numbers() {
        assert_eq!([0.3, 1.0, 1.1, 4.0, 7.0, 96.0].map(round_up), [0.5, 1.0, 2.0, 5.0, 10.0, 100.0]);
        assert_eq!([number(2.5), number(10.0), number(0.0)], ["2.5", "10", "0"]);
    }
}
