//! The message of a variant, with its fields in it.

use quote::format_ident;
use syn::{Fields, Ident, LitStr, ext::IdentExt};

use crate::options::list;

/// A format string whose placeholders are fields of the variant.
pub(super) struct Format {
    /// For `write!`: fields without a name are called as [`positional`] says.
    pub(super) text: LitStr,
    /// The fields in it.
    pub(super) fields: Vec<Ident>,
}

impl Format {
    /// What is said where nobody says anything: `NoFeature` is "no feature".
    pub(super) fn words(ident: &Ident) -> Self {
        let mut text = String::new();
        for c in ident.unraw().to_string().chars() {
            if c.is_uppercase() && !text.is_empty() {
                text.push(' ');
            }
            text.extend(c.to_lowercase());
        }
        Self {
            text: LitStr::new(&text, ident.span()),
            fields: Vec::new(),
        }
    }

    pub(super) fn read(text: &LitStr, fields: &Fields) -> syn::Result<Self> {
        let source = text.value();
        let mut written = String::new();
        let mut used = Vec::new();
        let mut rest = &*source;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            written.push_str(before);
            let (brace, after) = brace.split_at(1);
            written.push_str(brace);
            // `{{` and `}}` are braces. What is wrong with a single `}` is rustc's to say.
            if let Some(after) = after.strip_prefix(brace) {
                written.push_str(brace);
                rest = after;
                continue;
            }
            rest = after;
            if brace == "}" {
                continue;
            }
            let end = rest.find([':', '}']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let field = field(name.trim(), text, fields)?;
            written.push_str(&field.unraw().to_string());
            if !used.contains(&field) {
                used.push(field);
            }
            // The rest of the placeholder is the format's, in which no brace can be.
            let end = after.find('}').map_or(after.len(), |end| end + 1);
            written.push_str(&after[..end]);
            rest = &after[end..];
        }
        written.push_str(rest);
        Ok(Self {
            text: LitStr::new(&written, text.span()),
            fields: used,
        })
    }
}

/// The field that a placeholder names.
fn field(name: &str, text: &LitStr, fields: &Fields) -> syn::Result<Ident> {
    let idents: Vec<(String, Ident)> = match fields {
        Fields::Named(fields) => {
            let idents = fields.named.iter().filter_map(|field| field.ident.as_ref());
            idents
                .map(|ident| (ident.unraw().to_string(), ident.clone()))
                .collect()
        }
        Fields::Unnamed(fields) => (0..fields.unnamed.len())
            .map(|index| (index.to_string(), positional(index, text)))
            .collect(),
        Fields::Unit => Vec::new(),
    };
    if let Some((_, ident)) = idents.iter().find(|(known, _)| known == name) {
        return Ok(ident.clone());
    }
    let names: Vec<&str> = idents.iter().map(|(name, _)| &**name).collect();
    let known = match names[..] {
        [] => "the variant has no fields".to_owned(),
        [field] => format!("the only field is `{field}`, `{{{field}}}`"),
        [first, ..] => format!("the fields are {}: `{{{first}}}`", list(&names)),
    };
    let message = match name {
        "" => format!("a placeholder names a field; {known}"),
        _ => format!("there is no field `{name}` to put into the message; {known}"),
    };
    Err(syn::Error::new(text.span(), message))
}

/// What a field without a name is called.
fn positional(index: usize, text: &LitStr) -> Ident {
    format_ident!("field_{index}", span = text.span())
}
