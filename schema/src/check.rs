//! The rules of `protoc` for whole files, all checked before there is a [`Schema`](crate::Schema).
//!
//! Where versions of `protoc` disagree, the strictest one counts: a committed file is compiled by many.

use std::collections::{BTreeMap, BTreeSet};

use crate::descriptor::Scalar;
use crate::error::{Import, Place, Problem, SchemaError, SchemaErrors};
use crate::model::{
    Enum, EnumValue, Field, FieldType, File, Message, Origin, Reserved, Service, Type,
};
use crate::names::{self, NameError};
use crate::numbers::{self, NumberError};
use crate::symbols::{self, SymbolKind, Symbols, join};

/// Checks all rules.
pub(crate) fn check(files: &[File]) -> Result<(), SchemaErrors> {
    let symbols = Symbols::new(files);
    let mut checker = Checker {
        symbols: &symbols,
        errors: Vec::new(),
    };
    checker.paths(files);
    for file in files {
        checker.file(file);
    }
    checker.duplicates();
    checker.cycles(files);
    SchemaErrors::result(checker.errors)
}

struct Checker<'a> {
    symbols: &'a Symbols<'a>,
    errors: Vec<SchemaError>,
}

impl Checker<'_> {
    fn error(&mut self, place: &Place, problem: Problem) {
        self.errors.push(SchemaError {
            place: place.clone(),
            problem,
        });
    }

    fn name(&mut self, place: &Place, checked: Result<(), NameError>) {
        if let Err(error) = checked {
            self.error(place, Problem::Name(error));
        }
    }

    fn paths(&mut self, files: &[File]) {
        let mut paths: BTreeMap<String, &File> = BTreeMap::new();
        for file in files {
            if let Some(other) = paths.insert(file.path.to_lowercase(), file) {
                let owner = |file: &File| (file.path.clone(), file.package.clone());
                let problem = Problem::SamePath {
                    first: owner(other),
                    second: owner(file),
                };
                self.error(&place("file", &file.path, None), problem);
            }
        }
    }

    fn file(&mut self, file: &File) {
        let place = place("file", &file.path, None);
        self.name(&place, names::check_file(&file.path));
        self.name(&place, names::check_package(&file.package));
        for service in &file.services {
            self.service(&file.package, service);
        }
        for message in &file.messages {
            self.message(&file.package, message, 1);
        }
        for item in &file.enums {
            self.enumeration(&file.package, item);
        }
    }

    fn service(&mut self, package: &str, service: &Service) {
        let place = place(
            "service",
            &join(package, &service.name),
            service.origin.as_ref(),
        );
        self.name(&place, names::check(&service.name));
        for method in &service.methods {
            self.name(&place, names::check(&method.name));
            self.message_exists(&place, &method.request);
            self.message_exists(&place, &method.response);
        }
    }

    fn message(&mut self, scope: &str, message: &Message, depth: usize) {
        let name = join(scope, &message.name);
        let place = place("message", &name, message.origin.as_ref());
        if depth > MAX_DEPTH {
            return self.error(&place, Problem::TooDeep);
        }
        self.name(&place, names::check(&message.name));
        self.reserved(&place, &message.reserved, 1, numbers::MAX as i32);
        self.fields(&place, message);
        for oneof in message.oneofs() {
            self.name(&place, names::check(&oneof.name));
            if oneof.fields.is_empty() {
                self.error(
                    &place,
                    Problem::EmptyOneOf {
                        oneof: oneof.name.clone(),
                    },
                );
            }
        }
        for message in &message.messages {
            self.message(&name, message, depth + 1);
        }
        for item in &message.enums {
            self.enumeration(&name, item);
        }
    }

    fn fields(&mut self, place: &Place, message: &Message) {
        let mut numbers: BTreeMap<u32, String> = BTreeMap::new();
        let mut json_names: BTreeMap<String, String> = BTreeMap::new();
        for (field, _) in message.fields() {
            self.name(place, names::check(&field.name));
            if let Err(error) = number(&field, &message.reserved, &numbers) {
                self.error(
                    place,
                    Problem::Number {
                        field: field.name.clone(),
                        error,
                    },
                );
            }
            numbers
                .entry(field.number)
                .or_insert_with(|| field.name.clone());
            if message.reserved.names.contains(&field.name) {
                self.error(
                    place,
                    Problem::ReservedName {
                        name: field.name.clone(),
                    },
                );
            }
            let json_name = field.name.replace('_', "").to_ascii_lowercase();
            match json_names.get(&json_name) {
                // The same name twice is reported as that.
                Some(other) if *other == field.name => {}
                Some(other) => {
                    let (first, second) = (other.clone(), field.name.clone());
                    self.error(place, Problem::SameJsonName { first, second });
                }
                None => _ = json_names.insert(json_name, field.name.clone()),
            }
            self.field_type(place, &field);
        }
    }

    fn field_type(&mut self, place: &Place, field: &Field) {
        if let FieldType::Map(key @ (Scalar::Double | Scalar::Float | Scalar::Bytes), _) = field.ty
        {
            self.error(
                place,
                Problem::MapKey {
                    field: field.name.clone(),
                    key: symbols::scalar(key),
                },
            );
        }
        match field.ty.value() {
            Type::Scalar(_) => {}
            Type::Message(name) => self.message_exists(place, name),
            Type::Enum(name) => self.exists(place, name, "enum", SymbolKind::Enum),
        }
    }

    fn message_exists(&mut self, place: &Place, name: &str) {
        self.exists(place, name, "message", SymbolKind::Message);
    }

    fn exists(&mut self, place: &Place, name: &str, wanted: &'static str, kind: SymbolKind) {
        if self
            .symbols
            .get(name)
            .is_none_or(|symbol| symbol.kind != kind)
        {
            self.error(
                place,
                Problem::NotFound {
                    wanted,
                    name: name.to_owned(),
                },
            );
        }
    }

    fn enumeration(&mut self, scope: &str, item: &Enum) {
        let place = place("enum", &join(scope, &item.name), item.origin.as_ref());
        self.name(&place, names::check(&item.name));
        self.reserved(&place, &item.reserved, i32::MIN, i32::MAX);
        match item.values.first() {
            None => self.error(&place, Problem::NoValues),
            Some(first) if first.number != 0 => {
                self.error(
                    &place,
                    Problem::FirstValueNotZero {
                        value: first.name.clone(),
                    },
                );
            }
            Some(_) => {}
        }
        let mut numbers: BTreeMap<i32, &str> = BTreeMap::new();
        let mut bare_names: BTreeMap<String, &EnumValue> = BTreeMap::new();
        for value in &item.values {
            self.name(&place, names::check_enum_value(&value.name));
            if let Some(first) = numbers.insert(value.number, &value.name)
                && !item.allow_alias
            {
                let (first, second) = (first.to_owned(), value.name.clone());
                self.error(
                    &place,
                    Problem::SameValueNumber {
                        first,
                        second,
                        number: value.number,
                    },
                );
            }
            if item
                .reserved
                .numbers
                .iter()
                .any(|range| range.contains(&value.number))
            {
                let (value, number) = (value.name.clone(), value.number);
                self.error(&place, Problem::ReservedValue { value, number });
            }
            if item.reserved.names.contains(&value.name) {
                self.error(
                    &place,
                    Problem::ReservedName {
                        name: value.name.clone(),
                    },
                );
            }
            match bare_names.insert(bare_value_name(&item.name, &value.name), value) {
                // An alias may be the same to them as what it stands for.
                Some(first) if first.name != value.name && first.number != value.number => {
                    let (first, second) = (first.name.clone(), value.name.clone());
                    self.error(&place, Problem::SameValueName { first, second });
                }
                _ => {}
            }
        }
        if item.allow_alias && numbers.len() == item.values.len() {
            self.error(&place, Problem::NoAlias);
        }
    }

    fn reserved(&mut self, place: &Place, reserved: &Reserved, min: i32, max: i32) {
        for (at, range) in reserved.numbers.iter().enumerate() {
            let (start, end) = (*range.start(), *range.end());
            if start > end || start < min || end > max {
                self.error(place, Problem::ReservedRange { start, end });
            }
            for other in &reserved.numbers[..at] {
                if *other.start() <= end && start <= *other.end() {
                    let first = (*other.start(), *other.end());
                    self.error(
                        place,
                        Problem::ReservedOverlap {
                            first,
                            second: (start, end),
                        },
                    );
                }
            }
        }
        for (at, name) in reserved.names.iter().enumerate() {
            self.name(place, names::check(name));
            if reserved.names[..at].contains(name) {
                self.error(place, Problem::ReservedTwice { name: name.clone() });
            }
        }
    }

    fn duplicates(&mut self) {
        let place_of = |name: &str, symbol: &symbols::Symbol<'_>| {
            let kind = match symbol.kind {
                SymbolKind::Package => "package",
                SymbolKind::Service => "service",
                SymbolKind::Method => "method",
                SymbolKind::Message => "message",
                SymbolKind::Field => "field",
                SymbolKind::OneOf => "oneof",
                SymbolKind::Enum => "enum",
                SymbolKind::EnumValue => "enum value",
                SymbolKind::MapEntry => "message for the entries of a map",
                SymbolKind::SyntheticOneOf => "oneof that protobuf makes for an `optional` field",
            };
            place(kind, name, symbol.origin)
        };
        for (name, symbol) in &self.symbols.duplicates {
            if let Some(other) = self.symbols.get(name) {
                let problem = Problem::SameName {
                    other: place_of(name, other),
                };
                self.errors.push(SchemaError {
                    place: place_of(name, symbol),
                    problem,
                });
            }
        }
    }

    /// Reports each file that imports itself by way of others; one circle is reported once.
    fn cycles(&mut self, files: &[File]) {
        let mut imports: Vec<BTreeMap<usize, (String, String)>> =
            vec![BTreeMap::new(); files.len()];
        for (index, file) in files.iter().enumerate() {
            file.for_each_reference(&mut |user, used| {
                if let Some(symbol) = self.symbols.get(used).filter(|symbol| symbol.file != index) {
                    imports[index]
                        .entry(symbol.file)
                        .or_insert_with(|| (user.to_owned(), used.to_owned()));
                }
            });
        }
        let mut done = BTreeSet::new();
        for start in 0..files.len() {
            let Some(circle) = shortest_circle(&imports, start) else {
                continue;
            };
            // Seen from another file it is the same circle.
            if circle.iter().any(|file| !done.insert(*file)) {
                continue;
            }
            let next = circle.iter().cycle().skip(1);
            let imports = circle.iter().zip(next).map(|(&file, &imported)| {
                let (user, used) = &imports[file][&imported];
                let (file, imported) = (files[file].path.clone(), files[imported].path.clone());
                Import {
                    file,
                    imported,
                    user: user.clone(),
                    used: used.clone(),
                }
            });
            let problem = Problem::CircularImport {
                imports: imports.collect(),
            };
            self.error(&place("file", &files[start].path, None), problem);
        }
    }
}

