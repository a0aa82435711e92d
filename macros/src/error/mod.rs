//! The derive of errors.
//!
//! The messages in their details are structs with `#[derive(Message)]` in what is emitted: what can be wrong with a field
//! is said there.

mod emit;
mod fallback;
mod format;
mod model;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use self::model::GrpcError;
use crate::diagnostics::Diagnostics;

pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    match Diagnostics::collect(|cx| GrpcError::read(cx, &item)) {
        Ok(error) => emit::error(&error),
        Err(errors) => {
            let mut tokens = fallback::error(&item);
            tokens.extend(errors.into_compile_error());
            tokens
        }
    }
}
