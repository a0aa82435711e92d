//! `cargo traitwire list`: what there is.

use clap::{Args, ValueEnum};
use serde::Serialize;
use traitwire_schema::model::{Enum, File, Member, Message, Method, Origin, Reserved, Service};
use traitwire_schema::{Idempotency, MethodKind, show};

use crate::Outcome;
use crate::failure::Failure;
use crate::json::{self, Rust};
use crate::project::{Api, Project, Selection};
use crate::terminal::{FAINT, STRONG, Terminal};

/// List services, methods and messages, with their shapes and their places in Rust
///
/// The crate is built to learn what its code says.
#[derive(Args, Debug)]
#[command(after_long_help = HELP)]
pub(crate) struct List {
    /// How to list
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    #[command(flatten)]
    selection: Selection,
}

const HELP: &str = "\
Examples:
  cargo traitwire list                                of the package in the current directory
  cargo traitwire list --workspace --format json | jq -r '.crates[].services[].name'";

/// How to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    #[default]
    Text,
    /// One object
    Json,
}

pub(crate) fn run(list: &List, terminal: &mut Terminal) -> Result<Outcome, Failure> {
    let project = Project::load(&list.selection)?;
    let apis = project.apis(terminal)?;
    match list.format {
        Format::Text => apis.iter().for_each(|api| print(api, terminal)),
        Format::Json => {
            let crates = apis.iter().map(Crate::new).collect();
            json::print(&All { crates }, terminal);
        }
    }
    Ok(Outcome::Fine)
}

/// Prints a table.
fn print(api: &Api, terminal: &mut Terminal) {
    let mut rows = Vec::new();
    for file in api.files.iter().filter(|file| !file.imported) {
        add_file(&mut rows, file);
    }
    let widths = |row: &Row| match row {
        Row::Title(..) => None,
        Row::Item(cells, _) => Some(cells.each_ref().map(|cell| cell.chars().count())),
    };
    let widths = rows.iter().filter_map(widths);
    let [first, second] = widths.fold([0, 0], |[a, b], [c, d]| [a.max(c), b.max(d)]);
    for row in rows {
        match row {
            Row::Title(kind, name, place) => {
                let gap =
                    (INDENT + first + 2 + second + 2).saturating_sub(kind.len() + 1 + name.len());
                terminal.print(format_args!(
                    "{kind} {STRONG}{name}{STRONG:#}{:gap$}{FAINT}{place}{FAINT:#}\n",
                    "",
                    gap = gap.max(2)
                ));
            }
            Row::Item([name, what], place) => terminal.print(format_args!(
                "{:INDENT$}{name:first$}  {what:second$}  {FAINT}{place}{FAINT:#}\n",
                ""
            )),
        }
    }
}

const INDENT: usize = 2;

/// A line of the table.
enum Row {
    /// `message`, `routeguide.Point`, `src/lib.rs:12`
    Title(&'static str, String, String),
    /// `GetFeature`, `unary Point -> Feature`, `src/lib.rs:31`
    Item([String; 2], String),
}

fn add_file(rows: &mut Vec<Row>, file: &File) {
    let package = &file.package;
    for service in &file.services {
        rows.push(Row::Title(
            "service",
            join(package, &service.name),
            place(&service.origin),
        ));
        for method in &service.methods {
            let short = |name: &str| {
                let inside = name.strip_prefix(&**package);
                let inside = inside.and_then(|rest| rest.strip_prefix('.'));
                inside.unwrap_or(name).to_owned()
            };
            let stream = |streams: bool| if streams { "stream " } else { "" };
            let text = format!(
                "{}{} -> {}{}{}",
                stream(method.kind.client_streams()),
                short(&method.request),
                stream(method.kind.server_streams()),
                short(&method.response),
                deprecated(method.deprecated),
            );
            rows.push(Row::Item(
                [method.name.clone(), text],
                place(&method.origin),
            ));
        }
    }
    for message in &file.messages {
        add_message(rows, package, package, message);
    }
    for item in &file.enums {
        add_enum(rows, package, item);
    }
}

fn add_message(rows: &mut Vec<Row>, package: &str, scope: &str, message: &Message) {
    let name = join(scope, &message.name);
    rows.push(Row::Title("message", name.clone(), place(&message.origin)));
    let mut add = |name: &str, number: u32, ty: String, is_deprecated, origin| {
        let what = format!("{number}: {ty}{}", deprecated(is_deprecated));
        rows.push(Row::Item([name.to_owned(), what], place(origin)));
    };
    for member in &message.members {
        match member {
            Member::Field(field) => add(
                &field.name,
                field.number,
                show::field_type(&field.ty, package),
                field.deprecated,
                &field.origin,
            ),
            Member::OneOf(oneof) => {
                for field in &oneof.fields {
                    let ty = format!("{} in {}", show::ty(&field.ty, package), oneof.name);
                    add(
                        &field.name,
                        field.number,
                        ty,
                        field.deprecated,
                        &field.origin,
                    );
                }
            }
        }
    }
    for message in &message.messages {
        add_message(rows, package, &name, message);
    }
    for item in &message.enums {
        add_enum(rows, &name, item);
    }
}

fn add_enum(rows: &mut Vec<Row>, scope: &str, item: &Enum) {
    let name = join(scope, &item.name);
    rows.push(Row::Title("enum", name, place(&item.origin)));
    for value in &item.values {
        let number = format!("{}{}", value.number, deprecated(value.deprecated));
        rows.push(Row::Item(
            [value.name.clone(), number],
            place(&value.origin),
        ));
    }
}

fn deprecated(is_it: bool) -> &'static str {
    if is_it { ", deprecated" } else { "" }
}

