//! A file per mistake in `fail/`, each with what the compiler says about it; and what it accepts in `pass/`.
//!
//! `TRYBUILD=overwrite cargo test -p ui-tests` writes the messages. Read them as somebody who has never seen traitwire.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.compile_fail("fail/*/*.rs");
}
