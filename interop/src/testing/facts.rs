//! Whether our `grpc.testing` is that of everybody else.

use std::collections::BTreeMap;
use std::fmt::Write;

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};
use traitwire::schema::Schema;

use super::{TestService, UnimplementedService};

#[test]
fn everything_that_is_on_the_wire_is_as_in_the_original() {
    let schema = Schema::collect(&[TestService, UnimplementedService]).expect("it is an API");
    let set = FileDescriptorSet::decode(&*schema.descriptor_set()).expect("it is protobuf");
    let [file] = &*set.file else {
        panic!("the services are in one file");
    };
    assert_eq!(file.package(), "grpc.testing");
    let mut facts = String::new();
    for service in &file.service {
        writeln!(facts, "service {}", service.name()).unwrap();
        let methods = service.method.iter().map(|method| {
            let stream = |streams| if streams { "stream " } else { "" };
            let request = stream(method.client_streaming()).to_owned() + local(method.input_type());
            let response =
                stream(method.server_streaming()).to_owned() + local(method.output_type());
            (method.name(), format!("({request}) {response}"))
        });
        for (name, sides) in methods.collect::<BTreeMap<_, _>>() {
            writeln!(facts, "    {name}{sides}").unwrap();
        }
    }
    let messages = file
        .message_type
        .iter()
        .map(|message| (message.name(), message));
    for (name, message) in messages.collect::<BTreeMap<_, _>>() {
        writeln!(facts, "message {name}").unwrap();
        let fields = message.field.iter().map(|field| (field.number(), field));
        for (number, field) in fields.collect::<BTreeMap<_, _>>() {
            let ty = type_of(message, field);
            writeln!(facts, "    {number} {} {ty}", field.name()).unwrap();
        }
    }
    let enums = file.enum_type.iter().map(|item| (item.name(), item));
    for (name, item) in enums.collect::<BTreeMap<_, _>>() {
        writeln!(facts, "enum {name}").unwrap();
        for value in &item.value {
            writeln!(facts, "    {} {}", value.number(), value.name()).unwrap();
        }
    }
    assert_eq!(facts, ORIGINAL);
}

fn type_of(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let name = match field.type_name() {
        "" => scalar(field).to_owned(),
        name => local(name).to_owned(),
    };
    let entry = message.nested_type.iter().find(|nested| {
        let is_entry = nested
            .options
            .as_ref()
            .is_some_and(|options| options.map_entry());
        is_entry && name.ends_with(&format!(".{}", nested.name()))
    });
    match entry {
        Some(entry) => {
            let sides: Vec<_> = entry.field.iter().map(scalar).collect();
            format!("map {}", sides.join(" "))
        }
        None if field.label() == Label::Repeated => format!("repeated {name}"),
        None if field.proto3_optional() => format!("optional {name}"),
        None => name,
    }
}

/// `int32`, where the descriptor says `TYPE_INT32`.
fn scalar(field: &FieldDescriptorProto) -> &'static str {
    match field.r#type() {
        Type::Bool => "bool",
        Type::Bytes => "bytes",
        Type::Double => "double",
        Type::Int32 => "int32",
        Type::String => "string",
        other => other.as_str_name(),
    }
}

/// The name of a type in the package.
fn local(name: &str) -> &str {
    let name = name.strip_prefix(".grpc.testing.");
    name.expect("the package uses nothing else")
}

/// What the descriptor in grpc-go's `interop/grpc_testing` says, as of August 2026, of the two services and of all that
/// belongs to them.
const ORIGINAL: &str = "\
service TestService
    CacheableUnaryCall(SimpleRequest) SimpleResponse
    EmptyCall(Empty) Empty
    FullDuplexCall(stream StreamingOutputCallRequest) stream StreamingOutputCallResponse
    HalfDuplexCall(stream StreamingOutputCallRequest) stream StreamingOutputCallResponse
    StreamingInputCall(stream StreamingInputCallRequest) StreamingInputCallResponse
    StreamingOutputCall(StreamingOutputCallRequest) stream StreamingOutputCallResponse
    UnaryCall(SimpleRequest) SimpleResponse
    UnimplementedCall(Empty) Empty
service UnimplementedService
    UnimplementedCall(Empty) Empty
message BoolValue
    1 value bool
message EchoStatus
    1 code int32
    2 message string
message Empty
message Payload
    1 type PayloadType
    2 body bytes
message ResponseParameters
    1 size int32
    2 interval_us int32
    3 compressed BoolValue
    4 fill_peer_socket_address BoolValue
message SimpleRequest
    1 response_type PayloadType
    2 response_size int32
    3 payload Payload
    4 fill_username bool
    5 fill_oauth_scope bool
    6 response_compressed BoolValue
    7 response_status EchoStatus
    8 expect_compressed BoolValue
    9 fill_server_id bool
    10 fill_grpclb_route_type bool
    11 orca_per_query_report TestOrcaReport
message SimpleResponse
    1 payload Payload
    2 username string
    3 oauth_scope string
    4 server_id string
    5 grpclb_route_type GrpclbRouteType
    6 hostname string
message StreamingInputCallRequest
    1 payload Payload
    2 expect_compressed BoolValue
message StreamingInputCallResponse
    1 aggregated_payload_size int32
message StreamingOutputCallRequest
    1 response_type PayloadType
    2 response_parameters repeated ResponseParameters
    3 payload Payload
    7 response_status EchoStatus
    8 orca_oob_report TestOrcaReport
message StreamingOutputCallResponse
    1 payload Payload
    2 peer_socket_address string
message TestOrcaReport
    1 cpu_utilization double
    2 memory_utilization double
    3 request_cost map string double
    4 utilization map string double
enum GrpclbRouteType
    0 GRPCLB_ROUTE_TYPE_UNKNOWN
    1 GRPCLB_ROUTE_TYPE_FALLBACK
    2 GRPCLB_ROUTE_TYPE_BACKEND
enum PayloadType
    0 COMPRESSABLE
";
