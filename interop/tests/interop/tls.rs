//! TLS and mTLS: by rustls on our side, by BoringSSL in grpcio, by OpenSSL in Node, curl and `openssl` itself.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, OnceLock};

use expect_test::{Expect, expect};
use interop::{InteropServiceClient, UnaryRequest};
use libtest_mimic::Trial;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use tempfile::TempDir;
use tower::Service;
use tower_layer::layer_fn;
use traitwire::{ClientTls, Context, RequestBody, ServerTls, TlsInfo, TlsRoots};

use crate::peer::Peer;
use crate::process::{localhost, printed, program, serve_until_ready};
use crate::tools::{curl_post, visible};
use crate::{block_on, channel, our_client, services};

/// Whether clients show who they are, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Tls,
    Mtls,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Tls, Self::Mtls];

    /// The end of a trial's name.
    fn name(self) -> &'static str {
        match self {
            Self::Tls => "over_tls",
            Self::Mtls => "over_mtls",
        }
    }
}

/// What needs nobody else.
pub(crate) fn trials() -> Vec<Trial> {
    let ours = |kind: Kind| {
        our_client(format!("our_server_{}", kind.name()), move || {
            client(start_server(kind)?, kind)
        })
    };
    Kind::ALL.into_iter().flat_map(ours).collect()
}

pub(crate) fn trials_with_others() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("our_server::curl_over_tls", || Ok(curl()?)),
        Trial::test(
            "our_server::curl_over_mtls",
            || Ok(curl_with_certificate()?),
        ),
        Trial::test("our_server::openssl", || Ok(openssl()?)),
        Trial::test("our_client::openssl", || Ok(openssl_server()?)),
    ];
    for peer in Peer::ALL {
        let name = format!("our_client::{}_wants_a_certificate", peer.name());
        trials.push(Trial::test(name, move || Ok(no_certificate(peer)?)));
        for kind in Kind::ALL {
            let name = format!("{}_{}", peer.name(), kind.name());
            let server = LazyLock::new(move || peer.tls_server(&files().of_server(kind)));
            trials.extend(our_client(name.clone(), move || {
                client(server.clone()?, kind)
            }));
            trials.push(Trial::test(format!("our_server::{name}"), move || {
                Ok(peer.run_tls_client(start_server(kind)?, &files().of_client(kind))?)
            }));
        }
    }
    trials
}

/// A server of its own for each test.
pub(crate) fn start_server(kind: Kind) -> Result<SocketAddr, String> {
    let tls = ServerTls::files(files().path("server.pem"), files().path("server.key"));
    let server = services();
    let server = block_on(async {
        match kind {
            Kind::Tls => server.tls(tls).start("127.0.0.1:0").await,
            // A call whose caller isn't known comes to a bad end.
            Kind::Mtls => {
                let tls =
                    tls.require_client_certificates(TlsRoots::file(files().path("roots.pem")));
                let knows_its_caller = layer_fn(|mut service| {
                    tower::service_fn(move |request: http::Request<RequestBody>| {
                        let tls = request.extensions().get::<TlsInfo>();
                        let identity = tls.and_then(TlsInfo::peer_identity);
                        assert_eq!(identity.and_then(|caller| caller.spiffe_id()), Some(CLIENT));
                        Service::call(&mut service, request)
                    })
                });
                let server = server.tls(tls).layer(knows_its_caller);
                server.start("127.0.0.1:0").await
            }
        }
    });
    Ok(server.map_err(|error| error.to_string())?.local_addr())
}

fn client(server: SocketAddr, kind: Kind) -> Result<InteropServiceClient, String> {
    let tls = ClientTls::new().roots(TlsRoots::file(files().path("roots.pem")));
    let tls = match kind {
        Kind::Tls => tls,
        Kind::Mtls => tls.certificate_files(files().path("client.pem"), files().path("client.key")),
    };
    let channel = channel().tls(tls.server_name(NAME)).lazy(server);
    let channel = channel.map_err(|error| error.to_string())?;
    Ok(InteropServiceClient::new(channel))
}

