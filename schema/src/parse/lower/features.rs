//! What proto2, proto3 and the editions mean by the same words.

use crate::parse::ast::{NamePart, OptionSetting, Syntax, Value};

/// What an edition's `features` say, and what the older languages amount to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Features {
    pub(super) presence: Presence,
    pub(super) closed_enum: bool,
    pub(super) packed: bool,
    /// Whether messages are sent as groups.
    pub(super) delimited: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Implicit,
    Explicit,
    Required,
}

impl Features {
    /// What a file begins with.
    pub(super) fn of(syntax: Syntax) -> Self {
        let proto2 = syntax == Syntax::Proto2;
        Self {
            presence: match syntax {
                Syntax::Proto3 => Presence::Implicit,
                _ => Presence::Explicit,
            },
            closed_enum: proto2,
            packed: !proto2,
            delimited: false,
        }
    }

    /// What is true inside a declaration with these options.
    pub(super) fn with(mut self, options: &[OptionSetting]) -> Self {
        for (name, value) in options.iter().flat_map(settings) {
            self.set(name, value);
        }
        self
    }

    /// Whether the feature is one of those above, with a value that it can have.
    fn set(&mut self, name: &str, value: &Value) -> bool {
        let Value::Identifier(value) = value else {
            return false;
        };
        match (name, &**value) {
            ("field_presence", "EXPLICIT") => self.presence = Presence::Explicit,
            ("field_presence", "IMPLICIT") => self.presence = Presence::Implicit,
            ("field_presence", "LEGACY_REQUIRED") => self.presence = Presence::Required,
            ("enum_type", "OPEN") => self.closed_enum = false,
            ("enum_type", "CLOSED") => self.closed_enum = true,
            ("repeated_field_encoding", "PACKED") => self.packed = true,
            ("repeated_field_encoding", "EXPANDED") => self.packed = false,
            ("message_encoding", "LENGTH_PREFIXED") => self.delimited = false,
            ("message_encoding", "DELIMITED") => self.delimited = true,
            // What everybody does, or what is for those who look at the text only.
            ("utf8_validation", "VERIFY") | ("json_format", "ALLOW") => {}
            ("enforce_naming_style" | "default_symbol_visibility", _) => {}
            _ => return false,
        }
        true
    }
}

/// Whether an option sets features, all of which [`Features`] knows.
pub(super) fn is_known(option: &OptionSetting) -> bool {
    let mut settings = settings(option).peekable();
    let mut scratch = Features::of(Syntax::Proto3);
    settings.peek().is_some() && settings.all(|(name, value)| scratch.set(name, value))
}

/// The features that `features.a = A` or `features = { a: A }` sets.
fn settings(option: &OptionSetting) -> impl Iterator<Item = (&str, &Value)> {
    let [NamePart::Plain(first), rest @ ..] = &*option.name else {
        return Vec::new().into_iter();
    };
    let settings = match (rest, &option.value) {
        _ if first.text != "features" => Vec::new(),
        ([NamePart::Plain(feature)], value) => vec![(&*feature.text, value)],
        ([], Value::Aggregate(fields)) => fields
            .iter()
            .map(|(name, value)| (&*name.text, value))
            .collect(),
        // Those of a language, and what isn't one.
        _ => vec![("", &option.value)],
    };
    settings.into_iter()
}
