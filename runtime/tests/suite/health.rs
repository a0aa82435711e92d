//! `grpc.health.v1.Health`: how a server says whether it is able to serve.

use std::collections::BTreeMap;
use std::time::Duration;

use expect_test::{Expect, expect};
use futures_util::FutureExt;
use traitwire::services::health::{
    Health, HealthCheckRequest, HealthCheckResponse, HealthClient, HealthListRequest,
    HealthReporter, HealthServer, ServingStatus,
};
use traitwire::{Channel, Code, Context, RunningServer, Server, Streaming};

use super::server;
use crate::calculator::{Calculator, CalculatorServer, abacus};
use crate::mirror::{Mirror, WhoClient, WhoServer};

/// A server with two services, of which the second is added after the health.
async fn started(reporter: &HealthReporter) -> (RunningServer, Channel) {
    let (connector, listener) = traitwire::memory();
    let server = server()
        .add(CalculatorServer::new(abacus().0))
        .health_with(reporter)
        .add(WhoServer::new(Mirror));
    let running = server.start(listener).await.unwrap();
    (running, Channel::connect(connector).await.unwrap())
}

fn request(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

/// What is said of these services.
async fn check(client: &HealthClient, services: &[&str], expect: Expect) {
    let mut report = String::new();
    for service in services {
        let answer = match client.check(request(service)).await {
            Ok(HealthCheckResponse { status }) => format!("{status:?}"),
            Err(status) => status.to_string(),
        };
        report += &format!("{service:?} {answer}\n");
    }
    expect.assert_eq(&report);
}

/// The statuses that a watcher has not read yet.
async fn next(watch: &mut Streaming<HealthCheckResponse>) -> Option<ServingStatus> {
    let message = watch.message().await.unwrap();
    message.map(|message| message.status)
}

#[tokio::test]
async fn all_services_serve_from_the_start() {
    let (connector, listener) = traitwire::memory();
    let server = server()
        .health()
        .add(CalculatorServer::new(abacus().0))
        .add(WhoServer::new(Mirror));
    let _running = server.start(listener).await.unwrap();
    let client = HealthClient::connect(connector).await.unwrap();
    check(
        &client,
        &[
            "",
            "calls.v1.Calculator",
            "serving.v1.Who",
            "grpc.health.v1.Health",
            "calls.v1",
            "nobody.Knows",
        ],
        expect![[r#"
            "" Serving
            "calls.v1.Calculator" Serving
            "serving.v1.Who" Serving
            "grpc.health.v1.Health" Serving
            "calls.v1" NOT_FOUND: nothing is known of this service
            "nobody.Knows" NOT_FOUND: nothing is known of this service
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_reporter_has_the_last_word() {
    let health = HealthReporter::new();
    health.set(Calculator, ServingStatus::NotServing);
    let (_running, channel) = started(&health).await;
    let client = HealthClient::new(channel);
    health.set("", ServingStatus::Unknown);
    health.set("a database", ServingStatus::Serving);
    health.clear("serving.v1.Who".to_owned());
    let services = ["", "calls.v1.Calculator", "a database", "serving.v1.Who"];
    check(
        &client,
        &services,
        expect![[r#"
            "" Unknown
            "calls.v1.Calculator" NotServing
            "a database" Serving
            "serving.v1.Who" NOT_FOUND: nothing is known of this service
        "#]],
    )
    .await;

    health.suspend();
    health.set("", ServingStatus::Serving);
    check(
        &client,
        &services,
        expect![[r#"
            "" NotServing
            "calls.v1.Calculator" NotServing
            "a database" NotServing
            "serving.v1.Who" NOT_FOUND: nothing is known of this service
        "#]],
    )
    .await;

    health.resume();
    check(
        &client,
        &services,
        expect![[r#"
            "" Serving
            "calls.v1.Calculator" NotServing
            "a database" Serving
            "serving.v1.Who" NOT_FOUND: nothing is known of this service
        "#]],
    )
    .await;
}

#[tokio::test]
async fn a_watcher_hears_of_each_change_and_of_nothing_else() {
    let health = HealthReporter::new();
    let (_running, channel) = started(&health).await;
    let client = HealthClient::new(channel);
    let mut server = client.watch(request("")).await.unwrap();
    let mut later = client.watch(request("later")).await.unwrap();
    assert_eq!(next(&mut server).await, Some(ServingStatus::Serving));
    assert_eq!(next(&mut later).await, Some(ServingStatus::ServiceUnknown));

    // Neither what stays as it was nor what belongs to others.
    health.set("", ServingStatus::Serving);
    health.set("later", ServingStatus::Serving);
    assert_eq!(next(&mut later).await, Some(ServingStatus::Serving));
    health.set("", ServingStatus::NotServing);
    assert_eq!(next(&mut server).await, Some(ServingStatus::NotServing));
    health.suspend();
    assert_eq!(next(&mut later).await, Some(ServingStatus::NotServing));
    health.set("", ServingStatus::Serving);
    health.resume();
    assert_eq!(next(&mut server).await, Some(ServingStatus::Serving));
    assert_eq!(next(&mut later).await, Some(ServingStatus::Serving));
    health.clear("later");
    assert_eq!(next(&mut later).await, Some(ServingStatus::ServiceUnknown));
}

#[tokio::test]
async fn a_slow_watcher_gets_the_latest() {
    let health = HealthReporter::new();
    let mut watch = Health::watch(&health, request("")).await.unwrap();
    assert_eq!(next(&mut watch).await, Some(ServingStatus::Serving));
    health.set("", ServingStatus::NotServing);
    health.set("", ServingStatus::Serving);
    health.set("", ServingStatus::Unknown);
    assert_eq!(next(&mut watch).await, Some(ServingStatus::Unknown));
    health.set("", ServingStatus::NotServing);
    health.set("", ServingStatus::Unknown);
    // Nothing has changed for whoever didn't look.
    assert!(watch.message().now_or_never().is_none());
    // Nobody is left who could change anything.
    drop(health);
    assert_eq!(next(&mut watch).await, None);
}

/// Ends a server with a call that watches, and one that would hold it up.
async fn check_end(end: impl FnOnce(&RunningServer)) {
    let health = HealthReporter::new();
    let (running, channel) = started(&health).await;
    let client = HealthClient::new(channel);
    let mut server = client.watch(request("")).await.unwrap();
    let mut unknown = client.watch(request("?")).await.unwrap();
    next(&mut server).await.unwrap();
    next(&mut unknown).await.unwrap();
    end(&running);
    // Connections are tasks, which haven't run since: no client was told yet.
    let seen = health.check(request("")).now_or_never();
    assert_eq!(
        seen.unwrap().unwrap().status,
        ServingStatus::NotServing,
        "before clients are told"
    );
    assert_eq!(next(&mut server).await, Some(ServingStatus::NotServing));
    assert_eq!(next(&mut server).await, None);
    assert_eq!(next(&mut unknown).await, None);
    running.wait().await;
}

#[tokio::test]
async fn a_shutdown_is_told_to_watchers_and_waits_for_none() {
    check_end(RunningServer::shutdown).await;
    check_end(|running| running.shutdown_within(Duration::MAX)).await;
}

#[tokio::test]
async fn a_server_that_ends_in_any_way_is_not_serving() {
    let health = HealthReporter::new();
    let status = async || {
        health
            .check(request("serving.v1.Who"))
            .await
            .unwrap()
            .status
    };
    let start = async || started(&health).await.0;
    let running = start().await;
    assert_eq!(status().await, ServingStatus::Serving);
    running.abort();
    assert_eq!(status().await, ServingStatus::NotServing);

    // The next one serves.
    let running = start().await;
    assert_eq!(status().await, ServingStatus::Serving);
    running.until(async {}).await;
    assert_eq!(status().await, ServingStatus::NotServing);

    let running = start().await;
    assert!(running.until_signal().now_or_never().is_none());
    assert_eq!(status().await, ServingStatus::NotServing);
}

#[tokio::test]
async fn a_list_has_all_services_but_not_too_many() {
    let health = HealthReporter::new();
    let (_running, channel) = started(&health).await;
    let client = HealthClient::new(channel);
    health.set(Calculator, ServingStatus::NotServing);
    let list = client.list(HealthListRequest {}).await.unwrap().statuses;
    let list: BTreeMap<_, _> = list.iter().map(|(name, how)| (name, how.status)).collect();
    expect![[r#"
        {
            "": Serving,
            "calls.v1.Calculator": NotServing,
            "grpc.health.v1.Health": Serving,
            "serving.v1.Who": Serving,
        }"#]]
    .assert_eq(&format!("{list:#?}"));

    for n in 0..96 {
        health.set(format!("service {n}"), ServingStatus::Serving);
    }
    let list = client.list(HealthListRequest {}).await.unwrap().statuses;
    assert_eq!(list.len(), 100);
    health.set("one more", ServingStatus::Serving);
    let status = client.list(HealthListRequest {}).await.unwrap_err();
    assert_eq!(
        status.to_string(),
        "RESOURCE_EXHAUSTED: 101 services are known, and 100 are listed at most"
    );
}

#[tokio::test]
async fn a_reporter_is_a_service_without_a_server() {
    let client = HealthClient::local(HealthReporter::new());
    let answer = client.check(request("")).await.unwrap();
    assert_eq!(answer.status, ServingStatus::Serving);
    let status = client.check(request("?")).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn two_of_them_are_one_too_many() {
    let error = server().health().health().start("127.0.0.1:0").await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "two services are called grpc.health.v1.Health"
    );
}

#[tokio::test]
async fn hooks_of_a_server_run_at_its_start_and_before_its_end() {
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let server: Server<_> = server().on_start(move |start| {
        let names = start.services().iter().map(|service| service.full_name());
        told.send(names.collect::<Vec<_>>().join(" ")).unwrap();
        let told = told.clone();
        start.on_shutdown(move || told.send("over".to_owned()).unwrap());
    });
    let server = server.add(WhoServer::new(Mirror)).health();
    let running = server.clone().start("127.0.0.1:0").await.unwrap();
    assert_eq!(
        heard.try_recv().unwrap(),
        "serving.v1.Who grpc.health.v1.Health"
    );
    let who = WhoClient::connect(running.local_addr()).await.unwrap();
    who.who(Context::new()).await.unwrap();
    assert!(heard.try_recv().is_err());
    running.shutdown();
    assert_eq!(heard.try_recv().unwrap(), "over");
    running.abort();
    running.wait().await;
    assert!(heard.try_recv().is_err());

    // One that can't start doesn't.
    server.start("nowhere").await.unwrap_err();
    assert!(heard.try_recv().is_err());
}

#[tokio::test]
async fn a_server_of_many_threads_tells_of_its_end_once() {
    let health = HealthReporter::new();
    let server = Server::new().per_core().health_with(&health);
    let running = server.start("127.0.0.1:0").await.unwrap();
    let client = HealthClient::new(Channel::connect(running.local_addr()).await.unwrap());
    let mut watch = client.watch(request("")).await.unwrap();
    assert_eq!(next(&mut watch).await, Some(ServingStatus::Serving));
    running.shutdown();
    assert_eq!(next(&mut watch).await, Some(ServingStatus::NotServing));
    assert_eq!(next(&mut watch).await, None);
    running.wait().await;
}

/// It is a service like any other.
#[tokio::test]
async fn it_can_be_added_by_hand() {
    let (connector, listener) = traitwire::memory();
    let health = HealthReporter::new();
    let server = server().add(HealthServer::new(health.clone()));
    let _running = server.start(listener).await.unwrap();
    let client = HealthClient::connect(connector).await.unwrap();
    let services = ["", "grpc.health.v1.Health"];
    check(
        &client,
        &services,
        expect![[r#"
            "" Serving
            "grpc.health.v1.Health" NOT_FOUND: nothing is known of this service
        "#]],
    )
    .await;
}
