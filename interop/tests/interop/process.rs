//! Other people's programs, as child processes.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

/// The directory of this package, where the peers are.
pub(crate) fn interop() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A script, run by the Python that has everything which `python/requirements.txt` lists.
pub(crate) fn python(script: &str) -> Result<Command, String> {
    let mut command = Command::new(in_venv("python")?);
    command.arg(interop().join("python").join(script));
    Ok(command)
}

/// A program that came with one of Python's packages.
pub(crate) fn in_venv(program: &str) -> Result<PathBuf, String> {
    let program = interop().join("python/.venv/bin").join(program);
    require(&program)?;
    Ok(program)
}

/// A program of the system.
pub(crate) fn program(name: &str) -> Result<Command, String> {
    // Debian has those that serve where only root looks.
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|directory| directory.join(name))
        .find(|file| file.is_file())
        .map(Command::new)
        .ok_or_else(|| format!("{name} is missing; `cargo xtask setup` installs it"))
}

pub(crate) fn require(path: &Path) -> Result<(), String> {
    if path.exists() {
        Ok(())
    } else {
        Err(format!(
            "{} is missing; `cargo xtask setup` installs it",
            path.display()
        ))
    }
}

/// What a program prints that ends well.
pub(crate) fn printed(command: &mut Command) -> Result<String, String> {
    String::from_utf8(output(command)?).map_err(|error| format!("{command:?}: {error}"))
}

/// The same, where it isn't text.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "{command:?} ended with {}:\n{stdout}{stderr}",
        output.status
    ))
}

/// Runs a client that prints a line for each scenario, and checks that it went through all of them.
pub(crate) fn check_scenarios(client: &mut Command, expected: &[&str]) -> Result<(), String> {
    let stdout = printed(client)?;
    let done: Vec<_> = stdout
        .lines()
        .filter_map(|line| line.strip_prefix("ok "))
        .collect();
    assert_eq!(done, expected);
    Ok(())
}

/// Starts a server that prints its port, and ends when its standard input does.
pub(crate) fn serve(command: &mut Command) -> Result<SocketAddr, String> {
    let running = Running::start(command)?;
    let address = running.address;
    // It runs until its input ends. Nobody closes that but the system, when this process is gone.
    std::mem::forget(running);
    Ok(address)
}

/// A server that ends when it is dropped.
pub(crate) struct Running {
    child: Child,
    address: SocketAddr,
}

impl Running {
    /// As [`serve`].
    pub(crate) fn start(command: &mut Command) -> Result<Self, String> {
        let (child, mut lines) = spawn(command)?;
        let port = lines.next().unwrap_or_default();
        match port.parse() {
            Ok(port) => Ok(Self {
                child,
                address: localhost(port),
            }),
            Err(_) => Err(format!("{command:?} printed {port:?}, which is no port")),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The same for a program that is many servers, and prints `name=port` of each.
pub(crate) fn serve_many(command: &mut Command) -> Result<HashMap<String, SocketAddr>, String> {
    let ports = first_line(command)?;
    let servers = ports.split(' ').map(|server| {
        let (name, port) = server.split_once('=')?;
        Some((name.to_owned(), localhost(port.parse().ok()?)))
    });
    servers
        .collect::<Option<_>>()
        .ok_or_else(|| format!("{command:?} printed {ports:?}, which are no ports"))
}

/// Starts a server that says on its standard error when it is ready, and doesn't look at its standard input; ends it when
/// that ends all the same. Returns what it has said by then.
pub(crate) fn serve_until_ready(command: &Command, ready: &str) -> Result<Vec<String>, String> {
    let mut shell = until_input_ends(command)?;
    let mut said = Vec::new();
    for line in lines(&mut shell)? {
        let is_ready = line.contains(ready);
        said.push(line);
        if is_ready {
            return Ok(said);
        }
    }
    Err(format!("{command:?} ended early:\n{}", said.join("\n")))
}

/// The same program, ended when its standard input ends.
pub(crate) fn until_input_ends(command: &Command) -> Result<Command, String> {
    let mut shell = program("sh")?;
    shell
        .args(["-c", UNTIL_INPUT_ENDS, "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    Ok(shell)
}

/// A port that was free a moment ago, for servers that can't say which one the system gave them.
pub(crate) fn free_port() -> Result<u16, String> {
    let listener = std::net::TcpListener::bind(localhost(0)).map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    Ok(address.port())
}

pub(crate) fn localhost(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn first_line(command: &mut Command) -> Result<String, String> {
    Ok(lines(command)?.next().unwrap_or_default())
}

/// Starts a program and reads what it prints, for as long as it does: one that nobody reads from would come to a halt.
fn lines(command: &mut Command) -> Result<impl Iterator<Item = String> + use<>, String> {
    let (child, lines) = spawn(command)?;
    // The program runs until its input ends. Nobody closes it but the system, when this process is gone.
    std::mem::forget(child);
    Ok(lines)
}

/// The same, with the program.
fn spawn(command: &mut Command) -> Result<(Child, impl Iterator<Item = String> + use<>), String> {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("{command:?}: {error}"))?;
    let stdout = child.stdout.take();
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = stdout.map(|stdout| BufReader::new(stdout).lines());
        for line in lines.into_iter().flatten().map_while(Result::ok) {
            // Nobody asks any more, once the server is ready.
            let _ = sender.send(line);
        }
    });
    Ok((child, receiver.into_iter()))
}

/// A file that nobody keeps.
pub(crate) fn scratch(name: impl AsRef<OsStr>) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name.as_ref())
}

/// Runs a program, its standard error joined to its output, and ends it when the input does. The shell lets go of the
/// output, so that this ends with the program.
const UNTIL_INPUT_ENDS: &str =
    r#""$@" 2>&1 & server=$!; exec > /dev/null 2>&1; read -r _; kill "$server"; wait"#;
