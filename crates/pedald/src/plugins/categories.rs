//! From the class of a plugin to mod-ui's categories.

/// Categories of the class with this URI; the first one gives the colour. Empty for the class of all plugins.
pub(super) fn categories(class: &str) -> &'static [&'static str] {
    let name = class.rsplit(['#', '/']).next().unwrap_or(class);
    match name {
        "DelayPlugin" => &["Delay"],
        "DistortionPlugin" => &["Distortion"],
        "WaveshaperPlugin" => &["Distortion", "Waveshaper"],
        "DynamicsPlugin" => &["Dynamics"],
        "AmplifierPlugin" => &["Dynamics", "Amplifier"],
        "CompressorPlugin" => &["Dynamics", "Compressor"],
        "EnvelopePlugin" => &["Dynamics", "Envelope"],
        "ExpanderPlugin" => &["Dynamics", "Expander"],
        "GatePlugin" => &["Dynamics", "Gate"],
        "LimiterPlugin" => &["Dynamics", "Limiter"],
        "FilterPlugin" => &["Filter"],
        "AllpassPlugin" => &["Filter", "Allpass"],
        "BandpassPlugin" => &["Filter", "Bandpass"],
        "CombPlugin" => &["Filter", "Comb"],
        "EQPlugin" => &["Filter", "Equaliser"],
        "MultiEQPlugin" => &["Filter", "Equaliser", "Multiband"],
        "ParaEQPlugin" => &["Filter", "Equaliser", "Parametric"],
        "HighpassPlugin" => &["Filter", "Highpass"],
        "LowpassPlugin" => &["Filter", "Lowpass"],
        "GeneratorPlugin" => &["Generator"],
        "ConstantPlugin" => &["Generator", "Constant"],
        "InstrumentPlugin" => &["Generator", "Instrument"],
        "OscillatorPlugin" => &["Generator", "Oscillator"],
        "ModulatorPlugin" => &["Modulator"],
        "ChorusPlugin" => &["Modulator", "Chorus"],
        "FlangerPlugin" => &["Modulator", "Flanger"],
        "PhaserPlugin" => &["Modulator", "Phaser"],
        "ReverbPlugin" => &["Reverb"],
        "SimulatorPlugin" => &["Simulator"],
        "SpatialPlugin" => &["Spatial"],
        "SpectralPlugin" => &["Spectral"],
        "PitchPlugin" => &["Spectral", "Pitch Shifter"],
        "UtilityPlugin" => &["Utility"],
        "AnalyserPlugin" => &["Utility", "Analyser"],
        "ConverterPlugin" => &["Utility", "Converter"],
        "FunctionPlugin" => &["Utility", "Function"],
        "MixerPlugin" => &["Utility", "Mixer"],
        "MIDIPlugin" => &["MIDI", "Utility"],
        "ControlVoltagePlugin" => &["ControlVoltage"],
        "MaxGenPlugin" => &["MaxGen"],
        "CameraPlugin" => &["Camera"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_both_name_spaces_are_known() {
        assert_eq!(categories("http://lv2plug.in/ns/lv2core#AmplifierPlugin"), ["Dynamics", "Amplifier"]);
        assert_eq!(categories("http://moddevices.com/ns/mod#MIDIPlugin"), ["MIDI", "Utility"]);
        assert!(categories("http://lv2plug.in/ns/lv2core#Plugin").is_empty());
    }
}
