//! From a graph to Turtle.

use std::fmt::Write;

use super::{Block, Graph, MidiBinding, Port};
use crate::turtle::{PREFIXES, iri, local, number, string};

/// Properties of one subject.
struct Entry {
    text: String,
    empty: bool,
}

impl Entry {
    fn new(subject: &str) -> Self {
        Self { text: subject.to_owned(), empty: true }
    }

    fn add(&mut self, predicate: &str, value: &str) {
        let end = if self.empty { "" } else { " ;" };
        self.empty = false;
        let _ = write!(self.text, "{end}\n    {predicate} {value}");
    }

    fn list(&mut self, predicate: &str, values: impl Iterator<Item = String>) {
        let values = values.collect::<Vec<_>>();
        if !values.is_empty() {
            self.add(predicate, &values.join(" ,\n        "));
        }
    }

    fn end(mut self, into: &mut String) {
        self.text.push_str(" .\n\n");
        into.push_str(&self.text);
    }
}

/// The graph as Turtle.
pub(super) fn turtle(graph: &Graph) -> String {
    let mut text = String::new();
    for (prefix, namespace) in PREFIXES {
        let _ = writeln!(text, "@prefix {prefix}: <{namespace}> .");
    }
    text.push('\n');
    for (at, arc) in graph.arcs.iter().enumerate() {
        let mut entry = Entry::new(&format!("_:b{}", at + 1));
        entry.add("ingen:tail", &local(&arc.source));
        entry.add("ingen:head", &local(&arc.target));
        entry.end(&mut text);
    }
    for block in &graph.blocks {
        write_block(block, &mut text);
    }
    for port in &graph.ports {
        write_port(port, &port.symbol, true, &mut text);
    }
    let mut board = Entry::new("<>");
    board.add("doap:name", &string(&graph.title));
    board.add("pedal:unitName", &string(&graph.unit_name));
    board.add("pedal:unitModel", &string(&graph.unit_model));
    board.add("pedal:width", &graph.width.to_string());
    board.add("pedal:height", &graph.height.to_string());
    board.add("pedal:addressings", "<addressings.json>");
    board.add("pedal:screenshot", "<screenshot.png>");
    board.add("pedal:thumbnail", "<thumbnail.png>");
    board.add("pedal:version", &graph.version.to_string());
    board.add("ingen:polyphony", "1");
    board.list("ingen:arc", (1..=graph.arcs.len()).map(|at| format!("_:b{at}")));
    board.list("ingen:block", graph.blocks.iter().map(|block| local(&block.instance)));
    board.list("lv2:port", graph.ports.iter().map(|port| local(&port.symbol)));
    board.add("lv2:extensionData", "<http://lv2plug.in/ns/ext/state#interface>");
    board.add("a", "lv2:Plugin ,\n        ingen:Graph ,\n        pedal:Pedalboard");
    board.end(&mut text);
    text.push_str(&graph.rest);
    text
}

fn write_block(block: &Block, text: &mut String) {
    let mut entry = Entry::new(&local(&block.instance));
    entry.add("ingen:canvasX", &pixels(block.x));
    entry.add("ingen:canvasY", &pixels(block.y));
    entry.add("ingen:enabled", &block.enabled.to_string());
    entry.add("ingen:polyphonic", "false");
    entry.add("lv2:microVersion", &block.version.micro.to_string());
    entry.add("lv2:minorVersion", &block.version.minor.to_string());
    entry.add("mod:builderVersion", &block.version.builder.to_string());
    entry.add("mod:releaseNumber", &block.version.release.to_string());
    let symbols = block.ports.iter().map(|port| port.symbol.as_str()).chain([":bypass"]);
    entry.list("lv2:port", symbols.map(|symbol| local(&format!("{}/{symbol}", block.instance))));
    entry.add("lv2:prototype", &iri(&block.uri));
    if let Some(number) = block.number {
        entry.add("pedal:instanceNumber", &number.to_string());
    }
    entry.add("pedal:preset", &iri(block.preset.as_deref().unwrap_or_default()));
    entry.add("a", "ingen:Block");
    entry.end(text);
    for port in &block.ports {
        write_port(port, &format!("{}/{}", block.instance, port.symbol), false, text);
    }
    let mut bypass = Port::control(":bypass", if block.enabled { 0.0 } else { 1.0 });
    bypass.binding = block.bypass_binding;
    write_port(&bypass, &format!("{}/:bypass", block.instance), false, text);
}

fn write_port(port: &Port, name: &str, own: bool, text: &mut String) {
    let mut entry = Entry::new(&local(name));
    if let Some(value) = port.value {
        entry.add("ingen:value", &number(value));
    }
    if let Some(binding) = &port.binding {
        entry.add("midi:binding", &write_binding(binding));
    }
    if let Some(index) = port.index {
        entry.add("lv2:index", &index.to_string());
    }
    if let Some(name) = &port.name {
        entry.add("lv2:name", &string(name));
    }
    if own {
        entry.add("lv2:symbol", &string(&port.symbol));
    }
    if let Some(size) = port.minimum_size {
        entry.add("rsz:minimumSize", &size.to_string());
    }
    entry.list("a", port.types.iter().map(|class| short(class)));
    // A subject without any property is no statement.
    if !entry.empty {
        entry.end(text);
    }
}

fn write_binding(binding: &MidiBinding) -> String {
    let range = binding.range.map(|(low, high)| {
        format!("        lv2:minimum {} ;\n        lv2:maximum {} ;\n", number(low), number(high))
    });
    format!(
        "[\n        midi:channel {} ;\n        midi:controllerNumber {} ;\n{}        a midi:Controller\n    ]",
        binding.channel,
        binding.controller,
        range.unwrap_or_default()
    )
}

fn short(class: &str) -> String {
    let known =
        PREFIXES.iter().find_map(|(prefix, namespace)| Some((prefix, class.strip_prefix(namespace)?)));
    match known {
        Some((prefix, name)) if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            format!("{prefix}:{name}")
        }
        _ => iri(class),
    }
}

fn pixels(value: f64) -> String {
    let one = format!("{value:.1}");
    if one.parse() == Ok(value) {
        return one;
    }
    let full = format!("{value}");
    if full.contains('.') { full } else { format!("{full}.0") }
}
