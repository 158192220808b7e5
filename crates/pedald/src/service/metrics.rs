//! The session's figures in Prometheus' text format.

use std::fmt::Write;

use crate::session::{NoticeLevel, State};

/// All figures. Names begin with `pedald_`; units are in the names.
pub fn text(state: &State) -> String {
    let mut page = Page(String::with_capacity(4096));
    page.engine(state);
    page.plugins(state);
    page.preloaded(state);
    page.machine(state);
    page.session(state);
    page.0
}

/// The page while it is written.
struct Page(String);

impl Page {
    /// A figure with its labels, `{…}` or empty, and values. One without values is left out.
    fn metric(&mut self, name: &str, kind: &str, help: &str, values: &[(String, f64)]) {
        if values.is_empty() {
            return;
        }
        let _ = writeln!(self.0, "# HELP pedald_{name} {help}\n# TYPE pedald_{name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(self.0, "pedald_{name}{labels} {value}");
        }
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Into<Option<f64>>) {
        let values: Vec<_> = value.into().into_iter().map(|value| (String::new(), value)).collect();
        self.metric(name, "gauge", help, &values);
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.metric(name, "counter", help, &[(String::new(), value as f64)]);
    }

    fn flag(&mut self, name: &str, help: &str, on: bool) {
        self.gauge(name, help, f64::from(u8::from(on)));
    }

    fn engine(&mut self, state: &State) {
        let health = &state.health;
        self.flag("engine_up", "Whether the engine plays our board.", state.engine.is_running());
        for (name, help, percent) in [
            ("dsp_load_ratio", "Share of the period that the last second took.", health.load_percent),
            (
                "dsp_load_p99_ratio",
                "Share of the period that 99 of 100 callbacks stayed under.",
                health.load_p99_percent,
            ),
            (
                "dsp_load_max_ratio",
                "Share of the period that the worst recent callback took.",
                health.load_max_percent,
            ),
        ] {
            self.gauge(name, help, f64::from(percent) / 100.0);
        }
        self.counter("xruns_total", "Periods lost since the engine started.", health.xruns);
        let recent = ["1m", "5m", "15m"].iter().zip(health.xruns_recent);
        let recent: Vec<_> =
            recent.map(|(window, count)| (format!("{{window=\"{window}\"}}"), count as f64)).collect();
        self.metric("xruns_recent", "gauge", "Periods lost within the window.", &recent);
        self.counter("blocks_total", "Blocks since the engine started.", health.blocks);
        self.counter(
            "limited_blocks_total",
            "Blocks that the output limiter turned down.",
            health.limited_blocks,
        );
        self.gauge("sample_rate_hertz", "Sample rate.", f64::from(health.sample_rate));
        self.gauge("period_frames", "Period.", f64::from(health.period));
    }

    fn plugins(&mut self, state: &State) {
        for (name, help, pick) in [
            ("plugin_p50_seconds", "Median time of a block.", 0),
            ("plugin_p99_seconds", "Time that 99 of 100 blocks stayed under.", 1),
            ("plugin_max_seconds", "The longest block.", 2),
        ] {
            let values: Vec<_> = state
                .health
                .plugins
                .iter()
                .map(|(instance, cost)| {
                    let us = [cost.p50_us, cost.p99_us, cost.max_us][pick];
                    let uri = state.board.plugin(instance).map_or("", |plugin| plugin.spec.uri.as_str());
                    let labels =
                        format!("{{instance=\"{}\",uri=\"{}\"}}", escape(instance.label()), escape(uri));
                    (labels, f64::from(us) * 1e-6)
                })
                .collect();
            self.metric(name, "gauge", help, &values);
        }
    }

    fn preloaded(&mut self, state: &State) {
        let boards = &state.preloaded;
        self.gauge("preloaded_boards", "Boards that stand ready in the engine.", boards.len() as f64);
        let memory: Vec<_> = boards
            .iter()
            .filter_map(|board| {
                Some((format!("{{board=\"{}\"}}", escape(&board.title)), board.memory? as f64))
            })
            .collect();
        self.metric("preloaded_memory_bytes", "gauge", "Memory of a board that stands ready.", &memory);
    }

    fn machine(&mut self, state: &State) {
        let health = &state.health;
        self.gauge("temperature_celsius", "Temperature of the processor.", health.temperature.map(f64::from));
        self.gauge("cpu_megahertz", "Clock of the processor.", health.cpu_mhz.map(f64::from));
        self.gauge(
            "memory_used_ratio",
            "Memory in use.",
            health.memory_percent.map(|percent| f64::from(percent / 100.0)),
        );
        self.flag("throttled", "Whether something holds the processor back.", !health.throttled.is_empty());
    }

    fn session(&mut self, state: &State) {
        self.flag("board_unsaved", "Whether the board has edits that are not saved.", state.unsaved);
        self.counter("state_revision", "Events since the start.", state.revision);
        let error = state.notice.as_ref().is_some_and(|notice| notice.level == NoticeLevel::Error);
        self.flag("error_shown", "Whether the player is shown an error.", error);
    }
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
