//! The options in an attribute: `#[proto(3, required, name = "lat", reserved(2, 9..=11))]`.

use std::fmt::Write;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, Path, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    token,
};

use crate::diagnostics::Diagnostics;

/// The options of an item. A reader asks for each option it knows; [`finish`](Self::finish) reports what nobody asked for.
pub(crate) struct Options {
    entries: Vec<Entry>,
    /// The names that were asked for, which are those a misspelt name is compared with.
    known: Vec<&'static str>,
    takes_positional: bool,
}

/// What stands between two commas.
struct Entry {
    /// All of it, for errors.
    tokens: TokenStream,
    content: Content,
}

enum Content {
    /// `3`: known by where it stands.
    Positional(Expr),
    /// `required`.
    Flag(Ident),
    /// `name = "lat"`.
    Assigned(Ident, Expr),
    /// `reserved(2, 9..=11)`.
    List(Ident, TokenStream),
}

impl Options {
    /// The options in the arguments of an attribute macro.
    pub(crate) fn of_args(cx: &Diagnostics, args: TokenStream) -> Self {
        let mut options = Self::none();
        options.read(cx, args);
        options
    }

    /// The options in all attributes among `attrs` that are called `attribute`.
    pub(crate) fn of_attrs(cx: &Diagnostics, attrs: &[Attribute], attribute: &str) -> Self {
        let mut options = Self::none();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident(attribute)) {
            match &attr.meta {
                Meta::List(list) if matches!(list.delimiter, syn::MacroDelimiter::Paren(_)) => {
                    options.read(cx, list.tokens.clone());
                }
                _ => cx.error(
                    attr,
                    format_args!("options are written in parentheses: `#[{attribute}(…)]`"),
                ),
            }
        }
        options
    }

    fn none() -> Self {
        Self {
            entries: Vec::new(),
            known: Vec::new(),
            takes_positional: false,
        }
    }

    fn read(&mut self, cx: &Diagnostics, tokens: TokenStream) {
        for tokens in split_at_commas(tokens) {
            if let Some(content) = cx.ok(Content::parse.parse2(tokens.clone())) {
                self.entries.push(Entry { tokens, content });
            }
        }
    }

    /// The first thing without a name, as the `3` in `#[proto(3)]`.
    pub(crate) fn positional(&mut self) -> Option<Expr> {
        self.takes_positional = true;
        let is_positional = |entry: &Entry| matches!(entry.content, Content::Positional(_));
        let index = self.entries.iter().position(is_positional)?;
        match self.entries.remove(index).content {
            Content::Positional(expr) => Some(expr),
            _ => None,
        }
    }

    /// An option that is there or isn't: its name, if it is.
    pub(crate) fn flag(&mut self, cx: &Diagnostics, name: &'static str) -> Option<Ident> {
        let entry = self.take(cx, name)?;
        match entry.content {
            Content::Flag(ident) => Some(ident),
            _ => {
                cx.error(
                    entry.tokens,
                    format_args!("`{name}` takes no value: write `{name}`"),
                );
                None
            }
        }
    }

    /// The first option that is only a name, of those that nobody has asked for.
    pub(crate) fn any_flag(&mut self) -> Option<Ident> {
        let is_flag = |entry: &Entry| matches!(entry.content, Content::Flag(_));
        let index = self.entries.iter().position(is_flag)?;
        match self.entries.remove(index).content {
            Content::Flag(ident) => Some(ident),
            _ => None,
        }
    }

    /// The string in `name = "…"`. The `example` is a value for the error message.
    pub(crate) fn string(
        &mut self,
        cx: &Diagnostics,
        name: &'static str,
        example: &str,
    ) -> Option<LitStr> {
        let entry = self.take(cx, name)?;
        match entry.content {
            Content::Assigned(
                _,
                Expr::Lit(ExprLit {
                    lit: Lit::Str(value),
                    ..
                }),
            ) => Some(value),
            _ => {
                cx.error(
                    entry.tokens,
                    format_args!("`{name}` takes a string: `{name} = \"{example}\"`"),
                );
                None
            }
        }
    }

    /// What stands behind `name = `: any expression.
    pub(crate) fn expr(
        &mut self,
        cx: &Diagnostics,
        name: &'static str,
        example: &str,
    ) -> Option<Expr> {
        let entry = self.take(cx, name)?;
        match entry.content {
            Content::Assigned(_, expr) => Some(expr),
            _ => {
                cx.error(
                    entry.tokens,
                    format_args!("`{name}` takes a value: `{name} = {example}`"),
                );
                None
            }
        }
    }

    /// The path in `name = some::path`, which may also be written as a string.
    pub(crate) fn path(
        &mut self,
        cx: &Diagnostics,
        name: &'static str,
        example: &str,
    ) -> Option<Path> {
        let entry = self.take(cx, name)?;
        let path = match &entry.content {
            Content::Assigned(_, Expr::Path(path)) if path.qself.is_none() => {
                Some(path.path.clone())
            }
            Content::Assigned(
                _,
                Expr::Lit(ExprLit {
                    lit: Lit::Str(path),
                    ..
                }),
            ) => path.parse_with(Path::parse_mod_style).ok(),
            _ => None,
        };
        if path.is_none() {
            cx.error(
                entry.tokens,
                format_args!("`{name}` takes a path: `{name} = {example}`"),
            );
        }
        path
    }

    /// Where the runtime is found: `::traitwire`, unless `crate = …` says otherwise.
    pub(crate) fn krate(&mut self, cx: &Diagnostics) -> Path {
        self.path(cx, "crate", "::my_crate::traitwire")
            .unwrap_or_else(default_krate)
    }

    /// What stands in the parentheses of `name(…)`, of which there may be several.
    pub(crate) fn list(
        &mut self,
        cx: &Diagnostics,
        name: &'static str,
        example: &str,
    ) -> Vec<Expr> {
        self.known.push(name);
        let mut values = Vec::new();
        for entry in self.entries.extract_if(.., |entry| entry.is_called(name)) {
            match entry.content {
                Content::List(_, tokens) => {
                    let exprs = split_at_commas(tokens)
                        .into_iter()
                        .filter_map(|tokens| cx.ok(syn::parse2(tokens)))
                        .map(peel);
                    values.extend(exprs);
                }
                _ => cx.error(
                    entry.tokens,
                    format_args!("`{name}` takes a list: `{name}({example})`"),
                ),
            }
        }
        values
    }

    /// Reports every option that nobody asked for.
    pub(crate) fn finish(self, cx: &Diagnostics) {
        for entry in &self.entries {
            match entry.name() {
                None if self.takes_positional => {
                    cx.error(
                        &entry.tokens,
                        "only one value without a name is expected here",
                    );
                }
                None => cx.error(
                    &entry.tokens,
                    format_args!("expected an option; {}", self.known()),
                ),
                Some(name) => {
                    let name = name.unraw().to_string();
                    let message = match closest(&name, &self.known) {
                        Some(known) => format!("unknown option `{name}`; did you mean `{known}`?"),
                        None => format!("unknown option `{name}`; {}", self.known()),
                    };
                    cx.error(entry.name(), message);
                }
            }
        }
    }

    /// What there is in place of an option that isn't known.
    fn known(&self) -> String {
        match self.known[..] {
            [] => "there are none here".to_owned(),
            [known] => format!("the only option is `{known}`"),
            _ => format!("the options are {}", list(&self.known)),
        }
    }

    /// Removes the option; one that is said twice is an error.
    fn take(&mut self, cx: &Diagnostics, name: &'static str) -> Option<Entry> {
        self.known.push(name);
        let mut found = self.entries.extract_if(.., |entry| entry.is_called(name));
        let first = found.next();
        for entry in found {
            cx.error(
                entry.tokens,
                format_args!("`{name}` is said twice; remove one of them"),
            );
        }
        first
    }
}

