//! Units that LV2 defines, for systems where its own description of them is not installed.

/// Label, symbol and print format of a unit of the LV2 units extension, by its URI.
pub(super) fn known(uri: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let name = uri.strip_prefix("http://lv2plug.in/ns/extensions/units#")?;
    Some(match name {
        "bar" => ("bars", "bars", "%f bars"),
        "beat" => ("beats", "beats", "%f beats"),
        "bpm" => ("beats per minute", "BPM", "%f BPM"),
        "cent" => ("cents", "ct", "%f ct"),
        "cm" => ("centimetres", "cm", "%f cm"),
        "coef" => ("coefficient", "(coef)", "* %f"),
        "db" => ("decibels", "dB", "%f dB"),
        "degree" => ("degrees", "deg", "%f deg"),
        "frame" => ("audio frames", "frames", "%f frames"),
        "hz" => ("hertz", "Hz", "%f Hz"),
        "inch" => ("inches", "\"", "%f\""),
        "khz" => ("kilohertz", "kHz", "%f kHz"),
        "km" => ("kilometres", "km", "%f km"),
        "m" => ("metres", "m", "%f m"),
        "mhz" => ("megahertz", "MHz", "%f MHz"),
        "midiNote" => ("MIDI note", "note", "MIDI note %d"),
        "mile" => ("miles", "mi", "%f mi"),
        "min" => ("minutes", "min", "%f mins"),
        "mm" => ("millimetres", "mm", "%f mm"),
        "ms" => ("milliseconds", "ms", "%f ms"),
        "oct" => ("octaves", "oct", "%f octaves"),
        "pc" => ("percent", "%", "%f%%"),
        "s" => ("seconds", "s", "%f s"),
        "semitone12TET" => ("semitones", "semi", "%f semi"),
        _ => return None,
    })
}
