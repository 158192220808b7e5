//! A pedal with something of everything: for tests, pictures, and a simulator that has no session yet.

use super::*;

impl Model {
    /// A board with six plugins, four footswitches and three controls on a pedal that is well.
    pub fn sample() -> Self {
        let number =
            |symbol: &str, name: &str, value: f32, range: (f32, f32), unit: &str, kind: Kind| Parameter {
                symbol: symbol.into(),
                name: name.into(),
                value,
                min: range.0,
                max: range.1,
                default: range.0 + (range.1 - range.0) / 2.0,
                unit: unit.into(),
                kind,
                assigned: None,
            };
        let plugin = |instance: &str, name: &str, category, bypassed, parameters| Plugin {
            instance: instance.into(),
            name: name.into(),
            category,
            bypassed,
            parameters,
            presets: vec!["Init".into(), "Warm".into(), "Bright".into()],
            cost: Some(3.1),
            ..Plugin::default()
        };
        let choices = ["Sine", "Triangle", "Square"];
        let choices = (0u8..).zip(choices).map(|(n, name)| Choice { value: f32::from(n), name: name.into() });
        let mut drive = number("drive", "Drive", 6.2, (0.0, 10.0), "", Kind::Linear);
        drive.assigned = Some("Knob 1".into());
        let plugins = vec![
            plugin(
                "gate",
                "Noise Gate",
                Category::Dynamics,
                false,
                vec![number("threshold", "Threshold", -52.0, (-70.0, 0.0), "dB", Kind::Linear)],
            ),
            plugin(
                "drive",
                "Tube Screamer",
                Category::Distortion,
                false,
                vec![
                    drive,
                    number("tone", "Tone", 2400.0, (200.0, 8000.0), "Hz", Kind::Logarithmic),
                    number("level", "Level", -3.0, (-24.0, 12.0), "dB", Kind::Linear),
                ],
            ),
            plugin(
                "amp",
                "Valve Amp",
                Category::Simulator,
                false,
                vec![
                    number("gain", "Gain", 5.0, (0.0, 10.0), "", Kind::Linear),
                    number("voice", "Voice", 2.0, (1.0, 8.0), "", Kind::Integer),
                ],
            ),
            plugin(
                "chorus",
                "Chorus",
                Category::Modulator,
                true,
                vec![
                    number("shape", "Shape", 1.0, (0.0, 2.0), "", Kind::Choice(choices.collect())),
                    number("sync", "Sync to tempo", 1.0, (0.0, 1.0), "", Kind::Toggle),
                ],
            ),
            plugin(
                "delay",
                "Tape Echo",
                Category::Delay,
                false,
                vec![
                    number("time", "Time", 375.0, (10.0, 2000.0), "ms", Kind::Logarithmic),
                    number("mix", "Mix", 32.0, (0.0, 100.0), "%", Kind::Linear),
                ],
            ),
            plugin(
                "reverb",
                "Plate Reverb",
                Category::Reverb,
                false,
                vec![number("decay", "Decay", 2.4, (0.1, 10.0), "s", Kind::Logarithmic)],
            ),
        ];
        let control = |kind, label: &str, position, text: &str, parameter: Option<(&str, &str)>| Control {
            kind,
            label: label.into(),
            position,
            text: text.into(),
            parameter: parameter.map(|(instance, symbol)| (instance.into(), symbol.into())),
            curve: Curve::Linear,
        };
        let switch = |label: &str, colour, lit, long: &str| Footswitch {
            label: label.into(),
            colour,
            lit,
            long: long.into(),
        };
        let network =
            |ssid: &str, signal, secured, saved| Network { ssid: ssid.into(), signal, secured, saved };
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        Self {
            stage: Stage::Playing,
            board: Board {
                title: "Sunday Lead".into(),
                unsaved: true,
                undo: Some("Tone of Tube Screamer".into()),
                redo: Some("Remove Phaser".into()),
                versions: names(&["Before the gig", "Yesterday"]),
                loudness: Some(2.4),
                plugins,
                ..Board::default()
            },
            boards: ["Clean Glass", "Sunday Lead", "Wide Crunch", "Slow Gear", "Bass Drive"]
                .map(|title| BoardName { title: title.into(), broken: false })
                .to_vec(),
            board_index: Some(1),
            banks: names(&["Friday gig", "Home"]),
            bank: Some(0),
            snapshots: Snapshots {
                names: names(&["Verse", "Chorus", "Solo"]),
                current: Some(2),
                touched: false,
            },
            blend: Blend {
                names: names(&["Swell", "Dirt"]),
                current: Some(0),
                position: 0.4,
                stops: vec![(0.0, "Verse".into()), (0.5, "Chorus".into()), (1.0, "Solo".into())],
                curve: "smooth".into(),
            },
            footswitches: vec![
                switch("Drive", Category::Distortion.colour(), true, "Snapshot -"),
                switch("Chorus", Category::Modulator.colour(), false, "Snapshot +"),
                switch("Delay", Category::Delay.colour(), true, "Tuner"),
                switch("Tap", Colour::new(240, 240, 240), true, "Tap mode"),
            ],
            controls: vec![
                control(ControlKind::Knob, "Drive", 0.62, "6.2", Some(("drive", "drive"))),
                control(ControlKind::Knob, "Mix", 0.32, "32 %", Some(("delay", "mix"))),
                control(ControlKind::Expression, "Swell", 0.4, "40 %", None),
                control(ControlKind::Volume, "Volume", 0.81, "-3 dB", None),
            ],
            tempo: Tempo { bpm: 96.0, ..Tempo::default() },
            health: Health {
                dsp: 41.0,
                input: -18.0,
                output: -12.0,
                temperature: Some(54.0),
                ..Health::default()
            },
            wifi: Wifi {
                mode: NetworkMode::Home,
                state: WifiState::Connected,
                ssid: "Rehearsal".into(),
                address: "http://pistomp.local".into(),
                hotspot_ssid: "pistomp".into(),
                hotspot_password: Password::new("tulip-ember-42"),
                networks: vec![
                    network("Rehearsal", Some(82), true, true),
                    network("Home", None, true, true),
                    network("Cafe", Some(44), false, false),
                    network("Venue Backstage", Some(61), true, false),
                ],
            },
            audio: Audio {
                mixer: Some(Mixer {
                    output_volume: -3.0,
                    bands: vec![0.0, 1.5, 0.0, -3.0, 0.0],
                    vu_baseline: Some(512),
                    ..Mixer::default()
                }),
                round_trip: Some(7.4),
                ..Audio::default()
            },
            tuner: Tuner { frequency: Some(110.6), ..Tuner::default() },
            bypass: Some(Bypass::default()),
            pairing: Pairing {
                url: "http://pistomp.local/pair#482913".into(),
                clients: vec![Client { name: "Anna's phone".into(), role: "edit".into() }],
                ..Pairing::default()
            },
            system: System {
                version: "0.1.0".into(),
                build: "2026-11-21".into(),
                state: "running".into(),
                hardware: "pi-Stomp v3".into(),
                lcd_mhz: Some(48),
                lcd_speeds: vec![24, 48, 56, 80],
                messages: vec!["line 4, WIFI_COUNTRY: XX is no country".into()],
            },
            update: Update {
                available: Some("0.2.0".into()),
                previous: Some("0.0.9".into()),
                ..Update::default()
            },
            ready: Ready { boards: 2, memory: 34, limit: 256 },
            ..Self::default()
        }
    }
}
