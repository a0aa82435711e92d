//! gRPC over HTTP/2 ([PROTOCOL-HTTP2.md]): header names, status text. Bytes and headers in, meaning out.
//!
//! The only module that knows header names.
//!
//! [PROTOCOL-HTTP2.md]: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md

mod errors;
mod fields;
mod headers;

pub(crate) use errors::{Broken, client_error, server_error};
pub(crate) use fields::{
    NAMES, ReadResponses, RequestFields, ResponseFields, call_fields, check_list,
    http_response_fields, method_fields, ok_trailer_fields, plain_response_fields, push_headers,
    response_fields, trailer_fields, trailers_only_fields,
};
pub(crate) use headers::{
    ClientRequest, Refusal, RequestHead, ResponseCoding, ResponseHead, has_status, is_grpc_request,
    read_open_response, read_request, read_response, read_trailers, refusal_response,
    response_head, status_trailers, trailers_only, user_agent, write_request,
};
