//! The periods that are tried, in frames.

/// All of them, ascending. JACK takes any; PipeWire takes powers of two unless it was told otherwise.
pub const RUNGS: &[u32] = &[16, 32, 48, 64, 96, 128, 192, 256, 512, 1024];

/// Rungs between two bounds, ascending; with `powers` only the powers of two.
pub fn rungs(lowest: u32, highest: u32, powers: bool) -> Vec<u32> {
    let wanted = |frames: &u32| (lowest..=highest).contains(frames) && (!powers || frames.is_power_of_two());
    RUNGS.iter().copied().filter(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_and_powers_narrow_the_ladder() {
        assert_eq!(rungs(32, 128, false), [32, 48, 64, 96, 128]);
        assert_eq!(rungs(16, 1024, true), [16, 32, 64, 128, 256, 512, 1024]);
        assert!(rungs(300, 400, false).is_empty());
    }
}
