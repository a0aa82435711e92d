//! Versions of an API, written in short.

/// Paths and texts of files. A text that isn't several files, each after a line `--- path`, is what stands in `test.proto`, in
/// the package `test`.
pub(crate) fn files(text: &str) -> Vec<(String, String)> {
    let Some(files) = text.strip_prefix("--- ") else {
        let text = format!("syntax = \"proto3\"; package test; {text}");
        return vec![("test.proto".to_owned(), text)];
    };
    let files = files.split("\n--- ").map(|file| {
        let (path, text) = file.split_once('\n').expect("a path and a text");
        (path.to_owned(), format!("syntax = \"proto3\"; {text}"))
    });
    files.collect()
}
