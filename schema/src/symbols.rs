//! Names and what they stand for: protobuf's scoping rules.

use std::collections::BTreeMap;

use crate::descriptor::Scalar;
use crate::model::{Enum, FieldType, File, Message, Origin, Schema};

/// Everything with a name in a set of files, by full name.
pub(crate) struct Symbols<'a> {
    files: &'a [File],
    symbols: BTreeMap<String, Symbol<'a>>,
    /// Names that were given a second time, with what would have had them.
    pub(crate) duplicates: Vec<(String, Symbol<'a>)>,
}

/// Something with a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbol<'a> {
    pub(crate) kind: SymbolKind,
    /// The index of the file; of a package, that of any file that has it.
    pub(crate) file: usize,
    /// The Rust item, or that of the message or enum around it.
    pub(crate) origin: Option<&'a Origin>,
}

/// Something with a name in a [`Schema`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration<'a> {
    /// With the package, and with what is around it: `routeguide.Point.latitude`.
    pub full_name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The path of the file that it stands in.
    pub path: &'a str,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are protobuf's")]
pub enum SymbolKind {
    Package,
    Service,
    Method,
    Message,
    Field,
    OneOf,
    Enum,
    EnumValue,
    /// The message that protobuf makes for the entries of a map.
    MapEntry,
    /// The oneof that protobuf makes for an `optional` field.
    SyntheticOneOf,
}

impl Schema {
    /// Everything with a name but packages, those things included that protobuf makes up, by full name.
    pub fn declarations(&self) -> Vec<Declaration<'_>> {
        let symbols = Symbols::new(self.files()).symbols.into_iter();
        symbols
            .filter(|(_, symbol)| symbol.kind != SymbolKind::Package)
            .map(|(full_name, symbol)| Declaration {
                full_name,
                kind: symbol.kind,
                path: &self.files()[symbol.file].path,
            })
            .collect()
    }
}

impl<'a> Symbols<'a> {
    pub(crate) fn new(files: &'a [File]) -> Self {
        let mut symbols = Self {
            files,
            symbols: BTreeMap::new(),
            duplicates: Vec::new(),
        };
        for (index, file) in files.iter().enumerate() {
            symbols.add_file(index, file);
        }
        symbols
    }

    pub(crate) fn get(&self, full_name: &str) -> Option<&Symbol<'a>> {
        self.symbols.get(full_name)
    }

    fn add_file(&mut self, index: usize, file: &'a File) {
        for (dot, _) in file.package.match_indices('.') {
            self.add(&file.package[..dot], SymbolKind::Package, index, None);
        }
        if !file.package.is_empty() {
            self.add(&file.package, SymbolKind::Package, index, None);
        }
        for message in &file.messages {
            self.add_message(index, &file.package, message);
        }
        for item in &file.enums {
            self.add_enum(index, &file.package, item);
        }
        for service in &file.services {
            let name = join(&file.package, &service.name);
            let origin = service.origin.as_ref();
            self.add(&name, SymbolKind::Service, index, origin);
            for method in &service.methods {
                self.add(
                    &join(&name, &method.name),
                    SymbolKind::Method,
                    index,
                    origin,
                );
            }
        }
    }

    fn add_message(&mut self, file: usize, scope: &str, message: &'a Message) {
        let name = join(scope, &message.name);
        let origin = message.origin.as_ref();
        self.add(&name, SymbolKind::Message, file, origin);
        for message in &message.messages {
            self.add_message(file, &name, message);
        }
        for item in &message.enums {
            self.add_enum(file, &name, item);
        }
        for oneof in message.oneofs() {
            self.add(&join(&name, &oneof.name), SymbolKind::OneOf, file, origin);
        }
        for (field, _) in message.fields() {
            self.add(&join(&name, &field.name), SymbolKind::Field, file, origin);
            if let FieldType::Map(..) = field.ty {
                self.add(
                    &join(&name, &map_entry(&field.name)),
                    SymbolKind::MapEntry,
                    file,
                    origin,
                );
            }
        }
        for oneof in synthetic_oneofs(message) {
            self.add(
                &join(&name, &oneof),
                SymbolKind::SyntheticOneOf,
                file,
                origin,
            );
        }
    }

    fn add_enum(&mut self, file: usize, scope: &str, item: &'a Enum) {
        self.add(
            &join(scope, &item.name),
            SymbolKind::Enum,
            file,
            item.origin.as_ref(),
        );
        for value in &item.values {
            // Values are siblings of their enum, as in C.
            self.add(
                &join(scope, &value.name),
                SymbolKind::EnumValue,
                file,
                item.origin.as_ref(),
            );
        }
    }

    fn add(&mut self, full_name: &str, kind: SymbolKind, file: usize, origin: Option<&'a Origin>) {
        let symbol = Symbol { kind, file, origin };
        match self.symbols.get(full_name) {
            Some(other) if other.kind == SymbolKind::Package && kind == SymbolKind::Package => {}
            Some(_) => self.duplicates.push((full_name.to_owned(), symbol)),
            None => _ = self.symbols.insert(full_name.to_owned(), symbol),
        }
    }
}

