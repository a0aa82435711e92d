//! `prost_message!`: messages that prost generated are messages of ours.

mod emit;
mod model;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

use self::model::Entries;
use crate::diagnostics::Diagnostics;

pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let entries: Entries = match syn::parse2(tokens) {
        Ok(entries) => entries,
        Err(error) => return error.into_compile_error(),
    };
    // What is wrong is a name, without which the types are messages all the same.
    let (messages, errors) = Diagnostics::gather(|cx| entries.read(cx));
    let mut tokens = emit::messages(&messages);
    tokens.extend(errors.map(|error| error.into_compile_error()));
    tokens
}
