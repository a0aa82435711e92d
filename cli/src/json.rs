//! What the outputs for programs have in common.

use serde::Serialize;
use traitwire_schema::model::Origin;

use crate::terminal::Terminal;

/// Prints one object, in lines.
pub(crate) fn print(object: &impl Serialize, terminal: &mut Terminal) {
    match serde_json::to_string_pretty(object) {
        Ok(text) => terminal.print(format_args!("{text}\n")),
        Err(error) => terminal.error(format_args!("can't write JSON: {error}")),
    }
}

/// A place in Rust.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Rust<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    ty: Option<&'a str>,
    pub(crate) file: &'a str,
    pub(crate) line: u32,
}

impl<'a> Rust<'a> {
    pub(crate) fn new(origin: &'a Origin) -> Self {
        let location = origin.location.rsplit_once(':');
        let (file, line) = location.unwrap_or((&origin.location, ""));
        Self {
            ty: origin.rust_name.as_deref(),
            file,
            line: line.parse().unwrap_or(1),
        }
    }
}