/// The shortest way to write the type `target` in `scope`, the full name of a message or service of
/// the package `own_package`.
///
/// protobuf looks for the first part of a name in the innermost scope, then in the one around it,
/// and so on. Where it finds that part, the rest has to be. So the name is the first of `Inner`,
/// `Outer.Inner` and `pkg.Outer.Inner` whose first part isn't something else further in. If all
/// are, a leading dot helps.
///
/// Types of other packages have the whole package before them. Parts of it might do, but nobody
/// writes them, and a package that is added later could take their place.
pub(crate) fn reference(
    symbols: &Symbols<'_>,
    own_package: &str,
    scope: &str,
    target: &str,
) -> String {
    let inside = match symbols.get(target) {
        Some(symbol) if symbols.files[symbol.file].package == own_package => own_package.len(),
        _ => target.len(),
    };
    let dots = target.rmatch_indices('.').map(|(dot, _)| dot);
    let starts = dots
        .take_while(|&dot| inside <= dot)
        .map(|dot| dot + 1)
        .chain([0]);
    for start in starts {
        let name = &target[start..];
        let first = name.split('.').next().unwrap_or(name);
        // What the first part has to be for the rest to be found.
        let wanted = &target[..start + first.len()];
        if !is_keyword(first) && find(symbols, scope, first).as_deref() == Some(wanted) {
            return name.to_owned();
        }
    }
    format!(".{target}")
}

/// What a single name stands for in a scope.
///
/// This one stops at whatever it finds, in any file. `protoc` goes on when it finds a field or value
/// where it needs a type, but not everywhere and not in every version; and it sees only what a file
/// imports, while others see all files they know. What is found this way is found by everybody.
fn find(symbols: &Symbols<'_>, scope: &str, name: &str) -> Option<String> {
    let around = scope.rmatch_indices('.').map(|(dot, _)| &scope[..dot]);
    let mut candidates = [scope]
        .into_iter()
        .chain(around)
        .chain([""])
        .map(|scope| join(scope, name));
    candidates.find(|name| symbols.get(name).is_some())
}

/// The full name of `name` in `scope`, which may be empty.
pub(crate) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}

/// The name of the message that protobuf makes for the entries of a map: `FeaturesByIdEntry` for `features_by_id`.
pub(crate) fn map_entry(field: &str) -> String {
    let mut name = String::with_capacity(field.len() + 5);
    let mut capital = true;
    for char in field.chars() {
        if char == '_' {
            capital = true;
        } else {
            name.push(if capital {
                char.to_ascii_uppercase()
            } else {
                char
            });
            capital = false;
        }
    }
    name + "Entry"
}

/// The names of the oneofs that protobuf makes for `optional` fields, in the order of these.
///
/// The algorithm is that of `protoc`: an underscore before the name, and an `X` before that for as long as it takes.
pub(crate) fn synthetic_oneofs(message: &Message) -> Vec<String> {
    let fields: Vec<_> = message.fields().map(|(field, _)| field).collect();
    let mut taken: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
    taken.extend(message.oneofs().map(|oneof| oneof.name.clone()));
    let first = taken.len();
    for field in fields
        .iter()
        .filter(|field| matches!(field.ty, FieldType::Optional(_)))
    {
        let mut name = field.name.clone();
        if !name.starts_with('_') {
            name.insert(0, '_');
        }
        while taken.contains(&name) {
            name.insert(0, 'X');
        }
        taken.push(name);
    }
    taken.split_off(first)
}

/// protobuf's word for a scalar.
pub(crate) fn scalar(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Double => "double",
        Scalar::Float => "float",
        Scalar::Int32 => "int32",
        Scalar::Int64 => "int64",
        Scalar::Uint32 => "uint32",
        Scalar::Uint64 => "uint64",
        Scalar::Sint32 => "sint32",
        Scalar::Sint64 => "sint64",
        Scalar::Fixed32 => "fixed32",
        Scalar::Fixed64 => "fixed64",
        Scalar::Sfixed32 => "sfixed32",
        Scalar::Sfixed64 => "sfixed64",
        Scalar::Bool => "bool",
        Scalar::String => "string",
        Scalar::Bytes => "bytes",
    }
}

/// Whether a reference to a type can't begin with this word, because it would begin something else.
fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// What a statement in a message can begin with, and what can stand before a type in an rpc.
const KEYWORDS: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "enum",
    "extend",
    "extensions",
    "fixed32",
    "fixed64",
    "float",
    "group",
    "int32",
    "int64",
    "map",
    "message",
    "oneof",
    "option",
    "optional",
    "repeated",
    "required",
    "reserved",
    "sfixed32",
    "sfixed64",
    "sint32",
    "sint64",
    "stream",
    "string",
    "uint32",
    "uint64",
];
