//! Text for terminals: aligned lines, bars, numbers that people read.

use crate::estimate::Polarity;
use crate::result::{LoopReport, Verdict};
use crate::sched::SchedReport;
use crate::soak::{Content, Kind, SoakReport};
use crate::stats::Summary;
use std::fmt::Write;

/// Colours, when standard output is a terminal that wants them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    colour: bool,
}

impl Style {
    /// Plain text.
    pub const PLAIN: Self = Self { colour: false };

    /// Colours when standard output is a terminal and NO_COLOR is unset.
    pub fn detect() -> Self {
        use std::io::IsTerminal;
        Self { colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// The word of a verdict, coloured.
    pub fn verdict(self, verdict: Verdict) -> String {
        let code = match verdict {
            Verdict::Pass => "1;32",
            Verdict::OverTarget | Verdict::Ambiguous => "1;33",
            _ => "1;31",
        };
        self.paint(code, verdict.word())
    }

    /// Emphasis.
    pub fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Less important text.
    pub fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }
}

/// A bar of eighth blocks, `width` cells long at a share of 1.
pub fn bar(share: f64, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

/// A row of label and value.
pub(crate) fn row(out: &mut String, style: Style, label: &str, value: &str) {
    let _ = writeln!(out, "  {}{value}", style.faint(&format!("{label:<15}")));
}

/// A round-trip report for people.
pub fn loop_text(r: &LoopReport, style: Style) -> String {
    let mut out = String::new();
    let mut head = "Round trip".to_owned();
    if let Some(pair) = &r.pair {
        let kind = if pair.physical { "physical loop" } else { "software loop" };
        head = format!("Round trip  {} → … → {}  ({kind})", pair.send, pair.receive);
    }
    let _ = writeln!(out, "{}", style.strong(&head));
    if let (Some(frames), Some(ms)) = (r.delay_frames, r.delay_ms) {
        let sigma = r.measurement.as_ref().map_or(String::new(), |m| {
            if m.sigma_frames < 0.0005 {
                "  ± <0.001".to_owned()
            } else {
                format!("  ± {:.3}", m.sigma_frames)
            }
        });
        row(&mut out, style, "latency", &style.strong(&format!("{frames:.3} frames{sigma}   {ms:.3} ms")));
    }
    let period = if r.period > 0 { format!(", period {} frames", r.period) } else { String::new() };
    row(&mut out, style, "server", &format!("{} Hz{period}", r.rate));
    if let Some(e) = &r.extra {
        let reported = e.reported_capture + e.reported_playback;
        let parts = format!("capture {} + playback {}", e.reported_capture, e.reported_playback);
        row(&mut out, style, "server reports", &format!("{reported} frames ({parts})"));
        row(&mut out, style, "extra", &format!("{:+} frames ({:+.3})", e.extra_rounded, e.extra_frames));
        match (&e.jack_options, &e.pipewire_param) {
            (Some(jack), Some(pipewire)) if r.pair.as_ref().is_some_and(|p| p.physical) => {
                row(&mut out, style, "  for jackd", jack);
                row(&mut out, style, "  for PipeWire", &format!("pw-cli s NODE {pipewire}"));
            }
            (None, _) => row(
                &mut out,
                style,
                "",
                "negative: the server believes in more than there is (synchronous mode, or fewer periods); no option mends that",
            ),
            _ => {}
        }
    }
    if let Some(floor) = r.floor_frames {
        let ms = f64::from(floor) * 1000.0 / f64::from(r.rate);
        row(&mut out, style, "physical floor", &format!("{floor} frames, {ms:.3} ms: the buffers alone"));
    }
    if let Some(m) = &r.measurement {
        let polarity = match m.polarity {
            Polarity::Normal => "normal",
            Polarity::Inverted => "inverted",
            Polarity::Uncertain => "uncertain (the path turns the phase)",
        };
        row(&mut out, style, "gain", &format!("{:+.2} dB, polarity {polarity}", m.gain_db));
        let snr = if m.noise_dbfs <= -199.0 {
            "no noise at all".to_owned()
        } else {
            format!("SNR {:.1} dB", m.snr_db)
        };
        row(&mut out, style, "signal", &format!("{snr}, peak {:.1} dBFS, z {:.0}", m.peak_dbfs, m.z));
        if m.drift_ppm != 0.0 {
            let drift = format!("{:+.2} ± {:.2} ppm: two clocks", m.drift_ppm, m.drift_sigma_ppm);
            row(&mut out, style, "drift", &drift);
        }
        if m.clipped {
            row(&mut out, style, "clipping", "the recording touches its limit: lower the gain");
        }
        for path in &m.second_paths {
            let turned = if path.inverted { ", inverted" } else { "" };
            let text = format!(
                "{:+.2} frames at {:.1} dB{turned}: direct monitoring or a reflection?",
                path.offset_frames, path.relative_db
            );
            row(&mut out, style, "second path", &text);
        }
    }
    if let Some(t) = &r.tones {
        let turned = if t.inverted { "inverted" } else { "normal" };
        let text = format!("{:+.2} dB, polarity {turned}, disagreement {:.3}", t.gain_db, t.disagreement);
        row(&mut out, style, "tones", &text);
    }
    if r.attempts > 1 {
        row(&mut out, style, "attempts", &format!("{} ({})", r.attempts, r.discarded.join("; ")));
    }
    row(&mut out, style, "result", &format!("{}: {}", style.verdict(r.verdict), r.reason));
    out
}

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
