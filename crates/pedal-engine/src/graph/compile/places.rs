//! Which memory each buffer of a plan gets: as few places as there are signals alive at one time.

/// A buffer before it is given its place: one per output port and per mix.
#[derive(Debug, Clone)]
pub(super) struct Virtual {
    pub(super) atom: bool,
    pub(super) segment: usize,
    pub(super) last_read: usize,
    pub(super) readers: usize,
    pub(super) local: bool,
}

/// Which place each virtual buffer has, and which places are free again, per segment: a place passes from one
/// segment to another only with the signal in it, so that segments on different threads never share one.
pub(super) struct Places {
    pub(super) of: Vec<u32>,
    free_audio: Vec<Vec<u32>>,
    free_atom: Vec<Vec<u32>>,
    pub(super) next_audio: u32,
    pub(super) next_atom: u32,
    gone: Vec<bool>,
    open: Vec<usize>,
}

impl Places {
    pub(super) fn new(virtuals: usize, segments: usize) -> Self {
        Self {
            of: vec![u32::MAX; virtuals],
            free_audio: vec![Vec::new(); segments],
            free_atom: vec![Vec::new(); segments],
            next_audio: 0,
            next_atom: 0,
            gone: vec![false; virtuals],
            open: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, virtuals: &[Virtual], buffer: usize, segment: usize) {
        let (free, next) = if virtuals[buffer].atom {
            (&mut self.free_atom[segment], &mut self.next_atom)
        } else {
            (&mut self.free_audio[segment], &mut self.next_audio)
        };
        self.of[buffer] = free.pop().unwrap_or_else(|| {
            *next += 1;
            *next - 1
        });
        self.open.push(buffer);
    }

    /// Output takes over the place of an input that nobody else reads.
    pub(super) fn inherit(&mut self, virtuals: &[Virtual], input: usize, output: usize, at: usize) -> bool {
        let entry = &virtuals[input];
        let possible = !entry.atom
            && !virtuals[output].atom
            && entry.readers == 1
            && entry.last_read == at
            && !self.gone[input];
        if possible {
            self.of[output] = self.of[input];
            self.gone[input] = true;
            self.open.push(output);
        }
        possible
    }

    /// After step `at`: what nobody reads any more is free for this segment, if it never left it.
    pub(super) fn release(&mut self, virtuals: &[Virtual], at: usize, segment: usize) {
        let Self { of, free_audio, free_atom, gone, open, .. } = self;
        open.retain(|&buffer| {
            let entry = &virtuals[buffer];
            if gone[buffer] {
                return false;
            }
            if entry.last_read > at || !entry.local || entry.segment != segment {
                return entry.last_read > at;
            }
            let free = if entry.atom { &mut *free_atom } else { &mut *free_audio };
            free[segment].push(of[buffer]);
            gone[buffer] = true;
            false
        });
    }
}
