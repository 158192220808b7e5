//! Plucked strings by their partials: for tests, benches and a pedal without an instrument.

use std::f64::consts::{PI, TAU};

/// A plucked string, with the noise around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pluck {
    /// Frequency of the lowest partial in Hz.
    pub hz: f64,
    /// Stiffness B: partial n is at n·f·√(1 + B·n²). Guitars have 1e-5 to 2e-4, basses up to 5e-4.
    pub inharmonicity: f64,
    /// Where it is plucked and picked up, as a share of its length, 0–0.5.
    pub place: f64,
    /// Partials fall with this power of their number.
    pub tilt: f64,
    /// Seconds in which the lowest partial falls by 60 dB; the others are faster.
    pub decay: f64,
    /// White noise relative to the string at its beginning, in dB.
    pub noise_db: f64,
    /// Chooses phases and noise.
    pub seed: u64,
}

impl Default for Pluck {
    fn default() -> Self {
        Self { hz: 110.0, inharmonicity: 5e-5, place: 0.2, tilt: 1.0, decay: 4.0, noise_db: -60.0, seed: 1 }
    }
}

impl Pluck {
    /// So many frames at this rate in Hz from the pluck on; root mean square −21 dBFS at first.
    pub fn render(&self, rate: f64, frames: usize) -> Vec<f32> {
        let mut random = Random(self.seed | 1);
        let mut out = vec![0.0_f64; frames];
        let lowest = (1.0 + self.inharmonicity).sqrt();
        let mut power = 0.0;
        for number in 1..=60 {
            let n = f64::from(number);
            let hz = self.hz * n * (1.0 + self.inharmonicity * n * n).sqrt() / lowest;
            let phase = random.unit() * TAU;
            if hz > 0.45 * rate {
                break;
            }
            // a node of the string is never quite silent
            let level = ((PI * n * self.place).sin().abs() + 0.02) / n.powf(self.tilt);
            power += 0.5 * level * level;
            let fall = 6.91 * (1.0 + 0.3 * (n - 1.0)) / self.decay / rate;
            let (turn, mut now) = (TAU * hz / rate, phase);
            let keep = (-fall).exp();
            let mut level = level;
            for sample in &mut out {
                *sample += level * now.sin();
                level *= keep;
                now += turn;
            }
        }
        // a string above the band leaves the noise alone
        let scale = if power > 0.0 { 0.09 / power.sqrt() } else { 0.0 };
        let noise = 0.09 * 10.0_f64.powf(self.noise_db / 20.0);
        out.iter().map(|sample| (sample * scale + noise * random.normal()) as f32).collect()
    }
}

/// The same row of numbers on each machine.
struct Random(u64);

impl Random {
    /// 0–1.
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Near enough to a normal distribution, of deviation 1.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_and_noise_are_as_said() {
        let clean = Pluck { noise_db: -200.0, decay: 1e6, ..Pluck::default() };
        let noisy = Pluck { noise_db: -20.0, ..clean };
        let (clean, noisy) = (clean.render(48_000.0, 48_000), noisy.render(48_000.0, 48_000));
        let power =
            |of: &dyn Fn(usize) -> f32| (0..48_000).map(|n| f64::from(of(n)).powi(2)).sum::<f64>() / 48e3;
        let signal = power(&|n| clean[n]).sqrt();
        let noise = power(&|n| noisy[n] - clean[n]).sqrt();
        assert!((signal / 0.09 - 1.0).abs() < 0.01, "{signal}");
        assert!((noise / 0.009 - 1.0).abs() < 0.02, "{noise}");
    }
}
