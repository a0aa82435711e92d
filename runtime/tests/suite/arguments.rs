//! Methods with several arguments, and with values that are no messages, on all kinds of call and over every way there is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use expect_test::expect;
use futures_util::TryStreamExt;
use traitwire::interceptor::interceptor_fn;
use traitwire::schema::Schema;
use traitwire::{
    Channel, Context, Enumeration, Message, Status, Streaming, blocking, codec, grpc_service,
};

use super::server;

/// A place on the ground.
#[derive(Clone, Debug, PartialEq, Message)]
struct Point {
    #[proto(1)]
    x: i32,
    #[proto(2)]
    y: i32,
}

/// What a height is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Enumeration)]
enum Unit {
    Unspecified = 0,
    Feet = 1,
}

/// A name that the compiler knows as something else.
type Name = String;

/// Measures the land.
#[grpc_service(package = "surveys.v1", dyn)]
trait Survey {
    /// Puts it in words.
    async fn describe(
        &self,
        /// Where.
        #[proto(1)]
        at: Point,
        /// How far up.
        #[proto(2, sint)]
        height: i32,
        #[proto(4)] unit: Unit,
        #[proto(7, name = "remark", deprecated)] note: Option<String>,
        cx: Context,
    ) -> Result<String, Status>;
    /// The next places to the east.
    #[rpc(request = "Way", reserved(1, "speed"))]
    async fn walk(
        &self,
        #[proto(2)] from: Point,
        #[proto(3)] steps: u32,
    ) -> Result<Streaming<Point>, Status>;
    /// How far they are from the road.
    #[proto(2, sint, name = "heights")]
    async fn record(&self, points: Streaming<Point>) -> Result<Vec<i32>, Status>;
    /// One value, and the same.
    async fn double(&self, number: i64) -> Result<i64, Status>;
    /// What is known by no name needs a number.
    #[proto(1)]
    async fn convert(&self, #[proto(1)] unit: Unit, #[proto(2)] _to: Name) -> Result<Unit, Status>;
    /// Names that generated code has in mind, too.
    #[rpc(name = "Count")]
    async fn count(
        &self,
        #[proto(1)] service: Vec<String>,
        #[proto(2)] method: u32,
        #[proto(3)] request: bool,
        #[proto(4)] call: Vec<u8>,
        #[proto(5)] context: BTreeMap<String, u32>,
    ) -> Result<Option<u64>, Status> {
        let total = service.len() + call.len() + context.len() + usize::from(request);
        Ok((method > 0).then_some(total as u64))
    }
}

struct Surveyor;

impl Survey for Surveyor {
    async fn describe(
        &self,
        at: Point,
        height: i32,
        unit: Unit,
        note: Option<String>,
        cx: Context,
    ) -> Result<String, Status> {
        let who = cx.metadata().get("x-who").unwrap_or("nobody").to_owned();
        cx.add_trailing_metadata("x-seen", &who)?;
        let Point { x, y } = at;
        Ok(format!("{x}/{y} {height} {unit:?} {note:?}"))
    }

    async fn walk(&self, from: Point, steps: u32) -> Result<Streaming<Point>, Status> {
        let points = (0..steps as i32).map(move |step| Point {
            x: from.x + step,
            y: from.y,
        });
        Ok(Streaming::from_iter(points))
    }

    async fn record(&self, points: Streaming<Point>) -> Result<Vec<i32>, Status> {
        points.map_ok(|point| point.y).try_collect().await
    }

    async fn double(&self, number: i64) -> Result<i64, Status> {
        number
            .checked_mul(2)
            .ok_or_else(|| Status::out_of_range("too far"))
    }

