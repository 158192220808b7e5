//! The panels: trend of the round trip, histogram of wake-ups, xruns over time.

use std::fmt::Write;

use super::pen::{
    BLUE, GREY, INK, LEFT, LINE, ORANGE, PLOT, RIGHT, WIDTH, escape, frame, line, number, round_up, text,
};
use crate::history::Stored;
use crate::report::utc;
use crate::result::LoopReport;
use crate::sched::SchedReport;
use crate::soak::SoakReport;
use crate::stats::Summary;

pub(super) fn trend(loops: &[(u64, &LoopReport)], compared: Option<(&Stored, &Stored)>) -> String {
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

pub(super) fn histogram(runs: &[(u64, &SchedReport)]) -> String {
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

pub(super) fn timeline(id: u64, soak: &SoakReport) -> String {
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
