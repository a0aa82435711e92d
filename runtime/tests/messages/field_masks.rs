//! `google.protobuf.FieldMask`.

use std::collections::BTreeMap;
use std::fmt::Debug;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use traitwire::well_known::{FieldMask, FieldMaskError};
use traitwire::{Message, OneOf};

#[derive(Debug, PartialEq, Message)]
struct Book {
    #[proto(1)]
    title: String,
    #[proto(2)]
    author: Option<User>,
    #[proto(3)]
    tags: Vec<String>,
    #[proto(4)]
    ratings: BTreeMap<String, i32>,
    #[proto(5)]
    pages: Option<u32>,
    #[proto(oneof)]
    cover: Option<Cover>,
    #[proto(8)]
    sequel: Option<Box<Book>>,
    #[proto(9)]
    place: Place,
}

#[derive(Debug, PartialEq, OneOf)]
enum Cover {
    #[proto(6)]
    Color(String),
    #[proto(7)]
    Painter(User),
}

#[derive(Debug, Default, PartialEq, Message)]
struct User {
    #[proto(1)]
    display_name: String,
    #[proto(2)]
    email: String,
}

#[derive(Debug, PartialEq, Message)]
struct Place {
    #[proto(1, required)]
    shelf: Shelf,
    #[proto(2)]
    position: u32,
}

#[derive(Debug, PartialEq, Message)]
struct Shelf {
    #[proto(1)]
    number: u32,
}

fn user(name: &str) -> User {
    User {
        display_name: name.to_owned(),
        email: format!("{name}@example.com"),
    }
}

fn book(name: &str, number: u32) -> Book {
    Book {
        title: name.to_owned(),
        author: Some(user(name)),
        tags: vec![name.to_owned()],
        ratings: BTreeMap::from([(name.to_owned(), 5)]),
        pages: Some(number),
        cover: Some(Cover::Color(name.to_owned())),
        sequel: None,
        place: Place {
            shelf: Shelf { number },
            position: number,
        },
    }
}

fn mask(paths: &str) -> FieldMask {
    paths.parse().unwrap()
}

/// What is left of a message, or what it has become.
#[track_caller]
fn check<M: Debug>(book: Result<M, FieldMaskError>, expect: Expect) {
    expect.assert_eq(&match book {
        Ok(book) => format!("{book:?}"),
        Err(error) => format!("error: {error}"),
    });
}

#[test]
fn a_mask_is_a_set() {
    let check = |mask: FieldMask, expect: Expect| expect.assert_eq(&mask.to_string());
    check(
        mask("b,a.c,a.b,a-b,b,a.b.c,,ab"),
        expect!["b,a.c,a.b,a-b,b,a.b.c,ab"],
    );
    check(
        mask("b,a.c,a.b,a-b,b,a.b.c,ab").normalized(),
        expect!["a.b,a.c,a-b,ab,b"],
    );
    check(mask("a.b.c,a.b,a").normalized(), expect!["a"]);
    check(mask("a.b,c").union(&mask("a,c.d,e")), expect!["a,c,e"]);
    check(
        mask("a.b,c,e,f.g").intersection(&mask("a,c.d,ee,f.g.h,f.i")),
        expect!["a.b,c.d,f.g.h"],
    );
    check(mask("").union(&mask("")), expect![]);
    check(
        FieldMask::all::<Book>(),
        expect!["title,author,tags,ratings,pages,color,painter,sequel,place"],
    );
    assert!(mask("a.b").covers("a.b.c"));
    assert!(mask("a.b").covers("a.b"));
    assert!(!mask("a.b").covers("a"));
    assert!(!mask("a.b").covers("a.bc"));
}