/// By ALPN, HTTP/2 where that is asked for, and HTTP/1.1.
fn curl() -> Result<(), String> {
    let server = start_server(Kind::Tls)?;
    check_curl(
        server,
        &["--http2"],
        expect![[r#"
            HTTP/2 200 
            content-type: application/grpc
            grpc-accept-encoding: identity,gzip,deflate

            \u{0}\u{0}\u{0}\u{0}\u{6}
            \u{4}pinggrpc-status: 0
        "#]],
    )?;
    for options in [&["--http1.1"][..], &["--http1.1", "--no-alpn"]] {
        check_curl(
            server,
            options,
            expect![[r#"
                HTTP/1.1 200 OK
                content-type: application/grpc
                grpc-accept-encoding: identity,gzip,deflate
                transfer-encoding: chunked

                \u{0}\u{0}\u{0}\u{0}\u{6}
                \u{4}ping"#]],
        )?;
    }
    Ok(())
}

fn curl_with_certificate() -> Result<(), String> {
    let server = start_server(Kind::Mtls)?;
    let [certificate, key] = ["client.pem", "client.key"].map(|name| files().text_path(name));
    check_curl(
        server,
        &["--http2", "--cert", &certificate, "--key", &key],
        expect![[r#"
            HTTP/2 200 
            content-type: application/grpc
            grpc-accept-encoding: identity,gzip,deflate

            \u{0}\u{0}\u{0}\u{0}\u{6}
            \u{4}pinggrpc-status: 0
        "#]],
    )?;
    let error = printed(&mut curl_command(server, &["--http2"])?).unwrap_err();
    assert!(error.contains("certificate required"), "{error}");
    Ok(())
}

fn check_curl(server: SocketAddr, options: &[&str], expect: Expect) -> Result<(), String> {
    let printed = visible(&printed(&mut curl_command(server, options)?)?);
    let lines = printed.split_inclusive('\n');
    let timeless: String = lines.filter(|line| !line.starts_with("date: ")).collect();
    expect.assert_eq(&timeless);
    Ok(())
}

fn curl_command(server: SocketAddr, options: &[&str]) -> Result<Command, String> {
    let port = server.port();
    let mut curl = curl_post(b"ping")?;
    curl.args(options).arg("--include");
    curl.args(["--cacert", &files().text_path("roots.pem")]);
    curl.args(["--resolve", &format!("{NAME}:{port}:127.0.0.1")]);
    curl.arg(format!(
        "https://{NAME}:{port}/interop.v1.InteropService/Unary"
    ));
    Ok(curl)
}

/// What `openssl` agrees on with our server.
fn openssl() -> Result<(), String> {
    let (server, known) = (start_server(Kind::Tls)?, start_server(Kind::Mtls)?);
    let mut report = String::new();
    let own = format!(
        "-cert {} -key {}",
        files().text_path("client.pem"),
        files().text_path("client.key")
    );
    for (server, options) in [
        (server, "-tls1_3 -alpn h2"),
        (server, "-tls1_2 -alpn h2"),
        (server, "-tls1_3 -alpn http/1.1"),
        (server, "-tls1_2 -alpn http/1.1,h2"),
        (server, "-tls1_3"),
        (server, "-tls1_3 -alpn spdy/3"),
        (server, "-tls1_1 -cipher DEFAULT@SECLEVEL=0 -alpn h2"),
        (known, "-tls1_2 -alpn h2"),
    ] {
        report += &format!("{options}: {}\n", s_client(server, options)?);
    }
    for version in ["-tls1_2", "-tls1_3"] {
        let said = s_client(known, &format!("{version} -alpn h2 {own}"))?;
        report += &format!("{version} -alpn h2, with a certificate: {said}\n");
    }
    expect![[r#"
        -tls1_3 -alpn h2: Verification: OK; New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384; ALPN protocol: h2
        -tls1_2 -alpn h2: Verification: OK; New, TLSv1.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384; ALPN protocol: h2
        -tls1_3 -alpn http/1.1: Verification: OK; New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384; ALPN protocol: http/1.1
        -tls1_2 -alpn http/1.1,h2: Verification: OK; New, TLSv1.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384; ALPN protocol: h2
        -tls1_3: Verification: OK; New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384; No ALPN negotiated
        -tls1_3 -alpn spdy/3: Verification: OK; New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384; No ALPN negotiated; alert no application protocol
        -tls1_1 -cipher DEFAULT@SECLEVEL=0 -alpn h2: Verification: OK; No ALPN negotiated; alert handshake failure
        -tls1_2 -alpn h2: Verification: OK; New, TLSv1.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384; ALPN protocol: h2; alert certificate required
        -tls1_2 -alpn h2, with a certificate: Verification: OK; New, TLSv1.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384; ALPN protocol: h2
        -tls1_3 -alpn h2, with a certificate: Verification: OK; New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384; ALPN protocol: h2
    "#]].assert_eq(&report);
    Ok(())
}

fn s_client(server: SocketAddr, options: &str) -> Result<String, String> {
    let mut openssl = program("openssl")?;
    openssl.args([
        "s_client",
        "-connect",
        &server.to_string(),
        "-servername",
        NAME,
    ]);
    openssl.args([
        "-verify_hostname",
        NAME,
        "-CAfile",
        &files().text_path("roots.pem"),
    ]);
    openssl.args(options.split(' '));
    openssl.stdin(Stdio::null());
    let output = openssl.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let mut said = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        let is_telling = ["ALPN protocol: ", "No ALPN", "Verification: ", "New, TLS"]
            .iter()
            .any(|start| line.starts_with(start));
        if is_telling {
            said.push(line.to_owned());
        }
        if let Some((_, alert)) = line.split_once(" alert ") {
            said.push(format!(
                "alert {}",
                alert.split(':').next().unwrap_or(alert)
            ));
        }
    }
    said.dedup();
    Ok(said.join("; "))
}

/// What our client says of a server that wants to know who it is.
fn no_certificate(peer: Peer) -> Result<(), String> {
    let server = peer.tls_server(&files().of_server(Kind::Mtls))?;
    let call = client(server, Kind::Tls)?.unary(UnaryRequest::default(), Context::new());
    let status = block_on(call.into_future()).expect_err("it wants a certificate");
    let expected = match peer {
        // It doesn't tell.
        Peer::GrpcioSync | Peer::GrpcioAsyncio => {
            "the server closed the connection after it had asked for a client certificate"
        }
        Peer::GrpcJs => "the server wants a client certificate",
    };
    assert_eq!(
        status.to_string(),
        format!(
            "UNAVAILABLE: can't connect to https://{server}: {expected}; `ClientTls::certificate_files` shows one"
        )
    );
    Ok(())
}

/// What our client says of servers of `openssl`, which isn't gRPC's.
fn openssl_server() -> Result<(), String> {
    let roots = files().text_path("roots.pem");
    let mut report = String::new();
    for options in [
        "-tls1_3".to_owned(),
        "-tls1_2 -alpn http/1.1".to_owned(),
        format!("-tls1_3 -alpn h2 -Verify 1 -verify_return_error -CAfile {roots}"),
        format!("-tls1_2 -alpn h2 -Verify 1 -verify_return_error -CAfile {roots}"),
        "-tls1_1 -cipher DEFAULT@SECLEVEL=0 -alpn h2".to_owned(),
    ] {
        let mut openssl = program("openssl")?;
        openssl.args(["s_server", "-www", "-accept", "127.0.0.1:0"]);
        openssl.args(["-cert", &files().text_path("server.pem")]);
        openssl.args(["-key", &files().text_path("server.key")]);
        openssl.args(options.split(' '));
        let said = serve_until_ready(&openssl, "ACCEPT ")?;
        let port = said
            .last()
            .and_then(|line| line.rsplit_once(':')?.1.parse().ok());
        let server = localhost(port.ok_or_else(|| format!("{said:?} has no port"))?);
        let client = client(server, Kind::Tls)?;
        let call = client.unary(UnaryRequest::default(), Context::new());
        let status = block_on(call.into_future()).expect_err("it is no server of gRPC");
        report += &format!("{}: {status}\n", options.replace(&roots, ""))
            .replace(&server.to_string(), "");
    }
    expect![[r#"
        -tls1_3: UNAVAILABLE: can't connect to https://: the server speaks no HTTP/2 over TLS: it doesn't agree on `h2` (ALPN)
        -tls1_2 -alpn http/1.1: UNAVAILABLE: can't connect to https://: the server speaks no HTTP/2 over TLS: it doesn't agree on `h2` (ALPN)
        -tls1_3 -alpn h2 -Verify 1 -verify_return_error -CAfile : UNAVAILABLE: can't connect to https://: the server wants a client certificate; `ClientTls::certificate_files` shows one
        -tls1_2 -alpn h2 -Verify 1 -verify_return_error -CAfile : UNAVAILABLE: can't connect to https://: the server closed the connection after it had asked for a client certificate; `ClientTls::certificate_files` shows one
        -tls1_1 -cipher DEFAULT@SECLEVEL=0 -alpn h2: UNAVAILABLE: can't connect to https://: the server speaks neither TLS 1.2 nor 1.3, or not the one we do
    "#]].assert_eq(&report);
    Ok(())
}

/// Certificates as all programs read them, ours among them, for as long as the process lives.
struct Files(TempDir);

fn files() -> &'static Files {
    FILES.get_or_init(|| Files::write().expect("certificates can be made and written"))
}

/// The certificate of a server, and its key.
pub(crate) fn server_files() -> [PathBuf; 2] {
    ["server.pem", "server.key"].map(|name| files().path(name))
}

/// Whom its clients trust.
pub(crate) fn roots_file() -> PathBuf {
    files().path("roots.pem")
}

/// Nobody reads them any more.
pub(crate) fn remove_files() {
    if let Some(Files(dir)) = FILES.get() {
        // What is left is in the target directory.
        let _ = fs::remove_dir_all(dir.path());
    }
}

static FILES: OnceLock<Files> = OnceLock::new();

impl Files {
    fn write() -> Result<Self, Box<dyn std::error::Error>> {
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let files = Self(tempfile::tempdir_in(scratch)?);
        let mut root = params("root");
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        files.create("roots.pem", &root.self_signed(&key)?.pem())?;
        let root = Issuer::new(root, key);
        let names = [
            ("server", SanType::DnsName(NAME.try_into()?)),
            ("client", SanType::URI(CLIENT.try_into()?)),
        ];
        for (file, name) in names {
            let mut params = params(file);
            params.subject_alt_names = vec![name];
            let key = KeyPair::generate()?;
            let certificate = params.signed_by(&key, &root)?;
            files.create(&format!("{file}.pem"), &certificate.pem())?;
            files.create(&format!("{file}.key"), &key.serialize_pem())?;
        }
        Ok(files)
    }

    fn create(&self, name: &str, text: &str) -> std::io::Result<()> {
        fs::write(self.path(name), text)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text_path(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn of_server(&self, kind: Kind) -> Vec<PathBuf> {
        let mut files = vec![self.path("server.pem"), self.path("server.key")];
        if kind == Kind::Mtls {
            files.push(self.path("roots.pem"));
        }
        files
    }

    fn of_client(&self, kind: Kind) -> Vec<PathBuf> {
        let mut files = vec![self.path("roots.pem")];
        if kind == Kind::Mtls {
            files.extend([self.path("client.pem"), self.path("client.key")]);
        }
        files
    }
}

/// A certificate of this common name: OpenSSL takes one that has its issuer's for the issuer.
fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// Whom the server's certificate is for.
pub(crate) const NAME: &str = "interop.example";

/// Whom the client's is.
const CLIENT: &str = "spiffe://interop.example/client";
