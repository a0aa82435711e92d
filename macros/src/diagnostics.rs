//! All mistakes of an item, reported at once.

use std::{cell::RefCell, fmt::Display};

use quote::ToTokens;

/// Gathers errors while a model is read.
///
/// Readers take `&Diagnostics`, report what is wrong and carry on, so that one mistake doesn't hide the next. What can't
/// be read is `None`.
pub(crate) struct Diagnostics {
    errors: RefCell<Vec<syn::Error>>,
}

impl Diagnostics {
    /// Runs `read`, and returns what it made if it reported nothing.
    ///
    /// # Panics
    ///
    /// If `read` returns `None` and reported nothing: then there would be neither code nor an error.
    pub(crate) fn collect<T>(read: impl FnOnce(&Self) -> Option<T>) -> syn::Result<T> {
        match Self::gather(read) {
            (_, Some(errors)) => Err(errors),
            (model, None) => Ok(model.expect("what isn't read is reported")),
        }
    }

    /// Runs `read`, and returns what it made along with what it reported.
    pub(crate) fn gather<T>(read: impl FnOnce(&Self) -> T) -> (T, Option<syn::Error>) {
        let cx = Self {
            errors: RefCell::default(),
        };
        let model = read(&cx);
        let errors = cx.errors.into_inner().into_iter().reduce(|mut all, error| {
            all.combine(error);
            all
        });
        (model, errors)
    }

    /// What `read` makes, if it reports nothing.
    pub(crate) fn sound<T>(&self, read: impl FnOnce() -> Option<T>) -> Option<T> {
        let before = self.errors.borrow().len();
        read().filter(|_| self.errors.borrow().len() == before)
    }

    /// Reports a mistake at `tokens`.
    ///
    /// The message says what to write instead, after a blank line and `help: ` if it needs more than the same line.
    pub(crate) fn error(&self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Reports what `syn` found.
    pub(crate) fn push(&self, error: syn::Error) {
        self.errors.borrow_mut().push(error);
    }

    /// Reports the error of a `result`, if it is one.
    pub(crate) fn ok<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    //! What tests of the other modules share.

    use std::fmt::Write;

    use expect_test::{Expect, expect};
    use proc_macro2::TokenStream;

    use super::*;

    /// Checks the errors of reading `source`: each with the text it stands at.
    #[track_caller]
    pub(crate) fn check_errors<T>(
        source: &str,
        read: impl FnOnce(&Diagnostics, TokenStream) -> Option<T>,
        expect: Expect,
    ) {
        let tokens: TokenStream = source.parse().expect("the source has balanced brackets");
        let text = match Diagnostics::collect(|cx| read(cx, tokens)) {
            Ok(_) => "no error\n".to_owned(),
            Err(errors) => render(&errors),
        };
        expect.assert_eq(&text);
    }

    /// Each error's text and message, as far as spans of the source are known.
    pub(crate) fn render(errors: &syn::Error) -> String {
        errors.into_iter().fold(String::new(), |mut text, error| {
            let at = error.span().source_text().unwrap_or_default();
            let at = at.split_whitespace().collect::<Vec<_>>().join(" ");
            writeln!(text, "at `{at}`: {error}").expect("a String takes everything");
            text
        })
    }

    #[test]
    fn every_error_is_reported_in_the_order_of_reading() {
        check_errors(
            "first second",
            |cx, tokens| {
                for token in tokens {
                    cx.error(&token, format_args!("not this `{token}`"));
                }
                Some(())
            },
            expect![[r#"
                at `first`: not this `first`
                at `second`: not this `second`
            "#]],
        );
    }

    #[test]
    fn a_model_without_errors_is_returned() {
        assert_eq!(Diagnostics::collect(|_| Some(7)).ok(), Some(7));
    }

    #[test]
    #[should_panic(expected = "what isn't read is reported")]
    fn neither_a_model_nor_an_error_is_our_mistake() {
        let _ = Diagnostics::collect(|_| None::<()>);
    }

    #[test]
    fn an_error_of_syn_keeps_its_place() {
        check_errors(
            "struct Point;",
            |cx, tokens| cx.ok(syn::parse2::<syn::ItemTrait>(tokens)),
            expect![[r#"
                at `struct`: expected `trait`
            "#]],
        );
    }

    #[test]
    fn an_error_spans_all_of_its_tokens() {
        check_errors(
            "one two three",
            |cx, tokens| {
                cx.error(tokens, "all of it");
                None::<()>
            },
            expect![[r#"
                at `one two three`: all of it
            "#]],
        );
    }
}
