use expect_test::{Expect, expect};
use traitwire_schema::parse;

use super::*;

/// What becomes of `text`, when `protos` is committed. The insertions are all that is different.
fn fixed(text: &str, protos: &str) -> String {
    let source = Source::new(text.to_owned());
    let mut committed = Committed::default();
    let protos = format!("syntax = \"proto3\"; {protos}");
    let files = parse::files(&[("p.proto", &protos)]).unwrap_or_else(|errors| panic!("{errors}"));
    committed.add(&files);
    let names = ["traitwire".to_owned(), "tw".to_owned()];
    let mut spaces = match spaces::read(&source, 0, &names) {
        Ok(spaces) => spaces,
        Err(error) => return format!("error: {}", located(Path::new("lib.rs"), &error)),
    };
    let insertions = match numbering::number(&mut spaces, &committed) {
        Ok(insertions) => insertions,
        Err(error) => return format!("error: {error}"),
    };
    let texts = insertions
        .iter()
        .map(|(slot, number)| (slot.offset, slot.text(*number)));
    let fixed = source.with(texts.collect());
    // What is fixed stays as it is, and no number is given twice.
    let again = Source::new(fixed.clone());
    let mut spaces = spaces::read(&again, 0, &names).expect("it is still Rust");
    for space in &spaces {
        let mut taken = space.taken.clone();
        taken.sort_unstable();
        taken.dedup();
        assert_eq!(taken.len(), space.taken.len(), "{fixed}");
    }
    let more = numbering::number(&mut spaces, &committed).expect("there is nothing to do");
    assert!(more.is_empty(), "{more:?} of {fixed}");
    fixed
}

#[track_caller]
fn check(text: &str, expect: Expect) {
    expect.assert_eq(&fixed(text, ""));
}

#[track_caller]
fn check_with(protos: &str, text: &str, expect: Expect) {
    expect.assert_eq(&fixed(text, protos));
}