fn place(origin: &Option<Origin>) -> String {
    let location = origin.as_ref().map(|origin| origin.location.clone());
    location.unwrap_or_default()
}

/// A full name.
pub(crate) fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        return name.to_owned();
    }
    format!("{scope}.{name}")
}

#[derive(Serialize)]
struct All<'a> {
    crates: Vec<Crate<'a>>,
}

#[derive(Serialize)]
struct Crate<'a> {
    #[serde(rename = "crate")]
    crate_name: &'a str,
    committed: Option<String>,
    services: Vec<ServiceEntry<'a>>,
    messages: Vec<MessageEntry<'a>>,
    enums: Vec<EnumEntry<'a>>,
}

impl<'a> Crate<'a> {
    fn new(api: &'a Api) -> Self {
        let committed = api.contract.committed.as_ref();
        let mut entry = Self {
            crate_name: &api.contract.crate_name,
            committed: committed.map(|dir| dir.display().to_string()),
            services: Vec::new(),
            messages: Vec::new(),
            enums: Vec::new(),
        };
        for file in api.files.iter().filter(|file| !file.imported) {
            let services = file.services.iter();
            entry
                .services
                .extend(services.map(|service| ServiceEntry::new(file, service)));
            for message in &file.messages {
                entry.add_message(file, &file.package, message);
            }
            for item in &file.enums {
                entry.enums.push(EnumEntry::new(file, &file.package, item));
            }
        }
        entry
    }

    fn add_message(&mut self, file: &'a File, scope: &str, message: &'a Message) {
        let name = join(scope, &message.name);
        self.messages.push(MessageEntry::new(file, &name, message));
        for message in &message.messages {
            self.add_message(file, &name, message);
        }
        for item in &message.enums {
            self.enums.push(EnumEntry::new(file, &name, item));
        }
    }
}

#[derive(Serialize)]
struct ServiceEntry<'a> {
    name: String,
    file: &'a str,
    deprecated: bool,
    rust: Option<Rust<'a>>,
    methods: Vec<MethodEntry<'a>>,
}

