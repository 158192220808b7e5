//! A scheduling run for people.

use std::fmt::Write;

use super::{Style, bar, row};
use crate::sched::SchedReport;
use crate::stats::Summary;

/// A scheduling report for people: one line for each CPU, and the histogram of the worst.
pub fn sched_text(r: &SchedReport, style: Style) -> String {
    let mut out = String::new();
    let class = match (r.real_time, r.priority) {
        (true, Some(p)) => format!("SCHED_FIFO {p}"),
        (false, Some(_)) => "SCHED_OTHER (real-time scheduling was refused)".to_owned(),
        _ => "SCHED_OTHER".to_owned(),
    };
    let load = match r.load.as_slice() {
        [] => "no load".to_owned(),
        kinds => format!("load {}", kinds.iter().map(|l| l.name()).collect::<Vec<_>>().join("+")),
    };
    let head = format!("Wake-up latency  {class}, every {} µs, {:.0} s, {load}", r.interval_us, r.seconds);
    let _ = writeln!(out, "{}", style.strong(&head));
    let head = "  CPU      count    min   mean    p50    p99  p99.9     max  stalls ≥ 1 ms";
    let _ = writeln!(out, "{}", style.faint(head));
    for c in &r.cpus {
        let l = &c.latency;
        let _ = writeln!(
            out,
            "  {:>3}  {:>9} {:>6} {:>6.1} {:>6} {:>6} {:>6} {:>7}  {}",
            c.cpu,
            l.count,
            l.min_us,
            l.mean_us,
            l.p50_us,
            l.p99_us,
            l.p999_us,
            l.max_us,
            c.stalls.len()
        );
        if c.page_faults > 0 {
            row(
                &mut out,
                style,
                "",
                &format!("CPU {}: {} page faults inside the loop", c.cpu, c.page_faults),
            );
        }
    }
    if let Some(worst) = r.cpus.iter().max_by_key(|c| c.latency.p99_us) {
        let _ = writeln!(out, "{}", style.faint(&format!("  CPU {}, µs, logarithmic", worst.cpu)));
        histogram_text(&mut out, &worst.latency, style);
    }
    let dma = if r.dma_latency_held { "held at 0: deep sleep forbidden" } else { "left alone" };
    row(&mut out, style, "cpu_dma_latency", &format!(" {dma}"));
    if let Some(t) = &r.timerlat {
        let noise: Vec<String> =
            t.noise.iter().take(3).map(|(name, us)| format!("{name} {us:.1} µs")).collect();
        let text = format!(
            "CPU {}: interrupt {:.1} µs, thread {:.1} µs; {}",
            t.cpu,
            t.irq_us,
            t.thread_us,
            noise.join(", ")
        );
        row(&mut out, style, "timerlat", &text);
    }
    for note in &r.notes {
        row(&mut out, style, "note", note);
    }
    row(&mut out, style, "result", &format!("{}: {}", style.verdict(r.verdict), r.reason));
    out
}

/// Bars over ranges that double, their length by the logarithm of the count.
fn histogram_text(out: &mut String, summary: &Summary, style: Style) {
    let mut ranges: Vec<(u64, u64, u64)> = Vec::new();
    let mut low = 0u64;
    let mut high = 4u64;
    while low <= summary.max_us {
        let inside = |us: u32| (low..high).contains(&u64::from(us));
        let mut count: u64 =
            summary.buckets.iter().filter(|(us, _)| inside(*us)).map(|(_, n)| u64::from(*n)).sum();
        if high > summary.max_us {
            // What lies beyond the buckets is only in the total.
            let told: u64 = ranges.iter().map(|r| r.2).sum();
            count = summary.count - told;
        }
        ranges.push((low, high, count));
        low = high;
        high *= 2;
    }
    let first = ranges.iter().position(|r| r.2 > 0).unwrap_or(0);
    let most = ranges.iter().map(|r| r.2).max().unwrap_or(1).max(1);
    for (low, high, count) in &ranges[first..] {
        let share = if *count == 0 { 0.0 } else { ((*count as f64).ln() + 1.0) / ((most as f64).ln() + 1.0) };
        let label = style.faint(&format!("{low:>7}–{:<7}", high - 1));
        let _ = writeln!(out, "  {label} {count:>9} {}", bar(share, 40));
    }
}
