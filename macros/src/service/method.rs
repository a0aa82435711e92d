//! One RPC: what is read from a method's signature.

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::{
    Attribute, Expr, FnArg, GenericParam, Ident, Meta, Pat, PatType, ReceiverKind, ReturnType,
    Safety, Signature, Token, TraitItemFn, Type, ext::IdentExt, punctuated::Punctuated,
};
use traitwire_schema::{
    descriptor::{Idempotency, MethodKind},
    names,
};

use super::types::{self, check_message, peel};
use crate::{
    diagnostics::Diagnostics,
    docs,
    options::{Options, list},
};

/// One RPC of a service.
pub(super) struct Method<'a> {
    /// `say_hello`.
    pub(super) ident: &'a Ident,
    /// `SayHello`.
    pub(super) wire_name: String,
    /// Which sides stream.
    pub(super) kind: MethodKind,
    /// What the client sends; nothing is `google.protobuf.Empty`.
    pub(super) request: Option<Request<'a>>,
    /// The `Context` at the end.
    pub(super) context: Option<Argument<'a>>,
    /// The message that comes back, without the `Streaming` around it.
    pub(super) response: &'a Type,
    /// The error, unless an alias of `Result` hides it.
    pub(super) error: Option<&'a Type>,
    /// `Result<…>` as it is written.
    pub(super) output: &'a Type,
    pub(super) idempotency: Idempotency,
    pub(super) deprecated: bool,
    /// The handler goes on when nobody waits for its answer any more.
    pub(super) detached: bool,
    /// The longest messages, where they differ from those of other methods.
    pub(super) max_request_len: Option<Expr>,
    pub(super) max_response_len: Option<Expr>,
    pub(super) doc: String,
    pub(super) attrs: &'a [Attribute],
}

/// What the client sends.
pub(super) struct Request<'a> {
    pub(super) argument: Argument<'a>,
    /// The message, without the `Streaming` around it.
    pub(super) message: &'a Type,
}

/// An argument: a name for it, and its type as it is written.
pub(super) struct Argument<'a> {
    pub(super) name: Ident,
    pub(super) ty: &'a Type,
}

/// The functions of the generated clients themselves.
const OF_THE_CLIENT: [&str; 6] = ["new", "connect", "lazy", "local", "channel", "blocking"];

impl<'a> Method<'a> {
    pub(super) fn read(cx: &Diagnostics, item: &'a TraitItemFn) -> Option<Self> {
        let TraitItemFn { attrs, sig, .. } = item;
        let mut options = Options::of_attrs(cx, attrs, "rpc");
        let wire_name = read_wire_name(cx, &sig.ident, &mut options);
        let idempotency = read_idempotency(cx, &mut options);
        let deprecated = is_deprecated(cx, attrs, &mut options);
        let detached = options.flag(cx, "detached").is_some();
        let max_request_len = options.expr(cx, "max_request_len", "16 << 20");
        let max_response_len = options.expr(cx, "max_response_len", "16 << 20");
        options.finish(cx);
        check_cfg(cx, attrs);
        // All parts are read before any is unwrapped, so that a mistake in one doesn't hide those in others.
        let (inputs, output) = cx.sound(|| {
            check_name(cx, &sig.ident);
            check_qualifiers(cx, item);
            check_generics(cx, sig);
            let inputs = Inputs::read(cx, sig);
            let output = Output::read(cx, sig);
            Some((inputs?, output?))
        })?;
        Some(Self {
            ident: &sig.ident,
            wire_name,
            kind: match (inputs.streams, output.streams) {
                (false, false) => MethodKind::Unary,
                (true, false) => MethodKind::ClientStreaming,
                (false, true) => MethodKind::ServerStreaming,
                (true, true) => MethodKind::BidiStreaming,
            },
            request: inputs.request,
            context: inputs.context,
            response: output.message,
            error: output.error,
            output: output.ty,
            idempotency,
            deprecated,
            detached,
            max_request_len,
            max_response_len,
            doc: docs::text(attrs),
            attrs,
        })
    }
}

