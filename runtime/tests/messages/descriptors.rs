//! What a type says of itself.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::time::SystemTime;

use bytes::Bytes;
use expect_test::{Expect, expect};
use traitwire::schema::{FieldDescriptor, FieldType, Member, MessageDescriptor, ValueType};
use traitwire::{Enumeration, Message, OneOf, Status, grpc_service};

/// A node of the tree.
///
/// Smaller keys are on the left.
#[derive(Message)]
#[proto(package = "tree.v1", name = "TreeNode", reserved(2, 9..=11, 100..103, "old_name"), deprecated)]
struct Node {
    /// What it is found by.
    #[proto(1)]
    key: i64,
    #[proto(3, sint)]
    #[deprecated]
    weight: Option<i32>,
    #[proto(4, name = "Hashes", fixed)]
    r#type: Vec<u64>,
    #[proto(5)]
    left: Option<Box<Node>>,
    #[proto(6)]
    by_name: HashMap<String, Bytes>,
    #[proto(7, key = fixed, value = sint, deprecated)]
    by_number: BTreeMap<u32, i64>,
    /// Which kind.
    #[proto(oneof)]
    kind: Option<Kind>,
    #[proto(8)]
    color: Color,
    #[proto(12)]
    colors: Vec<Color>,
    #[proto(13)]
    at: SystemTime,
    #[proto(14)]
    nothing: (),
    #[proto(15)]
    inner: Option<Inner>,
}

/// Either or.
#[derive(OneOf)]
enum Kind {
    /// A word.
    #[proto(20)]
    PlainText(String),
    #[proto(21, name = "num", fixed, deprecated)]
    Number(i32),
    #[proto(22)]
    Unit,
}

/// A color.
#[derive(Enumeration)]
#[proto(reserved(3, "COLOR_BLUE"), nested_in = Node)]
enum Color {
    #[proto(0)]
    Unspecified,
    /// Like blood.
    #[proto(1)]
    Red,
    #[deprecated]
    #[proto(-2, name = "INFRARED")]
    Infrared,
    #[proto(other)]
    Other(i32),
}

#[derive(Message)]
#[proto(nested_in = Node)]
struct Inner;

