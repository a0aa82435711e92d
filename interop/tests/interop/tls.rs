//! TLS, over the connections that `interop::tls` brings to our client and our server.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use expect_test::expect;
use interop::InteropServiceClient;
use interop::tls::{Identity, Trust};
use libtest_mimic::Trial;
use rcgen::{CertifiedKey, KeyPair};
use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::peer::Peer;
use crate::process::{localhost, printed};
use crate::tools::{curl_post, visible};
use crate::{block_on, our_client, start_server_on};

/// What needs nobody else.
pub(crate) fn trials() -> Vec<Trial> {
    our_client("our_server_over_tls".to_owned(), || {
        client(block_on(start_server()).map_err(|error| error.to_string())?)
    })
}

pub(crate) fn trials_with_others() -> Vec<Trial> {
    let mut trials = vec![Trial::test("our_server::curl_over_tls", || Ok(curl()?))];
    for peer in [Peer::GrpcioSync, Peer::GrpcioAsyncio] {
        let name = format!("{}_over_tls", peer.name());
        let server = LazyLock::new(move || {
            let files = Files::write().map_err(|error| error.to_string())?;
            peer.tls_server(&files.certificate(), &files.key())
        });
        trials.extend(our_client(name.clone(), move || client(server.clone()?)));
        trials.push(Trial::test(format!("our_server::{name}"), move || {
            let (server, files) = (block_on(start_server())?, Files::write()?);
            Ok(peer.run_tls_client(server, &files.certificate())?)
        }));
    }
    trials
}

/// `--http2` asks for it by ALPN.
fn curl() -> Result<(), String> {
    let server = block_on(start_server()).map_err(|error| error.to_string())?;
    let files = Files::write().map_err(|error| error.to_string())?;
    let port = server.port();
    let mut curl = curl_post(b"ping")?;
    curl.args(["--http2", "--include", "--cacert"]);
    curl.arg(files.certificate());
    curl.args(["--resolve", &format!("{NAME}:{port}:127.0.0.1")]);
    curl.arg(format!(
        "https://{NAME}:{port}/interop.v1.InteropService/Unary"
    ));
    expect![[r#"
        HTTP/2 200 
        content-type: application/grpc
        grpc-accept-encoding: identity,gzip,deflate

        \u{0}\u{0}\u{0}\u{0}\u{6}
        \u{4}pinggrpc-status: 0
    "#]]
    .assert_eq(&visible(&printed(&mut curl)?));
    Ok(())
}

/// A server of its own for each test.
async fn start_server() -> io::Result<SocketAddr> {
    let (address, connections) = IDENTITY.identity.listen(localhost(0)).await?;
    start_server_on(connections).await;
    Ok(address)
}

fn client(server: SocketAddr) -> Result<InteropServiceClient, String> {
    let connector = IDENTITY.trust.connector(server.to_string(), NAME);
    let connector = connector.map_err(|error| error.to_string())?;
    let channel = crate::channel().lazy(connector);
    let channel = channel.map_err(|error| error.to_string())?;
    Ok(InteropServiceClient::new(channel))
}

/// Who all servers of this process are, and whom its clients trust.
struct ThisProcess {
    made: CertifiedKey<KeyPair>,
    identity: Identity,
    trust: Trust,
}

static IDENTITY: LazyLock<ThisProcess> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).expect("it is a name");
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key was made");
    ThisProcess {
        identity: Identity::new(vec![certificate.clone()], key)
            .expect("the key is the certificate's"),
        trust: Trust::new([certificate]).expect("a certificate was made"),
        made,
    }
});

/// The identity as other people's programs read it, when they start.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn write() -> io::Result<Self> {
        let files = Self(tempfile::tempdir_in(Path::new(env!(
            "CARGO_TARGET_TMPDIR"
        )))?);
        fs::write(files.certificate(), IDENTITY.made.cert.pem())?;
        fs::write(files.key(), IDENTITY.made.signing_key.serialize_pem())?;
        Ok(files)
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.0.path().join("certificate.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }
}

/// Whom the certificate is for.
pub(crate) const NAME: &str = "interop.example";
