//! Where output goes: results to stdout, everything else to stderr, in colours where these are wanted.

use std::fmt::Display;
use std::io::{self, Write};
#[cfg(test)]
use std::sync::{Arc, Mutex};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::args::Color;

/// Both streams of the process. Text may have the escape codes of [`anstyle`]; they are removed where they aren't wanted.
pub(crate) struct Terminal {
    out: Box<dyn Write>,
    err: Box<dyn Write>,
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
            out: Box::new(AutoStream::new(io::stdout(), choice)),
            err: Box::new(AutoStream::new(io::stderr(), choice)),
            color,
            quiet,
        }
    }

    /// Prints a part of the result. Who reads it may have gone: `cargo traitwire list | head`.
    pub(crate) fn print(&mut self, text: impl Display) {
        let _ = write!(self.out, "{text}").and_then(|()| self.out.flush());
    }

    /// Prints what isn't text, or has to stay as it is.
    pub(crate) fn print_bytes(&mut self, bytes: &[u8]) {
        let mut out = io::stdout();
        let _ = out.write_all(bytes).and_then(|()| out.flush());
    }

    /// When the user wants colours, for programs that we run.
    pub(crate) fn color(&self) -> Color {
        self.color
    }

    /// Whether only results and errors are wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
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
/// What is there to be found quickly.
pub(crate) const STRONG: Style = Style::new().bold();
/// What is only looked at by who needs it.
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Prints a unified diff in the colours that diffs have.
pub(crate) fn print_diff(diff: &str, terminal: &mut Terminal) {
    for line in diff.lines() {
        let style = match line.as_bytes() {
            [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => STRONG,
            [b'@', ..] => AnsiColor::Cyan.on_default(),
            [b'-', ..] => AnsiColor::Red.on_default(),
            [b'+', ..] => AnsiColor::Green.on_default(),
            _ => Style::new(),
        };
        terminal.print(format_args!("{style}{line}{style:#}\n"));
    }
}

/// `1 break`, `2 breaks`.
pub(crate) fn count(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}

/// What a terminal without colours has shown.
#[cfg(test)]
#[derive(Clone, Default)]
pub(crate) struct Recording(Arc<Mutex<Vec<u8>>>);

#[cfg(test)]
impl Recording {
    pub(crate) fn terminal(&self) -> Terminal {
        Terminal {
            out: Box::new(self.clone()),
            err: Box::new(self.clone()),
            color: Color::Never,
            quiet: false,
        }
    }

    pub(crate) fn text(&self) -> String {
        let bytes = self.0.lock().expect("no test panics while it prints");
        anstream::adapter::strip_str(&String::from_utf8_lossy(&bytes)).to_string()
    }
}

#[cfg(test)]
impl Write for Recording {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = self.0.lock().expect("no test panics while it prints");
        all.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