impl<'a> ServiceEntry<'a> {
    fn new(file: &'a File, service: &'a Service) -> Self {
        Self {
            name: join(&file.package, &service.name),
            file: &file.path,
            deprecated: service.deprecated,
            rust: service.origin.as_ref().map(Rust::new),
            methods: service.methods.iter().map(MethodEntry::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct MethodEntry<'a> {
    name: &'a str,
    /// `unary`, `client-streaming`, `server-streaming` or `bidi-streaming`.
    shape: &'static str,
    request: &'a str,
    response: &'a str,
    /// `unknown`, `idempotent` or `no-side-effects`.
    idempotency: &'static str,
    deprecated: bool,
    rust: Option<Rust<'a>>,
}

impl<'a> MethodEntry<'a> {
    fn new(method: &'a Method) -> Self {
        Self {
            name: &method.name,
            shape: match method.kind {
                MethodKind::Unary => "unary",
                MethodKind::ClientStreaming => "client-streaming",
                MethodKind::ServerStreaming => "server-streaming",
                MethodKind::BidiStreaming => "bidi-streaming",
            },
            request: &method.request,
            response: &method.response,
            idempotency: match method.idempotency {
                Idempotency::Unknown => "unknown",
                Idempotency::Idempotent => "idempotent",
                Idempotency::NoSideEffects => "no-side-effects",
            },
            deprecated: method.deprecated,
            rust: method.origin.as_ref().map(Rust::new),
        }
    }
}

#[derive(Serialize)]
struct MessageEntry<'a> {
    name: String,
    file: &'a str,
    deprecated: bool,
    rust: Option<Rust<'a>>,
    fields: Vec<FieldEntry<'a>>,
    reserved: ReservedEntry<'a>,
}

impl<'a> MessageEntry<'a> {
    fn new(file: &'a File, name: &str, message: &'a Message) -> Self {
        let mut fields = Vec::new();
        for member in &message.members {
            match member {
                Member::Field(field) => fields.push(FieldEntry {
                    name: &field.name,
                    number: field.number,
                    ty: show::field_type(&field.ty, ""),
                    oneof: None,
                    deprecated: field.deprecated,
                    rust: field.origin.as_ref().map(Rust::new),
                }),
                Member::OneOf(oneof) => {
                    fields.extend(oneof.fields.iter().map(|field| FieldEntry {
                        name: &field.name,
                        number: field.number,
                        ty: show::ty(&field.ty, ""),
                        oneof: Some(&oneof.name),
                        deprecated: field.deprecated,
                        rust: field.origin.as_ref().map(Rust::new),
                    }));
                }
            }
        }
        Self {
            name: name.to_owned(),
            file: &file.path,
            deprecated: message.deprecated,
            rust: message.origin.as_ref().map(Rust::new),
            fields,
            reserved: ReservedEntry::new(&message.reserved),
        }
    }
}

#[derive(Serialize)]
struct FieldEntry<'a> {
    name: &'a str,
    number: u32,
    /// As it is written in a `.proto` file, with full names.
    #[serde(rename = "type")]
    ty: String,
    oneof: Option<&'a str>,
    deprecated: bool,
    rust: Option<Rust<'a>>,
}

#[derive(Serialize)]
struct EnumEntry<'a> {
    name: String,
    file: &'a str,
    deprecated: bool,
    rust: Option<Rust<'a>>,
    values: Vec<ValueEntry<'a>>,
    reserved: ReservedEntry<'a>,
}

impl<'a> EnumEntry<'a> {
    fn new(file: &'a File, scope: &str, item: &'a Enum) -> Self {
        let values = item.values.iter().map(|value| ValueEntry {
            name: &value.name,
            number: value.number,
            deprecated: value.deprecated,
            rust: value.origin.as_ref().map(Rust::new),
        });
        Self {
            name: join(scope, &item.name),
            file: &file.path,
            deprecated: item.deprecated,
            rust: item.origin.as_ref().map(Rust::new),
            values: values.collect(),
            reserved: ReservedEntry::new(&item.reserved),
        }
    }
}

#[derive(Serialize)]
struct ValueEntry<'a> {
    name: &'a str,
    number: i32,
    deprecated: bool,
    rust: Option<Rust<'a>>,
}

#[derive(Serialize)]
struct ReservedEntry<'a> {
    /// First and last of each range.
    numbers: Vec<[i32; 2]>,
    names: &'a [String],
}

