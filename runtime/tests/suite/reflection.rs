//! `grpc.reflection`: how a server tells what it serves.

use expect_test::{Expect, expect};
use futures_util::TryStreamExt;
use traitwire::services::reflection::{Reflection, v1, v1alpha};
use traitwire::{
    Enumeration, Message, OneOf, RunningServer, Status, Streaming, codec, grpc_service, well_known,
};
use v1::MessageRequest::{
    AllExtensionNumbersOfType, FileByFilename, FileContainingExtension, FileContainingSymbol,
    ListServices,
};
use v1::{MessageRequest, MessageResponse, ServerReflectionClient, ServerReflectionRequest};

use super::server;
use crate::mirror::{Mirror, WhoServer};

/// Where somebody is.
#[derive(Message)]
struct Place {
    #[proto(1)]
    name: Option<String>,
    #[proto(2)]
    tags: std::collections::HashMap<String, Tag>,
    #[proto(oneof)]
    how: Option<How>,
    #[proto(5)]
    seen: Option<well_known::Timestamp>,
}

#[derive(Message)]
#[proto(nested_in = Place)]
struct Tag {
    #[proto(1)]
    kind: Kind,
}

#[derive(Enumeration)]
enum Kind {
    Unspecified = 0,
    Warm = 1,
}

#[derive(OneOf)]
enum How {
    #[proto(3)]
    Walks(bool),
    #[proto(4)]
    Rides(common::Horse),
}

/// What another crate might bring.
mod common {
    use super::*;

    #[derive(Message)]
    #[proto(package = "common.v1")]
    pub(super) struct Horse {
        #[proto(1)]
        pub(super) age: Option<std::time::Duration>,
    }

    /// Lives wherever it is used.
    #[derive(Message)]
    pub(super) struct Anything {}
}

#[grpc_service(package = "places.v1")]
trait Places {
    async fn find(&self, place: Place) -> Result<Place, Status>;
}

struct Nowhere;

impl Places for Nowhere {
    async fn find(&self, place: Place) -> Result<Place, Status> {
        Ok(place)
    }
}

/// What the tests look at in a `google.protobuf.FileDescriptorProto`.
#[derive(Message)]
struct FileDescriptorProto {
    #[proto(1)]
    name: String,
    #[proto(3)]
    dependency: Vec<String>,
}

async fn started() -> (RunningServer, ServerReflectionClient) {
    let (connector, listener) = traitwire::memory();
    let server = server()
        .add(WhoServer::new(Mirror))
        .reflection()
        .add(PlacesServer::new(Nowhere));
    let running = server.start(listener).await.unwrap();
    let client = ServerReflectionClient::connect(connector).await.unwrap();
    (running, client)
}

fn request(message_request: MessageRequest) -> ServerReflectionRequest {
    ServerReflectionRequest {
        host: "example".to_owned(),
        message_request: Some(message_request),
    }
}

fn symbol(name: &str) -> MessageRequest {
    FileContainingSymbol(name.to_owned())
}

fn text(response: Option<MessageResponse>) -> String {
    match response {
        Some(MessageResponse::FileDescriptorResponse(response)) => {
            let files = response.file_descriptor_proto.into_iter().map(|proto| {
                let file: FileDescriptorProto = codec::decode(proto).unwrap();
                format!("{} {:?}", file.name, file.dependency)
            });
            files.collect::<Vec<_>>().join("\n    ")
        }
        Some(MessageResponse::ListServicesResponse(list)) => {
            let names = list.service.into_iter().map(|service| service.name);
            names.collect::<Vec<_>>().join("\n    ")
        }
        Some(MessageResponse::AllExtensionNumbersResponse(numbers)) => {
            format!("{} {:?}", numbers.base_type_name, numbers.extension_number)
        }
        Some(MessageResponse::ErrorResponse(error)) => {
            format!("error {}: {}", error.error_code, error.error_message)
        }
        None => "nothing".to_owned(),
    }
}