    async fn convert(&self, unit: Unit, _to: Name) -> Result<Unit, Status> {
        Ok(unit)
    }
}

/// Runs a test over every way there is.
async fn everywhere<F: Future<Output = ()>>(test: impl Fn(SurveyClient) -> F) {
    let (connector, listener) = traitwire::memory();
    let running = server().add(SurveyServer::new(Surveyor));
    let running = running.start(listener).await.unwrap();
    test(SurveyClient::connect(connector).await.unwrap()).await;
    running.shutdown();
    running.wait().await;

    let channel = Channel::from_service(SurveyServer::new(Surveyor));
    test(SurveyClient::new(channel)).await;
    test(SurveyClient::local(Surveyor)).await;
    let shared: Arc<dyn DynSurvey> = Arc::new(Arc::new(SurveyClient::local(Surveyor)));
    test(SurveyClient::local(shared)).await;
}

const HERE: Point = Point { x: 1, y: -2 };

#[tokio::test]
async fn all_kinds_of_call_take_and_return_values() {
    everywhere(|client| async move {
        let note = Some("windy".to_owned());
        let call = client.describe(HERE, -3, Unit::Feet, note, Context::default());
        assert_eq!(call.await.unwrap(), r#"1/-2 -3 Feet Some("windy")"#);

        let mut points = client.walk(HERE, 2).await.unwrap();
        assert_eq!(points.message().await.unwrap(), Some(HERE));
        let next = points.message().await.unwrap();
        assert_eq!(next, Some(Point { x: 2, y: -2 }));
        assert_eq!(points.message().await.unwrap(), None);

        let points = futures_util::stream::iter([HERE, Point { x: 0, y: 5 }]);
        assert_eq!(client.record(points).await.unwrap(), [-2, 5]);
        let nothing = futures_util::stream::iter([] as [Point; 0]);
        assert_eq!(client.record(nothing).await.unwrap(), []);

        assert_eq!(client.double(21).await.unwrap(), 42);
        let status = client.double(i64::MAX).await.unwrap_err();
        assert_eq!(status.to_string(), "OUT_OF_RANGE: too far");

        let unit = client.convert(Unit::Feet, "m".to_owned()).await;
        assert_eq!(unit.unwrap(), Unit::Feet);

        let context = BTreeMap::from([("a".to_owned(), 1)]);
        let total = client.count(vec![], 1, true, vec![1, 2], context).await;
        assert_eq!(total.unwrap(), Some(4));
        let none = client.count(vec![], 0, true, vec![], BTreeMap::new());
        assert_eq!(none.await.unwrap(), None);
    })
    .await;
}

/// What any implementation can be given to.
async fn double_twice(survey: impl Survey) -> Result<i64, Status> {
    survey.double(survey.double(3).await?).await
}

#[tokio::test]
async fn a_client_is_the_trait_and_so_is_what_is_shared() {
    everywhere(|client| async move {
        assert_eq!(double_twice(client.clone()).await.unwrap(), 12);
        let shared: Arc<dyn DynSurvey> = Arc::new(client);
        assert_eq!(double_twice(shared).await.unwrap(), 12);
    })
    .await;
}

#[tokio::test]
async fn a_call_for_a_value_is_shaped_like_others() {
    everywhere(|client| async move {
        let call = client.describe(HERE, 0, Unit::Unspecified, None, Context::default());
        let response = call.metadata("x-who", "me").response().await.unwrap();
        assert_eq!(response.message(), "1/-2 0 Unspecified None");
        // A relay has made a call of its own.
        let seen = response.trailers().get("x-seen");
        assert!(seen.is_none_or(|who| who == "me"), "{seen:?}");
        let late = client.double(1).timeout(std::time::Duration::ZERO);
        let status = late.await.unwrap_err();
        assert_eq!(status.code(), traitwire::Code::DeadlineExceeded);
    })
    .await;
}

#[test]
fn threads_have_the_same_methods() {
    let client = SurveyClient::local(Surveyor);
    let survey = client.blocking();
    assert_eq!(survey.double(4).unwrap(), 8);
    assert_eq!(survey.record([HERE]).unwrap(), [-2]);
    assert_eq!(survey.walk(HERE, 3).unwrap().count(), 3);
    let described = survey.describe(HERE, 0, Unit::Feet, None, Context::default());
    assert_eq!(described.unwrap(), "1/-2 0 Feet None");
    let call = client.double(5).metadata("x-who", "me");
    assert_eq!(blocking::value(call).unwrap(), 10);
}

#[tokio::test]
async fn interceptors_see_the_messages() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let channel = Channel::local(SurveyServer::new(Surveyor));
    let channel = channel.intercept(interceptor_fn(move |mut request, next| {
        let log = Arc::clone(&log);
        Box::pin(async move {
            request.map_messages(|message| {
                message.get_mut::<DoubleRequest>()?.number += 1;
                Ok(())
            })?;
            let mut reply = next.run(request).await?;
            reply.map_messages(move |message| {
                let answer = message.get::<DoubleResponse>()?;
                log.lock().unwrap().push(answer.value);
                Ok(())
            })?;
            Ok(reply)
        })
    }));
    assert_eq!(SurveyClient::new(channel).double(1).await.unwrap(), 4);
    assert_eq!(*seen.lock().unwrap(), [4]);
}

#[test]
fn the_messages_are_exported() {
    let schema = Schema::collect(&[Survey]).unwrap();
    let files = schema.print();
    let text: Vec<_> = files.iter().map(|file| file.text.as_str()).collect();
    expect![[r#"
        syntax = "proto3";

        package surveys.v1;

        // Measures the land.
        service Survey {
          // Puts it in words.
          rpc Describe(DescribeRequest) returns (DescribeResponse);

          // The next places to the east.
          rpc Walk(Way) returns (stream Point);

          // How far they are from the road.
          rpc Record(stream Point) returns (RecordResponse);

          // One value, and the same.
          rpc Double(DoubleRequest) returns (DoubleResponse);

          // What is known by no name needs a number.
          rpc Convert(ConvertRequest) returns (ConvertResponse);

          // Names that generated code has in mind, too.
          rpc Count(CountRequest) returns (CountResponse);
        }

        // The request of `Describe`.
        message DescribeRequest {
          // Where.
          Point at = 1;

          // How far up.
          sint32 height = 2;

          Unit unit = 4;
          optional string remark = 7 [deprecated = true];
        }

        // A place on the ground.
        message Point {
          int32 x = 1;
          int32 y = 2;
        }

        // The response of `Describe`.
        message DescribeResponse {
          string value = 1;
        }

        // The request of `Walk`.
        message Way {
          reserved 1;
          reserved "speed";

          Point from = 2;
          uint32 steps = 3;
        }

        // The response of `Record`.
        message RecordResponse {
          repeated sint32 heights = 2;
        }

        // The request of `Double`.
        message DoubleRequest {
          int64 number = 1;
        }

        // The response of `Double`.
        message DoubleResponse {
          int64 value = 1;
        }

        // The request of `Convert`.
        message ConvertRequest {
          Unit unit = 1;
          string to = 2;
        }

        // The response of `Convert`.
        message ConvertResponse {
          Unit value = 1;
        }

        // The request of `Count`.
        message CountRequest {
          repeated string service = 1;
          uint32 method = 2;
          bool request = 3;
          bytes call = 4;
          map<string, uint32> context = 5;
        }

        // The response of `Count`.
        message CountResponse {
          optional uint64 value = 1;
        }

        // What a height is counted in.
        enum Unit {
          UNIT_UNSPECIFIED = 0;
          UNIT_FEET = 1;
        }
    "#]]
    .assert_eq(&text.join("-----\n"));
}

/// The API before an argument was added, and after.
mod versions {
    use traitwire::{Status, Streaming, grpc_service};

    use super::Point;

    pub(super) mod old {
        use super::*;

        #[grpc_service(package = "versions.v1")]
        pub(crate) trait Ruler {
            async fn measure(&self, from: i64) -> Result<i64, Status>;
            async fn mark(
                &self,
                #[proto(1)] from: i64,
                #[proto(2)] to: i64,
            ) -> Result<Streaming<Point>, Status>;
        }

        pub(crate) struct Plain;

        impl Ruler for Plain {
            async fn measure(&self, from: i64) -> Result<i64, Status> {
                Ok(from)
            }

            async fn mark(&self, from: i64, to: i64) -> Result<Streaming<Point>, Status> {
                let (x, y) = (from as i32, to as i32);
                Ok(Streaming::from_iter([Point { x, y }]))
            }
        }
    }

    pub(super) mod new {
        use super::*;

        #[grpc_service(package = "versions.v1")]
        pub(crate) trait Ruler {
            async fn measure(
                &self,
                #[proto(1)] from: i64,
                #[proto(2)] unit: Option<String>,
                #[proto(3)] times: u32,
            ) -> Result<i64, Status>;
            /// Its first argument is gone.
            #[rpc(reserved(1, "from"))]
            async fn mark(
                &self,
                #[proto(2)] to: i64,
                #[proto(3)] tags: Vec<String>,
            ) -> Result<Streaming<Point>, Status>;
        }

        pub(crate) struct Fancy;

        impl Ruler for Fancy {
            async fn measure(
                &self,
                from: i64,
                unit: Option<String>,
                times: u32,
            ) -> Result<i64, Status> {
                Ok(if unit.is_some() {
                    from * i64::from(times)
                } else {
                    -from
                })
            }

            async fn mark(&self, to: i64, tags: Vec<String>) -> Result<Streaming<Point>, Status> {
                let (x, y) = (tags.len() as i32, to as i32);
                Ok(Streaming::from_iter([Point { x, y }]))
            }
        }
    }
}

#[tokio::test]
async fn an_old_client_does_without_an_argument_that_was_added() {
    use versions::{new, old};

    let (connector, listener) = traitwire::memory();
    let running = server().add(new::RulerServer::new(new::Fancy));
    let running = running.start(listener).await.unwrap();
    let client = old::RulerClient::connect(connector.clone()).await.unwrap();
    // What it doesn't send is absent.
    assert_eq!(client.measure(7).await.unwrap(), -7);
    let mut marks = client.mark(7, 8).await.unwrap();
    assert_eq!(marks.message().await.unwrap(), Some(Point { x: 0, y: 8 }));
    let client = new::RulerClient::connect(connector).await.unwrap();
    let measured = client.measure(7, Some("feet".to_owned()), 3).await;
    assert_eq!(measured.unwrap(), 21);
    running.shutdown();
    running.wait().await;
}

#[tokio::test]
async fn an_old_server_ignores_an_argument_that_was_added() {
    use versions::{new, old};

    let (connector, listener) = traitwire::memory();
    let running = server().add(old::RulerServer::new(old::Plain));
    let running = running.start(listener).await.unwrap();
    let client = new::RulerClient::connect(connector).await.unwrap();
    let measured = client.measure(7, Some("feet".to_owned()), 3).await;
    assert_eq!(measured.unwrap(), 7);
    let mut marks = client.mark(8, vec!["new".to_owned()]).await.unwrap();
    assert_eq!(marks.message().await.unwrap(), Some(Point { x: 0, y: 8 }));
    running.shutdown();
    running.wait().await;
}

#[test]
fn the_messages_are_messages_like_others() {
    let way = Way {
        from: HERE,
        steps: 300,
    };
    let bytes = prost::Message::encode_to_vec(&way);
    let read: Way = codec::decode(&*bytes).unwrap();
    assert_eq!((read.from, read.steps), (HERE, 300));
}
