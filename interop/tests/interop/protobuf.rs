//! Google's conformance tests of protobuf: required and recommended ones of proto3, in binary and in JSON.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::expect;
use libtest_mimic::Trial;

use crate::process::{in_venv, interop, printed, require, scratch};

pub(crate) fn trials_with_others() -> Vec<Trial> {
    vec![Trial::test("protobuf::conformance", || Ok(conformance()?))]
}

/// The runner plays its two suites, the second of which is all about the text format. What is skipped are proto2, editions
/// and that format; there is no list of failures.
fn conformance() -> Result<(), String> {
    let output = scratch("protobuf-conformance");
    fs::create_dir_all(&output).map_err(|error| error.to_string())?;
    let mut runner = runner()?;
    runner
        .arg("--enforce_recommended")
        .arg("--output_dir")
        .arg(output);
    runner.arg(env!("CARGO_BIN_EXE_protobuf-conformance"));
    // It says everything on its standard error.
    let mut shell = Command::new("sh");
    shell
        .args(["-c", r#""$@" 2>&1"#, "sh"])
        .arg(runner.get_program())
        .args(runner.get_args());
    let said = printed(&mut shell)?;
    let results: Vec<_> = said
        .lines()
        .filter(|line| line.starts_with("CONFORMANCE SUITE"))
        .collect();
    expect![[r#"
        CONFORMANCE SUITE PASSED: 1503 successes, 1314 skipped, 0 expected failures, 0 unexpected failures.
        CONFORMANCE SUITE PASSED: 0 successes, 445 skipped, 0 expected failures, 0 unexpected failures."#]]
    .assert_eq(&results.join("\n"));
    Ok(())
}

/// With libraries that are new enough for it, where the system's aren't.
fn runner() -> Result<Command, String> {
    let mut python = Command::new(in_venv("python")?);
    let package = printed(python.args(["-c", "import protoc; print(protoc.__path__[0])"]))?;
    let runner = Path::new(package.trim()).join("_bin/conformance_test_runner");
    require(&runner)?;
    let libraries: PathBuf = interop().join("python/.libraries/root/usr/lib/x86_64-linux-gnu");
    let loader = libraries.join("ld-linux-x86-64.so.2");
    if !loader.exists() {
        return Ok(Command::new(runner));
    }
    let mut command = Command::new(loader);
    command.arg("--library-path").arg(libraries).arg(runner);
    Ok(command)
}