fn check_cfg(cx: &Diagnostics, attrs: &[Attribute]) {
    let is_cfg = |attr: &&Attribute| attr.path().is_ident("cfg") || is_conditional(attr, "cfg");
    for attr in attrs.iter().filter(is_cfg) {
        cx.error(
            attr,
            "a method can't depend on `cfg`: the service is a contract, the same for everybody who compiles it\n\nhelp: \
             answer `Status::unimplemented(…)` where the method isn't supported",
        );
    }
    for attr in attrs.iter().filter(|attr| is_conditional(attr, "rpc")) {
        cx.error(
            attr,
            "the options of a method can't depend on `cfg`: the service is a contract, the same for everybody who \
             compiles it",
        );
    }
}

/// Whether this is a `#[cfg_attr(…)]` around the attribute called `name`, which only rustc could look into.
pub(super) fn is_conditional(attr: &Attribute, name: &str) -> bool {
    if !attr.path().is_ident("cfg_attr") {
        return false;
    }
    let parts = attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    // The first one is the condition.
    parts.is_ok_and(|parts| parts.iter().skip(1).any(|part| part.path().is_ident(name)))
}

fn check_qualifiers(cx: &Diagnostics, item: &TraitItemFn) {
    let sig = &item.sig;
    if let Some(default) = &item.modifiers.defaultness {
        cx.error(default, "a gRPC method can't be `default`: remove it");
    }
    if let Some(constness) = &sig.constness {
        cx.error(constness, "a gRPC method can't be `const`: remove it");
    }
    if let Safety::Unsafe(unsafety) = &sig.safety {
        cx.error(
            unsafety,
            "a gRPC method can't be `unsafe`: whoever calls over the network keeps no promises",
        );
    }
    if let Some(abi) = &sig.abi {
        cx.error(
            abi,
            "a gRPC method can't be `extern`: the network is the only ABI it has",
        );
    }
    if let Some(variadic) = &sig.variadic {
        cx.error(
            variadic,
            "a gRPC method takes one request: write a message with a `Vec<T>`, or a `Streaming<T>`",
        );
    }
    if sig.asyncness.is_none() {
        let written = match &sig.output {
            ReturnType::Type(_, ty) if matches!(peel(ty), Type::ImplTrait(_)) => {
                "a gRPC method is an `async fn`: write `async fn` and what the future returns, a `Result<…, Status>`"
            }
            _ => "a gRPC method is asynchronous: write `async fn`",
        };
        cx.error(sig.fn_token, written);
    }
}

fn check_generics(cx: &Diagnostics, sig: &Signature) {
    let params = &sig.generics.params;
    if !params.is_empty() {
        let is_lifetime = |param: &GenericParam| matches!(param, GenericParam::Lifetime(_));
        let message = if params.iter().all(is_lifetime) {
            "a gRPC method has no lifetimes: messages own their data, and `&self` needs none"
        } else {
            "a gRPC method can't be generic: it is one entry in the `.proto`, with one request and one response type\n\n\
             help: write a method for each type"
        };
        cx.error(&sig.generics, message);
    }
    if let Some(where_clause) = &sig.generics.where_clause {
        cx.error(
            where_clause,
            "a gRPC method can't have a `where` clause: every client may call it",
        );
    }
}

fn check_name(cx: &Diagnostics, ident: &Ident) {
    let name = ident.unraw().to_string();
    if OF_THE_CLIENT.contains(&&*name) {
        cx.error(
            ident,
            format_args!(
                "the generated client has a function `{name}` of its own: call the method something else\n\nhelp: the \
                 name on the wire can stay: `#[rpc(name = \"{}\")]`",
                names::method(&name)
            ),
        );
    }
}

fn read_wire_name(cx: &Diagnostics, ident: &Ident, options: &mut Options) -> String {
    if let Some(name) = options.string(cx, "name", "GetFeature") {
        let value = name.value();
        if let Err(error) = names::check(&value) {
            cx.error(name, error);
        }
        return value;
    }
    let name = names::method(&ident.unraw().to_string());
    if let Err(error) = names::check(&name) {
        cx.error(
            ident,
            format_args!("{error}\n\nhelp: give it a name on the wire: `#[rpc(name = \"…\")]`"),
        );
    }
    name
}

fn read_idempotency(cx: &Diagnostics, options: &mut Options) -> Idempotency {
    let idempotent = options.flag(cx, "idempotent");
    let no_side_effects = options.flag(cx, "no_side_effects");
    match (idempotent, no_side_effects) {
        (Some(idempotent), Some(_)) => {
            cx.error(
                idempotent,
                "`no_side_effects` already says that calling twice is harmless: remove `idempotent`",
            );
            Idempotency::NoSideEffects
        }
        (None, Some(_)) => Idempotency::NoSideEffects,
        (Some(_), None) => Idempotency::Idempotent,
        (None, None) => Idempotency::Unknown,
    }
}

