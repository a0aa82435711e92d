//! What has to pass, as one command: `cargo xtask test`. CI runs the same.

mod checks;
mod peers;
mod shell;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use shell::Failure;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let outcome = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => test(),
        ["setup"] => peers::install(root()),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nfailed: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn test() -> Result<(), Failure> {
    let start = Instant::now();
    let root = root();
    peers::install(root)?;
    checks::all(root)?;
    println!("\nEverything passed, in {} s.", start.elapsed().as_secs());
    Ok(())
}

/// Where the workspace is.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a directory of the workspace")
}

const USAGE: &str = "\
cargo xtask test     installs what the tests need, then runs everything that has to pass
cargo xtask setup    only installs: other people's gRPC and HTTP/2, and the linter of .proto files
";
