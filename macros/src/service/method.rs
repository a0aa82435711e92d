//! One RPC: what is read from a method's signature.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{
    Attribute, Expr, FnArg, GenericParam, Ident, Meta, Pat, PatType, ReceiverKind, ReturnType,
    Safety, Signature, Token, TraitItemFn, Type, ext::IdentExt, punctuated::Punctuated,
};
use traitwire_schema::{
    descriptor::{Idempotency, MethodKind},
    names,
};

use super::{
    made::{Field, Made, MadeOptions, is_numbered},
    types::{self, check_message, peel},
};
use crate::{diagnostics::Diagnostics, docs, message::is_no_message, options::Options};

/// One RPC of a service.
pub(super) struct Method<'a> {
    /// `say_hello`.
    pub(super) ident: &'a Ident,
    /// `SayHello`.
    pub(super) wire_name: String,
    /// Which sides stream.
    pub(super) kind: MethodKind,
    pub(super) request: Request<'a>,
    /// The `Context` at the end.
    pub(super) context: Option<Argument<'a>>,
    pub(super) response: Response<'a>,
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
pub(super) enum Request<'a> {
    /// `google.protobuf.Empty`.
    Nothing,
    /// An argument that is a message, or a `Streaming` of them.
    Message {
        argument: Argument<'a>,
        /// The message, without the `Streaming` around it.
        message: &'a Type,
    },
    /// Arguments that become the fields of a message.
    Fields(Made<'a>),
}

/// What the server sends.
pub(super) enum Response<'a> {
    /// A message, without the `Streaming` around it.
    Message(&'a Type),
    /// A value that becomes the field `value` of a message.
    Value { ty: &'a Type, made: Made<'a> },
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
        let made = MadeOptions::read(cx, &mut options);
        options.finish(cx);
        check_cfg(cx, attrs);
        // All parts are read before any is unwrapped, so that a mistake in one doesn't hide those in others.
        let (inputs, output, request, response) = cx.sound(|| {
            check_name(cx, &sig.ident);
            check_qualifiers(cx, item);
            check_generics(cx, sig);
            let inputs = Inputs::read(cx, sig);
            let output = Output::read(cx, sig, attrs);
            let (inputs, output) = (inputs?, output?);
            let request = inputs.request(cx, &made, &wire_name, &sig.ident);
            let response = output.response(cx, &made, &wire_name, &sig.ident);
            Some((inputs, output, request?, response?))
        })?;
        Some(Self {
            ident: &sig.ident,
            wire_name,
            kind: match (inputs.stream.is_some(), output.streams) {
                (false, false) => MethodKind::Unary,
                (true, false) => MethodKind::ClientStreaming,
                (false, true) => MethodKind::ServerStreaming,
                (true, true) => MethodKind::BidiStreaming,
            },
            request,
            context: inputs.context,
            response,
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

    /// The messages that are made for it.
    pub(super) fn made(&self) -> impl Iterator<Item = &Made<'a>> {
        let request = match &self.request {
            Request::Fields(made) => Some(made),
            Request::Nothing | Request::Message { .. } => None,
        };
        let response = match &self.response {
            Response::Value { made, .. } => Some(made),
            Response::Message(_) => None,
        };
        request.into_iter().chain(response)
    }

    /// The types that the user has written, of what is sent.
    pub(super) fn types(&self) -> impl Iterator<Item = &'a Type> {
        let request = match &self.request {
            Request::Message { message, .. } => Some(*message),
            Request::Nothing | Request::Fields(_) => None,
        };
        let response = match &self.response {
            Response::Message(message) => Some(*message),
            Response::Value { .. } => None,
        };
        let fields = self.made().flat_map(|made| &made.fields);
        let fields = fields.map(|field| field.argument.ty);
        request.into_iter().chain(response).chain(fields)
    }
}

