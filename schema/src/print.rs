//! The `.proto` text, as a person would have written it.
//!
//! Text and positions come from one pass, so that they can't disagree: a [`Printed`] has both. The positions are what
//! `protoc` would note in `SourceCodeInfo` about the same text.

use crate::descriptor::Idempotency;
use crate::model::{
    Enum, EnumValue, Field, FieldType, File, Member, Message, Method, OneOf, Reserved, Schema,
    Service, Type,
};
use crate::numbers;
use crate::proto;
use crate::symbols::{Symbols, join, reference, scalar};

/// A `.proto` file to be written somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtoFile {
    /// The path below the directory of all files: `routeguide/v1/routeguide.proto`.
    pub path: String,
    /// The text.
    pub text: String,
}

impl Schema {
    /// The text of every file that isn't imported, sorted by path.
    pub fn print(&self) -> Vec<ProtoFile> {
        self.print_files(false)
    }

    /// The text of every file that is imported, as far as it is needed: what a compiler has to see next to
    /// [`print`](Self::print).
    pub fn print_imported(&self) -> Vec<ProtoFile> {
        self.print_files(true)
    }

    fn print_files(&self, imported: bool) -> Vec<ProtoFile> {
        let symbols = Symbols::new(self.files());
        let files = self
            .files()
            .iter()
            .enumerate()
            .filter(|(_, file)| file.imported == imported);
        files
            .map(|(index, file)| ProtoFile {
                path: file.path.clone(),
                text: print(self, &symbols, index).text,
            })
            .collect()
    }
}

/// The text of one file, and where in it everything stands.
pub(crate) struct Printed {
    pub(crate) text: String,
    pub(crate) locations: Vec<Location>,
}

/// `google.protobuf.SourceCodeInfo.Location`.
pub(crate) struct Location {
    /// The way from the file to the declaration: numbers of fields of `descriptor.proto`, and indices.
    pub(crate) path: Vec<i32>,
    /// Where it begins and ends: line and column twice, both from zero.
    pub(crate) span: [usize; 4],
    /// The comment above it, as `protoc` reads it.
    pub(crate) comment: String,
    /// A comment further above, with a blank line in between.
    pub(crate) detached: String,
}

/// Prints the file at `index`.
pub(crate) fn print(schema: &Schema, symbols: &Symbols<'_>, index: usize) -> Printed {
    let file = &schema.files()[index];
    let mut printer = Printer {
        text: String::new(),
        line: 0,
        line_start: 0,
        depth: 0,
        path: Vec::new(),
        end: (0, 0),
        locations: Vec::new(),
        symbols,
        package: &file.package,
    };
    printer.file(file, &schema.imports(file));
    Printed {
        text: printer.text,
        locations: printer.locations,
    }
}

/// The lines of a comment as they are printed after `//`; none if there is nothing to say.
fn comment_lines(comment: &str) -> Vec<String> {
    // A line comment ends with its line, and nothing in it can end it earlier. Control characters could do harm in other
    // ways: `protoc` takes NUL for the end of the file, and some editors a carriage return for the end of the line.
    let line = |line: &str| {
        let line: String = line
            .chars()
            .map(|char| {
                if char.is_control() && char != '\t' {
                    ' '
                } else {
                    char
                }
            })
            .collect();
        let line = line.trim_end();
        if line.is_empty() {
            String::new()
        } else {
            format!(" {line}")
        }
    };
    let mut lines: Vec<String> = comment.lines().map(line).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let blank = lines.iter().take_while(|line| line.is_empty()).count();
    lines.split_off(blank)
}

/// What `protoc` reads from a comment with these lines.
fn read_comment(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

struct Printer<'a> {
    text: String,
    /// The current line, from zero, and where it starts.
    line: usize,
    line_start: usize,
    /// How many braces are open.
    depth: usize,
    /// Where we are; see [`Location::path`].
    path: Vec<i32>,
    locations: Vec<Location>,
    /// Where the last declaration ends.
    end: (usize, usize),
    symbols: &'a Symbols<'a>,
    /// The package of the file.
    package: &'a str,
}