#[test]
fn a_message_is_described() {
    check(
        Node::DESCRIPTOR,
        expect![[r#"
        TreeNode in Some("tree.v1"): "A node of the tree.\n\nSmaller keys are on the left."
          deprecated
          reserved [Numbers(2, 2), Numbers(9, 11), Numbers(100, 102), Name("old_name")]
          Int64 key = 1: "What it is found by."
          optional Sint32 weight = 3 deprecated: ""
          repeated Fixed64 Hashes = 4: ""
          optional TreeNode left = 5: ""
          map<String, Bytes> by_name = 6: ""
          map<Fixed32, Sint64> by_number = 7 deprecated: ""
          oneof kind (messages::descriptors::Kind; Either or.): "Which kind."
            String plain_text = 20: "A word."
            Sfixed32 num = 21 deprecated: ""
            Empty unit = 22: ""
          Color color = 8: ""
          repeated Color colors = 12: ""
          Timestamp at = 13: ""
          Empty nothing = 14: ""
          optional Inner inner = 15: ""
    "#]],
    );
    check(
        Inner::DESCRIPTOR,
        expect![[r#"
        Inner in None: ""
          nested in TreeNode
          reserved []
    "#]],
    );
}

#[test]
fn an_enum_is_described() {
    let descriptor = Color::DESCRIPTOR;
    let mut text = format!(
        "{} reserved {:?}, in {}\n",
        descriptor.name,
        descriptor.reserved,
        descriptor.nested_in.expect("a message")().name
    );
    for value in descriptor.values {
        let deprecated = if value.deprecated { " deprecated" } else { "" };
        writeln!(
            text,
            "  {} = {}{deprecated}: {:?}",
            value.name, value.number, value.doc
        )
        .expect("a String takes everything");
    }
    expect![[r#"
        Color reserved [Numbers(3, 3), Name("COLOR_BLUE")], in TreeNode
          COLOR_UNSPECIFIED = 0: ""
          COLOR_RED = 1: "Like blood."
          INFRARED = -2 deprecated: ""
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_type_knows_where_it_stands() {
    assert_eq!(Node::DESCRIPTOR.rust_name, "messages::descriptors::Node");
    let (file, line) = Node::DESCRIPTOR.location.rsplit_once(':').expect("a line");
    assert!(file.ends_with("tests/messages/descriptors.rs"), "{file}");
    assert!(line.parse::<u32>().is_ok(), "{line}");
}

#[test]
fn everything_knows_its_line() {
    const START: u32 = line!();

    #[derive(Message)]
    struct Lines {
        #[proto(1)]
        first: i32,
        /// One line above it, and the comment, don't count.
        #[proto(2)]
        second: i32,
        #[proto(oneof)]
        choice: Option<Choice>,
    }

    #[derive(OneOf)]
    enum Choice {
        #[proto(3)]
        Third(bool),
    }

    #[derive(Enumeration)]
    enum Letter {
        A = 0,
        B = 1,
    }

    #[grpc_service(package = "lines")]
    trait Reader {
        async fn read(&self, lines: Lines) -> Result<Lines, Status>;

        #[rpc(idempotent)]
        async fn write(&self, lines: Lines) -> Result<(), Status>;
    }

    let mut lines = Vec::new();
    let mut oneofs = Vec::new();
    for member in Lines::DESCRIPTOR.members {
        match member {
            Member::Field(field) => lines.push(field.line),
            Member::OneOf { oneof, .. } => oneofs.push(oneof()),
        }
    }
    lines.extend(
        oneofs
            .iter()
            .flat_map(|oneof| oneof.variants)
            .map(|variant| variant.line),
    );
    lines.extend(Letter::DESCRIPTOR.values.iter().map(|value| value.line));
    lines.extend(Reader.methods.iter().map(|method| method.line));
    let lines: Vec<u32> = lines.into_iter().map(|line| line - START).collect();
    assert_eq!(lines, [5, 8, 16, 21, 22, 27, 30]);
    let location = format!("{}:{}", file!(), START + 13);
    assert_eq!(oneofs[0].location, location);
}

#[track_caller]
fn check(descriptor: &MessageDescriptor, expect: Expect) {
    let mut text = format!(
        "{} in {:?}: {:?}\n",
        descriptor.name, descriptor.package, descriptor.doc
    );
    if let Some(outer) = descriptor.nested_in {
        writeln!(text, "  nested in {}", outer().name).expect("a String takes everything");
    }
    if descriptor.deprecated {
        text.push_str("  deprecated\n");
    }
    writeln!(text, "  reserved {:?}", descriptor.reserved).expect("a String takes everything");
    for member in descriptor.members {
        match member {
            Member::Field(field) => writeln!(text, "  {}", render(field)),
            Member::OneOf { name, doc, oneof } => {
                let variants: Vec<_> = oneof().variants.iter().map(render).collect();
                writeln!(
                    text,
                    "  oneof {name} ({}; {}): {doc:?}\n    {}",
                    oneof().rust_name,
                    oneof().doc,
                    variants.join("\n    ")
                )
            }
        }
        .expect("a String takes everything");
    }
    expect.assert_eq(&text);
}

fn render(field: &FieldDescriptor) -> String {
    let FieldDescriptor {
        name,
        number,
        doc,
        deprecated,
        line: _,
        ty,
    } = field;
    let value = |ty| match ty {
        ValueType::Scalar(scalar) => format!("{scalar:?}"),
        ValueType::Message(message) => message.name.to_owned(),
        ValueType::Enum(descriptor) => descriptor.name.to_owned(),
    };
    let ty = match ty() {
        FieldType::Singular(ty) => value(ty),
        FieldType::Optional(ty) => format!("optional {}", value(ty)),
        FieldType::Repeated(ty) => format!("repeated {}", value(ty)),
        FieldType::Unpacked(ty) => format!("unpacked {}", value(ty)),
        FieldType::Map(key, ty) => format!("map<{key:?}, {}>", value(ty)),
    };
    let deprecated = if *deprecated { " deprecated" } else { "" };
    format!("{ty} {name} = {number}{deprecated}: {doc:?}")
}