impl<'a> Request<'a> {
    pub(super) fn arguments(&self) -> Vec<&Argument<'a>> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Message { argument, .. } => vec![argument],
            Self::Fields(made) => made.fields.iter().map(|field| &field.argument).collect(),
        }
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
    let is_option =
        |attr: &&Attribute| is_conditional(attr, "rpc") || is_conditional(attr, "proto");
    for attr in attrs.iter().filter(is_option) {
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
            "a gRPC method has as many arguments as it says: write a `Vec<T>`, or a `Streaming<T>`",
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
    requests: Vec<&'a PatType>,
    /// The message in the stream that the only one of them is.
    stream: Option<&'a Type>,
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
        for argument in &arguments {
            check_attrs(cx, argument);
        }
        let (contexts, requests): (Vec<_>, Vec<_>) = arguments
            .iter()
            .copied()
            .partition(|argument| is_context(&argument.ty));
        let context = read_context(cx, &arguments, &contexts);
        let stream = read_requests(cx, &requests);
        let (_, context, stream) = (receiver?, context?, stream?);
        Some(Self {
            requests,
            stream,
            context,
        })
    }

    fn request(
        &self,
        cx: &Diagnostics,
        made: &MadeOptions,
        wire_name: &str,
        at: &Ident,
    ) -> Option<Request<'a>> {
        let request = match (&self.requests[..], self.stream) {
            ([], _) => Request::Nothing,
            ([requests], Some(message)) => Request::Message {
                argument: Argument::read(requests, "requests"),
                message,
            },
            ([request], None) if !is_field(&request.ty, &request.attrs) => Request::Message {
                argument: Argument::read(request, "request"),
                message: &request.ty,
            },
            (fields, _) => {
                let fields = read_fields(cx, fields)?;
                return made.request(cx, wire_name, at, fields).map(Request::Fields);
            }
        };
        made.refuse_request(cx);
        Some(request)
    }
}

/// Whether what is alone where a message belongs is a field of one: it says so, or can be nothing else.
fn is_field(ty: &Type, attrs: &[Attribute]) -> bool {
    is_numbered(attrs) || is_no_message(ty)
}

/// The arguments as fields, each of which has a name.
fn read_fields<'a>(cx: &Diagnostics, arguments: &[&'a PatType]) -> Option<Vec<Field<'a>>> {
    let mut fields: Vec<Field<'a>> = Vec::new();
    let mut fine = true;
    for argument in arguments {
        let Some(name) = name(argument) else {
            cx.error(
                &argument.pat,
                format_args!(
                    "this argument is a field of a message, and has no name: write `name: {}`",
                    text(&argument.ty)
                ),
            );
            fine = false;
            continue;
        };
        if fields.iter().any(|field| field.argument.name == name) {
            cx.error(
                &argument.pat,
                format_args!("there is an argument `{name}` already; call this one something else"),
            );
            fine = false;
        }
        fields.push(Field {
            argument: Argument {
                name,
                ty: &argument.ty,
            },
            attrs: argument.attrs.iter().filter(is_for_field).collect(),
        });
    }
    fine.then_some(fields)
}

/// Whether this is an attribute that the field of a message has in the argument's place.
pub(super) fn is_for_field(attr: &&Attribute) -> bool {
    ["doc", "proto", "deprecated"]
        .iter()
        .any(|name| attr.path().is_ident(name))
}

fn check_attrs(cx: &Diagnostics, argument: &PatType) {
    for attr in &argument.attrs {
        if attr.path().is_ident("rpc") {
            cx.error(
                attr,
                "`#[rpc(…)]` is for methods: the options of an argument are those of a field, `#[proto(…)]`",
            );
        } else if attr.path().is_ident("cfg") || is_conditional(attr, "proto") {
            cx.error(
                attr,
                "an argument can't depend on `cfg`: the service is a contract, the same for everybody who compiles it",
            );
        } else if attr.path().is_ident("proto") && is_context(&argument.ty) {
            cx.error(
                attr,
                "the context isn't sent, and is no field: remove this attribute",
            );
        }
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
        let requests = arguments
            .iter()
            .filter(|argument| !is_context(&argument.ty));
        let order: Vec<String> = requests
            .chain([first])
            .map(|PatType { pat, ty, .. }| format!("{}: {}", text(pat), text(ty)))
            .collect();
        cx.error(
            first,
            format_args!(
                "the context is the last argument: write `(&self, {})`",
                order.join(", ")
            ),
        );
        fine = false;
    }
    fine.then(|| Some(Argument::read(first, "cx")))
}

