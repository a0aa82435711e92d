//! What the process takes of the system's.

use std::fmt;
use std::fs;

use tokio::runtime::Handle;

/// What there is at one moment, apart from memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    tasks: usize,
    descriptors: Option<usize>,
}

impl Watch {
    pub(super) fn now() -> Self {
        let descriptors = fs::read_dir("/proc/self/fd").ok();
        Self {
            tasks: Handle::current().metrics().num_alive_tasks(),
            descriptors: descriptors.map(Iterator::count),
        }
    }

    pub(super) fn exceeds(&self, before: &Self) -> bool {
        self.tasks > before.tasks || self.descriptors > before.descriptors
    }
}

impl fmt::Display for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tasks", self.tasks)?;
        match self.descriptors {
            Some(descriptors) => write!(f, ", {descriptors} descriptors"),
            None => Ok(()),
        }
    }
}

/// How much memory the process takes, second by second.
#[derive(Clone, Debug, Default)]
pub(super) struct Growth {
    /// In KiB.
    samples: Vec<u64>,
}

impl Growth {
    pub(super) fn note(&mut self) {
        self.samples.extend(resident());
    }

    /// That memory grows, if it does after the first third of the time.
    pub(super) fn fault(&self) -> Option<String> {
        let (warm, end) = self.warm_and_end()?;
        let grown = end > warm + warm / 10 + SLACK;
        grown.then(|| format!("memory grows: {self}"))
    }

    /// The middle of the second third, and of the last one.
    fn warm_and_end(&self) -> Option<(u64, u64)> {
        let third = self.samples.len() / 3;
        if third < MIN_SAMPLES {
            return None;
        }
        let middle = |samples: &[u64]| {
            let mut samples = samples.to_vec();
            samples.sort_unstable();
            samples[samples.len() / 2]
        };
        Some((
            middle(&self.samples[third..2 * third]),
            middle(&self.samples[2 * third..]),
        ))
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.warm_and_end() {
            Some((warm, end)) => write!(f, "{warm} KiB when warm, {end} KiB at the end"),
            None => f.write_str("not watched for long enough"),
        }
    }
}

/// The memory that the process has, in KiB; only Linux tells.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// What an allocator may keep for itself, in KiB.
const SLACK: u64 = 8 * 1024;

/// Samples in a third of the time, to say anything.
const MIN_SAMPLES: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(samples: impl IntoIterator<Item = u64>, fault: bool) {
        let samples = samples.into_iter().collect();
        assert_eq!(Growth { samples }.fault().is_some(), fault);
    }

    #[test]
    fn what_goes_on_growing_is_a_fault() {
        // It grows while it warms up.
        check((0..10).map(|n| n * 10_000).chain([100_000; 20]), false);
        check((0..30).map(|n| 50_000 + n * 2_000), true);
        // One moment says nothing.
        check([50_000; 29].into_iter().chain([500_000]), false);
        check([1, 100_000], false);
    }
}
