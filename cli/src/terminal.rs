//! Where output goes: results to stdout, everything else to stderr, in colours where these are wanted.

use std::fmt::Display;
use std::io::{self, Write as _};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::args::Color;

/// Both streams of the process. Text may have the escape codes of [`anstyle`]; they are removed where they aren't wanted.
pub(crate) struct Terminal {
    out: AutoStream<io::Stdout>,
    err: AutoStream<io::Stderr>,
    color: Color,
    quiet: bool,
}

impl Terminal {
    pub(crate) fn new(color: Color, quiet: bool) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self {
            out: AutoStream::new(io::stdout(), choice),
            err: AutoStream::new(io::stderr(), choice),
            color,
            quiet,
        }
    }

    /// Prints a part of the result. Who reads it may have gone: `cargo traitwire list | head`.
    pub(crate) fn print(&mut self, text: impl Display) {
        let _ = write!(self.out, "{text}").and_then(|()| self.out.flush());
    }

    /// Says what is done now, as cargo does: `   Exporting greeter`.
    pub(crate) fn status(&mut self, verb: &str, what: impl Display) {
        if !self.quiet {
            let _ = writeln!(self.err, "{GOOD}{verb:>12}{GOOD:#} {what}");
        }
    }

    /// Says what the user should know, but needn't.
    pub(crate) fn warning(&mut self, what: impl Display) {
        if !self.quiet {
            let _ = writeln!(self.err, "{WARNING}warning{WARNING:#}: {what}");
        }
    }

    /// Says why nothing came of it.
    pub(crate) fn error(&mut self, what: impl Display) {
        let _ = writeln!(self.err, "{ERROR}error{ERROR:#}: {what}");
    }
}

/// What went well, or is new.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is worth a look.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What is wrong.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
