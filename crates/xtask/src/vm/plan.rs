//! Which boots a run is made of, and what is tried in the first.

use clap::ValueEnum;

/// Something that can be tried by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Piece {
    /// kill -9 of the engine, of JACK, of the control service
    Kills,
    /// A press on a simulated footswitch
    Foot,
    /// Restart of JACK
    Restart,
    /// A wrong period, and the right one again
    Period,
    /// A full disk
    Disk,
    /// The network at home, the hotspot, the stage
    Wifi,
    /// An update that sounds, and one that does not
    Update,
    /// The second boot
    Second,
    /// A card that is only read
    Readonly,
    /// A sound card that is not there, and comes late
    Nocard,
    /// The pictures of the initial RAM disk and of the very end
    Display,
    /// The same units one after the other
    Serial,
}

/// The pieces of the first boot, by their names in the machine.
const FIRST: [(Piece, &str); 7] = [
    // Before the pedal gives up a network that gives out no addresses.
    (Piece::Wifi, "wifi"),
    (Piece::Kills, "kills"),
    (Piece::Foot, "foot"),
    (Piece::Restart, "restart"),
    (Piece::Period, "period"),
    (Piece::Disk, "disk"),
    (Piece::Update, "update"),
];

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// In the order in which they are done.
    pieces: Vec<Piece>,
    /// How often the power is cut at the end.
    pub(super) cuts: usize,
    /// Whether the time without sound is judged.
    pub(super) strict: bool,
}

impl Plan {
    /// The short version; with `serial` only the boots that are compared.
    pub(super) fn short(serial: bool) -> Self {
        let pieces =
            if serial { vec![Piece::Second, Piece::Serial] } else { vec![Piece::Kills, Piece::Foot] };
        Self { pieces, cuts: 0, strict: false }
    }

    /// All, or, if any are named, these and no others.
    pub(super) fn long(only: &[Piece], serial: bool, cuts: usize) -> Self {
        let all = Piece::value_variants().iter().copied();
        let pieces = match only {
            [] => all.filter(|piece| serial || *piece != Piece::Serial).collect(),
            only => all.filter(|piece| only.contains(piece)).collect(),
        };
        Self { pieces, cuts, strict: true }
    }

    /// Power cuts alone.
    pub(super) fn cuts(cuts: usize) -> Self {
        Self { pieces: Vec::new(), cuts, strict: true }
    }

    /// Whether this is tried. One after the other is compared with a second boot, and on its disk.
    pub(super) fn has(&self, piece: Piece) -> bool {
        self.pieces.contains(&piece) || piece == Piece::Second && self.pieces.contains(&Piece::Serial)
    }

    /// Words of the first boot for the kernel; none if nothing needs that boot. Second boots are compared with a first one.
    pub(super) fn first(&self) -> Option<String> {
        let names: Vec<&str> =
            FIRST.iter().filter(|(piece, _)| self.has(*piece)).map(|(_, name)| *name).collect();
        if !names.is_empty() {
            return Some(format!("vm.test=chain vm.pieces={}", names.join(",")));
        }
        self.has(Piece::Second).then(|| "vm.test=boot".to_owned())
    }

    /// Whether something was recorded in the first boot.
    pub(super) fn sounds(&self) -> bool {
        FIRST.iter().any(|(piece, _)| self.has(*piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_its_boots() {
        let short = Plan::short(false);
        assert_eq!(short.first().unwrap(), "vm.test=chain vm.pieces=kills,foot");
        assert!(short.sounds() && !short.has(Piece::Second));
        let compared = Plan::short(true);
        assert_eq!(compared.first().unwrap(), "vm.test=boot");
        assert!(!compared.sounds() && compared.has(Piece::Second) && compared.has(Piece::Serial));
        let long = Plan::long(&[], false, 20);
        assert_eq!(
            long.first().unwrap(),
            "vm.test=chain vm.pieces=wifi,kills,foot,restart,period,disk,update"
        );
        assert!(long.has(Piece::Nocard) && !long.has(Piece::Serial));
        assert!(Plan::long(&[], true, 0).has(Piece::Serial));
    }

    #[test]
    fn a_piece_by_itself_boots_no_more_than_it_needs() {
        let only = |pieces: &[Piece]| Plan::long(pieces, false, 0);
        assert_eq!(only(&[Piece::Readonly]).first(), None);
        assert_eq!(only(&[Piece::Wifi, Piece::Disk]).first().unwrap(), "vm.test=chain vm.pieces=wifi,disk");
        assert_eq!(only(&[Piece::Second]).first().unwrap(), "vm.test=boot");
        let serial = only(&[Piece::Serial]);
        assert_eq!(serial.first().unwrap(), "vm.test=boot");
        assert!(serial.has(Piece::Second) && !serial.has(Piece::Readonly));
        assert_eq!(Plan::cuts(20).first(), None);
    }
}
