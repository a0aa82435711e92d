//! The syntax tree of a `.proto` file: what is written, and where.
//!
//! It holds proto2, proto3 and the editions, so that whoever reads it can say of each declaration what becomes of it.
//! Names aren't resolved, and numbers aren't checked beyond what fits into them.

/// A `.proto` file.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// The path by which others import it.
    pub path: String,
    /// What the file says that it is written in.
    pub syntax: Syntax,
    /// Where it says so; nowhere, if it says nothing.
    pub syntax_span: Option<Span>,
    /// Comments around the `syntax` or `edition` statement.
    pub comments: Comments,
    /// The package.
    pub package: Option<Package>,
    /// The imports in their order.
    pub imports: Vec<Import>,
    /// The file's options.
    pub options: Vec<OptionSetting>,
    /// The messages in their order.
    pub messages: Vec<Message>,
    /// The enums in their order.
    pub enums: Vec<Enum>,
    /// The services in their order.
    pub services: Vec<Service>,
    /// The extensions that the file declares.
    pub extends: Vec<Extend>,
}

/// The language of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Syntax {
    /// `syntax = "proto2";`, or nothing.
    #[default]
    Proto2,
    /// `syntax = "proto3";`
    Proto3,
    /// `edition = "2023";`
    Edition2023,
    /// `edition = "2024";`
    Edition2024,
}

/// `package a.b;`
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// The name: `a.b`.
    pub name: Name,
    /// Comments around it.
    pub comments: Comments,
}

/// `import "a/b.proto";`
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The path of the other file.
    pub path: Name,
    /// What the import is for.
    pub kind: ImportKind,
    /// The whole statement.
    pub span: Span,
    /// Comments around it.
    pub comments: Comments,
}

/// What an import is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// For this file.
    Plain,
    /// `public`: for those who import this file, too.
    Public,
    /// `weak`: the other file may be missing.
    Weak,
    /// `option`: for options only, since edition 2024.
    Option,
}

/// `message A { … }`, and the inside of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The name without package and enclosing messages.
    pub name: Name,
    /// Whether it says who may use it.
    pub visibility: Option<Visibility>,
    /// The whole declaration.
    pub span: Span,
    /// Comments around its first line.
    pub comments: Comments,
    /// Its options.
    pub options: Vec<OptionSetting>,
    /// Fields, oneofs and groups in their order.
    pub members: Vec<Member>,
    /// Messages that are declared inside.
    pub messages: Vec<Message>,
    /// Enums that are declared inside.
    pub enums: Vec<Enum>,
    /// Extensions that are declared inside.
    pub extends: Vec<Extend>,
    /// Numbers for extensions that others declare.
    pub extensions: Vec<Extensions>,
    /// What is not to be used again.
    pub reserved: Vec<Reserved>,
}

/// Who may use a declaration, since edition 2024.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// `export`: everybody who imports the file.
    Export,
    /// `local`: this file.
    Local,
}

/// What stands in a message and has a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Member {
    /// A field.
    Field(Field),
    /// A oneof.
    OneOf(OneOf),
}

/// `optional int32 a = 1 [deprecated = true];`
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// What stands before the type.
    pub label: Option<Label>,
    /// The type.
    pub ty: FieldType,
    /// The name; of a group, that of its message.
    pub name: Name,
    /// The number.
    pub number: Number,
    /// The options in the brackets.
    pub options: Vec<OptionSetting>,
    /// The whole declaration.
    pub span: Span,
    /// Comments around it.
    pub comments: Comments,
}

/// How often a field has a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are protobuf's")]
pub enum Label {
    Optional,
    Required,
    Repeated,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldType {
    /// A scalar, or a type by its name as it is written: `int32`, `Outer.Inner`, `.a.b.C`.
    Named(Name),
    /// `map<key, value>`.
    Map(Name, Name),
    /// `group`, with what it contains.
    Group(Box<Message>),
}

/// `oneof a { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct OneOf {
    /// The name.
    pub name: Name,
    /// Its options.
    pub options: Vec<OptionSetting>,
    /// The fields in their order.
    pub fields: Vec<Field>,
    /// The whole declaration.
    pub span: Span,
    /// Comments around its first line.
    pub comments: Comments,
}

/// `enum A { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Enum {
    /// The name without package and enclosing messages.
    pub name: Name,
    /// Whether it says who may use it.
    pub visibility: Option<Visibility>,
    /// Its options.
    pub options: Vec<OptionSetting>,
    /// The values in their order.
    pub values: Vec<EnumValue>,
    /// What is not to be used again.
    pub reserved: Vec<Reserved>,
    /// The whole declaration.
    pub span: Span,
    /// Comments around its first line.
    pub comments: Comments,
}

