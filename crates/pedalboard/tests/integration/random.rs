//! Random boards and random bytes.

use std::path::Path;

use indexmap::IndexMap;
use pedalboard::recorder::Recorder;
use pedalboard::{
    Actuator, Addressing, Addressings, Arc, Banks, Block, Bundle, Flow, Graph, InstanceState, JsonFile,
    MidiBinding, ParameterValue, PluginVersion, Port, PortKind, Snapshot, Snapshots,
};
use proptest::prelude::*;

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_]{0,7}"
}

fn value() -> impl Strategy<Value = f32> {
    prop_oneof![
        any::<f32>().prop_filter("numbers", |value| value.is_finite()),
        (-1000_i32..1000).prop_map(|value| value as f32 / 8.0),
    ]
}

fn binding() -> impl Strategy<Value = Option<MidiBinding>> {
    proptest::option::of(
        (0_u8..16, 0_u8..=254, proptest::option::of((value(), value())))
            .prop_map(|(channel, controller, range)| MidiBinding { channel, controller, range }),
    )
}

fn port() -> impl Strategy<Value = Port> {
    let kind = prop_oneof![
        Just(PortKind::Audio),
        Just(PortKind::Control),
        Just(PortKind::Cv),
        Just(PortKind::Events)
    ];
    let flow = prop_oneof![Just(Flow::Input), Just(Flow::Output)];
    let rest = (proptest::option::of(0_u32..99), proptest::option::of(".{0,12}"));
    (name(), kind, flow, proptest::option::of(value()), binding(), rest).prop_map(
        |(symbol, kind, flow, value, binding, (index, name))| Port {
            value,
            binding,
            index,
            name,
            ..Port::new(symbol, kind, flow)
        },
    )
}

fn ports() -> impl Strategy<Value = Vec<Port>> {
    proptest::collection::vec(port(), 0..6).prop_map(|mut ports| {
        ports.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        ports.dedup_by(|a, b| a.symbol == b.symbol);
        ports
    })
}

fn block() -> impl Strategy<Value = Block> {
    let about = (name(), "urn:[!-~]{1,20}", proptest::option::of(0_u32..9990), any::<bool>());
    let place = (-1e6_f64..1e6, -1e6_f64..1e6, proptest::option::of("[a-z]{2,5}:[ -~]{1,20}"));
    let version = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>());
    (about, place, version, ports(), binding()).prop_map(
        |((instance, uri, number, enabled), (x, y, preset), version, ports, bypass_binding)| Block {
            instance,
            uri,
            number,
            x,
            y,
            enabled,
            preset,
            version: PluginVersion {
                builder: version.0,
                minor: version.1,
                micro: version.2,
                release: version.3,
            },
            ports,
            bypass_binding,
        },
    )
}

fn graph() -> impl Strategy<Value = Graph> {
    let ends = prop_oneof![name(), (name(), name()).prop_map(|(a, b)| format!("{a}/{b}"))];
    let arc = (ends.clone(), ends).prop_map(|(source, target)| Arc { source, target });
    let texts = (".{0,20}", any::<String>(), ".{0,8}");
    let blocks = proptest::collection::vec(block(), 0..5).prop_map(|mut blocks| {
        blocks.sort_by(|a, b| a.instance.cmp(&b.instance));
        blocks.dedup_by(|a, b| a.instance == b.instance);
        blocks
    });
    // Board and plugins share one room of names; a plugin has letters only here.
    let own = ports().prop_map(|mut ports| {
        for port in &mut ports {
            port.symbol.insert(0, ':');
        }
        ports
    });
    (texts, any::<[u32; 3]>(), blocks, proptest::collection::vec(arc, 0..6), own).prop_map(
        |((title, unit_name, unit_model), [width, height, version], blocks, arcs, ports)| Graph {
            title,
            unit_name,
            unit_model,
            width,
            height,
            version,
            blocks,
            arcs,
            ports,
            rest: String::new(),
        },
    )
}

