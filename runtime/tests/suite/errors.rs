//! Errors of one's own, on all kinds of call and over every way there is.

use std::time::Duration;

use expect_test::{Expect, expect};
use traitwire::details::{BadRequest, ErrorInfo, FieldViolation};
use traitwire::{
    Channel, Code, Context, GrpcError, Message, Origin, Status, Streaming, grpc_service, schema,
};

use super::server;

#[derive(Clone, Debug, PartialEq, Message)]
struct Point {
    #[proto(1)]
    latitude: i32,
    #[proto(2)]
    longitude: i32,
}

#[derive(Clone, Debug, PartialEq, Message)]
struct Wish {
    #[proto(1)]
    error: String,
    #[proto(2)]
    at: Option<Point>,
}

/// What goes wrong with a guide.
#[derive(Debug, GrpcError)]
enum GuideError {
    /// Nothing is known of this place.
    #[grpc(NotFound, "no feature at {at:?}, {{{radius:>3}}}")]
    NoFeature {
        /// The place.
        #[proto(1)]
        at: Point,
        #[proto(2, sint)]
        radius: i32,
    },
    #[grpc(NotFound)]
    NoGuideToday,
    #[grpc(InvalidArgument, "the request is wrong: {0:?}")]
    Invalid(BadRequest),
    #[grpc(other)]
    Other(Status),
}

#[grpc_service(package = "guide.v1", dyn)]
trait Guide {
    async fn one(&self, wish: Wish) -> Result<(), GuideError>;
    async fn list(&self, wish: Wish) -> Result<Streaming<Point>, GuideError>;
    async fn record(&self, wishes: Streaming<Wish>) -> Result<(), GuideError>;
    async fn chat(
        &self,
        wishes: Streaming<Wish>,
        cx: Context,
    ) -> Result<Streaming<Point>, GuideError>;
    /// Its error is a status; what it fails with is a `GuideError`.
    async fn plain(&self, wish: Wish) -> Result<(), Status>;
}

struct Grumpy;

impl GuideError {
    fn of(wish: Wish) -> Self {
        match &*wish.error {
            "no feature" => Self::NoFeature {
                at: wish.at.unwrap_or(Point {
                    latitude: 0,
                    longitude: 0,
                }),
                radius: -7,
            },
            "no guide" => Self::NoGuideToday,
            "invalid" => Self::Invalid(BadRequest {
                field_violations: vec![FieldViolation {
                    field: "error".to_owned(),
                    description: "is a joke".to_owned(),
                    ..FieldViolation::default()
                }],
            }),
            text => Self::Other(Status::not_found(text.to_owned())),
        }
    }
}

impl Guide for Grumpy {
    async fn one(&self, wish: Wish) -> Result<(), GuideError> {
        Err(GuideError::of(wish))
    }

    async fn list(&self, wish: Wish) -> Result<Streaming<Point>, GuideError> {
        let Some(at) = wish.at.clone() else {
            return Err(GuideError::of(wish));
        };
        Ok(Streaming::generate(|out| async move {
            out.send(at).await?;
            Err(GuideError::of(wish))?
        }))
    }

    async fn record(&self, mut wishes: Streaming<Wish>) -> Result<(), GuideError> {
        match wishes.message().await? {
            Some(wish) => Err(GuideError::of(wish)),
            None => Ok(()),
        }
    }

    async fn chat(
        &self,
        mut wishes: Streaming<Wish>,
        _: Context,
    ) -> Result<Streaming<Point>, GuideError> {
        Ok(Streaming::generate(|_| async move {
            match wishes.message().await? {
                Some(wish) => Err(GuideError::of(wish).into()),
                None => Ok(()),
            }
        }))
    }

    async fn plain(&self, wish: Wish) -> Result<(), Status> {
        Err(GuideError::of(wish).into())
    }
}