/// Whether the option or Rust's own attribute says so.
pub(super) fn is_deprecated(cx: &Diagnostics, attrs: &[Attribute], options: &mut Options) -> bool {
    let by_option = options.flag(cx, "deprecated").is_some();
    by_option || attrs.iter().any(|attr| attr.path().is_ident("deprecated"))
}

/// What is between the parentheses, after `&self`.
struct Inputs<'a> {
    request: Option<Request<'a>>,
    streams: bool,
    context: Option<Argument<'a>>,
}

impl<'a> Inputs<'a> {
    fn read(cx: &Diagnostics, sig: &'a Signature) -> Option<Self> {
        let receiver = check_receiver(cx, sig);
        let arguments: Vec<&PatType> = sig
            .inputs
            .iter()
            .filter_map(|input| match input {
                FnArg::Receiver(_) => None,
                FnArg::Typed(argument) => Some(argument),
            })
            .collect();
        for attr in arguments.iter().flat_map(|argument| &argument.attrs) {
            if attr.path().is_ident("proto") || attr.path().is_ident("rpc") {
                cx.error(
                    attr,
                    "an argument has no options: they belong to the fields of the message",
                );
            } else if attr.path().is_ident("cfg") {
                cx.error(
                    attr,
                    "an argument can't depend on `cfg`: the service is a contract, the same for everybody who compiles it",
                );
            }
        }
        let (contexts, requests): (Vec<_>, Vec<_>) = arguments
            .iter()
            .copied()
            .partition(|argument| is_context(&argument.ty));
        let context = read_context(cx, &arguments, &contexts);
        let request = read_request(cx, &requests);
        let (_, context, (request, streams)) = (receiver?, context?, request?);
        Some(Self {
            request,
            streams,
            context,
        })
    }
}

fn check_receiver(cx: &Diagnostics, sig: &Signature) -> Option<()> {
    let Some(receiver) = sig.receiver() else {
        let rest = sig.inputs.to_token_stream();
        let separator = if rest.is_empty() { "" } else { ", …" };
        cx.error(
            &sig.ident,
            format_args!(
                "a gRPC method takes `&self`: write `{}(&self{separator})`",
                sig.ident
            ),
        );
        return None;
    };
    let message = match &receiver.kind {
        ReceiverKind::Reference(_, None, None) => return Some(()),
        ReceiverKind::Reference(_, _, Some(_)) => {
            "a server answers many calls at once: write `&self`, and keep what changes in a `Mutex` or an atomic"
        }
        ReceiverKind::Reference(_, Some(_), None) => {
            "a gRPC method has no lifetimes: write `&self`"
        }
        ReceiverKind::Value => "a service outlives its calls: write `&self`",
        _ => "a gRPC method takes `&self`, and nothing else in its place",
    };
    cx.error(receiver, message);
    None
}

fn is_context(ty: &Type) -> bool {
    match peel(ty) {
        Type::Reference(reference) => is_context(&reference.elem),
        ty => types::is_called(ty, "Context"),
    }
}

fn read_context<'a>(
    cx: &Diagnostics,
    arguments: &[&'a PatType],
    contexts: &[&'a PatType],
) -> Option<Option<Argument<'a>>> {
    let [first, more @ ..] = contexts else {
        return Some(None);
    };
    let mut fine = true;
    for context in more {
        cx.error(
            context,
            "there is one `Context` for each call: remove this one",
        );
        fine = false;
    }
    for context in contexts {
        if let Type::Reference(reference) = peel(&context.ty) {
            let by_value = text(&reference.elem);
            cx.error(
                &context.ty,
                format_args!(
                    "the context is taken by value: write `{by_value}`; it is cheap to clone"
                ),
            );
            fine = false;
        }
    }
    let is_last = arguments.last().is_some_and(|last| is_context(&last.ty));
    if !is_last {
        let request = arguments.iter().find(|argument| !is_context(&argument.ty));
        let order = match request {
            Some(request) => format!("write `(&self, {}, {})`", text(request), text(first)),
            None => format!("write `(&self, {})`", text(first)),
        };
        cx.error(
            first,
            format_args!("the context is the last argument: {order}"),
        );
        fine = false;
    }
    fine.then(|| Some(Argument::read(first, "cx")))
}

