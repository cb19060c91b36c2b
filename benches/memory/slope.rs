//! The straight line that fits samples best.

/// Taken at even distances.
pub struct Line {
    /// Where the line is in the middle.
    pub mean: f64,
    /// How much it rises from one sample to the next.
    pub rise: f64,
    samples: usize,
}

impl Line {
    /// By least squares. Fewer than two samples do not rise.
    pub fn through(samples: &[u64]) -> Line {
        let count = samples.len() as f64;
        let mean = samples.iter().sum::<u64>() as f64 / count.max(1.0);
        let middle = (count - 1.0) / 2.0;
        let (mut with, mut square) = (0.0, 0.0);
        for (at, sample) in samples.iter().enumerate() {
            let away = at as f64 - middle;
            with += away * (*sample as f64 - mean);
            square += away * away;
        }
        let rise = if square > 0.0 { with / square } else { 0.0 };
        Line { mean, rise, samples: samples.len() }
    }

    /// From the first sample to the last.
    pub fn whole_rise(&self) -> f64 {
        self.rise * self.samples.saturating_sub(1) as f64
    }
}
