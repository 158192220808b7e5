//! What the hardware and the screens tell each other.

use pedal_ui::model::{Bypass, Control, Curve, Footswitch, Mixer, Side};

/// Which display the pedal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Screen {
    /// 320×240 in colour.
    #[default]
    Colour,
    /// 128×64, black and white.
    Mono,
}

/// What the hardware shows on the screen: its owner keeps it up to date by [`super::Display::update_panel`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Panel {
    /// The display.
    pub screen: Screen,
    /// Name of the hardware, e.g. `pi-Stomp v3`.
    pub hardware: String,
    /// Footswitches from left to right, with what they do on this board.
    pub footswitches: Vec<Footswitch>,
    /// What each of them sends: channel (0–15) and controller; none for one that sends nothing, or elsewhere.
    pub wires: Vec<Option<(u8, u8)>>,
    /// Tweak encoders, knobs and expression pedals, with what they move on this board.
    pub controls: Vec<Control>,
    /// Footswitches with a tap function tap.
    pub tap_mode: bool,
    /// Names of the board's blends, as its configuration has them.
    pub blends: Vec<String>,
    /// True bypass; none: this hardware has no such thing.
    pub bypass: Option<Bypass>,
    /// Levels of the codec; none: they are not set here.
    pub mixer: Option<Mixer>,
    /// Clock of the display's bus in MHz; none: not adjustable.
    pub lcd_mhz: Option<u32>,
    /// Clocks that can be chosen.
    pub lcd_speeds: Vec<u32>,
}

/// What the player asks of the hardware by a menu. What becomes of it shows in the [`Panel`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wish {
    /// Act as if footswitch `0..` had been pressed briefly.
    PressFootswitch(usize),
    /// Act as if footswitch `0..` had been held.
    HoldFootswitch(usize),
    /// One tap of the tempo, now.
    Tap,
    /// Footswitches with a tap function tap, or do their usual work.
    TapMode(bool),
    /// True bypass of the whole pedal.
    TrueBypass(bool),
    /// Which side the true bypass takes.
    BypassSide(Side),
    /// Begin the blend at this place of [`Panel::blends`].
    Blend(usize),
    /// Output volume in dB.
    OutputVolume(f32),
    /// Input gain in dB.
    InputGain(f32),
    /// Equaliser of the codec on or off.
    Eq(bool),
    /// Gain of equaliser band `0..` in dB.
    EqBand(usize, f32),
    /// Reading of the level meter's converter at silence, in its counts.
    VuBaseline(u16),
    /// Take the present reading of control `0..` of [`Panel::controls`] for its low end.
    CalibrateLow(usize),
    /// Take it for its high end.
    CalibrateHigh(usize),
    /// How the travel of control `0..` becomes a value.
    ExpressionCurve(usize, Curve),
    /// Clock of the display's bus in MHz.
    LcdSpeed(u32),
    /// Ask for each switch, encoder and knob.
    SelfTest,
}
