//! Certificates and keys that change, and where they come from.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::DnType;
use tokio::net::TcpStream;
use traitwire::rustls::crypto::CryptoProvider;
use traitwire::{Channel, Code, Connector, ServerTls, TlsRoots};

use super::secure::{Notary, channel, dial, start, trusting, who};
use super::server;
use crate::authority::{Authority, Issued, dns};
use crate::calculator::{CalculatorClient, number};
use crate::mirror::WhoServer;

#[tokio::test]
async fn the_systems_roots_are_trusted() {
    let authority = Authority::new("root");
    let running = start(authority.server("localhost").server_tls()).await;
    let dir = tempfile::tempdir().unwrap();
    let roots = dir.path().join("roots.pem");
    std::fs::write(&roots, authority.pem()).unwrap();
    // Another process, to have a system of its own.
    let target = format!("https://localhost:{}", running.local_addr().port());
    let child = |roots: &Path| {
        let module = module_path!().split_once("::").unwrap().1;
        tokio::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                &format!("{module}::child_that_trusts_the_system"),
            ])
            .args(["--ignored", "--nocapture"])
            .env("SSL_CERT_FILE", roots)
            .env("SSL_CERT_DIR", dir.path().join("nothing"))
            .env("CHILD_TARGET", &target)
            .output()
    };
    let told = async |roots: &Path| {
        let output = child(roots).await.unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        let told = output.split("child: ").nth(1).unwrap_or(&output);
        told.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(
        told(&roots).await,
        "tcp 127.0.0.1, TLSv1.3 TLS13_AES_256_GCM_SHA384 to localhost, None, None, 0 certificates"
    );
    let told = told(&dir.path().join("nothing")).await;
    assert!(
        told.starts_with("no TLS: the system has no root certificates: install its `ca-certificates`, set `SSL_CERT_FILE`,"),
        "{told}"
    );
}

#[tokio::test]
#[ignore = "is run by `the_systems_roots_are_trusted`"]
async fn child_that_trusts_the_system() {
    let target = std::env::var("CHILD_TARGET").unwrap();
    let told = match Channel::lazy(target) {
        Ok(channel) => who(channel).await,
        Err(error) => error.to_string(),
    };
    // Nothing was decided for the rest of the process.
    assert!(CryptoProvider::get_default().is_none());
    println!("child: {told}");
}

/// The common name of the certificate that a server shows.
async fn shown(address: SocketAddr, authority: &Authority) -> String {
    let tls = dial(address, authority, &["h2"]).await.unwrap();
    let chain = tls.get_ref().1.peer_certificates().unwrap();
    let shown = String::from_utf8_lossy(&chain[0]).into_owned();
    let name = ["first", "second", "third"].map(|name| shown.contains(name).then_some(name));
    name.into_iter().flatten().collect()
}

fn named(authority: &Authority, name: &str) -> Issued {
    authority.issue(|params| {
        params.subject_alt_names = vec![dns("guide.example")];
        params.distinguished_name.push(DnType::CommonName, name);
    })
}

#[tokio::test(start_paused = true)]
async fn files_are_read_again_when_they_have_changed() {
    let authority = Authority::new("root");
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = named(&authority, "first").write(dir.path());
    let tls = || ServerTls::files(&certificate, &key);
    let running = start(tls()).await;
    let steady = start(tls().reload_every(Duration::MAX)).await;
    let address = running.local_addr();
    assert_eq!(shown(address, &authority).await, "first");
    let old = CalculatorClient::new(channel(address, trusting(&authority)));
    assert_eq!(old.increment(number(1)).await.unwrap(), number(2));

    named(&authority, "second").write(dir.path());
    assert_eq!(shown(address, &authority).await, "first");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(shown(address, &authority).await, "second");
    assert_eq!(shown(steady.local_addr(), &authority).await, "first");

    // Half of a change, and what is no change for the better.
    let third = named(&authority, "third");
    std::fs::write(&certificate, &third.certificate).unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(shown(address, &authority).await, "second");
    let error = running.reload_tls().unwrap_err().to_string();
    assert_eq!(
        error.replace(&dir.path().display().to_string(), ""),
        "the key (/key.pem) is not that of the certificate (/certificate.pem), which has to be the first of its chain"
    );
    std::fs::remove_file(&key).unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(shown(address, &authority).await, "second");

    // The other half, at once.
    std::fs::write(&key, &third.key).unwrap();
    running.reload_tls().unwrap();
    assert_eq!(shown(address, &authority).await, "third");
    // Connections that there are don't notice.
    assert_eq!(old.increment(number(1)).await.unwrap(), number(2));
    running.shutdown();
    running.wait().await;
}

