//! Calls over connections that are cut and to a server that comes and goes: a moment of it, and a minute.

use std::process::Command;

use libtest_mimic::Trial;

use crate::process::printed;

/// What is over soon.
pub(crate) fn trials() -> Vec<Trial> {
    vec![soak("a_moment", &["--seconds=2", "--restart-every-ms=500"])]
}

pub(crate) fn trials_with_others() -> Vec<Trial> {
    vec![
        soak("a_minute", &["--seconds=60"]),
        soak(
            "half_a_minute_over_hyper",
            &["--seconds=30", "--over-hyper"],
        ),
    ]
}

fn soak(name: &str, flags: &'static [&'static str]) -> Trial {
    Trial::test(format!("soak::{name}"), move || {
        let mut soak = Command::new(env!("CARGO_BIN_EXE_soak"));
        printed(soak.args(flags))?;
        Ok(())
    })
}
