//! Metrics of the last run of each kind, in the Prometheus text format.

use crate::history::{Run, Stored};
use std::fmt::Write;

/// Writes one family of metrics.
fn family(out: &mut String, name: &str, help: &str, samples: &[(String, f64)]) {
    if samples.is_empty() {
        return;
    }
    let _ = writeln!(out, "# HELP latency_probe_{name} {help}\n# TYPE latency_probe_{name} gauge");
    for (labels, value) in samples {
        let _ = writeln!(out, "latency_probe_{name}{labels} {value}");
    }
}

fn label(name: &str, value: &str) -> String {
    format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// The newest run of each kind as metrics. Values that a run does not have are left out rather than invented.
pub fn prometheus(runs: &[Stored]) -> String {
    let mut out = String::new();
    let mut verdicts = Vec::new();
    let mut times = Vec::new();
    let newest = |wanted: fn(&Run) -> bool| runs.iter().rev().find(|s| wanted(&s.run)).map(|s| &s.run);
    let mut told = |kind: &str, run: &Run| {
        verdicts.push((format!("{{{}}}", label("kind", kind)), f64::from(run.verdict().exit_code())));
        times.push((format!("{{{}}}", label("kind", kind)), run.origin().time_ms as f64 / 1000.0));
    };
    if let Some(run @ Run::Loop(r)) = newest(|r| matches!(r, Run::Loop(_))) {
        told("loop", run);
        let (send, receive) = r.pair.as_ref().map_or(("", ""), |p| (&p.send, &p.receive));
        let labels = format!("{{{},{}}}", label("send", send), label("receive", receive));
        let one = |value: Option<f64>| -> Vec<(String, f64)> {
            value.map(|v| (labels.clone(), v)).into_iter().collect()
        };
        let m = r.measurement.as_ref().filter(|_| r.delay_ms.is_some());
        family(&mut out, "loop_latency_seconds", "Round trip.", &one(r.delay_ms.map(|ms| ms / 1000.0)));
        family(
            &mut out,
            "loop_latency_frames",
            "Round trip in frames.",
            &one(r.delay_ms.and(r.delay_frames)),
        );
        family(
            &mut out,
            "loop_sigma_frames",
            "Standard deviation of the round trip.",
            &one(m.map(|m| m.sigma_frames)),
        );
        family(&mut out, "loop_gain_decibels", "Gain of the loop.", &one(m.map(|m| m.gain_db)));
        family(&mut out, "loop_snr_decibels", "Returned signal over noise.", &one(m.map(|m| m.snr_db)));
        family(
            &mut out,
            "loop_drift_ppm",
            "Receiving clock against sending clock.",
            &one(m.map(|m| m.drift_ppm)),
        );
        family(
            &mut out,
            "loop_extra_frames",
            "Measured less reported.",
            &one(r.extra.as_ref().map(|e| e.extra_frames)),
        );
        family(&mut out, "loop_target_seconds", "Target.", &one(r.target_ms.map(|ms| ms / 1000.0)));
    }
    if let Some(run @ Run::Sched(r)) = newest(|r| matches!(r, Run::Sched(_))) {
        told("sched", run);
        let mut quantiles = Vec::new();
        let mut highest = Vec::new();
        for c in &r.cpus {
            let cpu = label("cpu", &c.cpu.to_string());
            let l = &c.latency;
            for (q, us) in [("0.5", l.p50_us), ("0.99", l.p99_us), ("0.999", l.p999_us)] {
                quantiles.push((format!("{{{cpu},{}}}", label("quantile", q)), us as f64 * 1e-6));
            }
            highest.push((format!("{{{cpu}}}"), l.max_us as f64 * 1e-6));
        }
        family(&mut out, "sched_latency_seconds", "Wake-up latency.", &quantiles);
        family(&mut out, "sched_latency_max_seconds", "Largest wake-up latency.", &highest);
        let real_time = f64::from(u8::from(r.real_time));
        family(
            &mut out,
            "sched_real_time",
            "1 when measured with SCHED_FIFO.",
            &[(String::new(), real_time)],
        );
    }
    if let Some(run @ Run::Soak(r)) = newest(|r| matches!(r, Run::Soak(_))) {
        told("soak", run);
        let labels = format!("{{{}}}", label("period", &r.period.to_string()));
        let one = |value: f64| [(labels.clone(), value)];
        family(&mut out, "soak_events", "Xruns of the last soak.", &one(r.events as f64));
        family(&mut out, "soak_seconds", "Length of the last soak.", &one(r.seconds));
        let upper = r.upper_per_minute / 60.0;
        family(&mut out, "soak_events_upper_per_second", "Upper bound of the rate, 95 %.", &one(upper));
    }
    family(
        &mut out,
        "verdict",
        "Exit code of the last run: 0 pass, 1 over target, 2 no signal, 3 ambiguous.",
        &verdicts,
    );
    family(&mut out, "run_timestamp_seconds", "When the last run was made.", &times);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::tests::loop_run;
    use crate::jackio::Pair;

    #[test]
    fn the_newest_run_is_told_with_escaped_labels() {
        let mut run = loop_run(480.0, Some(11.0));
        if let Run::Loop(r) = &mut run {
            let (send, receive) = ("a \"b\"\\".to_owned(), "c:out".to_owned());
            r.pair = Some(Pair { send, receive, physical: false, playback_latency: 0, capture_latency: 0 });
        }
        let text = prometheus(&[Stored { id: 1, run: loop_run(960.0, None) }, Stored { id: 2, run }]);
        let line = text.lines().find(|l| l.starts_with("latency_probe_loop_latency_seconds")).unwrap();
        assert!(line.starts_with(
            "latency_probe_loop_latency_seconds{send=\"a \\\"b\\\"\\\\\",receive=\"c:out\"} 0.0"
        ));
        let value: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
        assert!((value - 0.01).abs() < 1e-7);
        assert!(text.contains("latency_probe_verdict{kind=\"loop\"} 0\n"));
        assert_eq!(text.matches("# TYPE latency_probe_loop_latency_seconds gauge").count(), 1);
        assert_eq!(prometheus(&[]), "");
    }
}
