//! When people come: by a plan that is made before anything is asked, from a seed, and that waits for nobody.
//!
//! Arrivals of many people who know nothing of each other are a Poisson process. Its rate may change over the span: a
//! denser one is drawn and thinned out.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

/// How dense the arrivals are over the span, as a share of the densest moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// The same at any time.
    Steady,
    /// Few, then everybody, then few: a shift that begins.
    Rush,
}

impl Shape {
    /// At this share of the span.
    fn density(self, at: f64) -> f64 {
        match self {
            Shape::Steady => 1.0,
            Shape::Rush => (std::f64::consts::PI * at).sin().powi(2),
        }
    }

    /// The mean of the density, which the rate is divided by so that it stays the mean rate.
    fn mean(self) -> f64 {
        match self {
            Shape::Steady => 1.0,
            Shape::Rush => 0.5,
        }
    }
}

/// Dice for one purpose; the same seed and purpose always throw the same.
pub fn dice(seed: u64, purpose: u64) -> StdRng {
    StdRng::seed_from_u64(seed ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// The moments at which somebody comes, in order: `rate` a second on average over the span.
pub fn arrivals(shape: Shape, rate: f64, span: Duration, dice: &mut StdRng) -> Vec<Duration> {
    let densest = rate / shape.mean();
    let span = span.as_secs_f64();
    let (mut at, mut moments) = (0.0, Vec::new());
    if densest <= 0.0 {
        return moments;
    }
    loop {
        // 1 - u is never zero, so that the logarithm is always a number.
        at -= (1.0 - dice.random::<f64>()).ln() / densest;
        if at >= span {
            return moments;
        }
        if dice.random::<f64>() < shape.density(at / span) {
            moments.push(Duration::from_secs_f64(at));
        }
    }
}

/// A while between these two, as people take it.
pub fn between(shortest: Duration, longest: Duration, dice: &mut StdRng) -> Duration {
    shortest + (longest - shortest).mul_f64(dice.random::<f64>())
}
