//! Where in Rust everything comes from.

use crate::model::{Enum, File, Member, Message, Origin};
use crate::symbols::join;

/// Calls `visit` with each declaration in `files` that can have an origin, and with that. Its name is its path: package, what
/// is around it, and its own, which for a value of an enum is `routeguide.Corpus.CORPUS_WEB`.
pub fn for_each_origin(files: &mut [File], visit: &mut dyn FnMut(&str, &mut Option<Origin>)) {
    for file in files {
        for service in &mut file.services {
            let name = join(&file.package, &service.name);
            visit(&name, &mut service.origin);
            for method in &mut service.methods {
                visit(&join(&name, &method.name), &mut method.origin);
            }
        }
        for message in &mut file.messages {
            visit_message(&file.package, message, visit);
        }
        for item in &mut file.enums {
            visit_enum(&file.package, item, visit);
        }
    }
}

fn visit_message(
    scope: &str,
    message: &mut Message,
    visit: &mut dyn FnMut(&str, &mut Option<Origin>),
) {
    let name = join(scope, &message.name);
    visit(&name, &mut message.origin);
    for member in &mut message.members {
        match member {
            Member::Field(field) => visit(&join(&name, &field.name), &mut field.origin),
            Member::OneOf(oneof) => {
                for field in &mut oneof.fields {
                    visit(&join(&name, &field.name), &mut field.origin);
                }
            }
        }
    }
    for message in &mut message.messages {
        visit_message(&name, message, visit);
    }
    for item in &mut message.enums {
        visit_enum(&name, item, visit);
    }
}

fn visit_enum(scope: &str, item: &mut Enum, visit: &mut dyn FnMut(&str, &mut Option<Origin>)) {
    let name = join(scope, &item.name);
    visit(&name, &mut item.origin);
    for value in &mut item.values {
        visit(&join(&name, &value.name), &mut value.origin);
    }
}