/// `A_B = 1 [deprecated = true];`
#[derive(Clone, Debug, PartialEq)]
pub struct EnumValue {
    /// The name.
    pub name: Name,
    /// The number.
    pub number: Number,
    /// The options in the brackets.
    pub options: Vec<OptionSetting>,
    /// The whole declaration.
    pub span: Span,
    /// Comments around it.
    pub comments: Comments,
}

/// `reserved 1, 5 to 9;` or `reserved "a", "b";`
#[derive(Clone, Debug, PartialEq)]
pub struct Reserved {
    /// Numbers in their order.
    pub ranges: Vec<Range>,
    /// Names in their order.
    pub names: Vec<Name>,
    /// The whole statement.
    pub span: Span,
    /// Comments around it.
    pub comments: Comments,
}

/// `extensions 100 to 199;`
#[derive(Clone, Debug, PartialEq)]
pub struct Extensions {
    /// Numbers in their order.
    pub ranges: Vec<Range>,
    /// The options in the brackets.
    pub options: Vec<OptionSetting>,
    /// The whole statement.
    pub span: Span,
    /// Comments around it.
    pub comments: Comments,
}

/// `5 to 9`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first number.
    pub start: Number,
    /// The last number; none for `max`.
    pub end: Option<Number>,
}

/// `extend A { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Extend {
    /// The message that gets more fields, as it is written.
    pub target: Name,
    /// The fields.
    pub fields: Vec<Field>,
    /// The whole declaration.
    pub span: Span,
    /// Comments around its first line.
    pub comments: Comments,
}

/// `service A { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// The name without the package.
    pub name: Name,
    /// Its options.
    pub options: Vec<OptionSetting>,
    /// The methods in their order.
    pub methods: Vec<Method>,
    /// The whole declaration.
    pub span: Span,
    /// Comments around its first line.
    pub comments: Comments,
}

/// `rpc A(B) returns (stream C);`
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// The name.
    pub name: Name,
    /// What the client sends.
    pub request: Side,
    /// What the server sends.
    pub response: Side,
    /// Its options.
    pub options: Vec<OptionSetting>,
    /// The whole declaration.
    pub span: Span,
    /// Comments around its first line.
    pub comments: Comments,
}

/// What one side of a method sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// Whether there may be several messages.
    pub streams: bool,
    /// The message, as it is written.
    pub ty: Name,
}

/// `option a = 1;`, or `a = 1` in brackets.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionSetting {
    /// The parts of the name, which dots separate: `(a.b).c` has two.
    pub name: Vec<NamePart>,
    /// What it is set to.
    pub value: Value,
    /// The whole setting.
    pub span: Span,
}

impl OptionSetting {
    /// The name as it is written: `(a.b).c`.
    pub fn path(&self) -> String {
        let parts = self.name.iter().map(|part| match part {
            NamePart::Plain(name) => name.text.clone(),
            NamePart::Extension(name) => format!("({})", name.text),
        });
        parts.collect::<Vec<_>>().join(".")
    }
}

/// A part of an option's name.
#[derive(Clone, Debug, PartialEq)]
pub enum NamePart {
    /// A field of the options, or of what is in one.
    Plain(Name),
    /// An extension, in parentheses.
    Extension(Name),
}

/// What an option is set to.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `true`, `SPEED`, `inf`; `-inf` with its sign.
    Identifier(String),
    /// A whole number.
    Integer(i128),
    /// Another number.
    Float(f64),
    /// A string, whose bytes needn't be UTF-8.
    String(Vec<u8>),
    /// `[…]`, within an aggregate.
    List(Vec<Value>),
    /// `{…}`: each field's name as it is written (an extension's in brackets), and its value.
    Aggregate(Vec<(Name, Value)>),
}

/// A word, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The word; of several with dots, all without the space between them.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A number, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// The number.
    pub value: i64,
    /// Where it stands.
    pub span: Span,
}

/// The comments around a declaration, as `protoc` attaches them. The comment signs are gone, line ends and the space after
/// the signs are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// Further above, with a blank line below each.
    pub detached: Vec<String>,
    /// Directly above.
    pub leading: Option<String>,
    /// Behind, or directly below.
    pub trailing: Option<String>,
}

/// From where to where something goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// The place of its first character.
    pub start: Position,
    /// The place after its last one.
    pub end: Position,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from one.
    pub line: u32,
    /// The character in the line, from one.
    pub column: u32,
}
