//! mod-host protocol: parse, format and frame.