/// What is answered to these questions, on one stream.
async fn check(
    client: &ServerReflectionClient,
    questions: impl IntoIterator<Item = MessageRequest>,
    expect: Expect,
) {
    let requests: Vec<_> = questions.into_iter().map(request).collect();
    let answers = client.server_reflection_info(Streaming::from_iter(requests.clone()));
    let answers: Vec<_> = answers.await.unwrap().try_collect().await.unwrap();
    assert_eq!(answers.len(), requests.len());
    let mut report = String::new();
    for (request, answer) in requests.into_iter().zip(answers) {
        assert_eq!(answer.valid_host, "example");
        let question = request.message_request.as_ref().unwrap();
        report += &format!("{question:?}\n    {}\n", text(answer.message_response));
        assert_eq!(answer.original_request, Some(request));
    }
    expect.assert_eq(&report);
}

#[tokio::test]
async fn all_services_are_listed() {
    let (_running, client) = started().await;
    check(
        &client,
        [ListServices(String::new())],
        expect![[r#"
        ListServices("")
            grpc.reflection.v1.ServerReflection
            grpc.reflection.v1alpha.ServerReflection
            places.v1.Places
            serving.v1.Who
    "#]],
    )
    .await;
}

#[tokio::test]
async fn everything_with_a_name_is_found() {
    let (_running, client) = started().await;
    for name in [
        "places.v1.Places",
        "places.v1.Places.Find",
        "places.v1.Place",
        "places.v1.Place.name",
        "places.v1.Place.how",
        "places.v1.Place.rides",
        "places.v1.Place._name",
        "places.v1.Place.TagsEntry",
        "places.v1.Place.Tag",
        "places.v1.Place.Tag.kind",
        "places.v1.Kind",
        "places.v1.KIND_WARM",
        "common.v1.Horse",
        "google.protobuf.Timestamp.nanos",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ErrorResponse",
        "serving.v1.Who.Echo",
    ] {
        let requests = Streaming::from_iter([request(symbol(name))]);
        let mut answers = client.server_reflection_info(requests).await.unwrap();
        let answer = answers.message().await.unwrap().unwrap();
        let found = matches!(
            answer.message_response,
            Some(MessageResponse::FileDescriptorResponse(_))
        );
        assert!(found, "{name}: {}", text(answer.message_response));
    }
}

#[tokio::test]
async fn a_file_comes_with_all_that_it_imports_and_none_comes_for_nothing() {
    let (_running, client) = started().await;
    check(
        &client,
        [
            symbol("places.v1.Places"),
            // Again, and what it imports.
            symbol("places.v1.Kind"),
            symbol("common.v1.Horse"),
            FileByFilename("google/protobuf/duration.proto".to_owned()),
            symbol("serving.v1.Who"),
        ],
        expect![[r#"
            FileContainingSymbol("places.v1.Places")
                places/v1/places.proto ["common/v1/common.proto", "google/protobuf/timestamp.proto"]
                google/protobuf/duration.proto []
                common/v1/common.proto ["google/protobuf/duration.proto"]
                google/protobuf/timestamp.proto []
            FileContainingSymbol("places.v1.Kind")
                places/v1/places.proto ["common/v1/common.proto", "google/protobuf/timestamp.proto"]
            FileContainingSymbol("common.v1.Horse")
                common/v1/common.proto ["google/protobuf/duration.proto"]
            FileByFilename("google/protobuf/duration.proto")
                google/protobuf/duration.proto []
            FileContainingSymbol("serving.v1.Who")
                serving/v1/serving.proto ["google/protobuf/empty.proto"]
                google/protobuf/empty.proto []
        "#]],
    )
    .await;
}

#[tokio::test]
async fn what_is_not_there_is_an_answer_and_ends_no_stream() {
    let (_running, client) = started().await;
    let extension = |of: &str| {
        FileContainingExtension(v1::ExtensionRequest {
            containing_type: of.to_owned(),
            extension_number: 1000,
        })
    };
    let extensions = |of: &str| AllExtensionNumbersOfType(of.to_owned());
    check(
        &client,
        [
            symbol("places.v1"),
            symbol(".places.v1.Place"),
            symbol("places.v1.Place.nobody"),
            symbol(""),
            FileByFilename("places.proto".to_owned()),
            extension("places.v1.Place"),
            extension("places.v1.Places"),
            extensions("places.v1.Place"),
            extensions("google.protobuf.Timestamp"),
            extensions("places.v1.Places"),
            extensions("nobody"),
        ],
        expect![[r#"
            FileContainingSymbol("places.v1")
                error 5: there is no such symbol
            FileContainingSymbol(".places.v1.Place")
                error 5: there is no such symbol
            FileContainingSymbol("places.v1.Place.nobody")
                error 5: there is no such symbol
            FileContainingSymbol("")
                error 5: there is no such symbol
            FileByFilename("places.proto")
                error 5: there is no such file
            FileContainingExtension(ExtensionRequest { containing_type: "places.v1.Place", extension_number: 1000 })
                error 5: there is no such extension
            FileContainingExtension(ExtensionRequest { containing_type: "places.v1.Places", extension_number: 1000 })
                error 5: there is no such message
            AllExtensionNumbersOfType("places.v1.Place")
                places.v1.Place []
            AllExtensionNumbersOfType("google.protobuf.Timestamp")
                google.protobuf.Timestamp []
            AllExtensionNumbersOfType("places.v1.Places")
                error 5: there is no such message
            AllExtensionNumbersOfType("nobody")
                error 5: there is no such message
        "#]],
    )
    .await;

    // A question of newer clients.
    let requests = Streaming::from_iter([ServerReflectionRequest::default()]);
    let mut answers = client.server_reflection_info(requests).await.unwrap();
    let answer = answers.message().await.unwrap().unwrap();
    expect!["error 3: nothing was asked: message_request is not set, or not known here"]
        .assert_eq(&text(answer.message_response));
}

#[tokio::test]
async fn older_programs_get_the_same() {
    let (connector, listener) = traitwire::memory();
    let server = server().reflection().add(PlacesServer::new(Nowhere));
    let _running = server.start(listener).await.unwrap();
    let client = v1alpha::ServerReflectionClient::connect(connector).await;
    let request = |question| v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(question),
    };
    let requests = [
        request(v1alpha::MessageRequest::ListServices(String::new())),
        request(v1alpha::MessageRequest::FileContainingSymbol(
            "common.v1.Horse".to_owned(),
        )),
        request(v1alpha::MessageRequest::FileContainingSymbol(
            "nobody".to_owned(),
        )),
        request(v1alpha::MessageRequest::AllExtensionNumbersOfType(
            "common.v1.Horse".to_owned(),
        )),
    ];
    let answers = client
        .unwrap()
        .server_reflection_info(Streaming::from_iter(requests))
        .await;
    let answers: Vec<_> = answers.unwrap().try_collect().await.unwrap();
    // They are the same on the wire.
    let report = answers.iter().map(|answer| {
        let answer: v1::ServerReflectionResponse =
            codec::decode(prost::Message::encode_to_vec(answer).as_slice()).unwrap();
        text(answer.message_response) + "\n"
    });
    expect![[r#"
        grpc.reflection.v1.ServerReflection
            grpc.reflection.v1alpha.ServerReflection
            places.v1.Places
        common/v1/common.proto ["google/protobuf/duration.proto"]
            google/protobuf/duration.proto []
        error 5: there is no such symbol
        common.v1.Horse []
    "#]]
    .assert_eq(&report.collect::<String>());
}

#[tokio::test]
async fn a_stream_that_asks_nothing_holds_no_shutdown_up() {
    let (running, client) = started().await;
    let (questions, requests) = Streaming::channel(1);
    let mut answers = client.server_reflection_info(requests).await.unwrap();
    questions
        .send(request(ListServices(String::new())))
        .await
        .unwrap();
    answers.message().await.unwrap().unwrap();
    running.shutdown();
    assert!(answers.message().await.unwrap().is_none());
    running.wait().await;
}

mod north {
    use super::*;

    #[grpc_service(package = "north.v1")]
    pub(super) trait North {
        async fn go(&self, anything: common::Anything) -> Result<common::Anything, Status>;
    }
}

mod south {
    use super::*;

    #[grpc_service(package = "south.v1")]
    pub(super) trait South {
        async fn go(&self, anything: common::Anything) -> Result<common::Horse, Status>;
    }
}

/// Two messages of its package have one name.
#[grpc_service(package = "torn.v1")]
trait Torn {
    async fn go(&self, anything: common::Anything) -> Result<Anything, Status>;
}

#[derive(Message)]
struct Anything {}

#[tokio::test]
async fn services_that_make_no_common_api_are_described_by_themselves() {
    let client = |reflection| ServerReflectionClient::local(reflection);
    let reflection = Reflection::new([north::North, south::South, Places]);
    check(
        &client(reflection),
        [
            symbol("north.v1.North"),
            symbol("south.v1.South"),
            symbol("south.v1.Anything"),
            symbol("common.v1.Horse"),
            symbol("places.v1.Place"),
            symbol("nobody"),
        ],
        expect![[r#"
            FileContainingSymbol("north.v1.North")
                north/v1/north.proto []
            FileContainingSymbol("south.v1.South")
                south/v1/south.proto ["common/v1/common.proto"]
                google/protobuf/duration.proto []
                common/v1/common.proto ["google/protobuf/duration.proto"]
            FileContainingSymbol("south.v1.Anything")
                south/v1/south.proto ["common/v1/common.proto"]
            FileContainingSymbol("common.v1.Horse")
                common/v1/common.proto ["google/protobuf/duration.proto"]
            FileContainingSymbol("places.v1.Place")
                places/v1/places.proto ["common/v1/common.proto", "google/protobuf/timestamp.proto"]
                google/protobuf/timestamp.proto []
            FileContainingSymbol("nobody")
                error 5: there is no such symbol
        "#]],
    )
    .await;

    let reflection = Reflection::new([north::North, Torn]);
    check(
        &client(reflection.clone()),
        [symbol("north.v1.Anything"), ListServices(String::new())],
        expect![[r#"
            FileContainingSymbol("north.v1.Anything")
                north/v1/north.proto []
            ListServices("")
                north.v1.North
                torn.v1.Torn
        "#]],
    )
    .await;
    let requests = Streaming::from_iter([request(symbol("torn.v1.Torn"))]);
    let answers = client(reflection).server_reflection_info(requests).await;
    let answer = answers.unwrap().message().await.unwrap().unwrap();
    let answer = text(answer.message_response);
    let (first, rest) = answer.split_once("\n\n").unwrap();
    assert_eq!(
        first,
        "error 5: there is no such symbol; some of the services can't be described:"
    );
    assert!(rest.contains("torn.v1.Anything"), "{rest}");
}

mod proto {
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Tide {
        #[prost(int32, tag = "1")]
        pub(super) metres: i32,
    }
}

traitwire::prost_message! {
    proto::Tide = "sea.v1.Water.Tide", file = "sea/v1/water.proto";
}

#[grpc_service(package = "harbours.v1")]
trait Harbours {
    async fn rise(&self, tide: proto::Tide) -> Result<proto::Tide, Status>;
}

/// What somebody else says of two files, the first of which imports the other one.
fn described() -> Vec<u8> {
    use prost::Message as _;
    use prost_types::{
        DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FieldDescriptorProto,
        FileDescriptorProto, FileDescriptorSet,
    };

    let field = FieldDescriptorProto {
        name: Some("metres".to_owned()),
        number: Some(1),
        ..FieldDescriptorProto::default()
    };
    let tide = DescriptorProto {
        name: Some("Tide".to_owned()),
        field: vec![field],
        ..DescriptorProto::default()
    };
    let water = DescriptorProto {
        name: Some("Water".to_owned()),
        nested_type: vec![tide],
        ..DescriptorProto::default()
    };
    let value = EnumValueDescriptorProto {
        name: Some("MOON_FULL".to_owned()),
        ..EnumValueDescriptorProto::default()
    };
    let moon = EnumDescriptorProto {
        name: Some("Moon".to_owned()),
        value: vec![value],
        ..EnumDescriptorProto::default()
    };
    let file = |name: &str, dependency: &[&str]| FileDescriptorProto {
        name: Some(name.to_owned()),
        package: Some("sea.v1".to_owned()),
        dependency: dependency.iter().map(|path| (*path).to_owned()).collect(),
        ..FileDescriptorProto::default()
    };
    let files = vec![
        FileDescriptorProto {
            message_type: vec![water],
            ..file("sea/v1/water.proto", &["sea/v1/moon.proto"])
        },
        FileDescriptorProto {
            enum_type: vec![moon],
            ..file("sea/v1/moon.proto", &["sea/v1/gone.proto"])
        },
    ];
    FileDescriptorSet { file: files }.encode_to_vec()
}

#[tokio::test]
async fn what_others_have_described_is_told_as_they_have() {
    let questions = || {
        [
            symbol("harbours.v1.Harbours"),
            symbol("sea.v1.Water.Tide.metres"),
            symbol("sea.v1.MOON_FULL"),
            FileByFilename("sea/v1/water.proto".to_owned()),
        ]
    };
    let client = ServerReflectionClient::local(Reflection::new([Harbours]));
    check(
        &client,
        questions(),
        expect![[r#"
        FileContainingSymbol("harbours.v1.Harbours")
            harbours/v1/harbours.proto ["sea/v1/water.proto"]
            sea/v1/water.proto []
        FileContainingSymbol("sea.v1.Water.Tide.metres")
            error 5: there is no such symbol
        FileContainingSymbol("sea.v1.MOON_FULL")
            error 5: there is no such symbol
        FileByFilename("sea/v1/water.proto")
            sea/v1/water.proto []
    "#]],
    )
    .await;
    let reflection = Reflection::new([Harbours]).describe(described()).unwrap();
    let client = ServerReflectionClient::local(reflection);
    check(
        &client,
        questions(),
        expect![[r#"
        FileContainingSymbol("harbours.v1.Harbours")
            harbours/v1/harbours.proto ["sea/v1/water.proto"]
            sea/v1/water.proto ["sea/v1/moon.proto"]
            sea/v1/moon.proto ["sea/v1/gone.proto"]
        FileContainingSymbol("sea.v1.Water.Tide.metres")
            sea/v1/water.proto ["sea/v1/moon.proto"]
        FileContainingSymbol("sea.v1.MOON_FULL")
            sea/v1/moon.proto ["sea/v1/gone.proto"]
        FileByFilename("sea/v1/water.proto")
            sea/v1/water.proto ["sea/v1/moon.proto"]
    "#]],
    )
    .await;

    let error = Reflection::new([]).describe(&[0xff][..]).unwrap_err();
    expect![
        "failed to decode Protobuf message: FileDescriptorSet: the message ends in the middle of it"
    ]
    .assert_eq(&error.to_string());
}

#[tokio::test]
async fn a_server_may_know_what_others_have_described() {
    let (connector, listener) = traitwire::memory();
    let reflection = Reflection::new([]).describe(described()).unwrap();
    let server = server().reflection_with(reflection);
    let _running = server.start(listener).await.unwrap();
    let client = ServerReflectionClient::connect(connector).await.unwrap();
    check(
        &client,
        [ListServices(String::new()), symbol("sea.v1.Moon")],
        expect![[r#"
            ListServices("")
                grpc.reflection.v1.ServerReflection
                grpc.reflection.v1alpha.ServerReflection
            FileContainingSymbol("sea.v1.Moon")
                sea/v1/moon.proto ["sea/v1/gone.proto"]
        "#]],
    )
    .await;
}
