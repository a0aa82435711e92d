//! Constants that say where an item comes from.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Ident, ext::IdentExt};

/// An expression for the place of the item that is called `ident`: `"src/lib.rs:12"`.
///
/// The line is the macro's, in front of the item: `line!()` tells where the outermost macro stands.
pub(crate) fn location(ident: &Ident) -> TokenStream {
    quote_spanned! {ident.span().resolved_at(proc_macro2::Span::mixed_site())=>
        ::core::concat!(::core::file!(), ":", ::core::line!())
    }
}

/// The line of what is called `ident`, in the same file as the item; 0 outside of a compiler.
pub(crate) fn line(ident: &Ident) -> u32 {
    if !proc_macro::is_available() {
        return 0;
    }
    u32::try_from(ident.span().unwrap().line()).unwrap_or(0)
}

/// An expression for the full name of the type that is called `ident`: `"route_guide::Point"`.
pub(crate) fn rust_name(ident: &Ident) -> TokenStream {
    let name = ident.unraw().to_string();
    quote!(::core::concat!(::core::module_path!(), "::", #name))
}
