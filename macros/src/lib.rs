//! The macros of traitwire: syntax -> model -> tokens.
//!
//! Users meet them through the re-exports of the `traitwire` crate, where their documentation lies too. Every macro has
//! three steps: a model is read from the syntax, which is the only step that can fail; tokens are emitted from the
//! model; and if there is no model, as much of the user's code as possible is emitted beside the errors.

#![expect(
    missing_docs,
    reason = "rustdoc would put these docs behind those of the re-exports, which can use the runtime"
)]

mod diagnostics;
mod docs;
mod error;
mod message;
mod options;
mod origin;
mod prost;
mod service;

use proc_macro::TokenStream;

#[proc_macro_attribute]
pub fn grpc_service(args: TokenStream, item: TokenStream) -> TokenStream {
    service::expand(args.into(), item.into()).into()
}

#[proc_macro_derive(Message, attributes(proto))]
pub fn derive_message(item: TokenStream) -> TokenStream {
    message::expand_message(item.into()).into()
}

#[proc_macro_derive(Enumeration, attributes(proto))]
pub fn derive_enumeration(item: TokenStream) -> TokenStream {
    message::expand_enumeration(item.into()).into()
}

#[proc_macro_derive(OneOf, attributes(proto))]
pub fn derive_one_of(item: TokenStream) -> TokenStream {
    message::expand_one_of(item.into()).into()
}

#[proc_macro]
pub fn prost_message(tokens: TokenStream) -> TokenStream {
    prost::expand(tokens.into()).into()
}

#[proc_macro_derive(GrpcError, attributes(grpc, proto))]
pub fn derive_grpc_error(item: TokenStream) -> TokenStream {
    error::expand(item.into()).into()
}