impl Content {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) || input.peek(syn::Lit) {
            return input.parse().map(peel).map(Self::Positional);
        }
        let name = Ident::parse_any(input)?;
        if input.is_empty() {
            return Ok(Self::Flag(name));
        }
        if input.peek(token::Paren) {
            let tokens;
            syn::parenthesized!(tokens in input);
            return Ok(Self::List(name, tokens.parse()?));
        }
        if !input.peek(Token![=]) {
            return Err(input.error(format_args!("expected `=`, `(` or `,` after `{name}`")));
        }
        let equals: Token![=] = input.parse()?;
        if input.is_empty() {
            return Err(syn::Error::new_spanned(
                quote!(#name #equals),
                format_args!("`{name}` has no value"),
            ));
        }
        Ok(Self::Assigned(name, input.parse().map(peel)?))
    }
}

impl Entry {
    fn name(&self) -> Option<&Ident> {
        match &self.content {
            Content::Positional(_) => None,
            Content::Flag(name) | Content::Assigned(name, _) | Content::List(name, _) => Some(name),
        }
    }

    fn is_called(&self, name: &str) -> bool {
        self.name().is_some_and(|ident| ident == name)
    }
}

/// The expression without the invisible brackets around it, which a `macro_rules!` leaves around a `$value:literal`.
fn peel(expr: Expr) -> Expr {
    match expr {
        Expr::Group(group) => peel(*group.expr),
        expr => expr,
    }
}

