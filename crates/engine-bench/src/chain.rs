//! One JACK client per plugin, all in one process, connected in series by the server.

use std::cell::Cell;
use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use anyhow::{Context, Result, ensure};
use jack::{AsyncClient, AudioIn, AudioOut, Client, ClientOptions, Control, Port, ProcessScope};
use lv2_host::{HostSettings, PluginInfo, PortKind, Runner, Urids, WorkerHub, World};
use pedal_engine::meter::{Counter, Histogram};

use crate::sys::Quiet;

/// Options of `engine-bench chain`. The server is `$JACK_DEFAULT_SERVER`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Number of plugins; 0 is a single client that copies its input
    #[arg(long)]
    plugins: usize,
    /// URI of the plugin: one audio input, one audio output
    #[arg(long, default_value = "http://lv2plug.in/plugins/eg-amp")]
    uri: String,
}

/// What the clients share.
struct Shared {
    counter: Counter,
    /// Counter at the start of the first client in this period.
    begin: AtomicU64,
    /// From the first client's start to the last one's end.
    span: Histogram,
    xruns: AtomicU64,
}

/// What one client does in a period.
struct Link {
    shared: Arc<Shared>,
    plugin: Option<Plugin>,
    first: bool,
    last: bool,
}

/// A plugin and the numbers of its audio ports.
struct Plugin {
    runner: Runner,
    input: u32,
    output: u32,
    buffer: Vec<Cell<f32>>,
}

impl Link {
    fn run(&mut self, input: &[f32], output: &mut [f32]) {
        let shared = &*self.shared;
        if self.first {
            shared.begin.store(shared.counter.now(), Relaxed);
        }
        match &mut self.plugin {
            None => output.copy_from_slice(input),
            Some(plugin) => {
                // Safe Rust lends plugins cells only, and JACK's input is not ours to make cells of: one copy of a block,
                // some ten nanoseconds. The output is written in place.
                plugin.buffer.iter().zip(input).for_each(|(cell, sample)| cell.set(*sample));
                let mut block = plugin.runner.block(input.len() as u32);
                block.lend(plugin.input, &plugin.buffer);
                block.lend(plugin.output, Cell::from_mut(output).as_slice_of_cells());
                block.run();
            }
        }
        if self.last {
            shared.span.record(shared.counter.now().wrapping_sub(shared.begin.load(Relaxed)));
        }
    }
}

/// The client that is also told of xruns: one of them.
struct Told {
    link: Link,
    input: Port<AudioIn>,
    output: Port<AudioOut>,
}

impl jack::ProcessHandler for Told {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        self.link.run(self.input.as_slice(scope), self.output.as_mut_slice(scope));
        Control::Continue
    }
}

/// Counts the server's xruns.
struct Xruns(Arc<Shared>);

impl jack::NotificationHandler for Xruns {
    fn xrun(&mut self, _: &Client) -> Control {
        self.0.xruns.fetch_add(1, Relaxed);
        Control::Continue
    }
}

/// Runs until standard input ends. Prints `ready`, then for each line `report` the figures since the last one.
pub(crate) fn run(options: &Options) -> Result<()> {
    let shared = Arc::new(Shared {
        counter: Counter::get(),
        begin: AtomicU64::new(0),
        span: Histogram::new(),
        xruns: AtomicU64::new(0),
    });
    let count = options.plugins.max(1);
    let maker = (options.plugins > 0).then(|| Maker::new(&options.uri)).transpose()?;
    let (told, quiet) = clients(count, maker.as_ref(), &shared)?;
    let client = told.as_client();
    let connect = |from: &str, to: &str| {
        client.connect_ports_by_name(from, to).with_context(|| format!("cannot connect {from} to {to}"))
    };
    connect("system:capture_1", "effect_0:in")?;
    for n in 1..count {
        connect(&format!("effect_{}:out", n - 1), &format!("effect_{n}:in"))?;
    }
    connect(&format!("effect_{}:out", count - 1), "system:playback_1")?;

    println!("ready");
    for line in std::io::stdin().lock().lines() {
        ensure!(line.context("cannot read standard input")? == "report", "the only command is `report`");
        let spans = shared.span.snapshot();
        let microseconds = |ticks| shared.counter.ns(ticks) / 1000.0;
        let report = serde_json::json!({
            "blocks": spans.count(),
            "p50_us": microseconds(spans.quantile(0.5)),
            "p99_us": microseconds(spans.quantile(0.99)),
            "max_us": microseconds(spans.max()),
            "xruns": shared.xruns.swap(0, Relaxed),
        });
        shared.span.request_reset();
        println!("{report}");
    }
    drop(quiet);
    Ok(())
}

/// The first client, and the others in their order.
fn clients(
    count: usize,
    maker: Option<&Maker>,
    shared: &Arc<Shared>,
) -> Result<(AsyncClient<Xruns, Told>, Vec<Quiet>)> {
    let open = |n: usize| {
        let name = format!("effect_{n}");
        let (client, _) = Client::new(&name, ClientOptions::NO_START_SERVER | ClientOptions::USE_EXACT_NAME)
            .with_context(|| format!("cannot open the JACK client {name}"))?;
        let input = client.register_port("in", AudioIn::default()).context("cannot register a port")?;
        let output = client.register_port("out", AudioOut::default()).context("cannot register a port")?;
        let plugin = maker.map(|maker| maker.make(&client)).transpose()?;
        let link = Link { shared: Arc::clone(shared), plugin, first: n == 0, last: n + 1 == count };
        anyhow::Ok((client, input, output, link))
    };
    let (client, input, output, link) = open(0)?;
    let told = Told { link, input, output };
    let told =
        client.activate_async(Xruns(Arc::clone(shared)), told).context("cannot activate the first client")?;
    let quiet = (1..count).map(|n| {
        let (client, input, output, mut link) = open(n)?;
        Quiet::activate(client, input, output, Box::new(move |from, to| link.run(from, to)))
    });
    Ok((told, quiet.collect::<Result<_>>()?))
}

/// Makes plugins of one kind.
struct Maker {
    world: World,
    urids: Urids,
    hub: WorkerHub,
    info: Arc<PluginInfo>,
    input: u32,
    output: u32,
}

impl Maker {
    fn new(uri: &str) -> Result<Self> {
        let urids = Urids::new();
        let world = World::new(urids.clone()).context("cannot read the installed plugins")?;
        let info = world.plugin(uri).with_context(|| format!("no plugin {uri}"))?;
        let port = |kind| {
            let found = info.ports.iter().find(|port| port.kind == kind).map(|port| port.index);
            found.with_context(|| format!("{uri} has no {kind:?} port"))
        };
        let (input, output) = (port(PortKind::AudioIn)?, port(PortKind::AudioOut)?);
        Ok(Self { world, urids, hub: WorkerHub::new(), info, input, output })
    }

    fn make(&self, client: &Client) -> Result<Plugin> {
        let frames = client.buffer_size();
        let rate = f64::from(client.sample_rate());
        let settings = HostSettings::new(rate, frames, self.urids.clone(), self.hub.clone());
        let (mut control, runner) =
            self.world.instantiate(&self.info, &settings).context("cannot make the plugin")?;
        control.activate();
        // The control half is not needed: nobody changes a parameter.
        Ok(Plugin {
            runner,
            input: self.input,
            output: self.output,
            buffer: vec![Cell::new(0.0); frames as usize],
        })
    }
}
