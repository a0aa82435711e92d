//! gRPC over HTTP/2 ([PROTOCOL-HTTP2.md]): framing, header names, status text. Bytes and headers in, meaning out.
//!
//! The only module that knows header names.
//!
//! [PROTOCOL-HTTP2.md]: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md

mod errors;
mod frame;
mod headers;

pub(crate) use errors::{client_error, server_error};
pub(crate) use frame::{Deframer, Direction, PREFIX_LEN, write_prefix};
pub(crate) use headers::{
    ClientRequest, Refusal, ResponseHead, read_request, read_response, read_trailers,
    refusal_response, response_head, status_trailers, trailers_only, user_agent, write_request,
};
