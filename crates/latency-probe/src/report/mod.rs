//! Reports over the history: pictures, pages, metrics.

mod html;
mod listen;
mod png;
mod prometheus;
mod svg;

pub use html::html;
pub use listen::{ListenError, serve};
pub use png::{PngError, png};
pub use prometheus::prometheus;
pub use svg::sheet;

use crate::history::Stored;

/// A UTC time as `2026-11-21 04:05`, of milliseconds since 1970-01-01.
pub fn utc(time_ms: u64) -> String {
    let minutes = time_ms / 60_000;
    let (days, minute) = (minutes / 1_440, minutes % 1_440);
    // Civil date from days since 1970-01-01, by eras of 400 years that begin in March.
    let z = days as i64 + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", minute / 60, minute % 60)
}

/// What two runs of one kind say about each other; `None` when they are of different kinds.
pub fn compare(before: &Stored, after: &Stored) -> Option<Vec<String>> {
    use crate::history::Run::{Loop, Sched, Soak};
    let change = |what: &str, a: f64, b: f64, unit: &str| {
        let percent = if a != 0.0 { format!(" ({:+.1} %)", 100.0 * (b - a) / a) } else { String::new() };
        format!("{what}: {a:.3} → {b:.3} {unit}, {:+.3}{percent}", b - a)
    };
    Some(match (&before.run, &after.run) {
        (Loop(a), Loop(b)) => {
            let mut lines = Vec::new();
            match (a.delay_ms, b.delay_ms) {
                (Some(x), Some(y)) => {
                    lines.push(change("round trip", x, y, "ms"));
                    let sigma = |r: &crate::result::LoopReport| {
                        r.measurement.as_ref().map_or(0.0, |m| m.sigma_frames)
                    };
                    let (dx, dy) = (a.delay_frames.unwrap_or(0.0), b.delay_frames.unwrap_or(0.0));
                    let noise = 3.0 * sigma(a).hypot(sigma(b)).max(0.001);
                    let real = if (dx - dy).abs() > noise { "more" } else { "no more" };
                    lines.push(format!(
                        "the difference of {:+.3} frames is {real} than the measuring error",
                        dy - dx
                    ));
                }
                _ => lines.push("one of the two has no trustworthy delay".to_owned()),
            }
            lines
        }
        (Sched(a), Sched(b)) => a
            .cpus
            .iter()
            .filter_map(|x| Some((x, b.cpus.iter().find(|y| y.cpu == x.cpu)?)))
            .flat_map(|(x, y)| {
                let cpu = x.cpu;
                [
                    change(&format!("CPU {cpu} p50"), x.latency.p50_us as f64, y.latency.p50_us as f64, "µs"),
                    change(&format!("CPU {cpu} p99"), x.latency.p99_us as f64, y.latency.p99_us as f64, "µs"),
                    change(
                        &format!("CPU {cpu} p99.9"),
                        x.latency.p999_us as f64,
                        y.latency.p999_us as f64,
                        "µs",
                    ),
                ]
            })
            .collect(),
        (Soak(a), Soak(b)) => {
            let rate = |r: &crate::soak::SoakReport| r.events as f64 * 60.0 / r.seconds.max(1e-9);
            vec![
                change("events per minute", rate(a), rate(b), ""),
                change("upper bound per minute (95 %)", a.upper_per_minute, b.upper_per_minute, ""),
            ]
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::tests::loop_run;

    #[test]
    fn dates_are_civil() {
        assert_eq!(utc(0), "1970-01-01 00:00");
        assert_eq!(utc(951_782_400_000), "2000-02-29 00:00");
        assert_eq!(utc(1_795_236_720_000), "2026-11-21 04:52");
    }

    #[test]
    fn comparisons_say_whether_a_difference_is_real() {
        let stored = |id, delay| Stored { id, run: loop_run(delay, None) };
        let lines = compare(&stored(1, 480.0), &stored(2, 528.0)).unwrap();
        assert!(lines[0].contains("10.000 → 11.000 ms, +1.000 (+10.0 %)"), "{lines:?}");
        assert!(lines[1].contains("+48.000 frames is more"), "{lines:?}");
        assert!(compare(&stored(1, 480.0), &stored(2, 480.0)).unwrap()[1].contains("no more"));
    }
}
