//! Any schema, out of a list of numbers: the names are few, so that they get in each other's way.

use std::collections::HashSet;

use traitwire_schema::model::{
    Enum, EnumValue, Field, FieldType, File, Member, Message, Method, OneOf, Reserved, Service,
    Type,
};
use traitwire_schema::{Idempotency, MethodKind, Scalar, names};

/// Makes files that [`Schema::new`](traitwire_schema::Schema::new) takes, nearly always.
///
/// Each number decides one thing, and zero stands for the simplest choice, also when the numbers have run out. So
/// proptest shrinks a schema by shrinking the list.
pub(crate) fn files(choices: Vec<u16>) -> Vec<File> {
    let mut generator = Generator {
        choices: choices.into_iter(),
        taken: PACKAGES
            .iter()
            .flat_map(|package| prefixes(package))
            .collect(),
        types: Vec::new(),
    };
    let mut files: Vec<File> = Vec::new();
    for index in 0..=generator.below(3) {
        let package = generator.pick(PACKAGES);
        files.push(File {
            path: format!("{}{index}.proto", generator.pick(&["f", "dir/f", "a/b/f"])),
            package: package.to_owned(),
            header: generator.comment(),
            ..File::default()
        });
    }
    // Names first, so that references can lead anywhere; contents after that.
    for (index, file) in files.iter_mut().enumerate() {
        let scope = file.package.clone();
        (file.messages, file.enums) = generator.types(index, &scope, 0);
    }
    for (index, file) in files.iter_mut().enumerate() {
        let scope = file.package.clone();
        file.services = generator.services(index, &scope);
        for message in &mut file.messages {
            generator.fill(index, &scope, message);
        }
    }
    files
}

struct Generator {
    choices: std::vec::IntoIter<u16>,
    /// Full names.
    taken: HashSet<String>,
    /// The files, full names and kinds of all types.
    types: Vec<(usize, Type)>,
}

impl Generator {
    fn below(&mut self, n: usize) -> usize {
        usize::from(self.choices.next().unwrap_or(0)) % n
    }

