//! Whether our `grpc.testing` is that of everybody else.

use super::{TestService, UnimplementedService};
use crate::facts::{facts, files};

#[test]
fn everything_that_is_on_the_wire_is_as_in_the_original() {
    let files = files(&[TestService, UnimplementedService]);
    let [file] = &*files else {
        panic!("the services are in one file");
    };
    assert_eq!(file.package(), "grpc.testing");
    assert_eq!(facts(file), ORIGINAL);
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
