//! Annotations of GitHub's workflows: "Workflow commands for GitHub Actions", `error`.

use std::path::Path;

use traitwire_schema::compat::Break;

use super::{Report, Stale, StaleKind};
use crate::json::Rust;
use crate::terminal::Terminal;

/// Paths of Rust files are seen from `workspace`, those of annotations from `repository`.
pub(super) fn print(
    reports: &[Report],
    workspace: &Path,
    repository: &Path,
    terminal: &mut Terminal,
) {
    let shown = |path: &str| {
        let path = workspace.join(path);
        let inside = path.strip_prefix(repository).unwrap_or(&path);
        inside.display().to_string().replace('\\', "/")
    };
    for report in reports {
        for stale in &report.stale {
            terminal.print(format_args!("{}\n", annotate_stale(report, stale, &shown)));
        }
        for found in &report.breaks {
            terminal.print(format_args!("{}\n", annotate_break(found, &shown)));
        }
    }
}

fn annotate_stale(report: &Report, stale: &Stale, shown: &dyn Fn(&str) -> String) -> String {
    let update = report.update();
    let problem = match stale.kind {
        StaleKind::Missing => "the file isn't committed yet",
        StaleKind::Changed { .. } => "the file isn't what the code says",
        StaleKind::LeftOver => "nothing exports the file any more",
        StaleKind::InTheWay => "the crate would export this file, and has not",
    };
    let path = std::path::absolute(&stale.path);
    let path = path.map_or_else(
        |_| stale.path.clone(),
        |path| shown(&path.display().to_string()),
    );
    error(
        &[("file", &path), ("title", "not up to date")],
        &format!("{problem}\nhelp: if the code is right, run `{update}` and commit what it writes"),
    )
}

fn annotate_break(found: &Break, shown: &dyn Fn(&str) -> String) -> String {
    let rust = found.place.origin.as_ref().map(Rust::new);
    let place = rust.map(|rust| (shown(rust.file), rust.line.to_string()));
    let mut properties = Vec::new();
    if let Some((file, line)) = &place {
        properties.extend([("file", &**file), ("line", line)]);
    }
    let title = format!("{}: {} {}", found.rule, found.place.kind, found.place.name);
    properties.push(("title", &title));
    let text = found.to_string();
    // The first line is the title.
    let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
    error(&properties, rest)
}

fn error(properties: &[(&str, &str)], message: &str) -> String {
    let properties: Vec<_> = properties
        .iter()
        .map(|(name, value)| {
            let value = escape(value).replace(':', "%3A").replace(',', "%2C");
            format!("{name}={value}")
        })
        .collect();
    format!("::error {}::{}", properties.join(","), escape(message))
}

fn escape(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}