impl<'a> ReservedEntry<'a> {
    fn new(reserved: &'a Reserved) -> Self {
        let numbers = reserved.numbers.iter();
        Self {
            numbers: numbers
                .map(|range| [*range.start(), *range.end()])
                .collect(),
            names: &reserved.names,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::project::Contract;
    use crate::terminal::Recording;

    fn api() -> Api {
        let text = r#"
            syntax = "proto3";
            package guide.v1;
            import "google/protobuf/empty.proto";
            service Guide {
              rpc Find(Point) returns (stream Feature);
              rpc Stop(google.protobuf.Empty) returns (google.protobuf.Empty) { option deprecated = true; }
            }
            message Point { int32 latitude = 1; int32 longitude = 2 [deprecated = true]; }
            message Feature {
              reserved 4 to 6;
              reserved "old";
              message Note { string text = 1; }
              enum Kind { KIND_UNSPECIFIED = 0; KIND_HILL = 1; }
              oneof at { Point point = 1; string name = 2; }
              map<string, Note> notes = 3;
            }
        "#;
        Api {
            contract: Contract {
                crate_name: "guide".to_owned(),
                committed: None,
            },
            files: traitwire_schema::parse::files(&[("guide.proto", text)])
                .unwrap_or_else(|errors| panic!("{errors}")),
            imports: Default::default(),
        }
    }

    #[track_caller]
    fn check(print: impl FnOnce(&Api, &mut Terminal), expect: Expect) {
        let recording = Recording::default();
        print(&api(), &mut recording.terminal());
        let text = recording.text();
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        expect.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn people_get_a_table() {
        check(
            print,
            expect![[r#"
            service guide.v1.Guide
              Find              Point -> stream Feature
              Stop              google.protobuf.Empty -> google.protobuf.Empty, deprecated
            message guide.v1.Point
              latitude          1: int32
              longitude         2: int32, deprecated
            message guide.v1.Feature
              point             1: Point in at
              name              2: string in at
              notes             3: map<string, Feature.Note>
            message guide.v1.Feature.Note
              text              1: string
            enum guide.v1.Feature.Kind
              KIND_UNSPECIFIED  0
              KIND_HILL         1"#]],
        );
    }

    #[test]
    fn programs_get_an_object() {
        let print = |api: &Api, terminal: &mut Terminal| json::print(&Crate::new(api), terminal);
        check(
            print,
            expect![[r#"
            {
              "crate": "guide",
              "committed": null,
              "services": [
                {
                  "name": "guide.v1.Guide",
                  "file": "guide.proto",
                  "deprecated": false,
                  "rust": null,
                  "methods": [
                    {
                      "name": "Find",
                      "shape": "server-streaming",
                      "request": "guide.v1.Point",
                      "response": "guide.v1.Feature",
                      "idempotency": "unknown",
                      "deprecated": false,
                      "rust": null
                    },
                    {
                      "name": "Stop",
                      "shape": "unary",
                      "request": "google.protobuf.Empty",
                      "response": "google.protobuf.Empty",
                      "idempotency": "unknown",
                      "deprecated": true,
                      "rust": null
                    }
                  ]
                }
              ],
              "messages": [
                {
                  "name": "guide.v1.Point",
                  "file": "guide.proto",
                  "deprecated": false,
                  "rust": null,
                  "fields": [
                    {
                      "name": "latitude",
                      "number": 1,
                      "type": "int32",
                      "oneof": null,
                      "deprecated": false,
                      "rust": null
                    },
                    {
                      "name": "longitude",
                      "number": 2,
                      "type": "int32",
                      "oneof": null,
                      "deprecated": true,
                      "rust": null
                    }
                  ],
                  "reserved": {
                    "numbers": [],
                    "names": []
                  }
                },
                {
                  "name": "guide.v1.Feature",
                  "file": "guide.proto",
                  "deprecated": false,
                  "rust": null,
                  "fields": [
                    {
                      "name": "point",
                      "number": 1,
                      "type": "guide.v1.Point",
                      "oneof": "at",
                      "deprecated": false,
                      "rust": null
                    },
                    {
                      "name": "name",
                      "number": 2,
                      "type": "string",
                      "oneof": "at",
                      "deprecated": false,
                      "rust": null
                    },
                    {
                      "name": "notes",
                      "number": 3,
                      "type": "map<string, guide.v1.Feature.Note>",
                      "oneof": null,
                      "deprecated": false,
                      "rust": null
                    }
                  ],
                  "reserved": {
                    "numbers": [
                      [
                        4,
                        6
                      ]
                    ],
                    "names": [
                      "old"
                    ]
                  }
                },
                {
                  "name": "guide.v1.Feature.Note",
                  "file": "guide.proto",
                  "deprecated": false,
                  "rust": null,
                  "fields": [
                    {
                      "name": "text",
                      "number": 1,
                      "type": "string",
                      "oneof": null,
                      "deprecated": false,
                      "rust": null
                    }
                  ],
                  "reserved": {
                    "numbers": [],
                    "names": []
                  }
                }
              ],
              "enums": [
                {
                  "name": "guide.v1.Feature.Kind",
                  "file": "guide.proto",
                  "deprecated": false,
                  "rust": null,
                  "values": [
                    {
                      "name": "KIND_UNSPECIFIED",
                      "number": 0,
                      "deprecated": false,
                      "rust": null
                    },
                    {
                      "name": "KIND_HILL",
                      "number": 1,
                      "deprecated": false,
                      "rust": null
                    }
                  ],
                  "reserved": {
                    "numbers": [],
                    "names": []
                  }
                }
              ]
            }"#]],
        );
    }
}