#[tokio::test]
async fn a_broken_file_is_reported_once() {
    let authority = Authority::new("root");
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = named(&authority, "first").write(dir.path());
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let tls = ServerTls::files(&certificate, &key).reload_every(Duration::ZERO);
    let running = start(tls).await;
    std::fs::write(&certificate, "").unwrap();
    for _ in 0..3 {
        assert_eq!(shown(running.local_addr(), &authority).await, "first");
    }
    assert_eq!(log.take(), ["ERROR"]);
    named(&authority, "second").write(dir.path());
    for _ in 0..3 {
        assert_eq!(shown(running.local_addr(), &authority).await, "second");
    }
    assert_eq!(log.take(), ["INFO"]);
}

#[tokio::test]
async fn a_clients_files_are_read_again_for_a_new_connection() {
    let (authority, clients) = (Authority::new("root"), Authority::new("clients"));
    let tls = authority.server("guide.example").server_tls();
    let tls = tls.require_client_certificates(clients.roots());
    let running = start(tls).await;
    let dir = tempfile::tempdir().unwrap();
    let write = |id| clients.client(id).write(dir.path());
    let (certificate, key) = write("spiffe://guide.example/first");
    let client = trusting(&authority).certificate_files(certificate, key);
    let channel = channel(running.local_addr(), client);
    let told = who(channel.clone()).await;
    assert!(told.contains("guide.example/first"), "{told}");
    write("spiffe://guide.example/second");
    let told = who(channel.clone()).await;
    assert!(told.contains("guide.example/first"), "{told}");
    running.abort();
    let address = running.local_addr();
    running.wait().await;
    let again = server().add(WhoServer::new(Notary)).tls(
        authority
            .server("guide.example")
            .server_tls()
            .require_client_certificates(clients.roots()),
    );
    let _again = again.start(address).await.unwrap();
    // The first call may find out that the connection is gone.
    let told = match who(channel.clone()).await {
        told if told.starts_with("UNAVAILABLE") => who(channel).await,
        told => told,
    };
    assert!(told.contains("guide.example/second"), "{told}");
}

#[tokio::test]
async fn a_status_says_whom_it_is_of() {
    let authority = Authority::new("root");
    let running = start(authority.server("guide.example").server_tls()).await;
    let address = running.local_addr();
    let tls = trusting(&authority).server_name("guide.example");
    let brought = Connector::new("https://guide.example", move || TcpStream::connect(address));
    let over_tcp = Channel::builder().tls(tls.clone()).lazy(address);
    let over_brought = Channel::builder().tls(tls).lazy(brought);
    for (channel, peer) in [
        (over_tcp, address.to_string()),
        (over_brought, "https://guide.example".to_owned()),
    ] {
        let client = CalculatorClient::new(channel.unwrap());
        let status = client.increment(number(-1)).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.peer(), Some(&*peer));
    }
}

#[tokio::test]
async fn roots_of_clients_change_with_their_file() {
    let (authority, old, new) = (
        Authority::new("root"),
        Authority::new("old"),
        Authority::new("new"),
    );
    let dir = tempfile::tempdir().unwrap();
    let roots = dir.path().join("clients.pem");
    std::fs::write(&roots, old.pem()).unwrap();
    let tls = authority
        .server("guide.example")
        .server_tls()
        .require_client_certificates(TlsRoots::file(&roots))
        .reload_every(Duration::ZERO);
    let running = start(tls).await;
    let ask = |clients: &Authority| {
        let client = clients.client("spiffe://guide.example/billing");
        who(channel(
            running.local_addr(),
            client.client_tls(authority.roots()),
        ))
    };
    let refused = "UNAVAILABLE: can't connect to https://: the server doesn't take the client certificate: UnknownCA";
    assert!(ask(&old).await.contains("billing"));
    assert_eq!(ask(&new).await, refused);
    std::fs::write(&roots, new.pem()).unwrap();
    assert!(ask(&new).await.contains("billing"));
    assert_eq!(ask(&old).await, refused);
}

/// A log of what is said on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// The levels of what was said since.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("traitwire")
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let line = event.metadata().level().to_string();
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
