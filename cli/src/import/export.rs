//! What the crate will export, as far as it can be told before it is compiled.
//!
//! All files of a package become one, and what no service leads to isn't exported. Where that can't be, or changes what
//! somebody might look for, it is said now.

use std::collections::BTreeMap;

use traitwire_schema::model::{FieldType, File, Member, Message, Type};
use traitwire_schema::parse::Lowered;
use traitwire_schema::{Schema, default_path};

use super::plan::Plan;
use super::report::Report;
use super::selection::{Declared, Item, Selection, join};

pub(super) fn check(
    lowered: &Lowered,
    selection: &Selection<'_>,
    plan: &Plan<'_>,
    report: &mut Report,
) {
    for declared in &selection.types {
        changes(lowered, declared, report);
        if declared.outer.is_none()
            && !declared.foreign
            && !selection.served.contains(&declared.full_name)
        {
            let message = "no service leads to this type, so that `protos!` doesn't export it";
            report.say(lowered, &declared.full_name, message);
        }
    }
    let files = exported(lowered, selection, plan);
    for module in &plan.modules {
        let Some(exported) = files
            .values()
            .find(|file| !file.imported && file.package == module.package)
        else {
            continue;
        };
        for file in module
            .files
            .iter()
            .filter(|file| file.path != exported.path)
        {
            let message = format!("`{}` has what this file had", exported.path);
            report.say(lowered, &file.path, message);
        }
    }
    if let Err(errors) = Schema::new(files.into_values().collect()) {
        for error in &errors {
            let message = format!("`protos!` will refuse this:\n{error}");
            report.say(lowered, &error.place.name, message);
        }
    }
}

/// Says what is different about a message.
fn changes(lowered: &Lowered, declared: &Declared<'_>, report: &mut Report) {
    match declared.item {
        Item::Message(message) => {
            for member in &message.members {
                if let Member::Field(field) = member
                    && let FieldType::Optional(Type::Message(_)) = field.ty
                {
                    let name = join(&declared.full_name, &field.name);
                    let message =
                        "`optional` has no place before a message: its presence is known anyway";
                    report.say(lowered, &name, message);
                }
            }
        }
        Item::Enum(item) => {
            let scope = declared
                .full_name
                .rsplit_once('.')
                .map_or("", |(scope, _)| scope);
            for (at, value) in item.values.iter().enumerate() {
                let mut before = item.values[..at].iter();
                let Some(first) = before.find(|other| other.number == value.number) else {
                    continue;
                };
                if !value.comment.is_empty() || value.deprecated != first.deprecated {
                    let message = "what is said of an alias is what is said of its value";
                    report.say(lowered, &join(scope, &value.name), message);
                }
            }
        }
    }
}

/// The files by path.
fn exported(
    lowered: &Lowered,
    selection: &Selection<'_>,
    plan: &Plan<'_>,
) -> BTreeMap<String, File> {
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    let known = lowered.files.iter().filter(|file| file.imported);
    files.extend(known.map(|file| (file.path.clone(), file.clone())));
    for module in &plan.modules {
        let first = module.services.first().and_then(|service| service.file);
        let path = first
            .map(str::to_owned)
            .or_else(|| default_path(module.package));
        let Some(path) = path else { continue };
        let services = module.services.iter().map(|plan| plan.service.clone());
        let mut file = File {
            path: path.clone(),
            package: module.package.to_owned(),
            services: services.collect(),
            ..File::default()
        };
        for full_name in &module.types {
            let Some(ty) = plan.ty(full_name) else {
                continue;
            };
            let declared = ty.declared;
            if declared.outer.is_some() || !selection.served.contains(*full_name) {
                continue;
            }
            let into = match declared.foreign {
                false => &mut file,
                true => files
                    .entry(declared.file.path.clone())
                    .or_insert_with(|| File {
                        path: declared.file.path.clone(),
                        package: module.package.to_owned(),
                        imported: true,
                        ..File::default()
                    }),
            };
            match declared.item {
                Item::Message(message) => {
                    into.messages.push(served(selection, full_name, message));
                }
                Item::Enum(item) => into.enums.push(item.clone()),
            }
        }
        if !file.services.is_empty() || !file.messages.is_empty() || !file.enums.is_empty() {
            files.insert(path, file);
        }
    }
    files
}

/// A message with those that are nested in it and exported.
fn served(selection: &Selection<'_>, full_name: &str, message: &Message) -> Message {
    let mut served_message = message.clone();
    served_message.messages = message
        .messages
        .iter()
        .map(|inner| (join(full_name, &inner.name), inner))
        .filter(|(full_name, _)| selection.served.contains(full_name))
        .map(|(full_name, inner)| served(selection, &full_name, inner))
        .collect();
    let is_served = |name: &str| selection.served.contains(&join(full_name, name));
    served_message.enums.retain(|item| is_served(&item.name));
    served_message
}
