//! For people.

use similar::TextDiff;

use super::{Report, Stale, StaleKind};
use crate::terminal::{ERROR, GOOD, Terminal, count, print_diff};
use traitwire_schema::compat::Break;

pub(super) fn print(reports: &[Report], terminal: &mut Terminal) {
    for report in reports {
        for stale in &report.stale {
            print_stale(stale, terminal);
        }
        for found in &report.breaks {
            print_break(found, terminal);
        }
    }
    for report in reports {
        print_summary(report, terminal);
    }
}

fn print_stale(stale: &Stale, terminal: &mut Terminal) {
    let path = &stale.path;
    match &stale.kind {
        StaleKind::Missing => terminal.print(format_args!(
            "{ERROR}{path}{ERROR:#}: it isn't there yet\n\n"
        )),
        StaleKind::LeftOver => terminal.print(format_args!(
            "{ERROR}{path}{ERROR:#}: nothing exports it any more\n\n"
        )),
        StaleKind::InTheWay => terminal.print(format_args!(
            "{ERROR}{path}{ERROR:#}: this crate has not exported it, and would\n\n"
        )),
        StaleKind::Changed { old, new } => {
            let diff = TextDiff::from_lines(old.as_str(), new.as_str());
            let (old, new) = (
                format!("{path} (committed)"),
                format!("{path} (what the code says)"),
            );
            let diff = diff.unified_diff().header(&old, &new).to_string();
            print_diff(&diff, terminal);
            terminal.print("\n");
        }
    }
}

/// As it displays itself, with its rule in colours.
fn print_break(found: &Break, terminal: &mut Terminal) {
    let text = found.to_string();
    let rest = text.strip_prefix(found.rule).unwrap_or(&text);
    terminal.print(format_args!("{ERROR}{}{ERROR:#}{rest}\n\n", found.rule));
}

fn print_summary(report: &Report, terminal: &mut Terminal) {
    let Report {
        crate_name,
        against,
        breaks,
        stale,
        is_new,
    } = report;
    let against = against.said();
    if report.is_fine() {
        let new = if *is_new {
            ", which have nothing of it"
        } else {
            ""
        };
        return terminal.print(format_args!(
            "{GOOD}ok{GOOD:#}: `{crate_name}` breaks nobody who has {against}{new}\n"
        ));
    }
    let mut found = Vec::new();
    if !breaks.is_empty() {
        found.push(count(breaks.len(), "break"));
    }
    if !stale.is_empty() {
        found.push(format!("{} not up to date", count(stale.len(), "file")));
    }
    let found = found.join(", ");
    terminal.print(format_args!(
        "{ERROR}found{ERROR:#}: `{crate_name}` against {against}: {found}\n"
    ));
    if !stale.is_empty() {
        let update = report.update();
        terminal.print(format_args!(
            "If the code is right, run `{update}` and commit what it writes.\n"
        ));
    }
}
