//! The model of `prost_message!`.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{
    Attribute, Ident, LitStr, Path, Token, Type, Visibility,
    parse::{Parse, ParseStream},
    token,
};
use traitwire_schema::names;

use crate::{diagnostics::Diagnostics, message::check_name, options::default_krate};

/// What stands between the brackets.
pub(super) struct Entries {
    krate: Path,
    entries: Vec<Entry>,
}

/// `google::longrunning::Operation = "google.longrunning.Operation", file = "google/longrunning/operations.proto"`.
struct Entry {
    target: Target,
    name: LitStr,
    file: LitStr,
}

/// What becomes a message.
pub(super) enum Target {
    /// The type itself.
    Type(Type),
    /// A type around it: `pub struct Operation(other::Operation)`.
    Wrapper {
        attrs: Vec<Attribute>,
        vis: Visibility,
        ident: Ident,
        inner_vis: Visibility,
        inner: Box<Type>,
    },
}

/// Types that are messages.
pub(super) struct Messages {
    /// Where the runtime is found.
    pub(super) krate: Path,
    pub(super) messages: Vec<Message>,
}

pub(super) struct Message {
    pub(super) target: Target,
    pub(super) package: Option<String>,
    /// Those of the messages around it, and its own.
    pub(super) names: Vec<String>,
    pub(super) file: String,
}

impl Parse for Entries {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let krate = if input.peek(Token![crate]) && input.peek2(Token![=]) {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            let krate = Path::parse_mod_style(input)?;
            input.parse::<Token![;]>()?;
            krate
        } else {
            default_krate()
        };
        let mut entries = Vec::new();
        while !input.is_empty() {
            entries.push(input.parse()?);
            if !input.is_empty() {
                input.parse::<Token![;]>()?;
            }
        }
        Ok(Self { krate, entries })
    }
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        let is_wrapper = !attrs.is_empty()
            || !matches!(vis, Visibility::Inherited)
            || input.peek(Token![struct]);
        let target = if is_wrapper {
            input.parse::<Token![struct]>()?;
            let ident = input.parse()?;
            if !input.peek(token::Paren) {
                return Err(input.error(format_args!(
                    "expected the type that `{ident}` is around, `struct {ident}(other::{ident})`"
                )));
            }
            let content;
            syn::parenthesized!(content in input);
            Target::Wrapper {
                attrs,
                vis,
                ident,
                inner_vis: content.parse()?,
                inner: content.parse()?,
            }
        } else {
            Target::Type(input.parse()?)
        };
        input.parse::<Token![=]>()?;
        let name = string(input, "the full name in protobuf", "routeguide.Point")?;
        if input.is_empty() || input.peek(Token![;]) {
            return Err(syn::Error::new(
                name.span(),
                "in which file is it declared?\n\nhelp: add `, file = \"routeguide/routeguide.proto\"`, which exported files \
                 import",
            ));
        }
        input.parse::<Token![,]>()?;
        let option: Ident = input.parse()?;
        if option != "file" {
            return Err(syn::Error::new(
                option.span(),
                format_args!("unknown option `{option}`; the only option is `file`"),
            ));
        }
        input.parse::<Token![=]>()?;
        let file = string(input, "the path of a file", "routeguide/routeguide.proto")?;
        Ok(Self { target, name, file })
    }
}

fn string(input: ParseStream<'_>, what: &str, example: &str) -> syn::Result<LitStr> {
    if input.peek(LitStr) {
        return input.parse();
    }
    Err(input.error(format_args!("expected {what}, {example:?}")))
}

impl Entries {
    pub(super) fn read(self, cx: &Diagnostics) -> Messages {
        let messages = self.entries.into_iter().map(|entry| entry.read(cx));
        Messages {
            krate: self.krate,
            messages: messages.collect(),
        }
    }
}

impl Entry {
    fn read(self, cx: &Diagnostics) -> Message {
        let Self { target, name, file } = self;
        check_name(cx, Some(&file), names::check_file);
        let full_name = name.value();
        // Messages begin with a capital letter, and packages don't.
        let (package, names): (Vec<&str>, Vec<&str>) = full_name
            .split('.')
            .partition(|part| !part.starts_with(|first: char| first.is_ascii_uppercase()));
        let package = package.join(".");
        if names.is_empty() {
            cx.error(
                &name,
                format_args!(
                    "`{full_name}` is a package: after it comes the name of the message, which begins with a capital letter"
                ),
            );
        } else if [&*package, &names.join(".")]
            .join(".")
            .trim_start_matches('.')
            != full_name
        {
            cx.error(
                &name,
                format_args!(
                    "`{full_name}` is no full name: the package comes first, in lower case"
                ),
            );
        } else {
            let checked = names.iter().try_for_each(|name| names::check(name));
            if let Err(error) = checked {
                cx.error(&name, error);
            }
            if let Err(error) = names::check_package(&package) {
                cx.error(&name, error);
            }
        }
        // One that is reported stands for a message all the same.
        let names = match &names[..] {
            [] => &[&*full_name],
            names => names,
        };
        Message {
            target,
            package: (!package.is_empty()).then_some(package),
            names: names.iter().copied().map(str::to_owned).collect(),
            file: file.value(),
        }
    }
}

impl Target {
    /// The type that is a message.
    pub(super) fn message(&self) -> impl ToTokens {
        match self {
            Self::Type(ty) => ty.to_token_stream(),
            Self::Wrapper { ident, .. } => ident.to_token_stream(),
        }
    }

    pub(super) fn span(&self) -> Span {
        match self {
            Self::Type(ty) => syn::spanned::Spanned::span(ty).resolved_at(Span::call_site()),
            Self::Wrapper { ident, .. } => ident.span(),
        }
    }
}
