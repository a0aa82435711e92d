//! Everything that has to pass.

use std::fs;
use std::path::{Path, PathBuf};

use crate::peers::{buf, protoc, venv_python};
use crate::shell::{Failure, command, run, step};

/// Runs them all, the quick ones first, and stops at the first that fails.
pub(crate) fn all(root: &Path) -> Result<(), Failure> {
    let cargo = |args| {
        let mut cargo = command("cargo", args);
        cargo.current_dir(root);
        cargo
    };

    step("Formatting");
    run(&mut cargo("fmt --all --check"))?;

    step("Exported files: protoc and buf lint");
    exported_files(root)?;

    step("Lints");
    run(&mut cargo(
        "clippy --workspace --all-targets --all-features -- --deny warnings",
    ))?;

    step("Fuzz targets");
    // They need a nightly compiler to do what they are for, but none to compile.
    run(
        cargo("check --quiet --no-default-features --manifest-path fuzz/Cargo.toml")
            .env("CARGO_TARGET_DIR", target(root)),
    )?;

    step("Documentation");
    run(cargo("doc --workspace --no-deps --all-features").env("RUSTDOCFLAGS", "--deny warnings"))?;

    step("Tests, with other people's clients and servers");
    run(cargo("test --workspace --all-features")
        .env("TRAITWIRE_PEERS", "1")
        .env("PROTOC", protoc(root)))?;

    step("A GiB in each direction");
    run(&mut cargo(
        "test --package traitwire --all-features --test suite -- --ignored gibibyte",
    ))?;

    step("The program of the README");
    run(&mut cargo("run --quiet --package route-guide"))?;

    step("A copy of an example, outside of the workspace");
    copy_of_an_example(root)
}

/// Other people's tools take every file that we export.
fn exported_files(root: &Path) -> Result<(), Failure> {
    let protos = root.join("protos");
    let mut files = Vec::new();
    find_protos(&protos, &mut files)?;
    files.sort();
    let mut protoc = command(venv_python(root), "-m grpc_tools.protoc --proto_path=.");
    protoc.arg(format!(
        "--descriptor_set_out={}",
        scratch(root)?.join("protos.bin").display()
    ));
    for file in &files {
        protoc.arg(file.strip_prefix(&protos).unwrap_or(file));
    }
    run(protoc.current_dir(&protos))?;
    run(command(buf(root), "lint").current_dir(&protos))
}

fn find_protos(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error| Failure::File(directory.to_owned(), error);
    for entry in fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            find_protos(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "proto")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// What README.md tells a reader to do: copy an example and point `traitwire` to where it is.
fn copy_of_an_example(root: &Path) -> Result<(), Failure> {
    let copy = scratch(root)?.join("greeter");
    if copy.exists() {
        fs::remove_dir_all(&copy).map_err(|error| Failure::File(copy.clone(), error))?;
    }
    copy_directory(&root.join("examples/greeter"), &copy)?;
    let manifest = copy.join("Cargo.toml");
    let failed = |error| Failure::File(manifest.clone(), error);
    let text = fs::read_to_string(&manifest).map_err(failed)?;
    let runtime = root.join("runtime").display().to_string();
    // The copy stands within our directory, so it has to say that it isn't part of the workspace.
    let text = text.replace("../../runtime", &runtime) + "\n[workspace]\n";
    fs::write(&manifest, text).map_err(failed)?;
    // The versions that were tested with everything else.
    let lock = copy.join("Cargo.lock");
    fs::copy(root.join("Cargo.lock"), &lock).map_err(|error| Failure::File(lock, error))?;
    // Its own tests, but for that of the exported files: a copy has none yet.
    let mut cargo = command("cargo", "test --quiet --test greeting");
    run(cargo
        .env("CARGO_TARGET_DIR", target(root))
        .current_dir(&copy))
}

/// Where what others depend on is built already.
fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

fn copy_directory(from: &Path, to: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::File(from.to_owned(), error);
    fs::create_dir_all(to).map_err(|error| Failure::File(to.to_owned(), error))?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_directory(&from, &to)?;
        } else {
            fs::copy(&from, &to).map_err(|error| Failure::File(from, error))?;
        }
    }
    Ok(())
}

/// Where to write what nobody keeps.
fn scratch(root: &Path) -> Result<PathBuf, Failure> {
    let scratch = root.join("target/xtask");
    fs::create_dir_all(&scratch).map_err(|error| Failure::File(scratch.clone(), error))?;
    Ok(scratch)
}
