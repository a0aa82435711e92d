//! Metadata that is longer than the other side takes: a status that names it, and no other call suffers.

use expect_test::{Expect, expect};
use traitwire::details::DebugInfo;
use traitwire::{Context, Message, Metadata, Origin, Status, Streaming, grpc_service};

use super::server;

/// How much metadata an answer is to have.
#[derive(Clone, Debug, Default, Message)]
struct Order {
    #[proto(1)]
    initial: u32,
    #[proto(2)]
    trailing: u32,
    /// Of a status with a message.
    #[proto(3)]
    details: u32,
}

#[derive(Clone, Debug, PartialEq, Message)]
struct Served {}

#[grpc_service(package = "limits.v1")]
trait Kitchen {
    async fn one(&self, order: Order, cx: Context) -> Result<Served, Status>;
    async fn many(&self, order: Order, cx: Context) -> Result<Streaming<Served>, Status>;
}

struct Cook;

impl Kitchen for Cook {
    async fn one(&self, order: Order, cx: Context) -> Result<Served, Status> {
        cook(&order, &cx)?;
        fail(&order)?;
        Ok(Served {})
    }

    async fn many(&self, order: Order, cx: Context) -> Result<Streaming<Served>, Status> {
        cook(&order, &cx)?;
        Ok(Streaming::generate(|out| async move {
            out.send(Served {}).await?;
            fail(&order)
        }))
    }
}

fn cook(order: &Order, cx: &Context) -> Result<(), Status> {
    if order.initial > 0 {
        cx.add_initial_metadata("x-long", "i".repeat(order.initial as usize))?;
    }
    if order.trailing > 0 {
        cx.add_trailing_metadata("x-long", "t".repeat(order.trailing as usize))?;
    }
    Ok(())
}

fn fail(order: &Order) -> Result<(), Status> {
    match order.details {
        0 => Ok(()),
        len => Err(Status::aborted("50% sure").with_detail(DebugInfo {
            detail: "d".repeat(len as usize),
            ..DebugInfo::default()
        })),
    }
}

/// What comes of two calls with this metadata, of which one is answered by a stream; a call after them goes well.
#[track_caller]
fn check(metadata: Metadata, order: Order, expect: Expect) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let text = runtime.block_on(async {
        let (connector, listener) = traitwire::memory();
        let running = server().add(KitchenServer::new(Cook)).start(listener).await;
        let running = running.unwrap();
        let client = KitchenClient::connect(connector).await.unwrap();
        let cx = Context::default;
        // From here on each side knows what the other one takes.
        client.one(Order::default(), cx()).await.unwrap();

        let one = client
            .one(order.clone(), cx())
            .metadata_from(metadata.clone());
        let one = one.await.map(|_| ());
        let many = async {
            let call = client.many(order, cx()).metadata_from(metadata);
            let mut served = call.await?;
            while served.message().await?.is_some() {}
            Ok::<_, Status>(())
        };
        let many = many.await;
        client.one(Order::default(), cx()).await.unwrap();
        running.shutdown();
        running.wait().await;
        let text = |result: Result<(), Status>| match result {
            Ok(()) => "OK".to_owned(),
            Err(status) => format!("{:?} {status}", status.origin()),
        };
        format!("{}\n{}\n", text(one), text(many))
    });
    expect.assert_eq(&text);
}

fn long(len: usize) -> Metadata {
    let mut metadata = Metadata::new();
    metadata.insert("x-long", "r".repeat(len)).unwrap();
    metadata
}

#[test]
fn what_both_sides_take_arrives() {
    let order = Order {
        initial: 20_000,
        trailing: 20_000,
        details: 10_000,
    };
    check(
        long(15_000),
        order,
        expect![[r#"
        Remote ABORTED: 50% sure
        Remote ABORTED: 50% sure
    "#]],
    );
}

#[test]
fn requests_are_not_sent_that_the_server_does_not_take() {
    check(
        long(17_000),
        Order::default(),
        expect![[r#"
        Local RESOURCE_EXHAUSTED: request metadata of 17403 bytes, the limit of the other side is 16384 (SETTINGS_MAX_HEADER_LIST_SIZE)
        Local RESOURCE_EXHAUSTED: request metadata of 17404 bytes, the limit of the other side is 16384 (SETTINGS_MAX_HEADER_LIST_SIZE)
    "#]],
    );
    // Several times as long, which would be the end of the connection.
    check(
        long(1_000_000),
        Order::default(),
        expect![[r#"
        Local RESOURCE_EXHAUSTED: request metadata of 1000403 bytes, the limit of the other side is 16384 (SETTINGS_MAX_HEADER_LIST_SIZE)
        Local RESOURCE_EXHAUSTED: request metadata of 1000404 bytes, the limit of the other side is 16384 (SETTINGS_MAX_HEADER_LIST_SIZE)
    "#]],
    );
}

#[test]
fn answers_are_not_sent_that_the_client_does_not_take() {
    let order = |initial, trailing, details| Order {
        initial,
        trailing,
        details,
    };
    check(
        long(1),
        order(70_000, 0, 0),
        expect![[r#"
        Remote RESOURCE_EXHAUSTED: initial metadata of 70140 bytes, the limit of the other side is 65536 (SETTINGS_MAX_HEADER_LIST_SIZE)
        Remote RESOURCE_EXHAUSTED: initial metadata of 70140 bytes, the limit of the other side is 65536 (SETTINGS_MAX_HEADER_LIST_SIZE)
    "#]],
    );
    check(
        long(1),
        order(0, 70_000, 0),
        expect![[r#"
        Remote RESOURCE_EXHAUSTED: trailers of 70082 bytes, the limit of the other side is 65536 (SETTINGS_MAX_HEADER_LIST_SIZE)
        Remote RESOURCE_EXHAUSTED: trailers of 70082 bytes, the limit of the other side is 65536 (SETTINGS_MAX_HEADER_LIST_SIZE)
    "#]],
    );
    check(
        long(1),
        order(0, 0, 70_000),
        expect![[r#"
        Remote ABORTED: 50% sure (trailers of 93678 bytes, the limit of the other side is 65536 (SETTINGS_MAX_HEADER_LIST_SIZE))
        Remote ABORTED: 50% sure (trailers of 93576 bytes, the limit of the other side is 65536 (SETTINGS_MAX_HEADER_LIST_SIZE))
    "#]],
    );
    check(
        long(1),
        order(1_000_000, 1_000_000, 1_000_000),
        expect![[r#"
        Remote ABORTED: 50% sure (trailers of 3333754 bytes, the limit of the other side is 65536 (SETTINGS_MAX_HEADER_LIST_SIZE))
        Remote RESOURCE_EXHAUSTED: initial metadata of 1000140 bytes, the limit of the other side is 65536 (SETTINGS_MAX_HEADER_LIST_SIZE)
    "#]],
    );
}

#[test]
fn what_is_refused_here_is_local() {
    let status = Status::from(Metadata::new().insert("x-ü", "1").unwrap_err());
    assert_eq!(status.origin(), Origin::Local);
}
