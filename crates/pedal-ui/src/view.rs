//! What is to be seen, apart from how it is drawn: both displays draw the same views. The home screen is drawn from the
//! model itself; everything else is in the view.

use crate::model::Colour;

/// One screen.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// The board; something may be selected.
    Home(Option<Spot>),
    /// A list to choose from.
    List(List),
    /// A value to turn.
    Dial(Dial),
    /// The tuner.
    Tuner(TunerView),
    /// Moving between snapshots.
    Blend(BlendView),
    /// Text by the encoder.
    Entry(Entry),
    /// A question.
    Question(Question),
    /// A picture that a telephone reads, and the same in words.
    Code(CodeView),
    /// Work, and how far it is.
    Progress {
        /// What is being done, as a whole.
        title: String,
        /// The present step.
        text: String,
        /// 0 to 1; none: unknown.
        share: Option<f32>,
    },
    /// The pedal may be unplugged.
    SafeToPowerOff,
}

/// A thing on the home screen that can be selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spot {
    /// The wireless network's sign.
    Wifi,
    /// The audio sign.
    Audio,
    /// The power sign: true bypass.
    Bypass,
    /// The system sign.
    System,
    /// The board's title.
    Board,
    /// The snapshot's name.
    Snapshot,
    /// Control `0..`.
    Control(usize),
    /// Plugin `0..`.
    Plugin(usize),
    /// Footswitch `0..`.
    Footswitch(usize),
}

/// A list.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct List {
    /// Its title.
    pub title: String,
    /// Its rows.
    pub rows: Vec<Row>,
    /// The selected row; none: the way back, at the title.
    pub selected: Option<usize>,
    /// Shown when there are no rows.
    pub empty: String,
}

/// A row of a list.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Row {
    /// What it is.
    pub label: String,
    /// Its present value, at the right.
    pub value: String,
    /// A dot before it.
    pub mark: Mark,
    /// Clicking it opens something.
    pub opens: bool,
    /// It only informs.
    pub dim: bool,
    /// Colour of a bar at its left.
    pub colour: Option<Colour>,
}

/// What stands before a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// It is one of several; true: the present one.
    Radio(bool),
    /// It is on or off.
    Switch(bool),
}

/// A value to turn.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Dial {
    /// What it belongs to.
    pub context: String,
    /// What it is.
    pub name: String,
    /// The value, without its unit.
    pub value: String,
    /// The unit.
    pub unit: String,
    /// Lowest value as text.
    pub low: String,
    /// Highest value as text.
    pub high: String,
    /// Where it stands, 0 to 1.
    pub position: f32,
    /// Where its default is, 0 to 1.
    pub default: Option<f32>,
    /// Colour of the arc.
    pub colour: Colour,
    /// What a click and a long press do.
    pub hint: String,
}

/// The tuner.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct TunerView {
    /// Name of the note and its octave; none: silence.
    pub note: Option<(String, i32)>,
    /// How far from the note, −50 to +50 cents.
    pub cents: f32,
    /// Frequency in Hz.
    pub frequency: f32,
    /// The output is silent meanwhile.
    pub mute: bool,
    /// Buttons.
    pub buttons: Vec<String>,
    /// The selected button.
    pub selected: usize,
}

/// Moving between snapshots.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct BlendView {
    /// Name of the blend.
    pub name: String,
    /// Name of the curve.
    pub curve: String,
    /// Position, 0 to 1.
    pub position: f32,
    /// Stops: position 0 to 1, and name.
    pub stops: Vec<(f32, String)>,
}

/// Text by the encoder.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Entry {
    /// What is asked for.
    pub title: String,
    /// What was typed so far.
    pub text: String,
    /// The keys.
    pub keys: Vec<String>,
    /// The selected key.
    pub selected: usize,
    /// What is still missing before it can be taken; empty: nothing.
    pub hint: String,
}

/// A question, or a sentence that must be read.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Question {
    /// A few words.
    pub title: String,
    /// The sentence.
    pub text: String,
    /// It reports an error.
    pub error: bool,
    /// The answers.
    pub buttons: Vec<String>,
    /// The selected answer.
    pub selected: usize,
}

/// A picture that a telephone reads, and the same in words.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct CodeView {
    /// What it is for.
    pub title: String,
    /// What the picture says.
    pub content: String,
    /// Lines of text: label and value.
    pub lines: Vec<(String, String)>,
}
