//! An etcd of one's own, for the tour and the tests.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Stdio};

use tempfile::TempDir;

/// A server with an empty store, on ports of the system's choosing. It ends, and its store is gone, when this is dropped.
#[derive(Debug)]
pub struct Etcd {
    process: Child,
    /// The URL that its clients call.
    url: String,
    _data: TempDir,
}

impl Etcd {
    /// Starts it, and returns when it takes calls.
    ///
    /// # Errors
    ///
    /// If there is no program `etcd`, or it doesn't start; then with what it said.
    pub fn start() -> io::Result<Self> {
        let data = TempDir::with_prefix("etcd-")?;
        let mut command = Command::new("etcd");
        command.arg("--data-dir").arg(data.path());
        command.args(["--logger", "zap", "--log-outputs", "stderr"]);
        for urls in [
            "--listen-client-urls",
            "--advertise-client-urls",
            "--listen-peer-urls",
            "--initial-advertise-peer-urls",
        ] {
            command.args([urls, ANY_PORT]);
        }
        command.args(["--initial-cluster", &format!("default={ANY_PORT}")]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut process = command.stderr(Stdio::piped()).spawn()?;
        let log = process.stderr.take().expect("standard error is piped");
        match address(log) {
            Ok(address) => Ok(Self {
                process,
                url: format!("http://{address}"),
                _data: data,
            }),
            Err(error) => {
                // It may have ended by itself.
                let _ = process.kill();
                process.wait()?;
                Err(error)
            }
        }
    }

    /// The URL that its clients call.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The address that etcd says it serves its clients at. The rest of what it says is read, too: it would wait for a reader.
fn address(log: ChildStderr) -> io::Result<String> {
    let mut log = BufReader::new(log);
    let mut said = String::new();
    loop {
        let start = said.len();
        if log.read_line(&mut said)? == 0 {
            return Err(io::Error::other(format!("etcd didn't start:\n{said}")));
        }
        if let Some(address) = address_in(&said[start..]) {
            std::thread::spawn(move || io::copy(&mut log.by_ref(), &mut io::sink()));
            return Ok(address.to_owned());
        }
    }
}

/// As etcd writes it, a JSON object in each line.
fn address_in(line: &str) -> Option<&str> {
    if !line.contains("serving client traffic") {
        return None;
    }
    let (_, address) = line.split_once("\"address\":\"")?;
    Some(address.split_once('"')?.0)
}

/// Etcd says which one it got.
const ANY_PORT: &str = "http://127.0.0.1:0";
