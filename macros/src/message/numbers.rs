//! The numbers of the fields of a message, or of the variants of a oneof.

use std::collections::HashMap;

use syn::{Expr, Ident, ext::IdentExt};
use traitwire_schema::numbers::{MAX, NumberError, Numbers};

use super::container::{Reserved, integer};
use crate::diagnostics::Diagnostics;

/// Reads the number of each field from what stands in its `#[proto(…)]`, if anything does.
///
/// What is wrong is reported when all are read, since each report names a free number. `elsewhere` says which other
/// numbers there are, that can't be seen from here: "the variants of `kind` have numbers too".
pub(super) fn read(
    cx: &Diagnostics,
    reserved: &[Reserved],
    fields: &[(&Ident, Option<&Expr>)],
    elsewhere: Option<&str>,
) -> Vec<Option<u32>> {
    let mut numbers = Numbers::new(reserved.iter().filter_map(|reserved| match reserved {
        // There are only positive numbers in a message's `reserved`.
        Reserved::Numbers(first, last) => Some(first.unsigned_abs()..=last.unsigned_abs()),
        Reserved::Name(_) => None,
    }));
    let mut owners = HashMap::new();
    let read: Vec<Result<u32, Mistake<'_>>> = fields
        .iter()
        .map(|&(ident, expr)| {
            let expr = expr.ok_or(Mistake::Missing)?;
            let number = integer(expr).ok_or(Mistake::NoNumber(expr))?;
            let number = numbers
                .take(number, &ident.unraw().to_string())
                .map_err(|error| Mistake::Refused(expr, error))?;
            owners.insert(number, expr);
            Ok(number)
        })
        .collect();
    let elsewhere = elsewhere.map_or_else(String::new, |elsewhere| format!("; {elsewhere}"));
    fields
        .iter()
        .zip(read)
        .map(|((ident, _), number)| {
            let mistake = match number {
                Ok(number) => return Some(number),
                Err(mistake) => mistake,
            };
            let free = numbers.next_free();
            let help = free.map_or_else(
                || "every number is taken".to_owned(),
                |free| format!("the next free number is {free}, `#[proto({free})]`{elsewhere}"),
            );
            // The next mistake gets the next number.
            if let Some(free) = free {
                let _ = numbers.take(free.into(), "");
            }
            match mistake {
                Mistake::Missing => cx.error(
                    ident,
                    format_args!("`{}` has no number\n\nhelp: {help}", ident.unraw()),
                ),
                Mistake::NoNumber(expr) => cx.error(
                    expr,
                    format_args!("the number of a field is written in digits, and goes up to {MAX}\n\nhelp: {help}"),
                ),
                Mistake::Refused(expr, error) => {
                    if let NumberError::Taken { number, .. } = &error
                        && let Some(first) = owners.remove(number)
                    {
                        cx.error(
                            first,
                            format_args!("the field number {number} is used twice, here first"),
                        );
                    }
                    cx.error(expr, format_args!("{error}\n\nhelp: {help}"));
                }
            }
            None
        })
        .collect()
}

/// Why a field has no number yet.
enum Mistake<'a> {
    /// There is nothing.
    Missing,
    /// There is something else.
    NoNumber(&'a Expr),
    /// It can't be this one.
    Refused(&'a Expr, NumberError),
}
