//! A round trip for people.

use std::fmt::Write;

use super::{Style, row};
use crate::estimate::Polarity;
use crate::result::LoopReport;

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
