//! The URIs that the crate speaks about, as constants named `PREFIX_NAME`.
#![allow(missing_docs, reason = "each name is its URI")]

macro_rules! uris {
    ($($prefix:literal { $($name:ident = $tail:literal),* $(,)? })*) => {
        $($(pub const $name: &str = concat!($prefix, $tail);)*)*
    };
}

uris! {
    "http://lv2plug.in/ns/lv2core#" {
        LV2_ADVERTISED_NAME = "name", LV2_AUDIO_PORT = "AudioPort", LV2_CONTROL_PORT = "ControlPort",
        LV2_CV_PORT = "CVPort", LV2_INPUT_PORT = "InputPort", LV2_OUTPUT_PORT = "OutputPort",
        LV2_CONNECTION_OPTIONAL = "connectionOptional", LV2_CONTROL = "control", LV2_DEFAULT = "default",
        LV2_MINIMUM = "minimum", LV2_MAXIMUM = "maximum", LV2_DESIGNATION = "designation",
        LV2_ENABLED = "enabled", LV2_ENUMERATION = "enumeration", LV2_FREE_WHEELING = "freeWheeling",
        LV2_HARD_RT_CAPABLE = "hardRTCapable", LV2_IN_PLACE_BROKEN = "inPlaceBroken", LV2_INTEGER = "integer",
        LV2_IS_LIVE = "isLive", LV2_IS_SIDE_CHAIN = "isSideChain", LV2_LATENCY = "latency",
        LV2_MICRO_VERSION = "microVersion", LV2_MINOR_VERSION = "minorVersion", LV2_PROJECT = "project",
        LV2_REPORTS_LATENCY = "reportsLatency", LV2_SAMPLE_RATE = "sampleRate", LV2_SHORT_NAME = "shortName",
        LV2_TOGGLED = "toggled", LV2_PORT_PROPERTY = "portProperty", LV2_EXTENSION_DATA = "extensionData",
    }
    "http://lv2plug.in/ns/ext/atom#" {
        ATOM_PORT = "AtomPort", ATOM_SUPPORTS = "supports", ATOM_BUFFER_TYPE = "bufferType",
        ATOM_BOOL = "Bool", ATOM_INT = "Int", ATOM_LONG = "Long", ATOM_FLOAT = "Float", ATOM_DOUBLE = "Double",
        ATOM_STRING = "String", ATOM_PATH = "Path", ATOM_URI = "URI", ATOM_URID = "URID",
        ATOM_VECTOR = "Vector", ATOM_OBJECT = "Object", ATOM_BLANK = "Blank", ATOM_RESOURCE = "Resource",
        ATOM_SEQUENCE = "Sequence", ATOM_CHUNK = "Chunk", ATOM_EVENT_TRANSFER = "eventTransfer",
        ATOM_FRAME_TIME = "frameTime", ATOM_LITERAL = "Literal", ATOM_CHILD_TYPE = "childType",
    }
    "http://lv2plug.in/ns/ext/buf-size#" {
        BUFSIZE_BOUNDED = "boundedBlockLength", BUFSIZE_FIXED = "fixedBlockLength",
        BUFSIZE_POWER_OF_2 = "powerOf2BlockLength", BUFSIZE_COARSE = "coarseBlockLength",
        BUFSIZE_MIN = "minBlockLength", BUFSIZE_MAX = "maxBlockLength", BUFSIZE_NOMINAL = "nominalBlockLength",
        BUFSIZE_SEQUENCE = "sequenceSize",
    }
    "http://lv2plug.in/ns/ext/event#" { EVENT_PORT = "EventPort" }
    "http://lv2plug.in/ns/ext/log#" {
        LOG_LOG = "log", LOG_ERROR = "Error", LOG_WARNING = "Warning", LOG_NOTE = "Note", LOG_TRACE = "Trace",
    }
    "http://lv2plug.in/ns/ext/midi#" { MIDI_EVENT = "MidiEvent" }
    "http://lv2plug.in/ns/ext/options#" { OPTIONS_OPTIONS = "options", OPTIONS_INTERFACE = "interface",
        OPTIONS_REQUIRED = "requiredOption",
    }
    "http://lv2plug.in/ns/ext/parameters#" { PARAM_SAMPLE_RATE = "sampleRate" }
    "http://lv2plug.in/ns/ext/patch#" {
        PATCH_MESSAGE = "Message", PATCH_GET = "Get", PATCH_SET = "Set", PATCH_PUT = "Put",
        PATCH_SUBJECT = "subject", PATCH_PROPERTY = "property", PATCH_VALUE = "value", PATCH_BODY = "body",
        PATCH_READABLE = "readable", PATCH_WRITABLE = "writable",
    }
    "http://lv2plug.in/ns/ext/port-groups#" { PG_GROUP = "group" }
    "http://lv2plug.in/ns/ext/port-props#" {
        PPROPS_CAUSES_ARTIFACTS = "causesArtifacts", PPROPS_EXPENSIVE = "expensive",
        PPROPS_LOGARITHMIC = "logarithmic", PPROPS_NOT_ON_GUI = "notOnGUI", PPROPS_TRIGGER = "trigger",
        PPROPS_RANGE_STEPS = "rangeSteps", PPROPS_DISPLAY_PRIORITY = "displayPriority",
        PPROPS_STRICT_BOUNDS = "hasStrictBounds",
    }
    "http://lv2plug.in/ns/ext/presets#" { PSET_PRESET = "Preset", PSET_BANK = "bank" }
    "http://lv2plug.in/ns/ext/resize-port#" { RESIZE_MINIMUM_SIZE = "minimumSize" }
    "http://lv2plug.in/ns/ext/state#" {
        STATE_INTERFACE = "interface", STATE_LOAD_DEFAULT = "loadDefaultState", STATE_MAKE_PATH = "makePath",
        STATE_MAP_PATH = "mapPath", STATE_FREE_PATH = "freePath", STATE_THREAD_SAFE_RESTORE = "threadSafeRestore",
    }
    "http://lv2plug.in/ns/ext/time#" {
        TIME_POSITION = "Position", TIME_BAR = "bar", TIME_BAR_BEAT = "barBeat", TIME_BEAT_UNIT = "beatUnit",
        TIME_BEATS_PER_BAR = "beatsPerBar", TIME_BEATS_PER_MINUTE = "beatsPerMinute", TIME_FRAME = "frame",
        TIME_SPEED = "speed", TIME_BEAT = "beat",
    }
    "http://lv2plug.in/ns/ext/urid#" { URID_MAP = "map", URID_UNMAP = "unmap" }
    "http://lv2plug.in/ns/ext/uri-map" { URI_MAP = "" }
    "http://lv2plug.in/ns/ext/worker#" { WORKER_SCHEDULE = "schedule", WORKER_INTERFACE = "interface" }
    "http://lv2plug.in/ns/extensions/units#" {
        UNITS_UNIT = "unit", UNITS_SYMBOL = "symbol", UNITS_RENDER = "render",
    }
    "http://ardour.org/lv2/threads/#" { THREADS_POLICY = "schedPolicy", THREADS_PRIORITY = "schedPriority" }
    "http://moddevices.com/ns/mod#" {
        MOD_CV_PORT = "CVPort", MOD_DEFAULT = "default", MOD_MINIMUM = "minimum", MOD_MAXIMUM = "maximum",
        MOD_MOMENTARY_ON = "preferMomentaryOnByDefault", MOD_MOMENTARY_OFF = "preferMomentaryOffByDefault",
        MOD_FILE_TYPES = "fileTypes", MOD_BRAND = "brand", MOD_LABEL = "label",
    }
    "http://www.w3.org/2000/01/rdf-schema#" { RDFS_LABEL = "label", RDFS_RANGE = "range", RDFS_COMMENT = "comment",
        RDFS_SEE_ALSO = "seeAlso",
    }
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#" { RDF_TYPE = "type" }
    "http://usefulinc.com/ns/doap#" { DOAP_LICENSE = "license", DOAP_NAME = "name" }
    "http://www.w3.org/2001/XMLSchema#" {
        XSD_BOOLEAN = "boolean", XSD_INT = "int", XSD_INTEGER = "integer", XSD_LONG = "long",
        XSD_FLOAT = "float", XSD_DOUBLE = "double", XSD_DECIMAL = "decimal", XSD_STRING = "string",
    }
}
