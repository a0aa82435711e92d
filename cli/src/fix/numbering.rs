//! Number spaces and committed files -> numbers.

use std::ops::RangeInclusive;

use traitwire_schema::model::{Enum, File, Member, Message, Reserved};
use traitwire_schema::numbers;

use super::spaces::{Kind, Slot, Space};

/// What the committed files know of numbers.
#[derive(Debug, Default)]
pub(super) struct Committed {
    messages: Vec<Known>,
    enums: Vec<Known>,
}

/// A message or enum.
#[derive(Clone, Debug, Default)]
struct Known {
    package: String,
    /// Without what is around it.
    name: String,
    /// Names and numbers of fields or values.
    members: Vec<(String, i64)>,
    reserved: Vec<RangeInclusive<i64>>,
}

impl Committed {
    pub(super) fn add(&mut self, files: &[File]) {
        for file in files.iter().filter(|file| !file.imported) {
            for message in &file.messages {
                self.add_message(&file.package, message);
            }
            for item in &file.enums {
                self.add_enum(&file.package, item);
            }
        }
    }

    fn add_message(&mut self, package: &str, message: &Message) {
        let mut members = Vec::new();
        for member in &message.members {
            match member {
                Member::Field(field) => members.push((field.name.clone(), field.number.into())),
                Member::OneOf(oneof) => members.extend(
                    oneof
                        .fields
                        .iter()
                        .map(|field| (field.name.clone(), field.number.into())),
                ),
            }
        }
        self.messages.push(Known {
            package: package.to_owned(),
            name: message.name.clone(),
            members,
            reserved: ranges(&message.reserved),
        });
        for message in &message.messages {
            self.add_message(package, message);
        }
        for item in &message.enums {
            self.add_enum(package, item);
        }
    }

    fn add_enum(&mut self, package: &str, item: &Enum) {
        let values = item.values.iter();
        self.enums.push(Known {
            package: package.to_owned(),
            name: item.name.clone(),
            members: values
                .map(|value| (value.name.clone(), value.number.into()))
                .collect(),
            reserved: ranges(&item.reserved),
        });
    }

    /// All that is called like a space. In which package the code's is can't always be seen, so there may be several.
    fn of<'a>(&'a self, space: &'a Space) -> impl Iterator<Item = &'a Known> {
        let known = match space.kind {
            Kind::Message | Kind::OneOf => &self.messages,
            Kind::Enum => &self.enums,
        };
        known.iter().filter(move |known| {
            let package = space.package.as_ref();
            known.name == space.name && package.is_none_or(|package| *package == known.package)
        })
    }
}

fn ranges(reserved: &Reserved) -> Vec<RangeInclusive<i64>> {
    let numbers = reserved.numbers.iter();
    numbers
        .map(|range| i64::from(*range.start())..=i64::from(*range.end()))
        .collect()
}

/// Gives a number to whatever has none. The error says what has run out of numbers.
pub(super) fn number(
    spaces: &mut [Space],
    committed: &Committed,
) -> Result<Vec<(Slot, i64)>, String> {
    let mut given = Vec::new();
    // Messages first: a oneof has to avoid the numbers of all messages that have it.
    for kind in [Kind::Message, Kind::OneOf, Kind::Enum] {
        for index in 0..spaces.len() {
            if spaces[index].kind != kind || spaces[index].missing.is_empty() {
                continue;
            }
            let numbers = number_space(spaces, index, committed)?;
            let space = &mut spaces[index];
            let missing = std::mem::take(&mut space.missing);
            space.taken.extend(&numbers);
            given.extend(missing.into_iter().map(|missing| missing.slot).zip(numbers));
        }
    }
    Ok(given)
}

/// The numbers for what is missing in one space, in order.
fn number_space(spaces: &[Space], index: usize, committed: &Committed) -> Result<Vec<i64>, String> {
    let space = &spaces[index];
    let related = related(spaces, index);
    let mut taken: Vec<i64> = Vec::new();
    let mut reserved: Vec<RangeInclusive<i64>> = Vec::new();
    let mut members: Vec<&(String, i64)> = Vec::new();
    for space in related {
        taken.extend(&space.taken);
        reserved.extend(space.reserved.iter().cloned());
        if space.kind == Kind::OneOf {
            continue;
        }
        for known in committed.of(space) {
            members.extend(&known.members);
            reserved.extend(known.reserved.iter().cloned());
        }
    }
    // What is there under the same name has its number already.
    let mut numbers: Vec<Option<i64>> = Vec::new();
    for missing in &space.missing {
        let known = members.iter().find(|(name, _)| *name == missing.name);
        let number = known.map(|(_, number)| *number);
        let number = number.filter(|number| !taken.contains(number));
        taken.extend(number);
        numbers.push(number);
    }
    reserved.extend(members.iter().map(|(_, number)| *number..=*number));
    let mut all = Vec::new();
    for (missing, number) in space.missing.iter().zip(numbers) {
        let number = number.or_else(|| match space.kind {
            Kind::Enum if missing.is_first && !taken.contains(&0) => Some(0),
            Kind::Enum => next_value(&taken, &reserved),
            Kind::Message | Kind::OneOf => next_field(&taken, &reserved),
        });
        let number = number.ok_or_else(|| {
            format!(
                "there is no number left for `{}` of `{}`",
                missing.name, space.name
            )
        })?;
        taken.push(number);
        all.push(number);
    }
    Ok(all)
}

/// The spaces that share their numbers with one, and itself: oneofs, the messages that have them, and the other oneofs of these.
fn related(spaces: &[Space], index: usize) -> Vec<&Space> {
    let space = &spaces[index];
    let has = |message: &&Space, one_of: &str| {
        message.kind == Kind::Message && message.one_ofs.iter().any(|name| name == one_of)
    };
    let messages: Vec<&Space> = match space.kind {
        Kind::Enum => return vec![space],
        Kind::Message => vec![space],
        Kind::OneOf => spaces
            .iter()
            .filter(|message| has(message, &space.name))
            .collect(),
    };
    let is_in = |one_of: &&Space| {
        one_of.kind == Kind::OneOf && messages.iter().any(|message| has(message, &one_of.name))
    };
    let mut related: Vec<&Space> = spaces.iter().filter(is_in).collect();
    if space.kind == Kind::OneOf && messages.is_empty() {
        related.push(space);
    }
    related.extend(messages);
    related
}

fn next_field(taken: &[i64], reserved: &[RangeInclusive<i64>]) -> Option<i64> {
    let number = |number: &i64| u32::try_from(*number).ok();
    let taken: Vec<u32> = taken.iter().filter_map(number).collect();
    let range = |range: &RangeInclusive<i64>| {
        Some(number(range.start())?..=u32::try_from(*range.end()).unwrap_or(u32::MAX))
    };
    let reserved: Vec<_> = reserved.iter().filter_map(range).collect();
    numbers::next_free(&taken, &reserved).map(i64::from)
}

fn next_value(taken: &[i64], reserved: &[RangeInclusive<i64>]) -> Option<i64> {
    let mut number = taken.iter().max().map_or(1, |last| (*last).max(0) + 1);
    // Each step leaves a range behind for good.
    while let Some(range) = reserved.iter().find(|range| range.contains(&number)) {
        number = range.end() + 1;
    }
    i32::try_from(number).is_ok().then_some(number)
}
