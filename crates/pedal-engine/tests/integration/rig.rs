//! An engine without a back end: the test is the clock.

use std::collections::HashMap;
use std::sync::Arc;

use assert_no_alloc::assert_no_alloc;
use pedal_engine::exec::{Command, Engine, EngineSettings, ExecPlan, Handle, NodeCell, NodeTimes, Policy};
use pedal_engine::graph::{CompileOptions, Edge, Graph, Node, NodeId};
use pedal_engine::io::{Block, MidiBuffer, Process};
use pedal_engine::live::{FadeSettings, Live, LiveSettings};
use pedal_engine::unit::{Unit, UnitInfo};

/// Sample rate of all tests, in Hz.
pub const RATE: u32 = 48_000;

/// Engine, live board and clock.
pub struct Rig {
    pub engine: Engine,
    pub handle: Handle,
    pub live: Live,
    pub cells: HashMap<NodeId, Arc<NodeCell>>,
    pub period: usize,
    pub time: u64,
    /// Abort when the callback allocates. Off for test units that allocate themselves.
    pub strict: bool,
    next: u64,
}

impl Rig {
    pub fn new(period: usize, threads: usize, in_place: bool) -> Self {
        let settings =
            EngineSettings { sample_rate: RATE, workers: threads - 1, ..EngineSettings::default() };
        let (engine, handle) = Engine::new(&settings).expect("threads");
        let live = Live::new(LiveSettings {
            period,
            captures: 2,
            midi_inputs: 1,
            compile: CompileOptions { threads, in_place },
            fades: FadeSettings::at(RATE),
            compensate: true,
            policy: Policy::default(),
        });
        Self { engine, handle, live, cells: HashMap::new(), period, time: 0, strict: true, next: 1 }
    }

    /// Makes a node; it sounds once a board with it is sent.
    pub fn node(&mut self, info: UnitInfo, unit: Box<dyn Unit>, latency: u32) -> Node {
        let id = NodeId(self.next);
        self.next += 1;
        let node = Node {
            id,
            inputs: info.inputs.clone(),
            outputs: info.outputs.clone(),
            in_place: info.in_place,
            latency,
            cost: 100,
        };
        let info = Arc::new(info);
        let times = NodeTimes::at(RATE);
        let cell = NodeCell::new(id, self.next as i32, info, unit, times, self.period);
        self.cells.insert(id, Arc::new(cell));
        node
    }

    pub fn send(&mut self, nodes: Vec<Node>, edges: Vec<Edge>) {
        let parts = self.live.retarget(Graph { nodes, edges }, &self.cells).expect("valid board");
        if let Some(parts) = parts {
            self.handle.send(Command::Plan(Box::new(ExecPlan::new(parts)))).expect("room");
        }
    }

    pub fn sweep(&mut self) {
        let taken = self.handle.shared.serial.load(std::sync::atomic::Ordering::Acquire);
        if let Some(parts) = self.live.sweep(taken) {
            self.handle.send(Command::Plan(Box::new(ExecPlan::new(parts)))).expect("room");
        }
    }

    /// Runs one block of `frames`; `input(channel, time)` gives the samples.
    pub fn block(
        &mut self,
        frames: usize,
        input: impl Fn(usize, u64) -> f32,
        midi: &MidiBuffer,
    ) -> [Vec<f32>; 2] {
        let samples: Vec<Vec<f32>> = (0..2)
            .map(|channel| (0..frames).map(|i| input(channel, self.time + i as u64)).collect())
            .collect();
        let inputs: Vec<&[f32]> = samples.iter().map(Vec::as_slice).collect();
        let mut left = vec![9.0; frames];
        let mut right = vec![9.0; frames];
        let midi_in = [midi.clone()];
        let mut midi_out = [MidiBuffer::default()];
        {
            let mut outputs = [left.as_mut_slice(), right.as_mut_slice()];
            let mut block = Block {
                frames,
                inputs: &inputs,
                outputs: &mut outputs,
                midi_in: &midi_in,
                midi_out: &mut midi_out,
                freewheel: false,
            };
            if self.strict {
                assert_no_alloc(|| self.engine.process(&mut block));
            } else {
                self.engine.process(&mut block);
            }
        }
        self.time += frames as u64;
        [left, right]
    }

    /// Runs `blocks` blocks of one period; the left output.
    pub fn run(&mut self, blocks: usize, input: impl Fn(u64) -> f32) -> Vec<f32> {
        let none = MidiBuffer::default();
        let mut heard = Vec::with_capacity(blocks * self.period);
        for _ in 0..blocks {
            let [left, _] = self.block(self.period, |_, time| input(time), &none);
            heard.extend(left);
        }
        heard
    }
}
