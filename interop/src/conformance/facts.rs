//! Whether our `connectrpc.conformance.v1` is that of everybody else.

use super::{ConformanceService, ProgramService};
use crate::facts::{facts, files};

#[test]
fn everything_that_is_on_the_wire_is_as_in_the_original() {
    let files = files(&[ConformanceService, ProgramService]);
    let file = files.iter().find(|file| file.package() == PACKAGE);
    assert_eq!(facts(file.expect("there is such a file")), ORIGINAL);
}

const PACKAGE: &str = "connectrpc.conformance.v1";

/// What the files in `proto` of connectrpc/conformance say together, as of August 2026, but for `Config`, which the runner
/// keeps to itself, and `WireDetails`, which are the reference client's.
const ORIGINAL: &str = "\
service ConformanceService
    BidiStream(stream BidiStreamRequest) stream BidiStreamResponse
    ClientStream(stream ClientStreamRequest) ClientStreamResponse
    IdempotentUnary(IdempotentUnaryRequest) IdempotentUnaryResponse
    ServerStream(ServerStreamRequest) stream ServerStreamResponse
    Unary(UnaryRequest) UnaryResponse
    Unimplemented(UnimplementedRequest) UnimplementedResponse
message BidiStreamRequest
    1 response_definition StreamResponseDefinition
    2 full_duplex bool
    3 request_data bytes
message BidiStreamResponse
    1 payload ConformancePayload
message ClientCompatRequest
    1 test_name string
    2 http_version HTTPVersion
    3 protocol Protocol
    4 codec Codec
    5 compression Compression
    6 host string
    7 port uint32
    8 server_tls_cert bytes
    9 client_tls_creds TLSCreds
    10 message_receive_limit uint32
    11 service optional string
    12 method optional string
    13 stream_type StreamType
    14 use_get_http_method bool
    15 request_headers repeated Header
    16 request_messages repeated google.protobuf.Any
    17 timeout_ms optional uint32
    18 request_delay_ms uint32
    19 cancel ClientCompatRequest.Cancel
    20 raw_request RawHTTPRequest
message ClientCompatRequest.Cancel
    1 before_close_send google.protobuf.Empty of cancel_timing
    2 after_close_send_ms uint32 of cancel_timing
    3 after_num_responses uint32 of cancel_timing
message ClientCompatResponse
    1 test_name string
    2 response ClientResponseResult of result
    3 error ClientErrorResult of result
message ClientErrorResult
    1 message string
message ClientResponseResult
    1 response_headers repeated Header
    2 payloads repeated ConformancePayload
    3 error Error
    4 response_trailers repeated Header
    5 num_unsent_requests int32
    6 http_status_code optional int32
    7 feedback repeated string
message ClientStreamRequest
    1 response_definition UnaryResponseDefinition
    2 request_data bytes
message ClientStreamResponse
    1 payload ConformancePayload
message ConformancePayload
    1 data bytes
    2 request_info ConformancePayload.RequestInfo
message ConformancePayload.ConnectGetInfo
    1 query_params repeated Header
message ConformancePayload.RequestInfo
    1 request_headers repeated Header
    2 timeout_ms optional int64
    3 requests repeated google.protobuf.Any
    4 connect_get_info ConformancePayload.ConnectGetInfo
message Error
    1 code Code
    2 message optional string
    3 details repeated google.protobuf.Any
message Header
    1 name string
    2 value repeated string
message IdempotentUnaryRequest
    1 response_definition UnaryResponseDefinition
    2 request_data bytes
message IdempotentUnaryResponse
    1 payload ConformancePayload
message MessageContents
    1 binary bytes of data
    2 text string of data
    3 binary_message google.protobuf.Any of data
    4 compression Compression
message RawHTTPRequest
    1 verb string
    2 uri string
    3 headers repeated Header
    4 raw_query_params repeated Header
    5 encoded_query_params repeated RawHTTPRequest.EncodedQueryParam
    6 unary MessageContents of body
    7 stream StreamContents of body
message RawHTTPRequest.EncodedQueryParam
    1 name string
    2 value MessageContents
    3 base64_encode bool
message RawHTTPResponse
    1 status_code uint32
    2 headers repeated Header
    3 unary MessageContents of body
    4 stream StreamContents of body
    5 trailers repeated Header
message ServerCompatRequest
    1 protocol Protocol
    2 http_version HTTPVersion
    4 use_tls bool
    5 client_tls_cert bytes
    6 message_receive_limit uint32
    7 server_creds TLSCreds
message ServerCompatResponse
    1 host string
    2 port uint32
    3 pem_cert bytes
message ServerStreamRequest
    1 response_definition StreamResponseDefinition
    2 request_data bytes
message ServerStreamResponse
    1 payload ConformancePayload
message StreamContents
    1 items repeated StreamContents.StreamItem
message StreamContents.StreamItem
    1 flags uint32
    2 length optional uint32
    3 payload MessageContents
message StreamResponseDefinition
    1 response_headers repeated Header
    2 response_data repeated bytes
    3 response_delay_ms uint32
    4 error Error
    5 response_trailers repeated Header
    6 raw_response RawHTTPResponse
message TLSCreds
    1 cert bytes
    2 key bytes
message UnaryRequest
    1 response_definition UnaryResponseDefinition
    2 request_data bytes
message UnaryResponse
    1 payload ConformancePayload
message UnaryResponseDefinition
    1 response_headers repeated Header
    2 response_data bytes of response
    3 error Error of response
    4 response_trailers repeated Header
    5 raw_response RawHTTPResponse
    6 response_delay_ms uint32
message UnimplementedRequest
message UnimplementedResponse
enum Code
    0 CODE_UNSPECIFIED
    1 CODE_CANCELED
    2 CODE_UNKNOWN
    3 CODE_INVALID_ARGUMENT
    4 CODE_DEADLINE_EXCEEDED
    5 CODE_NOT_FOUND
    6 CODE_ALREADY_EXISTS
    7 CODE_PERMISSION_DENIED
    8 CODE_RESOURCE_EXHAUSTED
    9 CODE_FAILED_PRECONDITION
    10 CODE_ABORTED
    11 CODE_OUT_OF_RANGE
    12 CODE_UNIMPLEMENTED
    13 CODE_INTERNAL
    14 CODE_UNAVAILABLE
    15 CODE_DATA_LOSS
    16 CODE_UNAUTHENTICATED
enum Codec
    0 CODEC_UNSPECIFIED
    1 CODEC_PROTO
    2 CODEC_JSON
    3 CODEC_TEXT
enum Compression
    0 COMPRESSION_UNSPECIFIED
    1 COMPRESSION_IDENTITY
    2 COMPRESSION_GZIP
    3 COMPRESSION_BR
    4 COMPRESSION_ZSTD
    5 COMPRESSION_DEFLATE
    6 COMPRESSION_SNAPPY
enum HTTPVersion
    0 HTTP_VERSION_UNSPECIFIED
    1 HTTP_VERSION_1
    2 HTTP_VERSION_2
    3 HTTP_VERSION_3
enum Protocol
    0 PROTOCOL_UNSPECIFIED
    1 PROTOCOL_CONNECT
    2 PROTOCOL_GRPC
    3 PROTOCOL_GRPC_WEB
enum StreamType
    0 STREAM_TYPE_UNSPECIFIED
    1 STREAM_TYPE_UNARY
    2 STREAM_TYPE_CLIENT_STREAM
    3 STREAM_TYPE_SERVER_STREAM
    4 STREAM_TYPE_HALF_DUPLEX_BIDI_STREAM
    5 STREAM_TYPE_FULL_DUPLEX_BIDI_STREAM
";
