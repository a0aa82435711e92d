//! What the macro sees in a type: whether its name is `Streaming`, `Result` or `Context`.
//!
//! Everything else about a type is rustc's to find out.

use syn::{
    GenericArgument, Lifetime, PathArguments, PathSegment, Type,
    visit::{self, Visit},
};

use crate::diagnostics::Diagnostics;

/// The type without the parentheses and invisible brackets around it; a `macro_rules!` leaves the latter around a `$type`.
pub(super) fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peel(&group.elem),
        Type::Paren(paren) => peel(&paren.elem),
        ty => ty,
    }
}

/// The type arguments of `ty`, if the last segment of its path is called `name`.
pub(super) fn arguments<'a>(ty: &'a Type, name: &str) -> Option<Vec<&'a Type>> {
    let last = last_segment(ty)?;
    (last.ident == name).then(|| type_arguments(last))
}

/// Whether the last segment of the type's path is called `name`.
pub(super) fn is_called(ty: &Type, name: &str) -> bool {
    last_segment(ty).is_some_and(|last| last.ident == name)
}

/// Reports what no message can be, so that rustc only sees types which may be one; `true` if there is nothing to report.
///
/// `ty` is what stands where a message belongs, in an argument or in a `Streaming<…>`.
pub(super) fn check_message(cx: &Diagnostics, ty: &Type) -> bool {
    let mut finder = Finder { cx, fine: true };
    finder.visit_type(ty);
    finder.fine
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match peel(ty) {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
}

fn type_arguments(segment: &PathSegment) -> Vec<&Type> {
    match &segment.arguments {
        PathArguments::AngleBracketed(list) => list
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Finds the first mistake in a type, from the outside in.
struct Finder<'cx> {
    cx: &'cx Diagnostics,
    fine: bool,
}

impl Finder<'_> {
    fn error(&mut self, tokens: impl quote::ToTokens, message: &str) {
        self.cx.error(tokens, message);
        self.fine = false;
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        if let Some(item) = arguments(ty, "Streaming") {
            let message = match item[..] {
                [] => "a stream says what it is of: write `Streaming<MyMessage>`",
                _ => {
                    "a stream can't be a part of something else: write `Streaming<T>` by itself, where `T` is one message"
                }
            };
            return self.error(ty, message);
        }
        if is_called(ty, "Context") {
            return self.error(
                ty,
                "the context is an argument by itself, the last one: write `cx: Context`",
            );
        }
        // Without arguments it may be somebody's message, as messages aren't generic.
        if arguments(ty, "Result").is_some_and(|arguments| !arguments.is_empty()) {
            return self.error(
                ty,
                "there is no `Result` in a message: write the message itself\n\nhelp: every item of a `Streaming<T>` may \
                 fail with a `Status` anyway",
            );
        }
        match ty {
            Type::ImplTrait(_) | Type::TraitObject(_) => self.error(
                ty,
                "a method names its types: write the message, or `Streaming<T>` for a stream of messages\n\nhelp: \
                 `Streaming::new(stream)` makes one of any stream",
            ),
            Type::Reference(reference) => {
                let elem = &reference.elem;
                self.error(
                    ty,
                    match &**elem {
                        Type::Path(path) if path.path.is_ident("str") => {
                            "a message owns its data: write `String`"
                        }
                        _ => "a message owns its data: write the type without the `&`",
                    },
                );
            }
            Type::Tuple(tuple) if !tuple.elems.is_empty() => {
                self.error(ty, "several values belong in one message: write a struct with `#[derive(Message)]`");
            }
            ty => visit::visit_type(self, ty),
        }
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident != "static" {
            self.error(
                lifetime,
                "a message owns its data: a type with a lifetime can't be one",
            );
        }
    }

    fn visit_path_segment(&mut self, segment: &'ast PathSegment) {
        if segment.ident == "Self" {
            self.error(
                &segment.ident,
                "`Self` is whatever implements the service, not a message: write a message's name",
            );
        }
        visit::visit_path_segment(self, segment);
    }
}
