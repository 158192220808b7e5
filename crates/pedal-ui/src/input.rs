//! What a player does to the screen.

/// One event of the controls that belong to the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The navigation encoder was turned by so many detents; clockwise is positive.
    Turn(i32),
    /// The navigation encoder was pressed and released.
    Click,
    /// The navigation encoder was held for 0.5 s.
    Long,
    /// Footswitch `0..` (0 = left) was pressed. The screen takes it only while it asks a question that a foot may answer.
    Footswitch(usize),
    /// A tweak encoder or an expression pedal has moved this parameter: its dialog opens, or stays open.
    Moved {
        /// The plugin's name in the board.
        instance: String,
        /// The parameter's symbol.
        symbol: String,
    },
    /// The output volume was moved by its encoder.
    VolumeMoved,
}
