//! Connections of ours that others' servers end, in peace or not.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use interop::{Ending, Hang, InteropServiceClient, Script, UnaryRequest};
use libtest_mimic::Trial;
use tokio::runtime;
use traitwire::{Backoff, Channel, ChannelBuilder, Code, ConnectivityState};

use crate::block_on;
use crate::our_client::cx;
use crate::process::{Running, python, serve};

pub(crate) fn trials_with_others() -> Vec<Trial> {
    vec![
        Trial::test("our_client::grpcio_ends_old_connections", || {
            Ok(block_on(old_connections())?)
        }),
        Trial::test("our_client::grpcio_goes_and_comes_back", || {
            Ok(block_on(goes_and_comes_back())?)
        }),
        Trial::test("our_client::grpcio_is_pinged_too_often", || {
            Ok(too_many_pings()?)
        }),
    ]
}

fn grpcio(port: u16, arguments: &[&str]) -> Result<Command, String> {
    let mut command = python("server_life.py")?;
    command.arg(port.to_string()).args(arguments);
    Ok(command)
}

fn client(channel: ChannelBuilder, address: SocketAddr) -> Result<InteropServiceClient, String> {
    let channel = channel.lazy(address).map_err(|error| error.to_string())?;
    Ok(InteropServiceClient::new(channel))
}

/// No call fails while each connection lives for a tenth of a second.
async fn old_connections() -> Result<(), String> {
    let address = serve(&mut grpcio(0, &["grpc.max_connection_age_ms=100"])?)?;
    let client = client(Channel::builder(), address)?;
    let callers: Vec<_> = (0..20)
        .map(|caller: u8| {
            let client = client.clone();
            tokio::spawn(async move {
                for call in 0..100 {
                    let payload = vec![caller, call];
                    let request = UnaryRequest {
                        payload: payload.clone(),
                        ..UnaryRequest::default()
                    };
                    let response = client.unary(request, cx()).await.unwrap();
                    assert_eq!(response.payload, payload);
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.map_err(|error| error.to_string())?;
    }
    // Nor when nobody calls: the server ends the connection all the same, and the next call has another one.
    let channel = client.channel();
    while channel.state() != ConnectivityState::Idle {
        channel.wait_for_state_change(channel.state()).await;
    }
    client.unary(UnaryRequest::default(), cx()).await.unwrap();
    Ok(())
}

/// A call waits for a server that is started anew.
async fn goes_and_comes_back() -> Result<(), String> {
    let server = Running::start(&mut grpcio(0, &[])?)?;
    let address = server.address();
    let soon = Duration::from_millis(20);
    let backoff = Backoff::new().initial(soon).max(soon);
    let client = client(Channel::builder().backoff(backoff), address)?;
    let call = || client.unary(UnaryRequest::default(), cx());
    call().await.unwrap();
    drop(server);

    let channel = client.channel();
    assert_eq!(
        channel
            .wait_for_state_change(ConnectivityState::Ready)
            .await,
        ConnectivityState::Idle
    );
    let status = call().await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(
        status.message(),
        format!("can't connect to http://{address}: Connection refused (os error 111)")
    );
    let waiting = tokio::spawn(call().wait_for_ready(true).send());
    let _server = Running::start(&mut grpcio(address.port(), &[])?)?;
    waiting.await.unwrap().unwrap();
    assert_eq!(channel.state(), ConnectivityState::Ready);
    Ok(())
}

/// The server minds our pings. Time is the test's to move, as users may not ping as often as
/// tests are fast; the server lives in its own.
fn too_many_pings() -> Result<(), String> {
    let address = serve(&mut grpcio(
        0,
        &[
            "grpc.http2.min_ping_interval_without_data_ms=60000",
            "grpc.http2.max_ping_strikes=1",
        ],
    )?)?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        // While somebody blocks, time doesn't move by itself.
        let (end, ended) = mpsc::channel::<()>();
        let blocking = tokio::task::spawn_blocking(move || ended.recv());
        let day = Duration::from_secs(24 * 60 * 60);
        let channel = Channel::builder().keep_alive(Duration::from_secs(10), 20 * day);
        let channel = channel.connect(address).await;
        let client = InteropServiceClient::new(channel.map_err(|error| error.to_string())?);
        let hang = Script {
            ending: Some(Ending::Hang(Hang {})),
            ..Script::default()
        };
        let request = UnaryRequest {
            script: hang,
            ..UnaryRequest::default()
        };
        let call = tokio::spawn(client.unary(request, cx()).send());
        while !call.is_finished() {
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let status = call.await.unwrap().unwrap_err();
        // It still answers the call, and closes the connection.
        assert_eq!(status.to_string(), "UNAVAILABLE: Too many pings");
        let channel = client.channel();
        assert_eq!(
            channel
                .wait_for_state_change(ConnectivityState::Ready)
                .await,
            ConnectivityState::Idle
        );
        drop(end);
        let _ = blocking.await;
        Ok(())
    })
}
