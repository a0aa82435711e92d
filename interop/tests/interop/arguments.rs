//! Methods with several arguments, against messages in Python's grpcio.

use std::net::SocketAddr;

use interop::arguments::{
    ArgumentServiceClient, ArgumentServiceServer, CountResponse, Letters, MeasureRequest, Values,
};
use libtest_mimic::Trial;
use traitwire::{Context, Server};

use crate::block_on;
use crate::process::{check_scenarios, python, serve};

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("our_client::our_server::arguments", || {
        block_on(async { check_client(start_server().await).await });
        Ok(())
    })]
}

pub(crate) fn trials_with_others() -> Vec<Trial> {
    vec![
        Trial::test("our_client::grpcio_arguments", || {
            let server = serve(python("arguments.py")?.arg("server"))?;
            block_on(check_client(server));
            Ok(())
        }),
        Trial::test("our_server::grpcio_arguments", || {
            let server = block_on(start_server());
            let mut client = python("arguments.py")?;
            client.args(["client", &server.to_string()]);
            let scenarios = ["repeat", "versions", "count", "measure", "halve"];
            Ok(check_scenarios(&mut client, &scenarios)?)
        }),
    ]
}

async fn start_server() -> SocketAddr {
    let server = Server::new().add(ArgumentServiceServer::new(Values));
    let server = server.start("127.0.0.1:0").await;
    server.expect("the system has ports").local_addr()
}

async fn check_client(server: SocketAddr) {
    let client = ArgumentServiceClient::lazy(server).expect("an address is a target");
    let repeat = |separator: Option<&str>, letters| {
        let separator = separator.map(str::to_owned);
        client.repeat("é".to_owned(), 2, separator, letters, Context::default())
    };
    let response = repeat(Some(""), Letters::Capital).response().await.unwrap();
    assert_eq!(response.message(), "ÉÉ");
    assert_eq!(response.trailers().get("x-times"), Some("2"));
    let response = repeat(None, Letters::Unspecified).await;
    assert_eq!(response.unwrap(), "é,é");

    let mut numbers = client.count(-1, 0).await.unwrap();
    let mut next = async || numbers.message().await.unwrap();
    assert_eq!(next().await, Some(CountResponse { number: -1 }));
    assert_eq!(next().await, Some(CountResponse { number: 0 }));
    assert_eq!(next().await, None);

    let texts = ["é", ""].map(|text| MeasureRequest {
        text: text.to_owned(),
    });
    let lengths = client.measure(futures_util::stream::iter(texts)).await;
    assert_eq!(lengths.unwrap(), [2, 0]);

    assert_eq!(client.halve(-4).await.unwrap(), Some(-2));
    assert_eq!(client.halve(0).await.unwrap(), Some(0));
    assert_eq!(client.halve(3).await.unwrap(), None);
}
