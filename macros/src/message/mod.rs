//! The derives of messages, enums and oneofs.

use proc_macro2::TokenStream;
use quote::quote;

pub(crate) fn expand_message(_item: TokenStream) -> TokenStream {
    quote!(::core::compile_error!("messages can't be derived yet");)
}

pub(crate) fn expand_enumeration(_item: TokenStream) -> TokenStream {
    quote!(::core::compile_error!("enums can't be derived yet");)
}

pub(crate) fn expand_one_of(_item: TokenStream) -> TokenStream {
    quote!(::core::compile_error!("oneofs can't be derived yet");)
}