impl Printer<'_> {
    fn file(&mut self, file: &File, imports: &[&str]) {
        // The location of the file comes first, but where it ends is known last.
        self.locations.push(Location {
            path: vec![],
            span: [0; 4],
            comment: String::new(),
            detached: String::new(),
        });
        let header = comment_lines(&file.header);
        self.comment(&header);
        if !header.is_empty() {
            self.newline();
        }
        let start = self.position();
        self.statement(&[proto::file::SYNTAX], "", |out| {
            out.write("syntax = \"proto3\";")
        });
        if let Some(syntax) = self.locations.last_mut() {
            syntax.detached = read_comment(&header);
        }
        if !file.package.is_empty() {
            self.newline();
            let package = format!("package {};", file.package);
            self.statement(&[proto::file::PACKAGE], "", |out| out.write(&package));
        }
        if !imports.is_empty() {
            self.newline();
        }
        for (index, import) in imports.iter().enumerate() {
            let import = format!("import \"{import}\";");
            self.statement(&[proto::file::DEPENDENCY, position(index)], "", |out| {
                out.write(&import)
            });
        }
        for (index, service) in file.services.iter().enumerate() {
            self.newline();
            self.service(
                &[proto::file::SERVICE, position(index)],
                &file.package,
                service,
            );
        }
        for (index, message) in file.messages.iter().enumerate() {
            self.newline();
            self.message(
                &[proto::file::MESSAGE_TYPE, position(index)],
                &file.package,
                message,
            );
        }
        for (index, item) in file.enums.iter().enumerate() {
            self.newline();
            self.enumeration(&[proto::file::ENUM_TYPE, position(index)], item);
        }
        self.locations[0].span = [start.0, start.1, self.end.0, self.end.1];
    }

    fn service(&mut self, path: &[i32], package: &str, service: &Service) {
        let name = join(package, &service.name);
        self.statement(path, &service.comment, |out| {
            out.write(&format!("service {} ", service.name));
            out.block(|out, items| {
                if service.deprecated {
                    items.next(out, Group::Options, false);
                    out.option("deprecated", "true");
                }
                for (index, method) in service.methods.iter().enumerate() {
                    let airy = !comment_lines(&method.comment).is_empty() || method.has_options();
                    items.next(out, Group::Members, airy);
                    out.method(&[proto::service::METHOD, position(index)], &name, method);
                }
            });
        });
    }

    fn method(&mut self, path: &[i32], service: &str, method: &Method) {
        let side = |out: &Self, streams: bool, message: &str| {
            format!(
                "{}{}",
                if streams { "stream " } else { "" },
                out.reference(message, service)
            )
        };
        let request = side(self, method.kind.client_streams(), &method.request);
        let response = side(self, method.kind.server_streams(), &method.response);
        self.statement(path, &method.comment, |out| {
            out.write(&format!(
                "rpc {}({request}) returns ({response})",
                method.name
            ));
            if !method.has_options() {
                return out.write(";");
            }
            out.write(" ");
            out.block(|out, items| {
                if method.deprecated {
                    items.next(out, Group::Options, false);
                    out.option("deprecated", "true");
                }
                if let Some(level) = idempotency_level(method.idempotency) {
                    items.next(out, Group::Options, false);
                    out.option("idempotency_level", level);
                }
            });
        });
    }

    fn message(&mut self, path: &[i32], scope: &str, message: &Message) {
        let name = join(scope, &message.name);
        self.statement(path, &message.comment, |out| {
            out.write(&format!("message {} ", message.name));
            out.block(|out, items| {
                if message.deprecated {
                    items.next(out, Group::Options, false);
                    out.option("deprecated", "true");
                }
                out.reserved(items, &message.reserved, numbers::MAX as i32);
                for (index, item) in message.enums.iter().enumerate() {
                    items.next(out, Group::Types, true);
                    out.enumeration(&[proto::message::ENUM_TYPE, position(index)], item);
                }
                for (index, message) in message.messages.iter().enumerate() {
                    items.next(out, Group::Types, true);
                    out.message(
                        &[proto::message::NESTED_TYPE, position(index)],
                        &name,
                        message,
                    );
                }
                out.members(items, &name, message);
            });
        });
    }

    fn members(&mut self, items: &mut Items, message_name: &str, message: &Message) {
        let (mut field_index, mut oneof_index) = (0, 0);
        for member in &message.members {
            match member {
                Member::Field(field) => {
                    items.next(
                        self,
                        Group::Members,
                        !comment_lines(&field.comment).is_empty(),
                    );
                    self.field(field_index, message_name, field);
                    field_index += 1;
                }
                Member::OneOf(oneof) => {
                    items.next(self, Group::Members, true);
                    self.oneof(oneof_index, field_index, message_name, oneof);
                    oneof_index += 1;
                    field_index += oneof.fields.len();
                }
            }
        }
    }

    fn field(&mut self, index: usize, message: &str, field: &Field) {
        let ty = match &field.ty {
            FieldType::Singular(ty) => self.ty(ty, message),
            FieldType::Optional(ty) => format!("optional {}", self.ty(ty, message)),
            FieldType::Repeated(ty) | FieldType::Unpacked(ty) => {
                format!("repeated {}", self.ty(ty, message))
            }
            FieldType::Map(key, ty) => format!("map<{}, {}>", scalar(*key), self.ty(ty, message)),
        };
        let unpacked = matches!(field.ty, FieldType::Unpacked(_));
        self.numbered(index, &ty, field, unpacked);
    }

    fn oneof(&mut self, index: usize, first_field: usize, message: &str, oneof: &OneOf) {
        // The fields of a oneof are fields of the message: their path doesn't lead through the oneof.
        let parent = self.path.clone();
        self.statement(
            &[proto::message::ONEOF_DECL, position(index)],
            &oneof.comment,
            |out| {
                let path = std::mem::replace(&mut out.path, parent);
                out.write(&format!("oneof {} ", oneof.name));
                out.block(|out, items| {
                    for (index, field) in oneof.fields.iter().enumerate() {
                        items.next(
                            out,
                            Group::Members,
                            !comment_lines(&field.comment).is_empty(),
                        );
                        let ty = out.ty(&field.ty, message);
                        out.numbered(first_field + index, &ty, field, false);
                    }
                });
                out.path = path;
            },
        );
    }

    fn numbered<T>(&mut self, index: usize, ty: &str, field: &Field<T>, unpacked: bool) {
        let options = match (unpacked, field.deprecated) {
            (false, false) => "",
            (false, true) => " [deprecated = true]",
            (true, false) => " [packed = false]",
            (true, true) => " [packed = false, deprecated = true]",
        };
        let text = format!("{ty} {} = {}{options};", field.name, field.number);
        self.statement(
            &[proto::message::FIELD, position(index)],
            &field.comment,
            |out| out.write(&text),
        );
    }

    fn enumeration(&mut self, path: &[i32], item: &Enum) {
        self.statement(path, &item.comment, |out| {
            out.write(&format!("enum {} ", item.name));
            out.block(|out, items| {
                if item.allow_alias {
                    items.next(out, Group::Options, false);
                    out.option("allow_alias", "true");
                }
                if item.deprecated {
                    items.next(out, Group::Options, false);
                    out.option("deprecated", "true");
                }
                out.reserved(items, &item.reserved, i32::MAX);
                for (
                    index,
                    EnumValue {
                        name,
                        number,
                        comment,
                        deprecated,
                        origin: _,
                    },
                ) in item.values.iter().enumerate()
                {
                    items.next(out, Group::Members, !comment_lines(comment).is_empty());
                    let deprecated = if *deprecated {
                        " [deprecated = true]"
                    } else {
                        ""
                    };
                    let text = format!("{name} = {number}{deprecated};");
                    out.statement(
                        &[proto::enumeration::VALUE, position(index)],
                        comment,
                        |out| out.write(&text),
                    );
                }
            });
        });
    }

    fn reserved(&mut self, items: &mut Items, reserved: &Reserved, max: i32) {
        let numbers: Vec<String> = reserved
            .numbers
            .iter()
            .map(|range| match (*range.start(), *range.end()) {
                (start, end) if start == end => start.to_string(),
                (start, end) if end == max => format!("{start} to max"),
                (start, end) => format!("{start} to {end}"),
            })
            .collect();
        let names: Vec<String> = reserved
            .names
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect();
        for reserved in [numbers, names] {
            if !reserved.is_empty() {
                items.next(self, Group::Reserved, false);
                self.write(&format!("reserved {};", reserved.join(", ")));
                self.newline();
            }
        }
    }

    fn option(&mut self, name: &str, value: &str) {
        self.write(&format!("option {name} = {value};"));
        self.newline();
    }

    fn ty(&self, ty: &Type, message: &str) -> String {
        match ty {
            Type::Scalar(scalar_type) => scalar(*scalar_type).to_owned(),
            Type::Message(name) | Type::Enum(name) => self.reference(name, message),
        }
    }

    fn reference(&self, target: &str, scope: &str) -> String {
        reference(self.symbols, self.package, scope, target)
    }

    /// Writes a declaration with its comment, notes where it is, and ends the line.
    fn statement(&mut self, path: &[i32], comment: &str, write: impl FnOnce(&mut Self)) {
        let lines = comment_lines(comment);
        self.comment(&lines);
        self.indent();
        self.path.extend(path);
        let start = self.position();
        let location = self.locations.len();
        self.locations.push(Location {
            path: self.path.clone(),
            span: [0; 4],
            comment: read_comment(&lines),
            detached: String::new(),
        });
        write(self);
        let end = self.position();
        self.locations[location].span = [start.0, start.1, end.0, end.1];
        self.end = end;
        self.path.truncate(self.path.len() - path.len());
        self.newline();
    }

    fn comment(&mut self, lines: &[String]) {
        for line in lines {
            self.write("//");
            self.write(line);
            self.newline();
        }
    }

    fn block(&mut self, write: impl FnOnce(&mut Self, &mut Items)) {
        self.write("{");
        self.depth += 1;
        let mut items = Items::default();
        write(self, &mut items);
        self.depth -= 1;
        self.write("}");
    }

    /// Writes on the current line; `text` has no line feed.
    fn write(&mut self, text: &str) {
        self.indent();
        self.text.push_str(text);
    }

    fn indent(&mut self) {
        if self.text.len() == self.line_start {
            self.text.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    fn newline(&mut self) {
        self.text.push('\n');
        self.line += 1;
        self.line_start = self.text.len();
    }

    /// Line and column, both from zero. `protoc` counts bytes in a line, and no tab comes before anything it notes.
    fn position(&self) -> (usize, usize) {
        (self.line, self.text.len() - self.line_start)
    }
}

impl Method {
    pub(crate) fn has_options(&self) -> bool {
        self.deprecated || idempotency_level(self.idempotency).is_some()
    }
}

/// What stands in a block so far: decides where blank lines go.
#[derive(Default)]
struct Items {
    last: Option<(Group, bool)>,
}

/// The parts of a block. A blank line stands between them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Options,
    Reserved,
    Types,
    Members,
}

impl Items {
    /// Begins the next item. An airy one, with a comment or a block of its own, has blank lines around it.
    fn next(&mut self, out: &mut Printer<'_>, group: Group, airy: bool) {
        match self.last.replace((group, airy)) {
            None => out.newline(),
            Some((last_group, last_airy)) if last_group != group || last_airy || airy => {
                out.newline()
            }
            Some(_) => {}
        }
    }
}

/// protobuf's word, if there is something to say.
fn idempotency_level(idempotency: Idempotency) -> Option<&'static str> {
    match idempotency {
        Idempotency::Unknown => None,
        Idempotency::NoSideEffects => Some("NO_SIDE_EFFECTS"),
        Idempotency::Idempotent => Some("IDEMPOTENT"),
    }
}

/// An index, line or column as descriptors have it.
pub(crate) fn position(index: usize) -> i32 {
    i32::try_from(index).expect("as many declarations don't fit into memory")
}