fn snapshots() -> impl Strategy<Value = Snapshots> {
    let parameter = prop_oneof![
        any::<bool>().prop_map(|on| ParameterValue(on.into(), "b".to_owned())),
        any::<i32>().prop_map(|number| ParameterValue(number.into(), "i".to_owned())),
        ".{0,9}".prop_map(|text| ParameterValue(text.into(), "s".to_owned())),
    ];
    let ports = proptest::collection::vec((name(), value().prop_map(f64::from)), 0..4);
    let parameters = proptest::collection::vec((".{1,9}", parameter), 0..3);
    let state =
        (any::<bool>(), parameters, ports, ".{0,9}").prop_map(|(bypassed, parameters, ports, preset)| {
            InstanceState {
                bypassed,
                parameters: parameters.into_iter().collect(),
                ports: ports.into_iter().collect(),
                preset,
                ..Default::default()
            }
        });
    let data = proptest::collection::vec((name(), state), 0..4)
        .prop_map(|entries| entries.into_iter().collect::<IndexMap<_, _>>());
    proptest::collection::vec(data, 0..4).prop_map(|all| Snapshots {
        current: all.len() as i64 - 1,
        snapshots: all
            .into_iter()
            .enumerate()
            .map(|(at, data)| Snapshot { name: format!("Sound {at}"), data, ..Default::default() })
            .collect(),
        ..Default::default()
    })
}

fn addressings() -> impl Strategy<Value = Addressings> {
    let addressing = (name(), name(), ".{0,9}", value(), value(), proptest::option::of(0_i64..99)).prop_map(
        |(instance, port, label, minimum, maximum, steps)| Addressing {
            instance,
            port,
            label,
            minimum: minimum.into(),
            maximum: maximum.into(),
            steps,
            tempo: steps.map(|steps| steps > 9),
            rest: Default::default(),
        },
    );
    let list = proptest::collection::vec(addressing, 0..4);
    let actuator = (list, proptest::option::of(".{0,9}")).prop_map(|(addrs, name)| match name {
        Some(name) => Actuator::Cv { name, addrs },
        None => Actuator::List(addrs),
    });
    proptest::collection::vec((".{1,12}", actuator), 0..4)
        .prop_map(|entries| Addressings(entries.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn random_bundles_come_back(
        graph in graph(),
        snapshots in snapshots(),
        addressings in addressings(),
        config in proptest::option::of(any::<Vec<u8>>()),
    ) {
        let (files, folder) = (Recorder::new(), Path::new("/b/x.pedalboard"));
        let mut bundle = Bundle::new(folder, graph);
        bundle.snapshots = snapshots;
        bundle.addressings = addressings;
        bundle.config = config;
        bundle.save(&files).unwrap();
        let read = Bundle::read(&files, folder).unwrap();
        prop_assert_eq!(&read.graph, &bundle.graph);
        prop_assert_eq!(&read.snapshots, &bundle.snapshots);
        prop_assert_eq!(&read.addressings, &bundle.addressings);
        prop_assert_eq!(&read.config, &bundle.config);
        prop_assert!(read.problems.is_empty(), "{:?}", read.problems);
        // Written anew by somebody who read it, it is the same byte for byte.
        let before = files.contents();
        let mut copy = read.clone();
        copy.graph.version ^= 1;
        copy.save(&files).unwrap();
        copy.graph.version ^= 1;
        copy.save(&files).unwrap();
        prop_assert_eq!(files.contents(), before);
    }

    #[test]
    fn strange_graphs_neither_panic_nor_grow(text in "(<[a-c/:.#]{0,4}> (a|<urn:x>|<http://lv2plug.in/ns/lv2core#port>|<http://drobilla.net/ns/ingen#block>|<http://lv2plug.in/ns/lv2core#prototype>|<http://drobilla.net/ns/ingen#arc>) (<[a-c/:]{0,4}>|<urn:y>|_:q[0-9]|\"t\"|1.5|\\[ <urn:x> 3 \\]) \\. ?\n){0,12}") {
        let manifest = "<x.ttl> a <http://moddevices.com/ns/modpedal#Pedalboard> .";
        let (files, folder) = (Recorder::new(), Path::new("/b"));
        pedalboard::make_folders(&files, folder).unwrap();
        let put = |text: &str| {
            pedalboard::write_atomic(&files, Path::new("/b/manifest.ttl"), manifest.as_bytes()).unwrap();
            pedalboard::write_atomic(&files, Path::new("/b/x.ttl"), text.as_bytes()).unwrap();
        };
        put(&text);
        if let Ok(bundle) = Bundle::read(&files, folder) {
            // After one pass through our own writer nothing changes any more.
            let once = bundle.graph.to_turtle();
            put(&once);
            let again = Bundle::read(&files, folder).unwrap();
            prop_assert_eq!(again.graph.to_turtle(), once);
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        let _ = Snapshots::parse(&text);
        let _ = Addressings::parse(&text);
        let _ = Banks::parse(&text);
        let _ = pedalboard::turtle::statements(&bytes, "x.ttl");
    }
}