fn place(kind: &'static str, name: &str, origin: Option<&Origin>) -> Place {
    Place {
        kind,
        name: name.to_owned(),
        origin: origin.cloned(),
    }
}

fn number(
    field: &Field,
    reserved: &Reserved,
    taken: &BTreeMap<u32, String>,
) -> Result<(), NumberError> {
    let number = numbers::check(i64::from(field.number))?;
    let signed = number as i32; // It is at most `numbers::MAX`.
    if let Some(range) = reserved
        .numbers
        .iter()
        .find(|range| range.contains(&signed))
    {
        let (start, end) = (
            range.start().max(&0).unsigned_abs(),
            range.end().max(&0).unsigned_abs(),
        );
        return Err(NumberError::Reserved {
            number,
            range: start..=end,
        });
    }
    match taken.get(&number) {
        Some(by) => Err(NumberError::Taken {
            number,
            by: by.clone(),
        }),
        None => Ok(()),
    }
}

/// A value's name as languages see it that remove the enum's name: `Web` for `CORPUS_WEB` in `Corpus`.
fn bare_value_name(enum_name: &str, value: &str) -> String {
    let mut rest = value;
    for wanted in enum_name.chars().filter(|&char| char != '_') {
        let mut chars = rest.trim_start_matches('_').chars();
        if !chars
            .next()
            .is_some_and(|char| char.eq_ignore_ascii_case(&wanted))
        {
            rest = value;
            break;
        }
        rest = chars.as_str();
    }
    rest = rest.trim_start_matches('_');
    if rest.is_empty() {
        rest = value;
    }
    let mut bare = String::with_capacity(rest.len());
    for word in rest.split('_') {
        let mut chars = word.chars();
        bare.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        bare.extend(chars.map(|char| char.to_ascii_lowercase()));
    }
    bare
}

/// The files on the shortest way from a file through imports back to it, if there is one.
fn shortest_circle(
    imports: &[BTreeMap<usize, (String, String)>],
    start: usize,
) -> Option<Vec<usize>> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = *way.last()?;
            for &file in imports[last].keys() {
                if file == start {
                    return Some(way);
                }
                if seen.insert(file) {
                    longer.push([&*way, &[file]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

/// `protoc` stops at 32 messages in each other.
const MAX_DEPTH: usize = 31;
