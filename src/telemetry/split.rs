//! Numbers that every worker changes with every request: each has a part of its own, and only reading adds them up, so no
//! two cores wait for the same line of memory.

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use prometheus_client::metrics::{counter, gauge};

/// Workers beyond so many share parts.
const PARTS: usize = 64;

/// The number of the thread that asks, from 0 and without gaps.
pub fn worker() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static OWN: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    if OWN.get() == usize::MAX {
        OWN.set(NEXT.fetch_add(1, Ordering::Relaxed));
    }
    OWN.get()
}

/// A counter or a gauge. Whoever increases and whoever decreases it need not be the same thread: a part may be negative,
/// the sum is right.
#[derive(Debug)]
pub struct Split(Box<[Part; PARTS]>);

/// Further apart than a line of any processor's cache.
#[repr(align(128))]
#[derive(Debug, Default)]
struct Part(AtomicI64);

impl Default for Split {
    fn default() -> Split {
        Split(Box::new(std::array::from_fn(|_| Part::default())))
    }
}

impl Split {
    fn add(&self, count: i64) -> i64 {
        self.0[worker() % PARTS].0.fetch_add(count, Ordering::Relaxed)
    }

    fn sum(&self) -> i64 {
        self.0.iter().fold(0, |sum, part| sum.wrapping_add(part.0.load(Ordering::Relaxed)))
    }
}

impl counter::Atomic<u64> for Split {
    fn inc(&self) -> u64 {
        counter::Atomic::inc_by(self, 1)
    }

    fn inc_by(&self, count: u64) -> u64 {
        self.add(count.cast_signed()).cast_unsigned()
    }

    fn get(&self) -> u64 {
        self.sum().cast_unsigned()
    }
}

impl gauge::Atomic<i64> for Split {
    fn inc(&self) -> i64 {
        self.add(1)
    }

    fn inc_by(&self, count: i64) -> i64 {
        self.add(count)
    }

    fn dec(&self) -> i64 {
        self.add(-1)
    }

    fn dec_by(&self, count: i64) -> i64 {
        self.add(count.wrapping_neg())
    }

    /// Right only as long as nobody else changes it meanwhile.
    fn set(&self, value: i64) -> i64 {
        let before = self.sum();
        self.add(value.wrapping_sub(before));
        before
    }

    fn get(&self) -> i64 {
        self.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus_client::metrics::counter::Counter;
    use prometheus_client::metrics::gauge::Gauge;

    #[test]
    fn what_many_threads_count_adds_up() {
        let (counter, gauge) = (Counter::<u64, Split>::default(), Gauge::<i64, Split>::default());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    (0..1000).for_each(|_| {
                        counter.inc();
                        gauge.inc();
                    })
                });
            }
        });
        std::thread::scope(|scope| {
            drop(scope.spawn(|| {
                (0..7990).for_each(|_| {
                    gauge.dec();
                })
            }))
        });
        assert_eq!((counter.get(), gauge.get()), (8000, 10), "also where another thread counts down");
        gauge.set(3);
        assert_eq!(gauge.get(), 3);
    }
}
