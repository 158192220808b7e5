//! The session's figures in Prometheus' text format.

use std::fmt::Write;

use crate::session::{NoticeLevel, State};

/// All figures. Names begin with `pedald_`; units are in the names.
pub fn text(state: &State) -> String {
    let mut out = String::with_capacity(4096);
    let health = &state.health;
    let mut metric = |name: &str, kind: &str, help: &str, values: &[(String, f64)]| {
        if values.is_empty() {
            return;
        }
        let _ = writeln!(out, "# HELP pedald_{name} {help}\n# TYPE pedald_{name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(out, "pedald_{name}{labels} {value}");
        }
    };
    let one = |value: f64| vec![(String::new(), value)];
    let some = |value: Option<f32>| {
        value.map(|value| (String::new(), f64::from(value))).into_iter().collect::<Vec<_>>()
    };

    metric(
        "engine_up",
        "gauge",
        "Whether the engine plays our board.",
        &one(f64::from(u8::from(state.engine.is_running()))),
    );
    metric(
        "dsp_load_ratio",
        "gauge",
        "Share of the period that the last second took.",
        &one(f64::from(health.load_percent) / 100.0),
    );
    metric(
        "dsp_load_p99_ratio",
        "gauge",
        "Share of the period that 99 of 100 callbacks stayed under.",
        &one(f64::from(health.load_p99_percent) / 100.0),
    );
    metric(
        "dsp_load_max_ratio",
        "gauge",
        "Share of the period that the worst recent callback took.",
        &one(f64::from(health.load_max_percent) / 100.0),
    );
    metric("xruns_total", "counter", "Periods lost since the engine started.", &one(health.xruns as f64));
    let recent = ["1m", "5m", "15m"].iter().zip(health.xruns_recent);
    let recent: Vec<_> =
        recent.map(|(window, count)| (format!("{{window=\"{window}\"}}"), count as f64)).collect();
    metric("xruns_recent", "gauge", "Periods lost within the window.", &recent);
    metric("blocks_total", "counter", "Blocks since the engine started.", &one(health.blocks as f64));
    metric(
        "limited_blocks_total",
        "counter",
        "Blocks that the output limiter turned down.",
        &one(health.limited_blocks as f64),
    );
    metric("sample_rate_hertz", "gauge", "Sample rate.", &one(health.sample_rate.into()));
    metric("period_frames", "gauge", "Period.", &one(health.period.into()));
    for (name, help, pick) in [
        ("plugin_p50_seconds", "Median time of a block.", 0),
        ("plugin_p99_seconds", "Time that 99 of 100 blocks stayed under.", 1),
        ("plugin_max_seconds", "The longest block.", 2),
    ] {
        let values: Vec<_> = health
            .plugins
            .iter()
            .map(|(instance, cost)| {
                let us = [cost.p50_us, cost.p99_us, cost.max_us][pick];
                let uri = state.board.plugin(instance).map_or("", |plugin| plugin.spec.uri.as_str());
                let labels = format!("{{instance=\"{}\",uri=\"{}\"}}", escape(instance.label()), escape(uri));
                (labels, f64::from(us) * 1e-6)
            })
            .collect();
        metric(name, "gauge", help, &values);
    }
    let memory: Vec<_> = state
        .preloaded
        .iter()
        .filter_map(|board| Some((format!("{{board=\"{}\"}}", escape(&board.title)), board.memory? as f64)))
        .collect();
    metric(
        "preloaded_boards",
        "gauge",
        "Boards that stand ready in the engine.",
        &one(state.preloaded.len() as f64),
    );
    metric("preloaded_memory_bytes", "gauge", "Memory of a board that stands ready.", &memory);
    metric("temperature_celsius", "gauge", "Temperature of the processor.", &some(health.temperature));
    metric("cpu_megahertz", "gauge", "Clock of the processor.", &some(health.cpu_mhz));
    metric(
        "memory_used_ratio",
        "gauge",
        "Memory in use.",
        &some(health.memory_percent.map(|percent| percent / 100.0)),
    );
    metric(
        "throttled",
        "gauge",
        "Whether something holds the processor back.",
        &one(f64::from(u8::from(!health.throttled.is_empty()))),
    );
    metric(
        "board_unsaved",
        "gauge",
        "Whether the board has edits that are not saved.",
        &one(f64::from(u8::from(state.unsaved))),
    );
    metric("state_revision", "counter", "Events since the start.", &one(state.revision as f64));
    let error = state.notice.as_ref().is_some_and(|notice| notice.level == NoticeLevel::Error);
    metric("error_shown", "gauge", "Whether the player is shown an error.", &one(f64::from(u8::from(error))));
    out
}

fn escape(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Health, PluginCost};
    use std::sync::Arc;

    #[test]
    fn figures_have_names_units_and_labels() {
        let mut health =
            Health { xruns: 3, xruns_recent: [1, 2, 3], load_p99_percent: 50.0, ..Health::default() };
        let cost = PluginCost { p99_us: 250.0, ..PluginCost::default() };
        health.plugins.insert("amp\"1".into(), cost);
        let state = State { health: Arc::new(health), ..State::default() };
        let text = text(&state);
        for line in [
            "pedald_xruns_total 3",
            "pedald_xruns_recent{window=\"5m\"} 2",
            "pedald_dsp_load_p99_ratio 0.5",
            "pedald_plugin_p99_seconds{instance=\"amp\\\"1\",uri=\"\"} 0.00025",
            "# TYPE pedald_xruns_total counter",
        ] {
            assert!(text.lines().any(|other| other.starts_with(line)), "{line} is missing in\n{text}");
        }
        assert!(!text.contains("temperature"), "what is not known is not told");
    }
}
