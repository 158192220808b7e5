// What the pedal says, as the session writes it. Only for the checker: nothing of this is loaded.
export type Endpoint = { Plugin: { instance: string; symbol: string } } | { System: string };
export interface Port { instance: string; symbol: string }
export interface Binding { channel: number; controller: number; min: number; max: number }
export interface Plugin {
  instance: string; number: number; missing: boolean; position: [number, number]; bypassed: boolean;
  preset: string | null; values: Record<string, number>; parameters: Record<string, { kind: string; text: string }>;
  midi: Record<string, Binding>; state: string | null; uri: string;
}
export interface Addressing { port: Port; label: string; minimum: number; maximum: number; steps: number; tempo: boolean; dividers: number | null; momentary: boolean; rest: Record<string, unknown> }
export interface Board {
  title: string; bundle: string | null; plugins: Plugin[]; connections: [Endpoint, Endpoint][];
  snapshots: { name: string; plugins: Record<string, unknown> }[]; snapshot: number | null;
  tempo: { bpm: number; beats_per_bar: number; rolling: boolean }; tempo_midi: Record<string, Binding>;
  addressings: Record<string, Addressing[]>; size: [number, number]; midi_separated: boolean; midi_loopback: boolean;
}
export interface BoardEntry { title: string; bundle: string; broken: boolean; factory: boolean; version: number }
export interface Cost { p50_us: number; p99_us: number; max_us: number; percent: number; cut_off: boolean; latency_frames: number }
export interface State {
  revision: number; board: Board; unsaved: boolean; history: { undo: string | null; redo: string | null; depth: number };
  loading: { bundle: string | null; title: string } | null;
  library: { boards: BoardEntry[]; banks: { title: string; boards: string[] }[]; bank: number | null };
  sync: string; morph: any; learning: Port[]; tuner: { on: boolean; mute: boolean; input: number; reference: number };
  recorder: { file: string | null; last: string | null };
  preloaded: { bundle: string; title: string; load_percent: number | null }[];
  loudness: Record<string, { short_term: number; difference: number | null }>; outputs: [Port, number][];
  engine: "Running" | "Connecting" | { Down: string };
  health: {
    blocks: number; load_percent: number; load_max_percent: number; load_p99_percent: number; xruns: number;
    xruns_recent: [number, number, number]; xrun_blame: string | null; limited_blocks: number; sample_rate: number;
    period: number; plugins: Record<string, Cost>; temperature: number | null; cpu_mhz: number | null;
    memory_percent: number | null; throttled: string[];
  };
  notice: { level: "info" | "warning" | "error"; text: string } | null;
}
export type Change = Record<string, any>;
export type EventKind = Record<string, any> | string;
export interface Control {
  symbol: string; name: string; short_name: string; min: number; max: number; default: number;
  kind: "linear" | "logarithmic" | "integer" | "enumeration" | "toggle" | "trigger";
  scale_points: [string, number][]; unit: string; render: string; designation: string; tap_tempo: boolean;
  hidden: boolean; steps: number;
}
export interface PortSpec { symbol: string; name: string }
export interface Spec {
  uri: string; name: string; label: string; brand: string; categories: string[]; controls: Control[]; outputs: Control[];
  audio_inputs: PortSpec[]; audio_outputs: PortSpec[]; midi_inputs: PortSpec[]; midi_outputs: PortSpec[];
  cv_inputs: PortSpec[]; cv_outputs: PortSpec[]; parameters: { uri: string; label: string; kind: string; writable: boolean; file_types: string[] }[];
  presets: [string, string][]; skin: boolean; gui: any; bundles: Record<string, string>; comment: string; unknown?: boolean;
}
export interface Shelved { uri: string; name: string; label: string; brand: string; categories: string[]; audio: [number, number]; midi: [number, number]; cv: [number, number] }
export interface Panel { hardware: string; tap_mode: boolean; footswitches: { label: string; long: string; lit: boolean; colour: string; midi: { channel: number; controller: number } | null }[]; controls: { label: string; position: number; text: string }[] }
export interface Hello { client: number; role: "guest" | "play" | "edit" | "admin"; version: string; hardware: string; simulated: boolean; assets: boolean; ports: { audio_inputs: number; audio_outputs: number; cv_inputs: number; cv_outputs: number; midi_inputs: PortSpec[]; midi_outputs: PortSpec[] } }
export type Edit = Record<string, any>;
