//! Doc comments as text.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The doc comment among `attrs`, as the descriptors hold it: without comment signs, lines separated by `\n`, one leading
/// space of each line gone, no blank lines around it. Empty if there is none.
///
/// What isn't written down there is left out: `#[doc = include_str!("…")]`, `#[doc(hidden)]`.
pub(crate) fn text(attrs: &[Attribute]) -> String {
    let lines: Vec<String> = attrs
        .iter()
        .filter_map(comment)
        .flat_map(|comment| lines(&comment))
        .collect();
    let text = lines.join("\n");
    text.trim_matches('\n').to_owned()
}

/// What one `///` line, `/** */` block or `#[doc = "…"]` says.
fn comment(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn lines(comment: &str) -> Vec<String> {
    let strip = |line: &str| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned();
    let mut lines = comment.lines();
    let Some(first) = lines.next() else {
        return vec![String::new()];
    };
    let rest: Vec<&str> = lines.collect();
    // The lines of a `/** */` block may begin with a star each, which is decoration, or be indented with the code.
    let starred = !rest.is_empty()
        && rest
            .iter()
            .all(|line| line.trim().is_empty() || line.trim_start().starts_with('*'));
    let indent = rest
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let rest = rest
        .into_iter()
        .map(|line| match line.trim_start().strip_prefix('*') {
            Some(text) if starred => strip(text),
            // A blank line may be shorter than the indentation.
            _ => line.get(indent..).unwrap_or("").trim_end().to_owned(),
        });
    std::iter::once(strip(first)).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(source: &str, expect: Expect) {
        let item: syn::ItemStruct =
            syn::parse_str(&format!("{source}\nstruct Point;")).expect("an item");
        expect.assert_eq(&text(&item.attrs));
    }

    #[test]
    fn each_line_loses_one_space() {
        check(
            "/// Points.\n///\n///   indented\n///unspaced",
            expect![[r#"
                Points.

                  indented
                unspaced"#]],
        );
    }

    #[test]
    fn blank_lines_around_the_text_are_gone() {
        check("///\n/// Points.\n///", expect!["Points."]);
    }

    #[test]
    fn a_block_loses_its_stars() {
        check(
            "/**\n * Points.\n *\n *  * a list\n */",
            expect![[r#"
            Points.

             * a list"#]],
        );
    }

    #[test]
    fn a_block_loses_the_indentation_of_the_code() {
        check(
            "    /** Points.\n        of interest\n          indented\n    */",
            expect![[r#"
            Points.
            of interest
              indented"#]],
        );
    }

    #[test]
    fn attributes_that_hold_no_text_are_ignored() {
        check(
            "#[doc(hidden)] #[doc = include_str!(\"x.md\")] #[derive(Clone)]",
            expect![""],
        );
    }

    #[test]
    fn comments_and_attributes_are_joined() {
        check(
            "/// One.\n#[doc = \" Two.\"]",
            expect![[r#"
            One.
            Two."#]],
        );
    }
}
