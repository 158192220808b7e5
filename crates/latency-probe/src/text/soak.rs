//! A soak for people.

use std::fmt::Write;

use super::{Style, row};
use crate::soak::{Content, Kind, SoakReport};

/// A soak for people.
pub fn soak_text(r: &SoakReport, style: Style) -> String {
    let mut out = String::new();
    let stress = match r.stress.as_slice() {
        [] => String::new(),
        kinds => format!(" and load {}", kinds.iter().map(|l| l.name()).collect::<Vec<_>>().join("+")),
    };
    let head = format!("Soak  period {} at {} Hz, {} % DSP{stress}", r.period, r.rate, r.load_percent);
    let _ = writeln!(out, "{}", style.strong(&head));
    row(&mut out, style, "events", &style.strong(&r.confidence));
    let kind = |kind: Kind| r.by_kind.get(&kind).copied().unwrap_or(0);
    row(
        &mut out,
        style,
        "seen as",
        &format!(
            "server's xruns {}, frame gaps {} ({} frames), late cycles {}, own overruns {}, content {}",
            kind(Kind::Xrun),
            kind(Kind::Gap),
            r.lost_frames,
            kind(Kind::Late),
            kind(Kind::Overrun),
            kind(Kind::Content)
        ),
    );
    for (cause, count) in &r.by_cause {
        row(&mut out, style, "cause", &format!("{count} × {}", cause.words()));
    }
    row(&mut out, style, "cycles", &format!("{} of {}", r.cycles, r.expected_cycles));
    let content = match r.content {
        Content::Checked { frames } => format!("{frames} frames came back in order"),
        Content::Unavailable => {
            "not checked: nothing exact comes back (choose --send and --receive)".to_owned()
        }
    };
    row(&mut out, style, "content", &content);
    let l = &r.lateness;
    let late =
        format!("p50 {} µs, p99 {} µs, p99.9 {} µs, max {} µs", l.p50_us, l.p99_us, l.p999_us, l.max_us);
    row(&mut out, style, "callback late", &late);
    row(
        &mut out,
        style,
        "DSP load",
        &format!("mean {:.0} %, highest {:.0} %", r.dsp_load_mean, r.dsp_load_max),
    );
    if r.injected > 0 {
        row(&mut out, style, "injected", &format!("{} overruns", r.injected));
    }
    for i in r.incidents.iter().take(10) {
        let kinds: Vec<String> = i.kinds.iter().map(|k| format!("{k:?}").to_lowercase()).collect();
        row(
            &mut out,
            style,
            &format!("{:.3} s", i.at_ms / 1000.0),
            &format!("{}: {}", kinds.join(", "), i.cause.words()),
        );
    }
    if r.incidents.len() > 10 {
        row(&mut out, style, "", &format!("and {} more (--json lists them)", r.events - 10));
    }
    row(&mut out, style, "result", &style.verdict(r.verdict));
    out
}
