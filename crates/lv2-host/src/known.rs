//! The numbers of LV2's own URIs, mapped once.

use crate::uris;

macro_rules! known {
    ($($field:ident = $uri:ident),* $(,)?) => {
        /// URIDs of the URIs that atoms, options and messages need; each field is named after its URI.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each name is its URI")]
        pub struct Known { $(pub $field: u32),* }

        impl Known {
            pub(crate) fn new(map: impl Fn(&str) -> u32) -> Self {
                Self { $($field: map(uris::$uri)),* }
            }
        }
    };
}

known! {
    atom_bool = ATOM_BOOL, atom_int = ATOM_INT, atom_long = ATOM_LONG, atom_float = ATOM_FLOAT,
    atom_double = ATOM_DOUBLE, atom_string = ATOM_STRING, atom_path = ATOM_PATH, atom_uri = ATOM_URI,
    atom_urid = ATOM_URID, atom_vector = ATOM_VECTOR, atom_object = ATOM_OBJECT, atom_blank = ATOM_BLANK,
    atom_resource = ATOM_RESOURCE, atom_sequence = ATOM_SEQUENCE, atom_chunk = ATOM_CHUNK,
    atom_literal = ATOM_LITERAL, atom_event_transfer = ATOM_EVENT_TRANSFER, atom_frame_time = ATOM_FRAME_TIME,
    midi_event = MIDI_EVENT,
    log_error = LOG_ERROR, log_warning = LOG_WARNING, log_note = LOG_NOTE, log_trace = LOG_TRACE,
    patch_get = PATCH_GET, patch_set = PATCH_SET, patch_put = PATCH_PUT, patch_subject = PATCH_SUBJECT,
    patch_property = PATCH_PROPERTY, patch_value = PATCH_VALUE, patch_body = PATCH_BODY,
    time_position = TIME_POSITION, time_bar = TIME_BAR, time_bar_beat = TIME_BAR_BEAT,
    time_beat_unit = TIME_BEAT_UNIT, time_beats_per_bar = TIME_BEATS_PER_BAR,
    time_beats_per_minute = TIME_BEATS_PER_MINUTE, time_frame = TIME_FRAME, time_speed = TIME_SPEED,
    time_beat = TIME_BEAT,
    param_sample_rate = PARAM_SAMPLE_RATE, bufsize_min = BUFSIZE_MIN, bufsize_max = BUFSIZE_MAX,
    bufsize_nominal = BUFSIZE_NOMINAL, bufsize_sequence = BUFSIZE_SEQUENCE,
    threads_policy = THREADS_POLICY, threads_priority = THREADS_PRIORITY,
}
