//! From statements to a graph. What it takes is written again by [`super::write`]; all else goes to [`Graph::rest`].

mod facts;

use std::collections::HashSet;

use facts::{Facts, literal};

use super::{Arc, Block, Graph, MidiBinding, PluginVersion, Port};
use crate::turtle::{Object, Statement, Subject, TYPE};

/// A thing that could not be taken as it is: line and words.
pub(crate) type Oddity = (Option<u64>, String);

/// Reads a board's graph.
pub(crate) fn read(statements: &[Statement]) -> (Graph, Vec<Oddity>) {
    let facts = Facts::new(statements);
    let board = Subject::Local(String::new());
    let mut graph = Graph {
        title: facts.text(&board, "doap:name").unwrap_or_default(),
        unit_name: facts.text(&board, "pedal:unitName").unwrap_or_default(),
        unit_model: facts.text(&board, "pedal:unitModel").unwrap_or_default(),
        width: facts.whole(&board, "pedal:width").unwrap_or(0),
        height: facts.whole(&board, "pedal:height").unwrap_or(0),
        version: facts.whole(&board, "pedal:version").unwrap_or(0),
        ..Graph::default()
    };
    // The writer gives these again with the same values.
    for fixed in ["pedal:addressings", "pedal:screenshot", "pedal:thumbnail"] {
        facts.drop_standard(&board, fixed, |object| {
            matches!(object, Object::Node(Subject::Local(name))
                if ["addressings.json", "screenshot.png", "thumbnail.png"].contains(&name.as_str()))
        });
    }
    facts.drop_standard(&board, "ingen:polyphony", |object| literal(object) == Some("1"));
    let state = Object::Node(Subject::Iri("http://lv2plug.in/ns/ext/state#interface".to_owned()));
    facts.drop_standard(&board, "lv2:extensionData", |object| *object == state);
    facts.types(&board, &["lv2:Plugin", "ingen:Graph", "pedal:Pedalboard"]);

    for at in facts.find(&board, "ingen:arc") {
        arc(&facts, at, &mut graph);
    }
    let mut seen = HashSet::new();
    for at in facts.find(&board, "ingen:block") {
        block(&facts, at, &mut seen, &mut graph);
    }
    for at in facts.find(&board, "lv2:port") {
        let Some(name) = facts.local(at) else { continue };
        if name.split('/').next().is_some_and(|first| graph.block(first).is_some()) {
            // what we write of the plugin would be read as the board's
            facts.odd(at, &format!("{name} is no port of the board: left as it is"));
            continue;
        }
        if let Some(port) = port(&facts, &name, &name) {
            facts.take(at);
            // one that is listed twice is one
            if graph.ports.iter().all(|other| other.symbol != name) {
                graph.ports.push(port);
            }
        }
    }
    graph.rest = facts.rest();
    (graph, facts.oddities.into_inner())
}

fn arc(facts: &Facts<'_>, at: usize, graph: &mut Graph) {
    let Object::Node(node) = &facts.statements[at].object else {
        return facts.odd(at, "a cable that is no node: left as it is");
    };
    let end = |predicate| {
        let found = facts.find(node, predicate);
        found.first().and_then(|&at| Some((at, facts.local(at)?)))
    };
    match (end("ingen:tail"), end("ingen:head")) {
        (Some((tail_at, source)), Some((head_at, target))) => {
            for at in [at, tail_at, head_at] {
                facts.take(at);
            }
            facts.types(node, &["ingen:Arc"]);
            graph.arcs.push(Arc { source, target });
        }
        _ => facts.odd(at, "a cable without two ends: not connected"),
    }
}