/// What the requests are a stream of, if they are one.
fn read_requests<'a>(cx: &Diagnostics, requests: &[&'a PatType]) -> Option<Option<&'a Type>> {
    let read: Vec<_> = requests
        .iter()
        .map(|request| (request, read_stream(cx, &request.ty)))
        .collect();
    let mut fine = true;
    for (request, message) in &read {
        if requests.len() > 1 && matches!(message, Some((_, true))) {
            cx.error(
                request,
                "a stream of requests is the only argument, but for the `Context`: every request is one of its messages\n\n\
                 help: what belongs to all of them goes into the first one, or into metadata",
            );
            fine = false;
        }
    }
    if let [(request, Some((_, true)))] = &read[..] {
        for attr in request
            .attrs
            .iter()
            .filter(|attr| attr.path().is_ident("proto"))
        {
            cx.error(
                attr,
                "a stream is no field: its messages have fields of their own; remove this attribute",
            );
        }
    }
    let mut stream = None;
    for (_, message) in read {
        let (message, streams) = message?;
        stream = streams.then_some(message);
    }
    fine.then_some(stream)
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
    if !check_message(cx, message) {
        return None;
    }
    if streams && is_no_message(message) {
        cx.error(
            message,
            format_args!(
                "a stream is of messages, which have room for what is to be added later, and `{written}` is none\n\nhelp: \
                 write a struct with `#[derive(Message)]` and a field `#[proto(1)] value: {written}`",
                written = text(message)
            ),
        );
        return None;
    }
    Some((message, streams))
}

impl<'a> Argument<'a> {
    /// Clients need a name for what the trait may take apart or ignore.
    fn read(argument: &'a PatType, otherwise: &str) -> Self {
        Self {
            // Mixed site: it can't be confused with a name the user chose.
            name: name(argument).unwrap_or_else(|| Ident::new(otherwise, Span::mixed_site())),
            ty: &argument.ty,
        }
    }
}

/// What the argument is called, if it isn't taken apart.
fn name(argument: &PatType) -> Option<Ident> {
    match &*argument.pat {
        Pat::Ident(pat) if pat.subpat.is_none() => Some(pat.ident.clone()),
        _ => None,
    }
}

/// What follows the `->`.
struct Output<'a> {
    ty: &'a Type,
    message: &'a Type,
    streams: bool,
    error: Option<&'a Type>,
    /// Those of the method that are meant for the field that the value is.
    attrs: Vec<&'a Attribute>,
}

impl<'a> Output<'a> {
    fn read(cx: &Diagnostics, sig: &'a Signature, attrs: &'a [Attribute]) -> Option<Self> {
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
        let attrs: Vec<_> = attrs
            .iter()
            .filter(|attr| attr.path().is_ident("proto"))
            .collect();
        if let (true, Some(attr)) = (streams, attrs.first()) {
            cx.error(
                attr,
                "`#[proto(…)]` on a method is about the value that it returns, and a stream is no field: its messages have \
                 fields of their own; remove this attribute",
            );
        }
        Some(Self {
            ty,
            message,
            streams,
            error,
            attrs,
        })
    }

    fn response(
        &self,
        cx: &Diagnostics,
        made: &MadeOptions,
        wire_name: &str,
        at: &Ident,
    ) -> Option<Response<'a>> {
        if self.streams || (self.attrs.is_empty() && !is_no_message(self.message)) {
            made.refuse_response(cx);
            return Some(Response::Message(self.message));
        }
        let field = Field {
            argument: Argument {
                name: Ident::new("value", Span::call_site()),
                ty: self.message,
            },
            attrs: self.attrs.clone(),
        };
        let made = made.response(cx, wire_name, at, field)?;
        Some(Response::Value {
            ty: self.message,
            made,
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
