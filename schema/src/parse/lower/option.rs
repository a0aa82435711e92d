//! Options: a few are in the model, and of the others it is said.

use super::Lowering;
use super::features::{self, Features};
use crate::parse::ast::{NamePart, OptionSetting, Value};

impl Lowering<'_> {
    /// What is true inside a declaration with these options.
    pub(super) fn features(&self, options: &[OptionSetting]) -> Features {
        self.features.with(options)
    }

    /// Says of options that they are left out; of all but `known` ones, and features that mean something to the model.
    pub(super) fn options(&mut self, options: &[OptionSetting], known: &[&str]) {
        for option in options {
            let path = option.path();
            if known.contains(&&*path) || features::is_known(option) {
                continue;
            }
            let custom = option
                .name
                .iter()
                .any(|part| matches!(part, NamePart::Extension(_)));
            let message = match custom {
                true => format!("the custom option `{path}` has no place"),
                false if OF_GENERATORS.contains(&&*path) => {
                    "options for the code of other languages have no place".to_owned()
                }
                false => format!("the option `{path}` has no place"),
            };
            self.leave_out(option.span.start, message);
        }
    }

    /// The value of an option that is `true` or `false`.
    pub(super) fn flag(&mut self, options: &[OptionSetting], name: &str) -> Option<bool> {
        let option = options.iter().find(|option| option.path() == name)?;
        match &option.value {
            Value::Identifier(value) if value == "true" => Some(true),
            Value::Identifier(value) if value == "false" => Some(false),
            _ => {
                let message = format!("`{name}` is `true` or `false`");
                self.error(option.span.start, message);
                None
            }
        }
    }

    pub(super) fn deprecated(&mut self, options: &[OptionSetting]) -> bool {
        self.flag(options, DEPRECATED).unwrap_or(false)
    }
}

pub(super) const DEPRECATED: &str = "deprecated";

/// Options that say what the generators of other languages make of a file or field.
const OF_GENERATORS: &[&str] = &[
    "cc_enable_arenas",
    "cc_generic_services",
    "csharp_namespace",
    "ctype",
    "go_package",
    "java_generate_equals_and_hash",
    "java_generic_services",
    "java_multiple_files",
    "java_outer_classname",
    "java_package",
    "java_string_check_utf8",
    "jstype",
    "objc_class_prefix",
    "optimize_for",
    "php_class_prefix",
    "php_generic_services",
    "php_metadata_namespace",
    "php_namespace",
    "py_generic_services",
    "ruby_package",
    "swift_prefix",
];
