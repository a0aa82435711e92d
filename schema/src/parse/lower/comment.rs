//! Comments: without the space after their signs, and one for each declaration.

use crate::parse::ast::Comments;

/// What is said of a declaration: above it, and then behind it.
pub(super) fn comment(comments: &Comments) -> String {
    let both = [&comments.leading, &comments.trailing];
    paragraphs(both.into_iter().flatten().map(|comment| text(comment)))
}

/// Comments that belong to nothing.
pub(super) fn detached(comments: &Comments) -> Vec<String> {
    let texts = comments.detached.iter().map(|comment| text(comment));
    texts.filter(|text| !text.is_empty()).collect()
}

/// All comments around a declaration, each by itself.
pub(super) fn texts(comments: &Comments) -> Vec<String> {
    let said = comment(comments);
    let mut texts = detached(comments);
    texts.extend((!said.is_empty()).then_some(said));
    texts
}

/// All comments around a declaration as one.
pub(super) fn text_of_all(comments: &Comments) -> String {
    paragraphs(texts(comments).into_iter())
}

fn paragraphs(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

/// The lines without the space that people put before them, and without blank ones around them.
fn text(comment: &str) -> String {
    // In `/** … */` the second asterisk isn't text.
    let comment = match comment.strip_prefix('*') {
        Some(rest) if rest.starts_with([' ', '\n', '\r']) => rest,
        _ => comment,
    };
    let line = |line: &str| {
        let line = line.trim_end();
        line.strip_prefix(' ').unwrap_or(line).to_owned()
    };
    let lines: Vec<String> = comment.lines().map(line).collect();
    let is_text = |line: &String| !line.is_empty();
    let first = lines.iter().position(is_text).unwrap_or(lines.len());
    let last = lines
        .iter()
        .rposition(is_text)
        .map_or(first, |last| last + 1);
    lines[first..last].join("\n")
}
