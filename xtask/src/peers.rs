//! Other people's gRPC and HTTP/2, installed where the tests of `interop/` look for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::shell::{Failure, command, find, run, step};

/// Installs everything, or sees that it is there.
pub(crate) fn install(root: &Path) -> Result<(), Failure> {
    step("Programs that speak HTTP/2, TLS and gRPC");
    let missing: Vec<_> = [
        ("nghttp", "nghttp2-client"),
        ("h2load", "nghttp2-client"),
        ("nghttpx", "nghttp2-proxy"),
        ("curl", "curl"),
        ("openssl", "openssl"),
        ("etcd", "etcd-server"),
    ]
    .into_iter()
    .filter(|(program, _)| find(program).is_none())
    .collect();
    if !missing.is_empty() {
        let (programs, packages): (Vec<_>, Vec<_>) = missing.into_iter().unzip();
        apt_get(&programs.join(", "), &packages)?;
    }

    step("Python's gRPC and HTTP/2, and Envoy");
    let python = root.join("interop/python");
    let venv = python.join(".venv");
    once(&python.join("requirements.txt"), &venv, || {
        require("python3", &["python3", "python3-venv"])?;
        if !has_venv() {
            apt_get("python3's module venv", &["python3-venv"])?;
        }
        run(command("python3", "-m venv --clear").arg(&venv))?;
        let mut pip = command(venv_python(root), "-m pip install --quiet --requirement");
        run(pip.arg(python.join("requirements.txt")))
    })?;

    step("Google's conformance tests of protobuf");
    newer_libraries(root)?;

    step("Node's gRPC, and the linter of .proto files");
    require("node", &["nodejs"])?;
    let node = root.join("interop/node");
    once(
        &node.join("package-lock.json"),
        &node.join("node_modules"),
        || {
            require("npm", &["npm"])?;
            run(command("npm", "ci --no-progress --loglevel=error").current_dir(&node))
        },
    )
}

/// The Python that has gRPC.
pub(crate) fn venv_python(root: &Path) -> PathBuf {
    root.join("interop/python/.venv/bin/python")
}

/// The protobuf compiler: the system's, which starts faster, or the one that Python's gRPC comes with.
pub(crate) fn protoc(root: &Path) -> PathBuf {
    find("protoc").unwrap_or_else(|| root.join("interop/python/.venv/bin/python-grpc-tools-protoc"))
}

/// The linter of .proto files.
pub(crate) fn buf(root: &Path) -> PathBuf {
    root.join("interop/node/node_modules/.bin/buf")
}

/// Puts Debian 13's C and C++ libraries into a folder of their own, if the system's are older than what the runner of
/// protobuf's conformance tests was built for: its loader is started with those.
fn newer_libraries(root: &Path) -> Result<(), Failure> {
    let runner = conformance_runner(root)?;
    let help = Command::new(&runner).arg("--help").output();
    let help = help.map_err(|error| Failure::File(runner.clone(), error))?;
    // It has no argument to end well with, so what counts is who complains.
    if !String::from_utf8_lossy(&help.stderr).contains("not found (required by") {
        println!("{} runs with the system's libraries", runner.display());
        return Ok(());
    }
    let libraries = root.join("interop/python/.libraries");
    once(&root.join("xtask/src/libraries.sh"), &libraries, || {
        require("apt-get", &["apt"])?;
        run(command("sh", "")
            .arg(root.join("xtask/src/libraries.sh"))
            .arg(&libraries))
    })
}

/// Where Python's package has it.
fn conformance_runner(root: &Path) -> Result<PathBuf, Failure> {
    let mut python = Command::new(venv_python(root));
    let output = python
        .args(["-c", "import protoc; print(protoc.__path__[0])"])
        .output();
    let package = output
        .map_err(|error| Failure::File(venv_python(root), error))?
        .stdout;
    let package = String::from_utf8_lossy(&package);
    Ok(Path::new(package.trim()).join("_bin/conformance_test_runner"))
}

/// Installs what `list` says into `directory`, unless that was done.
fn once(
    list: &Path,
    directory: &Path,
    install: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let wanted = fs::read(list).map_err(|error| Failure::File(list.to_owned(), error))?;
    // Written last: an installation that broke off is started again.
    let stamp = directory.join(".installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        println!("{} is up to date", directory.display());
        return Ok(());
    }
    install()?;
    fs::write(&stamp, wanted).map_err(|error| Failure::File(stamp, error))
}

fn require(program: &str, packages: &[&str]) -> Result<(), Failure> {
    match find(program) {
        Some(_) => Ok(()),
        None => apt_get(program, packages),
    }
}

/// Installs Debian packages if this process may, or says which.
fn apt_get(what: &str, packages: &[&str]) -> Result<(), Failure> {
    if !is_root() || find("apt-get").is_none() {
        let packages = packages.join(" ");
        return Err(Failure::Missing(format!(
            "{what} is missing: install it (in Debian and Ubuntu: `sudo apt-get install {packages}`)"
        )));
    }
    run(&mut command("apt-get", "update --quiet --quiet"))?;
    let mut install = command(
        "apt-get",
        "install --quiet --quiet --yes --no-install-recommends",
    );
    run(install
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Debian has the module in a package of its own.
fn has_venv() -> bool {
    succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"]))
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn succeeds(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
