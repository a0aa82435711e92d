//! Messages that contain themselves, by way of others too: without a `Box` on the way they would have no end.

use std::collections::{HashMap, HashSet};

use traitwire_schema::model::{FieldType, Member, Message};

use super::selection::{Declared, Item};

/// For each message the ones that it can hold in a `Box` only, by full name.
///
/// These are the ones that lead back to it by fields that hold one value. Lists and maps are boxes themselves.
pub(super) fn boxed<'a>(types: &'a [Declared<'a>]) -> HashMap<&'a str, HashSet<&'a str>> {
    let mut messages: HashMap<&str, Vec<&str>> = HashMap::new();
    for declared in types {
        if let Item::Message(message) = declared.item {
            messages.insert(&declared.full_name, held(message).collect());
        }
    }
    let circles = circles(&messages);
    let mut boxed: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (message, held) in &messages {
        for held in held {
            if circles.get(message) == circles.get(held) {
                boxed.entry(message).or_default().insert(held);
            }
        }
    }
    boxed
}

fn held(message: &Message) -> impl Iterator<Item = &str> {
    message.members.iter().flat_map(|member| {
        let types = match member {
            Member::Field(field) => match &field.ty {
                FieldType::Singular(ty) | FieldType::Optional(ty) => vec![ty],
                FieldType::Repeated(_) | FieldType::Unpacked(_) | FieldType::Map(..) => vec![],
            },
            Member::OneOf(oneof) => oneof.fields.iter().map(|field| &field.ty).collect(),
        };
        types.into_iter().filter_map(|ty| ty.full_name())
    })
}

/// A number for each message; messages that lead to each other have the same. (Kosaraju's algorithm, without recursion.)
fn circles<'a>(messages: &HashMap<&'a str, Vec<&'a str>>) -> HashMap<&'a str, usize> {
    let mut backwards: HashMap<&str, Vec<&str>> = HashMap::new();
    for (message, held) in messages {
        for held in held {
            backwards.entry(held).or_default().push(message);
        }
    }
    let mut seen = HashSet::new();
    let mut finished = Vec::new();
    for &start in messages.keys() {
        let mut path = vec![(start, 0)];
        if !seen.insert(start) {
            continue;
        }
        while let Some((message, next)) = path.last_mut() {
            let held = messages.get(message).and_then(|held| held.get(*next));
            *next += 1;
            match held {
                Some(held) if seen.insert(held) => path.push((held, 0)),
                Some(_) => {}
                None => {
                    finished.push(*message);
                    path.pop();
                }
            }
        }
    }
    let mut circles = HashMap::new();
    for (number, start) in finished.into_iter().rev().enumerate() {
        let mut next = vec![start];
        while let Some(message) = next.pop() {
            if !circles.contains_key(message) {
                circles.insert(message, number);
                next.extend(backwards.get(message).into_iter().flatten());
            }
        }
    }
    circles
}