/// Runs a test over every way there is.
async fn everywhere<F: Future<Output = ()>>(test: impl Fn(GuideClient) -> F) {
    let (connector, listener) = traitwire::memory();
    let running = server().add(GuideServer::new(Grumpy));
    let running = running.start(listener).await.unwrap();
    test(GuideClient::connect(connector).await.unwrap()).await;
    running.shutdown();
    running.wait().await;

    let channel = Channel::from_service(GuideServer::new(Grumpy));
    test(GuideClient::new(channel)).await;
    test(GuideClient::local(Grumpy)).await;
}

fn wish(error: &str) -> Wish {
    Wish {
        error: error.to_owned(),
        at: None,
    }
}

/// The error of each kind of call to each method.
async fn check(error: &'static str, expect: Expect) {
    everywhere(|client| {
        let expect = &expect;
        async move {
            let wishes = || futures_util::stream::iter([wish(error)]);
            let unary: Result<(), GuideError> = client.one(wish(error)).await;
            let list = client.list(wish(error)).await;
            let record: Result<(), GuideError> = client.record(wishes()).await;
            let mut chat = client.chat(wishes(), Context::default()).await.unwrap();
            let chat: GuideError = chat.message().await.unwrap_err().into();
            let plain: GuideError = client.plain(wish(error)).await.unwrap_err().into();

            let text = format!("{:?}", unary.unwrap_err());
            expect.assert_eq(&text);
            assert_eq!(format!("{:?}", list.unwrap_err()), text);
            assert_eq!(format!("{:?}", record.unwrap_err()), text);
            assert_eq!(format!("{chat:?}"), text);
            assert_eq!(format!("{plain:?}"), text);
        }
    })
    .await;
}

