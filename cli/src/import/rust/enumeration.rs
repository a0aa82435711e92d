//! Enums.

use std::collections::HashSet;

use traitwire_schema::model::{Enum, EnumValue};
use traitwire_schema::names;

use super::{Writer, quoted, reserved};
use crate::import::plan::{TypePlan, unique};
use crate::import::selection::join;

impl Writer<'_> {
    pub(super) fn enumeration(&mut self, plan: &TypePlan<'_>, item: &Enum) {
        let full_name = &plan.declared.full_name;
        self.blank();
        self.detached(full_name);
        self.docs(&item.comment);
        let derive = self.uses.name("traitwire::Enumeration");
        self.line(&format!(
            "#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, {derive})]"
        ));
        let mut options = self.container(plan, &item.name, item.deprecated);
        options.extend(reserved(&item.reserved, i32::MAX));
        self.proto(&options);
        self.block(&format!("pub enum {}", plan.ident), |out| {
            out.values(full_name, item);
        });
    }

    fn values(&mut self, full_name: &str, item: &Enum) {
        let scope = full_name.strip_suffix(&*item.name).unwrap_or_default();
        let scope = scope.trim_end_matches('.');
        let mut taken = HashSet::new();
        for (at, value) in item.values.iter().enumerate() {
            let is_first = |value: &EnumValue| {
                let mut values = item.values.iter();
                values.position(|other| other.number == value.number) == Some(at)
            };
            if !is_first(value) {
                continue; // It is the alias of another one.
            }
            let others = item.values[at + 1..].iter();
            let aliases: Vec<&EnumValue> = others
                .filter(|other| other.number == value.number)
                .collect();
            for value in [value].iter().chain(&aliases) {
                self.detached(&join(scope, &value.name));
            }
            self.docs(&value.comment);
            let ident = names::rust_variant(&item.name, &value.name);
            let ident = unique(ident, |ident| taken.contains(ident));
            taken.insert(ident.clone());
            if at == 0 {
                self.line("#[default]");
            }
            let mut options = vec![value.number.to_string()];
            if names::enum_value(&item.name, &ident) != value.name {
                options.push(format!("name = {}", quoted(&value.name)));
            }
            if !aliases.is_empty() {
                let names = aliases.iter().map(|alias| quoted(&alias.name));
                options.push(format!("alias({})", names.collect::<Vec<_>>().join(", ")));
            }
            if value.deprecated {
                options.push("deprecated".to_owned());
            }
            self.proto(&options);
            self.line(&format!("{ident},"));
        }
        let is_closed = self.plan.note(full_name).is_some_and(|note| note.closed);
        if !is_closed {
            let ident = unique("Other".to_owned(), |ident| taken.contains(ident));
            self.docs("A number that this version doesn't know.");
            self.proto(&["other".to_owned()]);
            self.line(&format!("{ident}(i32),"));
        }
    }
}