#[test]
fn a_path_leads_to_a_field() {
    let check = |paths: &str, expect: Expect| {
        let checked = mask(paths).check::<Book>();
        expect.assert_eq(&checked.map_or_else(|error| error.to_string(), |()| "ok".to_owned()));
    };
    check(
        "title,author,author.email,sequel.sequel.author.email,painter.email,color,tags",
        expect!["ok"],
    );
    check(
        "name",
        expect![[r#"the path "name": `Book` has no field "name""#]],
    );
    check(
        "author.name",
        expect![[r#"the path "author.name": `User` has no field "name""#]],
    );
    check(
        "author,author.name",
        expect![[r#"the path "author.name": `User` has no field "name""#]],
    );
    check(
        "cover",
        expect![[r#"the path "cover": `Book` has no field "cover""#]],
    );
    check(
        "title.length",
        expect![[
            r#"the path "title.length": nothing can follow `title`, which isn't a single message"#
        ]],
    );
    check(
        "tags.0",
        expect![[r#"the path "tags.0": nothing can follow `tags`, which isn't a single message"#]],
    );
    check(
        "ratings.good",
        expect![[
            r#"the path "ratings.good": nothing can follow `ratings`, which isn't a single message"#
        ]],
    );
    check(
        "author.",
        expect![[r#"the path "author.": `User` has no field """#]],
    );
    check(".", expect![[r#"the path ".": `Book` has no field """#]]);
    let deep = vec!["sequel"; 100].join(".");
    check(&deep, expect!["ok"]);
    check(
        &format!("{deep}.title"),
        expect![[
            r#"the path "sequel.sequel.sequel.sequel.sequel.seque" … has more than 100 names"#
        ]],
    );
    check(
        &vec!["sequel"; 1_000_000].join("."),
        expect![[
            r#"the path "sequel.sequel.sequel.sequel.sequel.seque" … has more than 100 names"#
        ]],
    );
}

#[test]
fn what_is_not_in_the_mask_is_trimmed() {
    let book = book("a", 1);
    check(
        mask("title,author.email,pages,place").trim(&book),
        expect![[
            r#"Book { title: "a", author: Some(User { display_name: "", email: "a@example.com" }), tags: [], ratings: {}, pages: Some(1), cover: None, sequel: None, place: Place { shelf: Shelf { number: 1 }, position: 1 } }"#
        ]],
    );
    check(
        mask("tags,ratings,color,place.shelf").trim(&book),
        expect![[
            r#"Book { title: "", author: None, tags: ["a"], ratings: {"a": 5}, pages: None, cover: Some(Color("a")), sequel: None, place: Place { shelf: Shelf { number: 1 }, position: 0 } }"#
        ]],
    );
    check(
        mask("painter,sequel.title,place.shelf.number").trim(&book),
        expect![[
            r#"Book { title: "", author: None, tags: [], ratings: {}, pages: None, cover: None, sequel: None, place: Place { shelf: Shelf { number: 1 }, position: 0 } }"#
        ]],
    );
    check(
        mask("title").trim(&book),
        expect![[
            r#"Book { title: "a", author: None, tags: [], ratings: {}, pages: None, cover: None, sequel: None, place: Place { shelf: Shelf { number: 0 }, position: 0 } }"#
        ]],
    );
    check(
        mask("author").trim(&user("a")),
        expect![[r#"error: the path "author": `User` has no field "author""#]],
    );
}

#[test]
fn an_update_replaces_what_is_in_the_mask() {
    let all = FieldMask::all::<Book>();
    assert_eq!(
        all.update(&book("a", 1), &book("b", 2)).unwrap(),
        book("b", 2)
    );
    let nothing = FieldMask::default();
    assert_eq!(
        nothing.update(&book("a", 1), &book("b", 2)).unwrap(),
        book("a", 1)
    );
    check(
        mask("title,author.email,tags,place.position").update(&book("a", 1), &book("b", 2)),
        expect![[
            r#"Book { title: "b", author: Some(User { display_name: "a", email: "b@example.com" }), tags: ["b"], ratings: {"a": 5}, pages: Some(1), cover: Some(Color("a")), sequel: None, place: Place { shelf: Shelf { number: 1 }, position: 2 } }"#
        ]],
    );
    let painted = Book {
        title: String::new(),
        author: None,
        ratings: BTreeMap::new(),
        pages: None,
        cover: Some(Cover::Painter(user("c"))),
        ..book("b", 2)
    };
    check(
        mask("title,author.email,ratings,pages,painter.email").update(&book("a", 1), &painted),
        expect![[
            r#"Book { title: "", author: Some(User { display_name: "a", email: "" }), tags: ["a"], ratings: {}, pages: None, cover: Some(Painter(User { display_name: "", email: "c@example.com" })), sequel: None, place: Place { shelf: Shelf { number: 1 }, position: 1 } }"#
        ]],
    );
    check(
        mask("color").update(&book("a", 1), &painted),
        expect![[
            r#"Book { title: "a", author: Some(User { display_name: "a", email: "a@example.com" }), tags: ["a"], ratings: {"a": 5}, pages: Some(1), cover: None, sequel: None, place: Place { shelf: Shelf { number: 1 }, position: 1 } }"#
        ]],
    );
    check(
        mask("color").update(&painted, &book("a", 1)),
        expect![[
            r#"Book { title: "", author: None, tags: ["b"], ratings: {}, pages: None, cover: Some(Color("a")), sequel: None, place: Place { shelf: Shelf { number: 2 }, position: 2 } }"#
        ]],
    );
}

#[test]
fn a_merge_adds_to_what_is_in_the_mask() {
    check(
        mask("title,author,tags,ratings,place.position").merge(&book("a", 1), &book("b", 2)),
        expect![[
            r#"Book { title: "b", author: Some(User { display_name: "b", email: "b@example.com" }), tags: ["a", "b"], ratings: {"a": 5, "b": 5}, pages: Some(1), cover: Some(Color("a")), sequel: None, place: Place { shelf: Shelf { number: 1 }, position: 2 } }"#
        ]],
    );
    let empty = Book {
        title: String::new(),
        author: Some(User {
            email: "new".to_owned(),
            ..User::default()
        }),
        tags: vec![],
        ratings: BTreeMap::new(),
        pages: None,
        cover: None,
        ..book("b", 2)
    };
    check(
        FieldMask::all::<Book>().merge(&book("a", 1), &empty),
        expect![[
            r#"Book { title: "", author: Some(User { display_name: "a", email: "new" }), tags: ["a"], ratings: {"a": 5}, pages: None, cover: None, sequel: None, place: Place { shelf: Shelf { number: 2 }, position: 2 } }"#
        ]],
    );
}

#[test]
fn in_json_names_are_in_camel_case() {
    let check = |paths: &str, expect: Expect| {
        expect.assert_eq(&match mask(paths).to_json_string() {
            Ok(text) => {
                assert_eq!(FieldMask::from_json_string(&text), Ok(mask(paths)));
                text
            }
            Err(error) => error.to_string(),
        });
    };
    check("", expect![]);
    check("foo_bar,baz.q_ux", expect!["fooBar,baz.qUx"]);
    check(
        "fooBar",
        expect![[
            r#"the path "fooBar" isn't of names that JSON has in camel case, and that come back from it"#
        ]],
    );
    check(
        "foo_3_bar",
        expect![[
            r#"the path "foo_3_bar" isn't of names that JSON has in camel case, and that come back from it"#
        ]],
    );
    check(
        "foo__bar",
        expect![[
            r#"the path "foo__bar" isn't of names that JSON has in camel case, and that come back from it"#
        ]],
    );
    expect![[r#"the path "bar_bar" isn't of names that JSON has in camel case, and that come back from it"#]]
        .assert_eq(
            &FieldMask::from_json_string("foo,bar_bar")
                .unwrap_err()
                .to_string(),
        );
}

fn masks() -> impl Strategy<Value = FieldMask> {
    proptest::collection::vec("[ab]{1,2}(\\.[ab]){0,3}", 0..6).prop_map(FieldMask::from_iter)
}

proptest! {
    #[test]
    fn sets_of_paths_are_sets(ours in masks(), theirs in masks(), path in "[ab]{1,2}(\\.[ab]){0,3}") {
        let (in_ours, in_theirs) = (ours.covers(&path), theirs.covers(&path));
        prop_assert_eq!(ours.normalized().covers(&path), in_ours);
        prop_assert_eq!(ours.union(&theirs).covers(&path), in_ours || in_theirs);
        prop_assert_eq!(ours.intersection(&theirs).covers(&path), in_ours && in_theirs);
        let normal = ours.normalized();
        prop_assert_eq!(normal.normalized(), normal.clone());
        for path in &normal.paths {
            prop_assert_eq!(normal.paths.iter().filter(|other| FieldMask::from_iter([*other]).covers(path)).count(), 1);
        }
    }
}