#[test]
fn a_field_gets_the_next_number() {
    check(
        r#"
use traitwire::Message;

/// A point.
#[derive(Clone, Message)]
pub struct Point {
    /// In E7.
    #[proto(1)]
    pub latitude: i32,
    /// In E7, too.
    #[serde(default)] // As it was.
    pub(crate) longitude: i32,

    altitude: Option<i32>, /* not
    known */ r#type: String,
}
"#,
        expect![[r#"

            use traitwire::Message;

            /// A point.
            #[derive(Clone, Message)]
            pub struct Point {
                /// In E7.
                #[proto(1)]
                pub latitude: i32,
                /// In E7, too.
                #[serde(default)] // As it was.
                #[proto(2)]
                pub(crate) longitude: i32,

                #[proto(3)]
                altitude: Option<i32>, /* not
                known */ #[proto(4)] r#type: String,
            }
        "#]],
    );
}

#[test]
fn numbers_stand_where_their_neighbours_have_them() {
    check(
        r#"
#[derive(Message)]
struct Point {
    #[proto(1)] latitude: i32,
    longitude: i32,
}
#[derive(Message)] struct Line { from: Point, to: Point }
#[derive(Message)]
struct Area {
    low: Point,
    high: Point,
}
"#,
        expect![[r#"

            #[derive(Message)]
            struct Point {
                #[proto(1)] latitude: i32,
                #[proto(2)] longitude: i32,
            }
            #[derive(Message)] struct Line { #[proto(1)] from: Point, #[proto(2)] to: Point }
            #[derive(Message)]
            struct Area {
                #[proto(1)]
                low: Point,
                #[proto(2)]
                high: Point,
            }
        "#]],
    );
}

#[test]
fn options_stay_behind_the_number() {
    check(
        r#"
#[derive(Message)]
struct Point {
    #[proto(sint, name = "lat")]
    latitude: i32,
    #[proto( fixed )] longitude: i32,
    #[proto()]
    altitude: i32,
    #[proto]
    precision: i32,
    #[proto(deprecated)]
    #[proto(sint)]
    age: i32,
}
"#,
        expect![[r#"

            #[derive(Message)]
            struct Point {
                #[proto(1, sint, name = "lat")]
                latitude: i32,
                #[proto(2, fixed )] longitude: i32,
                #[proto(3)]
                altitude: i32,
                #[proto(4)]
                precision: i32,
                #[proto(5, deprecated)]
                #[proto(sint)]
                age: i32,
            }
        "#]],
    );
}

#[test]
fn what_is_reserved_is_skipped() {
    check(
        r#"
#[derive(Message)]
#[proto(reserved(3, 5..=6, 7..9, "old"))]
struct Point {
    #[proto(2)] x: i32,
    a: i32,
    b: i32,
    c: i32,
}
"#,
        expect![[r#"

            #[derive(Message)]
            #[proto(reserved(3, 5..=6, 7..9, "old"))]
            struct Point {
                #[proto(2)] x: i32,
                #[proto(4)] a: i32,
                #[proto(9)] b: i32,
                #[proto(10)] c: i32,
            }
        "#]],
    );
}

#[test]
fn numbers_that_implementations_keep_are_skipped() {
    check(
        "#[derive(Message)] struct A { #[proto(18_999)] a: i32, b: i32, #[proto(0x10)] c: i32 }",
        expect![
            "#[derive(Message)] struct A { #[proto(18_999)] a: i32, #[proto(20000)] b: i32, #[proto(0x10)] c: i32 }"
        ],
    );
}

#[test]
fn oneofs_share_the_numbers_of_their_message() {
    check(
        r#"
#[derive(OneOf)]
enum Kind {
    #[proto(2)]
    Name(String),
    Size(u32),
    Nothing,
}
#[derive(Message)]
#[proto(reserved(7))]
struct Thing {
    #[proto(oneof)]
    kind: Option<Kind>,
    #[proto(oneof)]
    more: Option<Box<deeper::More>>,
    #[proto(1)]
    id: u64,
    label: String,
}
mod deeper {
    #[derive(traitwire::OneOf)]
    pub enum More {
        #[proto(5)] A(bool), B(bool),
    }
}
"#,
        expect![[r#"

            #[derive(OneOf)]
            enum Kind {
                #[proto(2)]
                Name(String),
                #[proto(8)]
                Size(u32),
                #[proto(9)]
                Nothing,
            }
            #[derive(Message)]
            #[proto(reserved(7))]
            struct Thing {
                #[proto(oneof)]
                kind: Option<Kind>,
                #[proto(oneof)]
                more: Option<Box<deeper::More>>,
                #[proto(1)]
                id: u64,
                #[proto(6)]
                label: String,
            }
            mod deeper {
                #[derive(traitwire::OneOf)]
                pub enum More {
                    #[proto(5)] A(bool), #[proto(10)] B(bool),
                }
            }
        "#]],
    );
}

#[test]
fn values_of_enums_start_at_zero() {
    check(
        r#"
#[derive(Enumeration)]
enum Corpus {
    Unspecified,
    Web,
    #[proto(other)]
    Other(i32),
}
#[derive(Enumeration)]
#[proto(reserved(8))]
enum Scattered {
    #[proto(0)] Nothing,
    #[proto(7)] Seven,
    #[proto(-3)] Negative,
    Next,
    #[proto(name = "SCATTERED_X")] Last,
}
#[derive(Enumeration)]
#[repr(i32)]
enum Classic {
    A = 0,
    B = 4,
    C,
    #[proto(name = "CLASSIC_DEE")]
    D,
}
"#,
        expect![[r#"

            #[derive(Enumeration)]
            enum Corpus {
                #[proto(0)]
                Unspecified,
                #[proto(1)]
                Web,
                #[proto(other)]
                Other(i32),
            }
            #[derive(Enumeration)]
            #[proto(reserved(8))]
            enum Scattered {
                #[proto(0)] Nothing,
                #[proto(7)] Seven,
                #[proto(-3)] Negative,
                #[proto(9)] Next,
                #[proto(10, name = "SCATTERED_X")] Last,
            }
            #[derive(Enumeration)]
            #[repr(i32)]
            enum Classic {
                A = 0,
                B = 4,
                C = 5,
                #[proto(6, name = "CLASSIC_DEE")]
                D,
            }
        "#]],
    );
}

#[test]
fn fields_of_errors_are_numbered_by_variant() {
    check(
        r#"
#[derive(Debug, GrpcError)]
pub enum GuideError {
    #[grpc(NotFound, "no feature at {at:?}", reserved(1))] NoFeature { at: Point, near: Point },
    #[grpc(Internal)] Whole(Details),
    #[grpc(other)] Other(Status),
}
"#,
        expect![[r#"

            #[derive(Debug, GrpcError)]
            pub enum GuideError {
                #[grpc(NotFound, "no feature at {at:?}", reserved(1))] NoFeature { #[proto(2)] at: Point, #[proto(3)] near: Point },
                #[grpc(Internal)] Whole(Details),
                #[grpc(other)] Other(Status),
            }
        "#]],
    );
}

#[test]
fn arguments_are_numbered_where_there_are_several() {
    check(
        r#"
#[grpc_service(package = "guide")]
pub trait Guide {
    async fn one(&self, point: Point) -> Result<Feature, Status>;
    async fn one_field(&self, #[proto(sint)] x: i32) -> Result<Feature, Status>;
    async fn stream(&self, points: Streaming<Point>, cx: Context) -> Result<Feature, Status>;
    async fn context(&self, point: Point, cx: traitwire::Context) -> Result<Feature, Status>;
    async fn nothing(&self) -> Result<(), Status>;
    #[rpc(reserved(1))]
    async fn area(&self, low: Point, #[proto(4)] high: Point, r#type: Kind, cx: Context) -> Result<Feature, Status>;
    async fn lines(
        &self,
        low: Point,
        // The other end.
        high: Point,
    ) -> Result<Feature, Status> {
        let hidden = |a: i32, b: i32| a + b;
    }
}
pub trait NotOurs { fn area(&self, low: Point, high: Point); }
"#,
        expect![[r#"

            #[grpc_service(package = "guide")]
            pub trait Guide {
                async fn one(&self, point: Point) -> Result<Feature, Status>;
                async fn one_field(&self, #[proto(1, sint)] x: i32) -> Result<Feature, Status>;
                async fn stream(&self, points: Streaming<Point>, cx: Context) -> Result<Feature, Status>;
                async fn context(&self, point: Point, cx: traitwire::Context) -> Result<Feature, Status>;
                async fn nothing(&self) -> Result<(), Status>;
                #[rpc(reserved(1))]
                async fn area(&self, #[proto(5)] low: Point, #[proto(4)] high: Point, #[proto(6)] r#type: Kind, cx: Context) -> Result<Feature, Status>;
                async fn lines(
                    &self,
                    #[proto(1)] low: Point,
                    // The other end.
                    #[proto(2)] high: Point,
                ) -> Result<Feature, Status> {
                    let hidden = |a: i32, b: i32| a + b;
                }
            }
            pub trait NotOurs { fn area(&self, low: Point, high: Point); }
        "#]],
    );
}

#[test]
fn committed_numbers_are_kept() {
    check_with(
        r#"
package p;
message Point { reserved 9; reserved "gone"; int32 latitude = 3; int32 removed = 4; }
message FindRequest { int32 x = 2; }
enum Corpus { reserved 2; CORPUS_UNSPECIFIED = 0; CORPUS_WEB = 5; CORPUS_OLD = 6; }
"#,
        r#"
#[derive(Message)]
struct Point {
    a: i32,
    latitude: i32,
    #[proto(8)]
    b: i32,
    c: i32,
}
#[derive(Enumeration)]
enum Corpus {
    Unspecified,
    Images,
    Web,
    More,
}
#[grpc_service]
trait Finder {
    async fn find(&self, y: i32, x: i32) -> Result<(), Status>;
}
#[derive(Message)]
#[proto(package = "q", name = "Point")]
struct OtherPoint { latitude: i32 }
"#,
        expect![[r#"

            #[derive(Message)]
            struct Point {
                #[proto(10)]
                a: i32,
                #[proto(3)]
                latitude: i32,
                #[proto(8)]
                b: i32,
                #[proto(11)]
                c: i32,
            }
            #[derive(Enumeration)]
            enum Corpus {
                #[proto(0)]
                Unspecified,
                #[proto(7)]
                Images,
                #[proto(5)]
                Web,
                #[proto(8)]
                More,
            }
            #[grpc_service]
            trait Finder {
                async fn find(&self, #[proto(3)] y: i32, #[proto(2)] x: i32) -> Result<(), Status>;
            }
            #[derive(Message)]
            #[proto(package = "q", name = "Point")]
            struct OtherPoint { #[proto(1)] latitude: i32 }
        "#]],
    );
}

#[test]
fn committed_numbers_of_a_message_count_for_its_oneofs() {
    check_with(
        "package p; message Thing { reserved 6; int32 id = 1; oneof kind { string name = 4; bool gone = 5; } }",
        r#"
#[derive(Message)]
struct Thing {
    #[proto(1)]
    id: i32,
    #[proto(oneof)]
    kind: Option<Kind>,
    label: String,
}
#[derive(OneOf)]
enum Kind {
    Size(u32),
    Name(String),
}
"#,
        expect![[r#"

            #[derive(Message)]
            struct Thing {
                #[proto(1)]
                id: i32,
                #[proto(oneof)]
                kind: Option<Kind>,
                #[proto(2)]
                label: String,
            }
            #[derive(OneOf)]
            enum Kind {
                #[proto(7)]
                Size(u32),
                #[proto(4)]
                Name(String),
            }
        "#]],
    );
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let text = r#"
use prost::Message;
use actix::prelude::{Message as ActixMessage, *};
#[derive(Message)] struct A { a: i32 }
#[derive(prost::Message)] struct B { #[prost(int32, tag = "1")] a: i32, b: i32 }
#[derive(ActixMessage)] struct C { a: i32 }
#[derive(Debug)] struct D { a: i32 }
macro_rules! message { () => { #[derive(traitwire::Message)] struct E { a: i32 } } }
mod nested { #[derive(prost::Oneof)] enum F { A(i32) } }
#[derive(prost::Enumeration)] enum G { A = 0, B }
#[derive(traitwire::Message)] struct H(i32);
#[derive(traitwire::Message)] struct I;
#[derive(traitwire::Message)] struct J { #[proto(NUMBER + 1)] a: i32, #[proto(unknown)] rest: UnknownFields }
#[derive(traitwire::Message)] struct K { #[cfg_attr(unix, proto(sint))] a: i32 }
"#;
    assert_eq!(fixed(text, ""), text);
}

#[test]
fn the_macros_are_found_under_any_name() {
    check(
        r#"
use traitwire::Message as Msg;
use crate::api::{Message, self as api};
#[derive(Msg)] struct A { a: i32 }
#[derive(Message)] struct B { a: i32 }
#[derive(tw::Message)] struct C { a: i32 }
#[cfg_attr(feature = "grpc", derive(::traitwire::Message))] struct D { #[cfg_attr(unix, proto(3))] a: i32, b: i32 }
fn f() { #[derive(traitwire::Message)] struct E { a: i32 } }
"#,
        expect![[r#"

            use traitwire::Message as Msg;
            use crate::api::{Message, self as api};
            #[derive(Msg)] struct A { #[proto(1)] a: i32 }
            #[derive(Message)] struct B { #[proto(1)] a: i32 }
            #[derive(tw::Message)] struct C { #[proto(1)] a: i32 }
            #[cfg_attr(feature = "grpc", derive(::traitwire::Message))] struct D { #[cfg_attr(unix, proto(3))] a: i32, #[proto(4)] b: i32 }
            fn f() { #[derive(traitwire::Message)] struct E { #[proto(1)] a: i32 } }
        "#]],
    );
}

#[test]
fn nothing_else_is_touched() {
    // Line ends, tabs, a byte order mark, a line for the shell, and letters of several bytes.
    let text = "\u{feff}#!/usr/bin/env rust-script\r\n//! größe — „Ö“ 🦀\r\n#[derive(Message)]\r\nstruct Größe {\r\n\t/// 🦀\r\n\tlänge: i32,\r\n\t/* ü */ breite: i32,\r\n}\n#[derive(Message)] struct B{a:i32,b:i32}";
    expect![[r#""\u{feff}#!/usr/bin/env rust-script\r\n//! größe — „Ö“ 🦀\r\n#[derive(Message)]\r\nstruct Größe {\r\n\t/// 🦀\r\n\t#[proto(1)]\r\n\tlänge: i32,\r\n\t/* ü */ #[proto(2)] breite: i32,\r\n}\n#[derive(Message)] struct B{#[proto(1)] a:i32,#[proto(2)] b:i32}""#]].assert_eq(&format!("{:?}", fixed(text, "")));
}

#[test]
fn a_file_of_one_line_has_its_line_end() {
    expect![[r##""#![allow(unused)]\n#[derive(Message)] struct A {\n  #[proto(1)]\n  a: i32}""##]]
        .assert_eq(&format!(
            "{:?}",
            fixed(
                "#![allow(unused)]\n#[derive(Message)] struct A {\n  a: i32}",
                ""
            )
        ));
}

#[test]
fn what_does_not_parse_is_an_error() {
    check(
        "struct A {\n  a i32 }",
        expect!["error: lib.rs:2:5: expected `:`"],
    );
}

#[test]
fn numbers_can_run_out() {
    check(
        "#[derive(Message)] #[proto(reserved(1..))] struct A { a: i32 }\n#[derive(Enumeration)] enum B { #[proto(0)] A, #[proto(2147483647)] Last, More }",
        expect!["error: there is no number left for `a` of `A`"],
    );
}

/// Every way to leave out numbers of a struct, with every way to write them.
#[test]
fn any_mixture_is_numbered_once() {
    let ways = ["", "#[proto(2)] ", "#[proto(sint)] ", "#[proto(5)]\n    "];
    for index in 0..ways.len().pow(4) {
        let mut fields = String::new();
        let mut numbers = Vec::new();
        for at in 0..4_u32 {
            let mut way = ways[index / ways.len().pow(at) % ways.len()];
            if numbers.contains(&way) {
                way = "";
            }
            if way.contains('2') || way.contains('5') {
                numbers.push(way);
            }
            fields.push_str(&format!("    {way}f{at}: i32,\n"));
        }
        let text = format!("#[derive(Message)]\nstruct A {{\n{fields}}}\n");
        // It checks itself.
        fixed(&text, "");
    }
}
