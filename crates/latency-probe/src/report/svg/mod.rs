//! The picture of a report, written by hand: the same text on every machine, and small. What is drawn with: `pen`; what each
//! kind of run looks like: `panels`.

mod panels;
mod pen;

use std::fmt::Write;

use super::utc;
use crate::history::{Run, Stored};
use crate::result::LoopReport;
use crate::sched::SchedReport;
use panels::{histogram, timeline, trend};
pub(super) use pen::escape;
use pen::{GREY, INK, LEFT, PANEL, WIDTH, text};

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

#[cfg(test)]
mod tests {
    use super::pen::ORANGE;
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
}