#[tokio::test]
async fn a_variant_arrives_as_it_was_sent() {
    check(
        "no feature",
        expect!["NoFeature { at: Point { latitude: 0, longitude: 0 }, radius: -7 }"],
    )
    .await;
    check("no guide", expect!["NoGuideToday"]).await;
    check("invalid", expect![[r#"Invalid(BadRequest { field_violations: [FieldViolation { field: "error", description: "is a joke", reason: "", localized_message: None }] })"#]]).await;
}

#[tokio::test]
async fn a_status_that_is_no_variant_is_the_other() {
    everywhere(|client| async move {
        let error = client.one(wish("just so")).await.unwrap_err();
        let GuideError::Other(status) = error else {
            panic!("{error:?}");
        };
        assert_eq!(status.to_string(), "NOT_FOUND: just so");

        let status = Status::from(client.one(wish("  a % b ")).await.unwrap_err());
        assert_eq!(status.message(), "  a % b ");
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_before_the_call_is_the_other() {
    let client = GuideClient::local(Grumpy);
    let call = client.one(wish("no guide")).timeout(Duration::ZERO);
    let error = call.response().await.unwrap_err();
    assert!(
        matches!(&error, GuideError::Other(status) if status.code() == Code::DeadlineExceeded),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_stream_ends_with_a_variant_after_its_messages() {
    everywhere(|client| async move {
        let at = Point {
            latitude: 4,
            longitude: 2,
        };
        let wish = Wish {
            at: Some(at.clone()),
            ..wish("no feature")
        };
        let mut points = client.list(wish).await.unwrap();
        assert_eq!(points.message().await.unwrap(), Some(at.clone()));
        let status = points.message().await.unwrap_err();
        // Whoever reads it knows where to look the message up.
        let details = status.rpc_status().unwrap().details;
        assert_eq!(
            details[0].type_url,
            "type.googleapis.com/guide.v1.GuideError.NoFeature"
        );
        let error = GuideError::from(status);
        assert!(
            matches!(&error, GuideError::NoFeature { at: there, .. } if *there == at),
            "{error:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn the_trait_the_blocking_client_and_the_object_return_it_too() {
    async fn ask(guide: &impl Guide) -> GuideError {
        guide.one(wish("no guide")).await.unwrap_err()
    }
    assert!(matches!(
        ask(&GuideClient::local(Grumpy)).await,
        GuideError::NoGuideToday
    ));
    let guide: std::sync::Arc<dyn DynGuide> = std::sync::Arc::new(Grumpy);
    assert!(matches!(ask(&guide).await, GuideError::NoGuideToday));

    let client = GuideClient::local(Grumpy);
    let thread = std::thread::spawn(move || {
        let unary: Result<(), GuideError> = client.blocking().one(wish("no guide"));
        let call = client.record(traitwire::blocking::requests([wish("no guide")]));
        let record: Result<(), GuideError> = traitwire::blocking::unary(call);
        (unary.unwrap_err(), record.unwrap_err())
    });
    let errors = tokio::task::spawn_blocking(|| thread.join().unwrap());
    let errors = errors.await.unwrap();
    assert!(matches!(
        errors,
        (GuideError::NoGuideToday, GuideError::NoGuideToday)
    ));
}

#[tokio::test]
async fn everybody_else_sees_a_status_with_details() {
    everywhere(|client| async move {
        let status = client.plain(wish("no feature")).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
        assert_eq!(
            status.message(),
            "no feature at Point { latitude: 0, longitude: 0 }, { -7}"
        );
        let rpc_status = status.rpc_status().unwrap();
        assert_eq!(
            (rpc_status.code, &*rpc_status.message),
            (5, status.message())
        );
        let [detail] = &rpc_status.details[..] else {
            panic!("{rpc_status:?}");
        };
        assert_eq!(
            detail.type_url,
            "type.googleapis.com/guide.v1.GuideError.NoFeature"
        );
        assert_eq!(&detail.value[..], [0x0a, 0, 0x10, 13]);

        let status = client.plain(wish("invalid")).await.unwrap_err();
        let detail = status.detail::<BadRequest>().unwrap().unwrap();
        assert_eq!(detail.field_violations[0].field, "error");
        assert!(status.detail::<ErrorInfo>().is_none());
    })
    .await;
}

/// Whether this status is a variant where the service is in this package.
#[track_caller]
fn check_read(status: &Status, package: &str, expect: Expect) {
    let error = match GuideError::from_status(status.clone(), package) {
        GuideError::Other(_) => "other".to_owned(),
        known => format!("{known:?}"),
    };
    expect.assert_eq(&error);
}

#[test]
fn a_variant_is_known_by_its_code_and_its_message() {
    let placed = |type_url: &str| traitwire::details::RpcStatus {
        code: 5,
        message: String::new(),
        details: vec![traitwire::well_known::Any {
            type_url: type_url.to_owned(),
            value: bytes::Bytes::new(),
        }],
    };
    let of = |type_url| Status::from(placed(type_url));
    let known = of("type.googleapis.com/guide.v1.GuideError.NoGuideToday");
    check_read(&known, "guide.v1", expect!["NoGuideToday"]);
    // Whoever made the URL.
    let foreign = of("example.com/types/guide.v1.GuideError.NoGuideToday");
    check_read(&foreign, "guide.v1", expect!["NoGuideToday"]);
    // Another one's.
    check_read(&known, "guide.v2", expect!["other"]);
    check_read(
        &of("type.googleapis.com/guide.v1.GuideError.New"),
        "guide.v1",
        expect!["other"],
    );
    check_read(&of(""), "guide.v1", expect!["other"]);
    let other_code = Status::aborted("").with_details(known.details().clone());
    check_read(&other_code, "guide.v1", expect!["other"]);
    check_read(
        &Status::not_found("").with_details("?!"),
        "guide.v1",
        expect!["other"],
    );
    // Cut short.
    let mut broken = placed("type.googleapis.com/guide.v1.GuideError.NoFeature");
    broken.details[0].value = bytes::Bytes::from_static(&[0x0a, 9]);
    check_read(&broken.into(), "guide.v1", expect!["other"]);

    // A status in a stream doesn't say where it comes from.
    assert!(matches!(GuideError::from(known), GuideError::NoGuideToday));
    assert!(matches!(
        GuideError::from(of("type.googleapis.com/guide.v1.MyGuideError.NoGuideToday")),
        GuideError::Other(_)
    ));
}

#[tokio::test]
async fn the_status_of_a_server_says_whose_it_is() {
    let running = server().add(GuideServer::new(Grumpy));
    let running = running.start("127.0.0.1:0").await.unwrap();
    let peer = running.local_addr().to_string();
    let client = GuideClient::connect(running.local_addr()).await.unwrap();
    let mut wished = wish("no guide");
    let unary = client.plain(wished.clone()).await.unwrap_err();
    wished.at = Some(Point {
        latitude: 1,
        longitude: 2,
    });
    let mut points = client.list(wished).await.unwrap();
    points.message().await.unwrap();
    let streamed = points.message().await.unwrap_err();
    for status in [unary, streamed] {
        assert_eq!(status.origin(), Origin::Remote);
        assert_eq!(status.peer(), Some(&*peer));
        assert_eq!(status.http2_error(), None);
    }
    running.shutdown();
    running.wait().await;
}

#[test]
fn it_is_an_error_as_any_other() {
    let error: Box<dyn std::error::Error> = GuideError::NoGuideToday.into();
    assert_eq!(error.to_string(), "no guide today");
    let source: Box<dyn std::error::Error + Send + Sync> = std::fmt::Error.into();
    let cause = Status::internal("within").with_source(source);
    let error: Box<dyn std::error::Error> = GuideError::Other(cause).into();
    assert_eq!(error.to_string(), "INTERNAL: within");
    assert!(error.source().unwrap().is::<std::fmt::Error>());
}

#[test]
fn the_exported_file_has_the_messages() {
    let schema = schema::Schema::collect(&[Guide]).unwrap();
    let files = schema.print();
    let text: Vec<_> = files.iter().map(|file| file.text.as_str()).collect();
    expect![[r#"
        syntax = "proto3";

        package guide.v1;

        import "google/protobuf/empty.proto";

        service Guide {
          // Errors, each with its details:
          //   NOT_FOUND with guide.v1.GuideError.NoFeature
          //   NOT_FOUND with guide.v1.GuideError.NoGuideToday
          //   INVALID_ARGUMENT with google.rpc.BadRequest
          rpc One(Wish) returns (google.protobuf.Empty);

          // Errors, each with its details:
          //   NOT_FOUND with guide.v1.GuideError.NoFeature
          //   NOT_FOUND with guide.v1.GuideError.NoGuideToday
          //   INVALID_ARGUMENT with google.rpc.BadRequest
          rpc List(Wish) returns (stream Point);

          // Errors, each with its details:
          //   NOT_FOUND with guide.v1.GuideError.NoFeature
          //   NOT_FOUND with guide.v1.GuideError.NoGuideToday
          //   INVALID_ARGUMENT with google.rpc.BadRequest
          rpc Record(stream Wish) returns (google.protobuf.Empty);

          // Errors, each with its details:
          //   NOT_FOUND with guide.v1.GuideError.NoFeature
          //   NOT_FOUND with guide.v1.GuideError.NoGuideToday
          //   INVALID_ARGUMENT with google.rpc.BadRequest
          rpc Chat(stream Wish) returns (stream Point);

          // Its error is a status; what it fails with is a `GuideError`.
          rpc Plain(Wish) returns (google.protobuf.Empty);
        }

        message Wish {
          string error = 1;
          Point at = 2;
        }

        message Point {
          int32 latitude = 1;
          int32 longitude = 2;
        }

        // What goes wrong with a guide.
        message GuideError {
          // Nothing is known of this place.
          //
          // In the details of a status NOT_FOUND.
          message NoFeature {
            // The place.
            Point at = 1;

            sint32 radius = 2;
          }

          // In the details of a status NOT_FOUND.
          message NoGuideToday {}
        }
    "#]]
    .assert_eq(&text.join("-----\n"));
}
