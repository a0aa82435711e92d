//! Messages that nobody wrote: of several arguments, or of one value that is no message.

use proc_macro2::Span;
use syn::{Attribute, Expr, Ident, LitStr, visit::Visit};
use traitwire_schema::names;

use super::method::{Argument, Method};
use crate::{
    diagnostics::Diagnostics,
    options::{Options, list},
};

/// A message whose fields are the arguments of a method, or the value that it returns.
pub(super) struct Made<'a> {
    /// `GetFeatureRequest`, in Rust and on the wire.
    pub(super) ident: Ident,
    pub(super) fields: Vec<Field<'a>>,
    /// What stands in the method's `reserved(…)`.
    pub(super) reserved: Vec<Expr>,
}

/// A field of such a message. What is wrong with it, `#[derive(Message)]` says.
pub(super) struct Field<'a> {
    pub(super) argument: Argument<'a>,
    /// Those that are meant for a field.
    pub(super) attrs: Vec<&'a Attribute>,
}

/// What `#[rpc(…)]` says of the messages that are made for the method.
pub(super) struct MadeOptions {
    request: Option<LitStr>,
    response: Option<LitStr>,
    reserved: Vec<Expr>,
}

impl MadeOptions {
    pub(super) fn read(cx: &Diagnostics, options: &mut Options) -> Self {
        Self {
            request: options.string(cx, "request", "GetFeatureRequest"),
            response: options.string(cx, "response", "GetFeatureResponse"),
            reserved: options.list(cx, "reserved", "2, 9..=11, \"old_name\""),
        }
    }

    /// The message of a method's arguments.
    pub(super) fn request<'a>(
        &self,
        cx: &Diagnostics,
        wire_name: &str,
        at: &Ident,
        fields: Vec<Field<'a>>,
    ) -> Option<Made<'a>> {
        Some(Made {
            ident: made_ident(cx, self.request.as_ref(), wire_name, "Request", at)?,
            fields,
            reserved: self.reserved.clone(),
        })
    }

    /// The message of what a method returns.
    pub(super) fn response<'a>(
        &self,
        cx: &Diagnostics,
        wire_name: &str,
        at: &Ident,
        field: Field<'a>,
    ) -> Option<Made<'a>> {
        Some(Made {
            ident: made_ident(cx, self.response.as_ref(), wire_name, "Response", at)?,
            fields: vec![field],
            reserved: Vec::new(),
        })
    }

    /// Reports what is said of a request that isn't made.
    pub(super) fn refuse_request(&self, cx: &Diagnostics) {
        if let Some(request) = &self.request {
            cx.error(
                request,
                "the request has a name, that of its type: `request` names the message that is made of several arguments; \
                 remove it",
            );
        }
        for expr in &self.reserved {
            cx.error(
                expr,
                "what is reserved is said by the message that the method takes: `#[proto(reserved(…))]` above its struct",
            );
        }
    }

    /// Reports what is said of a response that isn't made.
    pub(super) fn refuse_response(&self, cx: &Diagnostics) {
        if let Some(response) = &self.response {
            cx.error(
                response,
                "the response has a name, that of its type: `response` names the message that is made of a value which is \
                 none; remove it",
            );
        }
    }
}

impl Made<'_> {
    /// Whether its field has number 1 without being told: there is no other that it could be mistaken for.
    pub(super) fn is_numbered_by_itself(&self) -> bool {
        match &self.fields[..] {
            [only] => !is_numbered(only.attrs.iter().copied()),
            _ => false,
        }
    }
}

/// Whether there is a `#[proto(…)]`, which makes something a field.
pub(super) fn is_numbered<'a>(attrs: impl IntoIterator<Item = &'a Attribute>) -> bool {
    attrs.into_iter().any(|attr| attr.path().is_ident("proto"))
}

fn made_ident(
    cx: &Diagnostics,
    name: Option<&LitStr>,
    wire_name: &str,
    suffix: &str,
    at: &Ident,
) -> Option<Ident> {
    let Some(name) = name else {
        // A name that can't be one is reported.
        let mut ident = syn::parse_str::<Ident>(&format!("{wire_name}{suffix}")).ok()?;
        ident.set_span(at.span().resolved_at(Span::call_site()));
        return Some(ident);
    };
    if let Err(error) = names::check(&name.value()) {
        cx.error(name, error);
        return None;
    }
    let ident = name.parse::<Ident>();
    if ident.is_err() {
        cx.error(
            name,
            format_args!(
                "`{}` is a keyword, which no type can be called; choose another name",
                name.value()
            ),
        );
    }
    ident.ok()
}

/// The methods whose messages can be told from each other, and from the user's types; what can't be is reported.
pub(super) fn with_own_names<'a>(cx: &Diagnostics, methods: Vec<Method<'a>>) -> Vec<Method<'a>> {
    let clashing = clashing(cx, &methods);
    methods
        .into_iter()
        .filter(|method| !clashing.contains(&method.wire_name))
        .collect()
}

/// Reports messages of one name, and types of the user's that are called like one. Returns the methods that they are made for.
fn clashing(cx: &Diagnostics, methods: &[Method<'_>]) -> Vec<String> {
    let mut clashing = Vec::new();
    let made: Vec<(&Made<'_>, &Method<'_>)> = methods
        .iter()
        .flat_map(|method| method.made().map(move |made| (made, method)))
        .collect();
    for (index, (message, method)) in made.iter().enumerate() {
        let earlier = made[..index]
            .iter()
            .find(|(earlier, _)| earlier.ident == message.ident);
        if let Some((_, first)) = earlier {
            clashing.push(method.wire_name.clone());
            let (first, method) = (first.ident, method.ident);
            cx.error(
                &message.ident,
                format_args!(
                    "`{}` is a message of `{first}` already\n\nhelp: give that of `{method}` another name: \
                     `#[rpc(request = \"…\")]`, `#[rpc(response = \"…\")]`",
                    message.ident
                ),
            );
        }
    }
    let mut finder = Finder {
        cx,
        made: &made,
        clashing,
    };
    for ty in methods.iter().flat_map(Method::types) {
        finder.visit_type(ty);
    }
    finder.clashing
}

/// Finds types that are called like messages that are made.
struct Finder<'a> {
    cx: &'a Diagnostics,
    made: &'a [(&'a Made<'a>, &'a Method<'a>)],
    clashing: Vec<String>,
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_type_path(&mut self, ty: &'ast syn::TypePath) {
        let made = (self.made.iter()).find(|(made, _)| ty.path.is_ident(&made.ident));
        if let Some((made, method)) = made {
            self.clashing.push(method.wire_name.clone());
            let method = method.ident;
            let fields: Vec<String> = (made.fields.iter())
                .map(|field| field.argument.name.to_string())
                .collect();
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            self.cx.error(
                ty,
                format_args!(
                    "`{0}` is the message that is made for `{method}`, of {1}\n\nhelp: give that another name, \
                     `#[rpc(request = \"…\")]` or `#[rpc(response = \"…\")]`; or have the method take, or return, nothing but \
                     `{0}`",
                    made.ident,
                    list(&fields)
                ),
            );
        }
        syn::visit::visit_type_path(self, ty);
    }
}