    fn flag(&mut self) -> bool {
        self.below(4) == 3
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// A name that is free in the scope, along with what protobuf derives from it.
    fn name(
        &mut self,
        scope: &str,
        pool: &[&str],
        derived: impl Fn(&str) -> Vec<String>,
    ) -> Option<String> {
        let name = self.pick(pool);
        let names: Vec<String> = derived(name)
            .into_iter()
            .chain([name.to_owned()])
            .map(|name| join(scope, &name))
            .collect();
        if names.iter().any(|name| self.taken.contains(name)) {
            return None;
        }
        self.taken.extend(names);
        Some(name.to_owned())
    }

    fn comment(&mut self) -> String {
        if self.flag() {
            self.pick(COMMENTS).to_owned()
        } else {
            String::new()
        }
    }

    fn types(&mut self, file: usize, scope: &str, depth: usize) -> (Vec<Message>, Vec<Enum>) {
        let mut messages = Vec::new();
        for _ in 0..self.below(if depth == 0 { 5 } else { 3 - depth.min(2) }) {
            let Some(name) = self.name(scope, TYPES, |_| vec![]) else {
                continue;
            };
            let full_name = join(scope, &name);
            self.types.push((file, Type::Message(full_name.clone())));
            let (nested, enums) = self.types(file, &full_name, depth + 1);
            messages.push(Message {
                name,
                messages: nested,
                enums,
                ..Message::default()
            });
        }
        let mut enums = Vec::new();
        for _ in 0..self.below(3) {
            let Some(name) = self.name(scope, TYPES, |_| vec![]) else {
                continue;
            };
            let item = self.enumeration(scope, name);
            if !item.values.is_empty() {
                self.types.push((file, Type::Enum(join(scope, &item.name))));
                enums.push(item);
            }
        }
        (messages, enums)
    }

    fn enumeration(&mut self, scope: &str, name: String) -> Enum {
        let mut values = Vec::new();
        let mut allow_alias = false;
        let numbers = [0, 1, -1, i32::MAX, i32::MIN, 7];
        for number in &numbers[..=self.below(numbers.len())] {
            let variant = format!(
                "{}{}",
                self.pick(&["One", "HTTPOnly", "X"]),
                number.unsigned_abs()
            );
            let value = names::enum_value(&name, &variant);
            if self.taken.insert(join(scope, &value)) {
                let (comment, deprecated) = (self.comment(), self.flag());
                let alias = format!("{value}_ALIAS");
                values.push(EnumValue {
                    name: value,
                    number: *number,
                    comment,
                    deprecated,
                    origin: None,
                });
                if self.flag() && self.taken.insert(join(scope, &alias)) {
                    values.push(EnumValue {
                        name: alias,
                        number: *number,
                        comment: self.comment(),
                        deprecated: self.flag(),
                        origin: None,
                    });
                    allow_alias = true;
                }
            } else if values.is_empty() {
                break;
            }
        }
        let reserved = if self.flag() {
            Reserved {
                numbers: vec![-9..=-5, 100..=100, 200..=i32::MAX - 1],
                names: vec!["OLD".to_owned()],
            }
        } else {
            Reserved::default()
        };
        Enum {
            name,
            comment: self.comment(),
            deprecated: self.flag(),
            reserved,
            allow_alias,
            values,
            origin: None,
        }
    }

    fn fill(&mut self, file: usize, scope: &str, message: &mut Message) {
        let full_name = join(scope, &message.name);
        message.comment = self.comment();
        message.deprecated = self.flag();
        if self.flag() {
            message.reserved.numbers = vec![500..=500, 600..=699, 20_000..=536_870_911];
        }
        if self.flag() {
            message.reserved.names = vec!["old".to_owned(), "older".to_owned()];
        }
        let mut json_names = HashSet::new();
        let mut number = 0;
        for _ in 0..self.below(8) {
            let oneof = self.below(6) == 5;
            let size = if oneof { 1 + self.below(3) } else { 1 };
            let mut fields = Vec::new();
            for _ in 0..size {
                number += 1 + if self.flag() { 700 } else { 0 };
                fields.extend(self.field(file, &full_name, number, &mut json_names));
            }
            if !oneof {
                let ty = |generator: &mut Self, ty| match generator.below(5) {
                    0 => FieldType::Singular(ty),
                    1 => FieldType::Optional(ty),
                    2 => FieldType::Repeated(ty),
                    3 => FieldType::Unpacked(ty),
                    _ => FieldType::Map(generator.pick(KEYS), ty),
                };
                message.members.extend(fields.into_iter().map(
                    |Field {
                         name,
                         number,
                         comment,
                         deprecated,
                         ty: of,
                         origin,
                     }| {
                        Member::Field(Field {
                            name,
                            number,
                            comment,
                            deprecated,
                            ty: ty(self, of),
                            origin,
                        })
                    },
                ));
            } else if !fields.is_empty()
                && let Some(name) =
                    self.name(&full_name, &["choice", "_b", "kind", "Inner"], |_| vec![])
            {
                message.members.push(Member::OneOf(OneOf {
                    name,
                    comment: self.comment(),
                    fields,
                }));
            }
        }
        for message in &mut message.messages {
            self.fill(file, &full_name, message);
        }
    }

    fn field(
        &mut self,
        file: usize,
        message: &str,
        number: u32,
        json_names: &mut HashSet<String>,
    ) -> Option<Field<Type>> {
        let derived =
            |name: &str| vec![format!("{}Entry", names::method(name)), format!("_{name}")];
        let name = self.name(message, FIELDS, derived)?;
        if !json_names.insert(name.replace('_', "").to_lowercase()) {
            return None;
        }
        let ty = match self.below(3) {
            0 => Type::Scalar(self.pick(SCALARS)),
            _ => self
                .visible(file, |_| true)
                .unwrap_or(Type::Scalar(Scalar::Bool)),
        };
        Some(Field {
            name,
            number,
            comment: self.comment(),
            deprecated: self.flag(),
            ty,
            origin: None,
        })
    }

    fn services(&mut self, file: usize, scope: &str) -> Vec<Service> {
        let mut services = Vec::new();
        for _ in 0..self.below(3) {
            let Some(name) = self.name(scope, &["S", "Greeter", "A"], |_| vec![]) else {
                continue;
            };
            let full_name = join(scope, &name);
            let mut methods = Vec::new();
            for _ in 0..self.below(5) {
                let message = |ty: &Type| matches!(ty, Type::Message(_));
                let request = self.visible(file, message);
                let response = self.visible(file, message);
                let Some(name) = self.name(
                    &full_name,
                    &["Get", "A", "Foo", "Stream", "rpc"],
                    |_| vec![],
                ) else {
                    continue;
                };
                if let (Some(Type::Message(request)), Some(Type::Message(response))) =
                    (request, response)
                {
                    methods.push(Method {
                        name,
                        comment: self.comment(),
                        deprecated: self.flag(),
                        idempotency: self.pick(IDEMPOTENCY),
                        kind: self.pick(KINDS),
                        request,
                        response,
                        origin: None,
                    });
                }
            }
            let (comment, deprecated) = (self.comment(), self.flag());
            services.push(Service {
                name,
                comment,
                deprecated,
                methods,
                origin: None,
            });
        }
        services
    }

    /// A type of this file or of one before it, so that no circle comes about.
    fn visible(&mut self, file: usize, wanted: impl Fn(&Type) -> bool) -> Option<Type> {
        let types: Vec<Type> = self
            .types
            .iter()
            .filter(|(other, ty)| *other <= file && wanted(ty))
            .map(|(_, ty)| ty.clone())
            .collect();
        if types.is_empty() {
            None
        } else {
            Some(types[self.below(types.len())].clone())
        }
    }
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}

/// `a`, `a.b` and `a.b.c` for `a.b.c`.
fn prefixes(package: &str) -> Vec<String> {
    let dots = package
        .match_indices('.')
        .map(|(dot, _)| package[..dot].to_owned());
    dots.chain([package.to_owned()]).collect()
}

const PACKAGES: &[&str] = &[
    "a",
    "a.b",
    "",
    "a.b.c",
    "b",
    "b.a",
    "message.v1",
    "Foo.a",
    "c",
];
const TYPES: &[&str] = &[
    "A", "B", "C", "a", "b", "c", "Foo", "FooBar", "message", "string", "stream", "optional",
    "group", "Inner",
];
const FIELDS: &[&str] = &[
    "x",
    "a",
    "b",
    "foo_bar",
    "fooBaz",
    "x1",
    "y_2",
    "message",
    "string",
    "optional",
    "map",
    "reserved",
    "A",
    "Foo",
    "type",
    "oneof",
    "option",
    "returns",
    "to",
    "max",
    "group",
    "_z",
    "w_",
    "v__v",
    "extensions",
    "true",
    "inf",
];
const COMMENTS: &[&str] = &[
    "One line.",
    "Two lines\nof text.",
    "Two\n\nparagraphs.",
    "/* not */ a // comment \\",
    "   indented\n\ttab",
    "größe 火 \u{1F600}",
    "\n\nframed\n \n",
    "carriage\r\nreturn\rand \u{0} nul",
    " \n ",
    "\"quotes' and ; {braces}",
];
const KEYS: &[Scalar] = &[
    Scalar::String,
    Scalar::Int32,
    Scalar::Bool,
    Scalar::Sfixed64,
    Scalar::Uint64,
];
const SCALARS: &[Scalar] = &[
    Scalar::Int32,
    Scalar::String,
    Scalar::Double,
    Scalar::Float,
    Scalar::Int64,
    Scalar::Uint32,
    Scalar::Uint64,
    Scalar::Sint32,
    Scalar::Sint64,
    Scalar::Fixed32,
    Scalar::Fixed64,
    Scalar::Sfixed32,
    Scalar::Sfixed64,
    Scalar::Bool,
    Scalar::Bytes,
];
const IDEMPOTENCY: &[Idempotency] = &[
    Idempotency::Unknown,
    Idempotency::NoSideEffects,
    Idempotency::Idempotent,
];
const KINDS: &[MethodKind] = &[
    MethodKind::Unary,
    MethodKind::ClientStreaming,
    MethodKind::ServerStreaming,
    MethodKind::BidiStreaming,
];
