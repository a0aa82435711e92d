//! Interceptors on either side, with grpcio on the other: all scenarios pass them, and so do tokens, ids and limits.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use interop::{InteropServiceClient, UnaryRequest};
use libtest_mimic::Trial;
use traitwire::interceptor::{
    BearerAuth, BearerToken, ConcurrencyLimit, DefaultTimeout, Interceptor, Next, Reply, Request,
    RequestIds,
};
use traitwire::{ClientTls, Code, ServerTls, Status, TlsRoots};

use crate::peer::Peer;
use crate::process::{check_scenarios, python, serve};
use crate::{block_on, channel, our_client, services, tls};

/// What needs nobody else.
pub(crate) fn trials() -> Vec<Trial> {
    our_client("our_server_with_interceptors".to_owned(), || {
        Ok(client(block_on(start_server())))
    })
}

pub(crate) fn trials_with_others() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("our_server::grpcio_with_tokens", || Ok(tokens_of_grpcio()?)),
        Trial::test(
            "our_client::grpcio_with_tokens",
            || Ok(tokens_for_grpcio()?),
        ),
    ];
    for peer in Peer::ALL {
        let name = format!("{}_with_interceptors", peer.name());
        trials.extend(our_client(name.clone(), move || peer.server().map(client)));
        trials.push(Trial::test(format!("our_server::{name}"), move || {
            Ok(peer.run_client(block_on(start_server()))?)
        }));
    }
    trials
}

/// Looks at everything, and changes nothing.
struct Watch;

impl Interceptor for Watch {
    async fn intercept(&self, mut request: Request, next: Next<'_>) -> Result<Reply, Status> {
        request.map_messages(|message| {
            message.encoded();
            Ok(())
        })?;
        request.metadata_mut();
        let mut reply = next.run(request).await?;
        reply.map_messages(|message| {
            message.encoded();
            Ok(())
        })?;
        reply.on_end(|_| {});
        Ok(reply)
    }
}

async fn start_server() -> SocketAddr {
    let server = services().intercept(Watch).intercept(Arc::new(Watch));
    let server = server.start("127.0.0.1:0").await;
    server.expect("the system has ports").local_addr()
}

fn client(server: SocketAddr) -> InteropServiceClient {
    let channel = channel().intercept(Watch).lazy(server);
    InteropServiceClient::new(channel.expect("an address is a target"))
}

/// Calls of grpcio, with its own tokens, at what we have ready-made.
fn tokens_of_grpcio() -> Result<(), String> {
    let [certificate, key] = tls::server_files();
    let verify = async |token: String| match &*token {
        "good" => Ok(()),
        _ => Err(Status::unauthenticated("not one of our tokens")),
    };
    let cap = |request: &mut Request| {
        if request.metadata().contains_key("x-cap") {
            request.limit_time(Duration::from_millis(100));
        }
        Ok(())
    };
    let one = ConcurrencyLimit::new(1).only(["/interop.v1.InteropService/ClientStream"]);
    let server = services()
        .tls(ServerTls::files(certificate, key))
        .intercept(cap)
        .intercept(one)
        .intercept(BearerAuth::new(verify))
        .intercept(RequestIds::new());
    let server = block_on(server.start("127.0.0.1:0")).map_err(|error| error.to_string())?;
    let mut client = python("interceptors.py")?;
    client.args(["client", &server.local_addr().to_string()]);
    client.arg(tls::roots_file());
    let scenarios = [
        "no_token",
        "wrong_token",
        "token",
        "request_id",
        "capped",
        "shed",
    ];
    check_scenarios(&mut client, &scenarios)
}

/// What a server of grpcio gets to know of our calls.
fn tokens_for_grpcio() -> Result<(), String> {
    let server = serve(
        python("interceptors.py")?
            .arg("server")
            .args(tls::server_files()),
    )?;
    let roots = TlsRoots::file(tls::roots_file());
    let secure = channel().tls(ClientTls::new().roots(roots).server_name(tls::NAME));
    let secure = secure.lazy(server).map_err(|error| error.to_string())?;
    block_on(async {
        let told = async |channel| {
            let call = InteropServiceClient::new(channel)
                .unary(UnaryRequest::default(), traitwire::Context::new());
            let response = call.metadata("x-request-id", "mine").await?;
            Ok::<_, Status>(String::from_utf8_lossy(&response.payload).into_owned())
        };
        let good = secure
            .intercept(DefaultTimeout::new(Duration::from_secs(59)))
            .intercept(RequestIds::new())
            .intercept(BearerToken::new("good"));
        assert_eq!(told(good).await.unwrap(), "['Bearer good', 'mine', True]");
        let good = secure.intercept(BearerToken::new("good"));
        assert_eq!(told(good).await.unwrap(), "['Bearer good', 'mine', False]");

        let status = told(secure.intercept(BearerToken::new("bad")))
            .await
            .unwrap_err();
        assert_eq!(status.to_string(), "UNAUTHENTICATED: who are you?");
        let status = told(secure).await.unwrap_err();
        assert_eq!(status.to_string(), "UNAUTHENTICATED: who are you?");

        // It doesn't get as far as the server, which knows no plaintext.
        let plaintext = channel()
            .intercept(BearerToken::new("good"))
            .lazy(server)
            .unwrap();
        let status = told(plaintext).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        assert!(status.message().contains("plaintext"), "{status}");
    });
    Ok(())
}