/// Where the runtime is found if nothing else is said.
pub(crate) fn default_krate() -> Path {
    syn::parse_quote!(::traitwire)
}

/// The one of `known` that whoever wrote `name` probably meant.
pub(crate) fn closest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |known: &str| strsim::damerau_levenshtein(name, known);
    let is_close = |known: &&str| distance(known) * 3 <= name.len().max(known.len());
    known
        .iter()
        .copied()
        .filter(is_close)
        .min_by_key(|known| distance(known))
}

/// `a`, `b` and `c`.
pub(crate) fn list(names: &[&str]) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        let separator = match index {
            0 => "",
            _ if index + 1 == names.len() => " and ",
            _ => ", ",
        };
        write!(text, "{separator}`{name}`").expect("a String takes everything");
    }
    text
}

/// The pieces are read one by one, so that a mistake in one doesn't hide the others.
fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut pieces = vec![TokenStream::new()];
    for token in tokens {
        match (&token, pieces.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => {
                pieces.push(TokenStream::new())
            }
            (_, Some(piece)) => token.to_tokens(piece),
            (_, None) => {}
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proc_macro2::{Delimiter, Group};

    use super::*;
    use crate::diagnostics::tests::check_errors;

    #[track_caller]
    fn check(args: &str, expect: Expect) {
        check_errors(
            args,
            |cx, args| {
                let mut options = Options::of_args(cx, args);
                options.positional();
                options.string(cx, "package", "routeguide.v1");
                options.flag(cx, "dyn");
                options.krate(cx);
                options.list(cx, "reserved", "2, 9..=11, \"old_name\"");
                options.finish(cx);
                Some(())
            },
            expect,
        );
    }

    #[test]
    fn all_forms_are_read() {
        check(
            r#"7, package = "greet.v1", dyn, crate = ::my::traitwire, reserved(2, 9..=11, "old"), reserved(-3),"#,
            expect![[r#"
                no error
            "#]],
        );
        check(
            r#"crate = "::my::traitwire""#,
            expect![[r#"
            no error
        "#]],
        );
        check(
            "crate = crate",
            expect![[r#"
            no error
        "#]],
        );
    }

    #[test]
    fn a_value_may_come_from_a_macro() {
        let value = |text: &str| {
            let tokens = text.parse().expect("the source has balanced brackets");
            Group::new(Delimiter::None, tokens)
        };
        let (package, krate) = (value("\"greet.v1\""), value("::my::traitwire"));
        let (number, old) = (value("7"), value("\"old\""));
        let (options, errors) = Diagnostics::gather(|cx| {
            let args = quote!(#number, package = #package, crate = #krate, reserved(#old));
            let mut options = Options::of_args(cx, args);
            let number = options.positional();
            let package = options.string(cx, "package", "routeguide.v1");
            let krate = options.krate(cx);
            let reserved = options.list(cx, "reserved", "2, 9..=11, \"old_name\"");
            options.finish(cx);
            quote!(#number #package #krate #(#reserved)*).to_string()
        });
        assert!(errors.is_none());
        assert_eq!(options, r#"7 "greet.v1" :: my :: traitwire "old""#);
    }

    #[test]
    fn the_closest_known_option_is_offered() {
        check(
            r#"pakage = "x", dny, reserve(3), fantastic, r#dyn2"#,
            expect![[r#"
                at `pakage`: unknown option `pakage`; did you mean `package`?
                at `dny`: unknown option `dny`; did you mean `dyn`?
                at `reserve`: unknown option `reserve`; did you mean `reserved`?
                at `fantastic`: unknown option `fantastic`; the options are `package`, `dyn`, `crate` and `reserved`
                at `r#dyn2`: unknown option `dyn2`; did you mean `dyn`?
            "#]],
        );
    }

    #[test]
    fn an_option_is_said_once() {
        check(
            r#"package = "x", dyn, package = "y", dyn"#,
            expect![[r#"
                at `package = "y"`: `package` is said twice; remove one of them
                at `dyn`: `dyn` is said twice; remove one of them
            "#]],
        );
    }

    #[test]
    fn each_option_has_its_form() {
        check(
            "package, dyn = true, crate = 7, reserved = 4, 7, 8",
            expect![[r#"
                at `package`: `package` takes a string: `package = "routeguide.v1"`
                at `dyn = true`: `dyn` takes no value: write `dyn`
                at `crate = 7`: `crate` takes a path: `crate = ::my_crate::traitwire`
                at `reserved = 4`: `reserved` takes a list: `reserved(2, 9..=11, "old_name")`
                at `8`: only one value without a name is expected here
            "#]],
        );
        check(
            r#"package("x"), dyn(), crate = "not a path", reserved"#,
            expect![[r#"
                at `package("x")`: `package` takes a string: `package = "routeguide.v1"`
                at `dyn()`: `dyn` takes no value: write `dyn`
                at `crate = "not a path"`: `crate` takes a path: `crate = ::my_crate::traitwire`
                at `reserved`: `reserved` takes a list: `reserved(2, 9..=11, "old_name")`
            "#]],
        );
        check(
            "package = greet",
            expect![[r#"
            at `package = greet`: `package` takes a string: `package = "routeguide.v1"`
        "#]],
        );
    }

    #[test]
    fn what_cannot_be_read_does_not_hide_the_rest() {
        check(
            "package =, package greet, dyn x, reserved(+), fantastic",
            expect![[r#"
                at `package =`: `package` has no value
                at `greet`: expected `=`, `(` or `,` after `package`
                at `x`: expected `=`, `(` or `,` after `dyn`
                at `+`: expected an expression
                at `fantastic`: unknown option `fantastic`; the options are `package`, `dyn`, `crate` and `reserved`
            "#]],
        );
    }

    #[test]
    fn options_stand_in_parentheses() {
        check_errors(
            "#[proto] #[proto = 3] #[proto[4]] #[proto(5)] struct Point;",
            |cx, item| {
                let item: syn::ItemStruct = cx.ok(syn::parse2(item))?;
                let mut options = Options::of_attrs(cx, &item.attrs, "proto");
                options.positional();
                options.finish(cx);
                Some(())
            },
            expect![[r#"
                at `#[proto]`: options are written in parentheses: `#[proto(…)]`
                at `#[proto = 3]`: options are written in parentheses: `#[proto(…)]`
                at `#[proto[4]]`: options are written in parentheses: `#[proto(…)]`
            "#]],
        );
    }
}