/// The request, and whether it is a stream.
fn read_request<'a>(
    cx: &Diagnostics,
    requests: &[&'a PatType],
) -> Option<(Option<Request<'a>>, bool)> {
    let streams: Vec<_> = requests
        .iter()
        .map(|request| read_stream(cx, &request.ty))
        .collect();
    if requests.len() > 1 {
        let names: Vec<String> = requests.iter().map(|request| text(&request.pat)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        cx.error(
            quote!(#(#requests),*),
            format_args!(
                "a gRPC method takes one request\n\nhelp: put {} in one message: `(&self, request: MyRequest)`",
                list(&names)
            ),
        );
        return None;
    }
    let (Some(request), Some(stream)) = (requests.first(), streams.first()) else {
        return Some((None, false));
    };
    let (message, streams) = (*stream)?;
    let argument = Argument::read(request, if streams { "requests" } else { "request" });
    Some((Some(Request { argument, message }), streams))
}

/// The message in a type that may be a `Streaming` of it, and whether it is.
fn read_stream<'a>(cx: &Diagnostics, ty: &'a Type) -> Option<(&'a Type, bool)> {
    let (message, streams) = match types::arguments(ty, "Streaming").as_deref() {
        Some([message]) => (*message, true),
        Some([]) => {
            cx.error(
                ty,
                "a stream says what it is of: write `Streaming<MyMessage>`",
            );
            return None;
        }
        Some(_) => {
            cx.error(
                ty,
                "a stream is of one type of message: write `Streaming<MyMessage>`",
            );
            return None;
        }
        None => (ty, false),
    };
    check_message(cx, message).then_some((message, streams))
}

impl<'a> Argument<'a> {
    /// Clients need a name for what the trait may take apart or ignore.
    fn read(argument: &'a PatType, otherwise: &str) -> Self {
        let name = match &*argument.pat {
            Pat::Ident(pat) if pat.subpat.is_none() => pat.ident.clone(),
            // Mixed site: it can't be confused with a name the user chose.
            _ => Ident::new(otherwise, Span::mixed_site()),
        };
        Self {
            name,
            ty: &argument.ty,
        }
    }
}

/// What follows the `->`.
struct Output<'a> {
    ty: &'a Type,
    message: &'a Type,
    streams: bool,
    error: Option<&'a Type>,
}

impl<'a> Output<'a> {
    fn read(cx: &Diagnostics, sig: &'a Signature) -> Option<Self> {
        let ReturnType::Type(_, ty) = &sig.output else {
            cx.error(
                &sig.ident,
                "a gRPC method can fail: write `-> Result<MyResponse, Status>`, or `-> Result<(), Status>` if there is \
                 nothing to say",
            );
            return None;
        };
        if sig.asyncness.is_none() && matches!(peel(ty), Type::ImplTrait(_)) {
            // It has been told to be an `async fn`.
            return None;
        }
        let (message, error) = match types::arguments(ty, "Result").as_deref() {
            Some([message, rest @ ..]) => (*message, rest.first().copied()),
            Some([]) => {
                cx.error(
                    ty,
                    "a gRPC method says what it returns: write `Result<MyResponse, Status>`",
                );
                return None;
            }
            None => {
                let written = text(ty);
                cx.error(ty, match peel(ty) {
                    Type::ImplTrait(_) | Type::TraitObject(_) => {
                        "a gRPC method can fail, and names its types: write `Result<MyResponse, Status>`, or \
                         `Result<Streaming<MyResponse>, Status>` for a stream"
                            .to_owned()
                    }
                    _ => format!("a gRPC method can fail: write `Result<{written}, Status>`"),
                });
                return None;
            }
        };
        let (message, streams) = read_stream(cx, message)?;
        Some(Self {
            ty,
            message,
            streams,
            error,
        })
    }
}

/// The tokens as a person would write them, as far as that matters in a message.
fn text(tokens: impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (from, to) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        (" >", ">"),
        ("< ", "<"),
        (" : ", ": "),
        (" , ", ", "),
        ("& ", "&"),
    ] {
        text = text.replace(from, to);
    }
    text
}
