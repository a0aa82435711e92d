//! `cargo traitwire`; see the library of this package.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_traitwire::main(std::env::args_os())
}
