//! What is in `#[proto(…)]`. What isn't right is left out: the macros will say so.

use std::ops::RangeInclusive;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, ExprLit, ExprRange, Lit, Meta, RangeLimits, Token, UnOp};

/// The options in the attributes of one name on an item.
#[derive(Default)]
pub(super) struct Options {
    /// Whether something stands where a number belongs.
    pub(super) has_number: bool,
    /// The number, if it is one.
    pub(super) number: Option<i64>,
    flags: Vec<String>,
    pub(super) name: Option<String>,
    pub(super) package: Option<String>,
    /// What the message of several arguments is called.
    pub(super) request: Option<String>,
    pub(super) reserved: Vec<RangeInclusive<i64>>,
    /// The first attribute that isn't switched by a `cfg`.
    pub(super) first: Option<First>,
    /// Whether there is an attribute.
    pub(super) is_there: bool,
}

/// Where an attribute stands, in bytes of what was parsed.
pub(super) struct First {
    /// Where a number would go.
    pub(super) inside: Inside,
    /// Behind its `]`.
    pub(super) end: usize,
}

/// Behind the `(`, and whether a space follows; or behind the name, where there are no parentheses.
pub(super) enum Inside {
    /// `#[proto]`
    Bare(usize),
    /// `#[proto()]`
    Empty(usize),
    /// `#[proto(sint)]`, or `#[proto( sint )]`
    Full(usize, bool),
}

impl Options {
    pub(super) fn read(attrs: &[Attribute], name: &str) -> Self {
        let mut options = Self::default();
        for attr in attrs {
            if attr.path().is_ident(name) && options.first.is_none() {
                options.first = First::read(attr);
            }
            for meta in metas(attr) {
                if meta.path().is_ident(name) {
                    options.is_there = true;
                    if let Meta::List(list) = meta {
                        options.add(list.tokens);
                    }
                }
            }
        }
        options
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|known| known == flag)
    }

    fn add(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is_comma =
            |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
        for entry in tokens.split(is_comma) {
            match entry {
                [] => {}
                [TokenTree::Ident(flag)] => self.flags.push(flag.to_string()),
                [TokenTree::Ident(name), TokenTree::Group(group)]
                    if name == "reserved" && group.delimiter() == Delimiter::Parenthesis =>
                {
                    self.reserved.extend(read_reserved(group.stream()));
                }
                [TokenTree::Ident(name), TokenTree::Punct(is), value @ ..]
                    if is.as_char() == '=' =>
                {
                    let value = syn::parse2::<Lit>(value.iter().cloned().collect());
                    let Ok(Lit::Str(text)) = value else { continue };
                    let text = Some(text.value());
                    match name.to_string().as_str() {
                        "name" => self.name = text,
                        "package" => self.package = text,
                        "request" => self.request = text,
                        _ => {}
                    }
                }
                [TokenTree::Ident(_), TokenTree::Group(_)] => {}
                positional => {
                    self.has_number = true;
                    let expr = syn::parse2(positional.iter().cloned().collect());
                    self.number = expr.ok().and_then(|expr| integer(&expr));
                }
            }
        }
    }
}

impl First {
    fn read(attr: &Attribute) -> Option<Self> {
        let inside = match &attr.meta {
            Meta::Path(path) => Inside::Bare(path.span().byte_range().end),
            Meta::List(list) => {
                let inside = list.delimiter.span().open().byte_range().end;
                match list.tokens.clone().into_iter().next() {
                    None => Inside::Empty(inside),
                    Some(first) => {
                        let is_spaced = first.span().byte_range().start > inside;
                        Inside::Full(inside, is_spaced)
                    }
                }
            }
            Meta::NameValue(_) => return None,
        };
        let end = attr.bracket_token.span.close().byte_range().end;
        Some(Self { inside, end })
    }
}

/// What an attribute says; of `#[cfg_attr(unix, derive(Message), proto(1))]`, both that it may say.
pub(super) fn metas(attr: &Attribute) -> Vec<Meta> {
    match &attr.meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            // A condition is a `Meta`, too, but for `true` and `false`.
            let tokens = list.tokens.clone().into_iter();
            let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
            let rest: TokenStream = tokens
                .skip_while(|token| !is_comma(token))
                .skip(1)
                .collect();
            let metas = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(rest);
            metas.map_or_else(|_| Vec::new(), |metas| metas.into_iter().collect())
        }
        meta => vec![meta.clone()],
    }
}

fn read_reserved(tokens: TokenStream) -> Vec<RangeInclusive<i64>> {
    let exprs = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens);
    let range = |expr: Expr| match expr {
        Expr::Range(ExprRange {
            start: Some(start),
            limits,
            end,
            ..
        }) => {
            let end = match (end, limits) {
                (None, _) => i64::from(i32::MAX),
                (Some(end), RangeLimits::Closed(_)) => integer(&end)?,
                (Some(end), RangeLimits::HalfOpen(_)) => integer(&end)? - 1,
            };
            Some(integer(&start)?..=end)
        }
        expr => integer(&expr).map(|number| number..=number),
    };
    let exprs = exprs.into_iter().flatten();
    exprs.filter_map(range).collect()
}

/// A number that is written in digits.
pub(super) fn integer(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Int(int), ..
        }) => int.base10_parse().ok(),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => {
            integer(&unary.expr).and_then(i64::checked_neg)
        }
        Expr::Group(group) => integer(&group.expr),
        Expr::Paren(paren) => integer(&paren.expr),
        _ => None,
    }
}
