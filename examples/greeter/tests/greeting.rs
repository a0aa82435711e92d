//! The server and its clients in one process, over TCP.

use std::time::Duration;

use greeter::{Greeter, GreeterClient, GreeterServer, HelloRequest, Polyglot};
use traitwire::{Code, Context, Server};

#[tokio::test]
async fn the_server_greets_over_the_network() -> traitwire::Result<()> {
    let server = Server::new()
        .add(GreeterServer::new(Polyglot))
        .start("127.0.0.1:0")
        .await?;
    let greeter = GreeterClient::connect(server.local_addr()).await?;

    let reply = greeter.say_hello(ferris()).await?;
    assert_eq!(reply.message, "Hello Ferris");

    let call = greeter.say_hello_again(ferris(), Context::new());
    let response = call
        .timeout(Duration::from_secs(10))
        .metadata("x-language", "ja")
        .response()
        .await?;
    assert_eq!(response.message().message, "またこんにちは, Ferris");
    assert_eq!(response.trailers().get("x-greeted-in"), Some("ja"));

    let status = greeter
        .say_hello(HelloRequest {
            name: String::new(),
        })
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status.message(), "whom shall I greet? `name` is empty");

    server.shutdown();
    server.wait().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_is_greeted_without_async() -> traitwire::Result<()> {
    let server = Server::new()
        .add(GreeterServer::new(Polyglot))
        .start("127.0.0.1:0")
        .await?;
    let greeter = GreeterClient::connect(server.local_addr())
        .await?
        .blocking();
    let reply = std::thread::spawn(move || greeter.say_hello(ferris()))
        .join()
        .expect("the thread does not panic")?;
    assert_eq!(reply.message, "Hello Ferris");
    Ok(())
}

/// Code written for the trait takes the service itself, a client in the process and one over the network.
#[tokio::test]
async fn the_trait_is_the_same_with_and_without_a_network() -> traitwire::Result<()> {
    async fn greet(greeter: impl Greeter) -> traitwire::Result<String> {
        Ok(greeter.say_hello(ferris()).await?.message)
    }
    let server = Server::new()
        .add(GreeterServer::new(Polyglot))
        .start("127.0.0.1:0")
        .await?;
    assert_eq!(greet(Polyglot).await?, "Hello Ferris");
    assert_eq!(greet(GreeterClient::local(Polyglot)).await?, "Hello Ferris");
    assert_eq!(
        greet(GreeterClient::connect(server.local_addr()).await?).await?,
        "Hello Ferris"
    );
    Ok(())
}

fn ferris() -> HelloRequest {
    HelloRequest {
        name: "Ferris".to_owned(),
    }
}
