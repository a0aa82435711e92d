//! `cargo run -p interop --bin protobuf-conformance`
//!
//! The program that Google's conformance tests of protobuf are run against, to be started by their runner: see
//! `interop/README.md`. Reads requests from its standard input, and answers on its standard output, until there are no more.

use std::io;
use std::process::ExitCode;

use interop::protobuf::serve;

fn main() -> ExitCode {
    match serve(io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("protobuf-conformance: {error}");
            ExitCode::FAILURE
        }
    }
}