fn block(facts: &Facts<'_>, at: usize, seen: &mut HashSet<String>, graph: &mut Graph) {
    let Some(instance) = facts.local(at).filter(|name| is_name(name)) else {
        return facts.odd(at, "a plugin whose name is not of letters, digits and `_`: left out");
    };
    if !seen.insert(instance.clone()) {
        return facts.odd(at, &format!("the plugin {instance} is listed twice: taken once"));
    }
    let node = Subject::Local(instance.clone());
    let prototype = facts.find(&node, "lv2:prototype");
    let uri = prototype.first().and_then(|&at| match &facts.statements[at].object {
        Object::Node(Subject::Iri(uri)) => Some((at, uri.clone())),
        _ => None,
    });
    let Some((uri_at, uri)) = uri else {
        return facts.odd(at, &format!("{instance} does not say which plugin it is: left out"));
    };
    facts.take(at);
    facts.take(uri_at);
    let mut block = Block::new(instance.clone(), uri);
    block.x = facts.real(&node, "ingen:canvasX").unwrap_or(0.0);
    block.y = facts.real(&node, "ingen:canvasY").unwrap_or(0.0);
    block.enabled = facts.truth(&node, "ingen:enabled").unwrap_or_else(|| {
        facts.odd(at, &format!("{instance} does not say whether it is enabled: bypassed"));
        false
    });
    facts.drop_standard(&node, "ingen:polyphonic", |object| matches!(literal(object), Some("false" | "0")));
    block.version = PluginVersion {
        builder: facts.whole(&node, "mod:builderVersion").unwrap_or(0),
        minor: facts.whole(&node, "lv2:minorVersion").unwrap_or(0),
        micro: facts.whole(&node, "lv2:microVersion").unwrap_or(0),
        release: facts.whole(&node, "mod:releaseNumber").unwrap_or(0),
    };
    block.number = facts.whole(&node, "pedal:instanceNumber");
    for at in facts.find(&node, "pedal:preset") {
        match &facts.statements[at].object {
            Object::Node(Subject::Iri(uri)) => block.preset = Some(uri.clone()),
            Object::Node(Subject::Local(name)) if name.is_empty() => {}
            _ => continue,
        }
        facts.take(at);
        break;
    }
    facts.types(&node, &["ingen:Block"]);
    let bypass = format!("{instance}/:bypass");
    for at in facts.find(&node, "lv2:port") {
        let Some(name) = facts.local(at) else { continue };
        let Some(symbol) = name.strip_prefix(&instance).and_then(|rest| rest.strip_prefix('/')) else {
            facts.odd(at, &format!("{name} is no port of {instance}: left as it is"));
            continue;
        };
        if name == bypass {
            facts.take(at);
            continue;
        }
        let Some(port) = port(facts, &name, symbol) else { continue };
        facts.take(at);
        if block.port(symbol).is_none() {
            block.ports.push(port);
        }
    }
    // Every plugin has a bypass, listed or not: we list it in any case, and it shall mean the same before and after that.
    let node = Subject::Local(bypass.clone());
    let bypass_value = facts.real(&node, "ingen:value");
    facts.types(&node, &["lv2:ControlPort", "lv2:InputPort"]);
    block.bypass_binding =
        facts.find(&node, "midi:binding").first().and_then(|&at| binding(facts, at, &bypass));
    // Both say the same; where they do not, the plugin's own statement is what the other program goes by.
    if bypass_value.is_some_and(|value| (value >= 0.5) == block.enabled) {
        facts.odd(at, &format!("{instance}: enabled and its bypass port disagree: enabled is taken"));
    }
    graph.blocks.push(block);
}

/// A port of the board, whose name is its symbol, or of a plugin. `None` when nothing is said of it that we would write
/// again: it stays a name in a list then.
fn port(facts: &Facts<'_>, name: &str, symbol: &str) -> Option<Port> {
    let node = Subject::Local(name.to_owned());
    let about = facts.by_subject.get(&node)?;
    let mut port = Port {
        symbol: symbol.to_owned(),
        types: Vec::new(),
        value: facts.real(&node, "ingen:value").map(|value| value as f32).filter(|value| value.is_finite()),
        binding: None,
        index: facts.whole(&node, "lv2:index"),
        name: facts.text(&node, "lv2:name"),
        minimum_size: facts.whole(&node, "rsz:minimumSize"),
    };
    for &at in about {
        if facts.statements[at].predicate == TYPE
            && let Object::Node(Subject::Iri(class)) = &facts.statements[at].object
        {
            // also when it is said twice
            facts.take(at);
            if !port.types.contains(class) {
                port.types.push(class.clone());
            }
        }
    }
    if let Some(&at) = facts.find(&node, "midi:binding").first() {
        port.binding = binding(facts, at, name);
    }
    if name == symbol {
        facts.drop_standard(&node, "lv2:symbol", |object| literal(object) == Some(symbol));
    } else if port == (Port { symbol: symbol.to_owned(), ..Port::default() }) {
        return None;
    }
    Some(port)
}

fn binding(facts: &Facts<'_>, at: usize, name: &str) -> Option<MidiBinding> {
    let Object::Node(node) = &facts.statements[at].object else {
        facts.odd(at, &format!("{name}: a MIDI binding that is no node: left as it is"));
        return None;
    };
    let within = |predicate, most: u32| {
        facts.peek_whole(node, predicate).filter(|number| *number <= most).and_then(|n| u8::try_from(n).ok())
    };
    let (Some(channel), Some(controller)) =
        (within("midi:channel", 15), within("midi:controllerNumber", 254))
    else {
        facts.odd(at, &format!("{name}: a MIDI binding without a usable channel and controller: not bound"));
        return None;
    };
    facts.take(at);
    facts.whole(node, "midi:channel");
    facts.whole(node, "midi:controllerNumber");
    let ends = (facts.real(node, "lv2:minimum"), facts.real(node, "lv2:maximum"));
    facts.types(node, &["midi:Controller"]);
    let range = match ends {
        (Some(low), Some(high)) => Some((low as f32, high as f32)),
        (None, None) => None,
        _ => {
            facts.odd(at, &format!("{name}: a MIDI binding with one end only: the port's range is taken"));
            None
        }
    };
    Some(MidiBinding { channel, controller, range })
}

/// Whether a name can be an instance's.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
