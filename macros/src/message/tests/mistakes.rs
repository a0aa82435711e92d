//! What is wrong, where, and what to write instead.

use expect_test::{Expect, expect};
use syn::DeriveInput;

use super::super::{Enumeration, Message, OneOf};
use crate::diagnostics::tests::check_errors;

#[track_caller]
fn message(source: &str, expect: Expect) {
    check_errors(
        source,
        |cx, item| {
            let item: DeriveInput = cx.ok(syn::parse2(item))?;
            Message::read(cx, &item).map(|_| ())
        },
        expect,
    );
}

#[track_caller]
fn enumeration(source: &str, expect: Expect) {
    check_errors(
        source,
        |cx, item| {
            let item: DeriveInput = cx.ok(syn::parse2(item))?;
            Enumeration::read(cx, &item).map(|_| ())
        },
        expect,
    );
}

#[track_caller]
fn one_of(source: &str, expect: Expect) {
    check_errors(
        source,
        |cx, item| {
            let item: DeriveInput = cx.ok(syn::parse2(item))?;
            OneOf::read(cx, &item).map(|_| ())
        },
        expect,
    );
}

/// A field of a message that is called `value`.
#[track_caller]
fn field(source: &str, expect: Expect) {
    message(&format!("struct Node {{ {source} }}"), expect);
}

#[test]
fn a_message_may_have_all_of_this() {
    message(
        r#"
        #[proto(package = "tree.v1", name = "TreeNode", reserved(2, 9..=11, 20.., "old_name", "kind"), deprecated, crate = ::my::traitwire)]
        struct Node {
            #[proto(1)] key: i32,
            #[proto(3, sint, name = "Weight", deprecated)] weight: Option<i64>,
            #[proto(4, fixed)] hashes: Vec<u64>,
            #[proto(5, required)] owner: Owner,
            #[proto(6, key = sint, value = fixed)] by_key: HashMap<i32, u32>,
            #[proto(7, value = sint)] by_name: BTreeMap<String, i64>,
            #[proto(8)] left: Option<Box<Node>>,
            #[proto(12)] raw: Vec<Vec<u8>>,
            #[proto(13)] nothing: (),
            #[proto(oneof)] kind: Option<Kind>,
            #[proto(oneof, name = "sort")] other: Option<Other>,
        }"#,
        expect![[r#"
            no error
        "#]],
    );
    message(
        "struct Nothing;",
        expect![[r#"
        no error
    "#]],
    );
    message(
        "struct Nothing {}",
        expect![[r#"
        no error
    "#]],
    );
    message(
        "#[proto(nested_in = Tree)] struct Node {}",
        expect![[r#"
        no error
    "#]],
    );
    message(
        "struct Node { #[proto(1)] left: Option<Box<Self>>, #[proto(2)] all: Vec<Node> }",
        expect![[r#"
            no error
        "#]],
    );
}

#[test]
fn a_field_without_a_number_is_offered_the_next_one() {
    message(
        "#[proto(reserved(4))] struct Node { first: i32, #[proto(3)] second: i32, r#type: i32, #[proto(name = \"x\")] last: i32 }",
        expect![[r#"
            at `first`: `first` has no number

            help: the next free number is 5, `#[proto(5)]`
            at `r#type`: `type` has no number

            help: the next free number is 6, `#[proto(6)]`
            at `last`: `last` has no number

            help: the next free number is 7, `#[proto(7)]`
        "#]],
    );
    message(
        "struct Node { first: i32, #[proto(oneof)] kind: Option<Kind>, #[proto(oneof)] sort: Option<Sort> }",
        expect![[r#"
            at `first`: `first` has no number

            help: the next free number is 1, `#[proto(1)]`; the variants of `kind` and `sort` have numbers too
        "#]],
    );
}

#[test]
fn numbers_have_a_range() {
    field(
        "#[proto(0)] a: i32, #[proto(-1)] b: i32, #[proto(19000)] c: i32, #[proto(536870912)] d: i32",
        expect![[r#"
            at `0`: 0 can't be a field number: they start at 1

            help: the next free number is 1, `#[proto(1)]`
            at `-1`: -1 can't be a field number: they start at 1

            help: the next free number is 2, `#[proto(2)]`
            at `19000`: 19000 can't be a field number: protobuf keeps 19000 to 19999 for its implementations

            help: the next free number is 3, `#[proto(3)]`
            at `536870912`: 536870912 can't be a field number: the last one is 536870911

            help: the next free number is 4, `#[proto(4)]`
        "#]],
    );
    field(
        "#[proto(1 + 1)] a: i32, #[proto(\"7\")] b: i32, #[proto(99999999999999999999)] c: i32, #[proto(0x10)] d: i32",
        expect![[r#"
            at `1 + 1`: the number of a field is written in digits, and goes up to 536870911

            help: the next free number is 17, `#[proto(17)]`
            at `"7"`: the number of a field is written in digits, and goes up to 536870911

            help: the next free number is 18, `#[proto(18)]`
            at `99999999999999999999`: the number of a field is written in digits, and goes up to 536870911

            help: the next free number is 19, `#[proto(19)]`
        "#]],
    );
}

#[test]
fn a_number_is_used_once() {
    field(
        "#[proto(1)] a: i32, #[proto(2)] b: i32, #[proto(1)] c: i32, #[proto(1)] d: i32",
        expect![[r#"
            at `1`: the field number 1 is used twice, here first
            at `1`: the field number 1 is already that of `a`

            help: the next free number is 3, `#[proto(3)]`
            at `1`: the field number 1 is already that of `a`

            help: the next free number is 4, `#[proto(4)]`
        "#]],
    );
}

#[test]
fn reserved_numbers_and_names_are_not_used() {
    message(
        r#"#[proto(reserved(2, 9..=11, "old"))] struct Node { #[proto(2)] a: i32, #[proto(10)] b: i32, #[proto(3)] old: i32, #[proto(4, name = "old")] c: i32 }"#,
        expect![[r#"
            at `old`: the name `old` is reserved; give the field another one
            at `"old"`: the name `old` is reserved; give the field another one
            at `"old"`: the name `old` is already that of `old`
            at `2`: the field number 2 is reserved

            help: the next free number is 5, `#[proto(5)]`
            at `10`: the field number 10 is reserved (9 to 11)

            help: the next free number is 6, `#[proto(6)]`
        "#]],
    );
}

#[test]
fn what_is_reserved_is_checked() {
    message(
        r#"#[proto(reserved(0, 9..=8, 3, 2..5, "a-b", "c", "c", x, 1.5, 536870911..=536870912))] struct Node;"#,
        expect![[r#"
            at `0`: the numbers here go from 1 to 536870911
            at `9..=8`: there is no number in this range
            at `2..5`: this is reserved twice, which `protoc` refuses; reserve it once
            at `"a-b"`: `a-b` can't be a protobuf name: `-` is not an ASCII letter, digit or underscore
            at `"c"`: this is reserved twice, which `protoc` refuses; reserve it once
            at `x`: `reserved` takes numbers, ranges and names: `reserved(2, 9..=11, "old_name")`
            at `1.5`: `reserved` takes numbers, ranges and names: `reserved(2, 9..=11, "old_name")`
            at `536870911..=536870912`: the numbers here go from 1 to 536870911
        "#]],
    );
}

#[test]
fn names_are_used_once_also_in_json() {
    field(
        r#"#[proto(1)] one: i32, #[proto(2, name = "one")] two: i32, #[proto(3)] a_b: i32, #[proto(4, name = "aB")] c: i32, #[proto(oneof, name = "one")] d: Option<D>"#,
        expect![[r#"
            at `"one"`: the name `one` is already that of `one`
            at `"aB"`: the names `aB` and `a_b` are the same in JSON: `aB`
            at `"one"`: the name `one` is already that of `one`
        "#]],
    );
}

#[test]
fn names_are_those_of_protobuf() {
    message(
        r#"#[proto(name = "a b", package = "a..b", file = "/x.proto")] struct Größe { #[proto(1)] länge: i32, #[proto(2, name = "")] b: i32 }"#,
        expect![[r#"
            at `"a b"`: `a b` can't be a protobuf name: ` ` is not an ASCII letter, digit or underscore
            at `"a..b"`: a protobuf name can't be empty
            at `"/x.proto"`: `/x.proto` can't be an exported file: write a relative path of ASCII letters, digits, `_`, `-` and `.`, with `/` between its parts
            at `länge`: `länge` can't be a protobuf name: `ä` is not an ASCII letter, digit or underscore

            help: name `länge` with `#[proto(name = "…")]`
            at `""`: a protobuf name can't be empty
        "#]],
    );
    message(
        "struct Größe { #[proto(1)] b: i32 }",
        expect![[r#"
        at `Größe`: `Größe` can't be a protobuf name: `ö` is not an ASCII letter, digit or underscore

        help: name `Größe` with `#[proto(name = "…")]`
    "#]],
    );
}

#[test]
fn a_nested_type_has_no_package_of_its_own() {
    message(
        r#"#[proto(nested_in = Tree, package = "tree")] struct Node;"#,
        expect![[r#"
            at `"tree"`: a nested type lives where the type around it lives; remove this option, or `nested_in`
        "#]],
    );
    message(
        r#"#[proto(nested_in = Tree, file = "tree.proto")] struct Node;"#,
        expect![[r#"
            at `"tree.proto"`: a nested type lives where the type around it lives; remove this option, or `nested_in`
        "#]],
    );
}

#[test]
fn only_structs_with_names_are_messages() {
    message(
        "enum Node { A }",
        expect![[r#"
        at `enum`: a message is a struct

        help: for an enum whose variants hold nothing write `#[derive(Enumeration)]`; one whose variants hold values is a oneof, `#[derive(OneOf)]`, and a field of a message
    "#]],
    );
    message(
        "union Node { a: u32 }",
        expect![[r#"
        at `union`: a message is a struct: nobody could tell which field of a union to send

        help: write an enum with `#[derive(OneOf)]`, and a message that has it in a field
    "#]],
    );
    message(
        "struct Node(#[proto(1)] i32);",
        expect![[r#"
        at `(#[proto(1)] i32)`: the fields of a message have names in protobuf, and those of a tuple struct have none

        help: write `struct … { #[proto(1)] name: Type }`
    "#]],
    );
}

#[test]
fn parameters_are_refused_with_the_reason() {
    message(
        "struct Page<T> { #[proto(1)] items: Vec<T> }",
        expect![[r#"
        at `<T>`: a message can't be generic: protobuf has no such thing, so that `Page<A>` and `Page<B>` would need names of their own

        help: write one message for each type that stands in for the parameter
    "#]],
    );
    message(
        "struct Page<'a, 'b> { #[proto(1)] title: &'a str, #[proto(2)] text: &'b str }",
        expect![[r#"
            at `<'a, 'b>`: a message has one lifetime at most, that of the bytes it is read from

            help: use it for all that is borrowed
        "#]],
    );
    message(
        "struct Page<'a> { #[proto(1)] title: &'a str, #[proto(2)] body: Cow<'a, [u8]>, #[proto(3)] next: &'a Page<'a> }",
        expect![[r#"
            at `&'a Page<'a>`: a message borrows strings and bytes only, since everything else is made of what is read; write `Page<'a>`
        "#]],
    );
    message(
        "struct Page<const N: usize>;",
        expect![[r#"
        at `<const N: usize>`: a message can't be generic: protobuf has no such thing, so that `Page<A>` and `Page<B>` would need names of their own

        help: write one message for each type that stands in for the parameter
    "#]],
    );
}

#[test]
fn unknown_options_are_compared_with_those_there_are() {
    message(
        "#[proto(pakage = \"x\")] struct Node { #[proto(1, requird, sing, oneoff, nmae = \"x\")] a: Leaf }",
        expect![[r#"
            at `pakage`: unknown option `pakage`; did you mean `package`?
            at `requird`: unknown option `requird`; did you mean `required`?
            at `sing`: unknown option `sing`; did you mean `sint`?
            at `oneoff`: unknown option `oneoff`; did you mean `oneof`?
            at `nmae`: unknown option `nmae`; did you mean `name`?
        "#]],
    );
}

#[test]
fn sint_and_fixed_are_for_integers() {
    field(
        "#[proto(1, sint)] a: String, #[proto(2, sint)] b: u32, #[proto(3, fixed)] c: f64, #[proto(4, fixed)] d: Option<bool>, #[proto(5, sint, fixed)] e: i32, #[proto(6, sint)] f: Vec<u8>",
        expect![[r#"
            at `fixed`: a number is encoded one way: `sint` is shorter for numbers close to zero, `fixed` for large ones; remove one of the two
            at `sint`: `sint` is for `i32` and `i64`, and this is `String`; remove `sint`
            at `sint`: `sint` is for numbers with a sign, and `u32` has none; remove `sint`
            at `fixed`: `f64` always takes the same number of bytes; remove `fixed`
            at `fixed`: `fixed` is for integers, and this is `bool`; remove `fixed`
            at `sint`: `sint` is for `i32` and `i64`, and this is `Vec`; remove `sint`
        "#]],
    );
}

#[test]
fn unpacked_is_for_lists_that_are_packed() {
    field(
        "#[proto(1, unpacked)] a: String, #[proto(2, unpacked)] b: Vec<String>, #[proto(3, unpacked)] c: Option<i32>, #[proto(4, unpacked)] d: Vec<u8>, #[proto(5, unpacked, sint)] e: Vec<u32>, #[proto(6, unpacked, key = sint)] f: HashMap<i32, i32>, #[proto(oneof, unpacked)] g: Option<Kind>, #[proto(7, unpacked)] h: Vec<i32>",
        expect![[r#"
            at `sint`: `key` and `value` are for maps, and `unpacked` is for lists; remove one of the two
            at `unpacked`: `unpacked` is for lists of numbers, `bool` or enums, and this is none; remove `unpacked`
            at `unpacked`: strings and bytes are never packed; remove `unpacked`
            at `unpacked`: `unpacked` is for lists of numbers, `bool` or enums, and this is none; remove `unpacked`
            at `unpacked`: `unpacked` is for lists of numbers, `bool` or enums, and this is none; remove `unpacked`
            at `unpacked`: `sint` is for numbers with a sign, and `u32` has none; remove `sint`
            at `unpacked`: `unpacked` is for lists of numbers, `bool` or enums, and this is none; remove `unpacked`
            at `unpacked`: a oneof is no list; remove `unpacked`
        "#]],
    );
}

#[test]
fn options_on_maps_say_what_they_are_for() {
    field(
        "#[proto(1, sint)] a: HashMap<i32, i32>, #[proto(2, key = sint)] b: HashMap<String, i32>, #[proto(3, value = zigzag)] c: BTreeMap<i32, i32>, #[proto(4, key = sint)] d: i32, #[proto(5, sint, value = fixed)] e: HashMap<i32, i32>",
        expect![[r#"
            at `zigzag`: the keys or values of a map are `sint` or `fixed` integers, or need no option
            at `sint`: in a map the option says what it is for: `key = sint` or `value = sint`
            at `sint`: in a map the option says what it is for: `key = sint` or `value = sint`
            at `sint`: `sint` is for `i32` and `i64`, and this is `String`; remove `sint`
            at `sint`: `key` and `value` are for maps; on an integer write `sint` or `fixed`
        "#]],
    );
}

#[test]
fn required_is_for_messages() {
    field(
        "#[proto(1, required)] a: i32, #[proto(2, required)] b: Option<Leaf>, #[proto(3, required)] c: Vec<Leaf>",
        expect![[r#"
            at `required`: only a message can be `required`: the zero of a scalar is not sent, so that nobody can tell it from an absent one

            help: remove `required`, or make the field an `Option` and check it
            at `required`: `Option` can't be `required`, since it may be empty; write the type of the message itself
            at `required`: `Vec` can't be `required`, since it may be empty; write the type of the message itself
        "#]],
    );
}

#[test]
fn a_oneof_is_only_a_name() {
    field(
        "#[proto(3, oneof, required, sint)] kind: Option<Kind>, #[proto(oneof, key = sint)] sort: Option<Sort>",
        expect![[r#"
            at `3`: a oneof has no number: each of its variants has one, in the enum with `#[derive(OneOf)]`
            at `required`: a oneof can't be `required`: what a newer peer knows as a variant would be refused
            at `sint`: `sint` stands on the variants, in the enum with `#[derive(OneOf)]`
            at `oneof`: a oneof is no map; remove `key` and `value`
        "#]],
    );
}

#[test]
fn types_that_protobuf_lacks_have_a_counterpart() {
    let types = [
        "usize",
        "isize",
        "u8",
        "u16",
        "i8",
        "i16",
        "u128",
        "char",
        "str",
        "&'static str",
        "&'static [u8]",
        "&'static Leaf",
        "(i32, i32)",
        "[f32; 3]",
        "Option<usize>",
        "Option<Vec<i32>>",
        "Option<HashMap<i32, i32>>",
        "Option<Option<i32>>",
        "Vec<Vec<i32>>",
        "Vec<Option<i32>>",
        "Vec<char>",
        "HashSet<String>",
        "Arc<Leaf>",
        "Cow<'static, str>",
        "Cow<'static, [u8]>",
        "Box<i32>",
        "HashMap<f64, i32>",
        "HashMap<Vec<u8>, i32>",
        "BTreeMap<String, Vec<i32>>",
        "std::collections::HashMap<u8, i32>",
        "HashMap<i32, usize>",
        "Box<Node>",
        "Box<Self>",
        "fn()",
        "PathBuf",
    ];
    let fields = types.map(|ty| format!("a: {ty},"));
    let numbers = (1..).map(|number| format!("#[proto({number})]"));
    let source: Vec<_> = numbers
        .zip(fields)
        .map(|(number, field)| format!("{number} {field}"))
        .collect();
    // They all have the same name, which isn't what this is about.
    let source = source
        .iter()
        .enumerate()
        .map(|(index, field)| field.replace("a:", &format!("a{index}:")));
    field(
        &source.collect::<String>(),
        expect![[r#"
            at `usize`: the size of `usize` depends on the machine; write `u64` or `u32`
            at `isize`: the size of `isize` depends on the machine; write `i64` or `i32`
            at `u8`: protobuf's smallest integers have 32 bits; write `u32`, which takes one byte for small numbers
            at `u16`: protobuf's smallest integers have 32 bits; write `u32`, which takes one byte for small numbers
            at `i8`: protobuf's smallest integers have 32 bits; write `i32`, with `sint` if it is often negative
            at `i16`: protobuf's smallest integers have 32 bits; write `i32`, with `sint` if it is often negative
            at `u128`: protobuf's largest integers have 64 bits; write `Vec<u8>`, or two `u64`
            at `char`: protobuf has no characters; write `String`, or `u32` for the code point
            at `str`: write `String`
            at `&'static str`: a message can't borrow, since it outlives the bytes it is read from; write `String`
            at `&'static [u8]`: a message can't borrow, since it outlives the bytes it is read from; write `Vec<u8>`
            at `&'static Leaf`: a message can't borrow, since it outlives the bytes it is read from; write `Leaf`
            at `(i32, i32)`: the fields of a message have names, and those of a tuple have none; declare a struct with `#[derive(Message)]`
            at `[f32; 3]`: protobuf has no arrays of a fixed length; write `Vec<f32>`, and check the length
            at `usize`: the size of `usize` depends on the machine; write `u64` or `u32`
            at `Option<Vec<i32>>`: protobuf can't tell an absent list or map from an empty one; remove the `Option`
            at `Option<HashMap<i32, i32>>`: protobuf can't tell an absent list or map from an empty one; remove the `Option`
            at `Option<Option<i32>>`: protobuf knows one kind of absence; remove one `Option`
            at `Vec<Vec<i32>>`: protobuf has no lists of lists or maps; put the inner one into a message, and write `Vec<…>` of it
            at `Vec<Option<i32>>`: what is in a list is there; remove the `Option`
            at `char`: protobuf has no characters; write `String`, or `u32` for the code point
            at `HashSet<String>`: protobuf's only list is `repeated`; write `Vec<String>`
            at `Arc<Leaf>`: a message owns what it holds; write `Leaf`
            at `Cow<'static, str>`: a message owns what it holds; write `String`
            at `Cow<'static, [u8]>`: a message owns what it holds; write `Vec<u8>`
            at `Box<i32>`: a scalar needs no box; write `i32`
            at `f64`: a floating-point number can't be the key of a map: keys are integers, `bool` and `String`
            at `Vec<u8>`: bytes can't be the key of a map: keys are integers, `bool` and `String`
            at `Vec<i32>`: the values of a map are single ones; put this into a message, and write that here
            at `u8`: protobuf's smallest integers have 32 bits; write `u32`, which takes one byte for small numbers
            at `usize`: the size of `usize` depends on the machine; write `u64` or `u32`
            at `Box<Node>`: a message that always has itself in a field has no end

            help: write `Option<Box<Node>>`
            at `Box<Self>`: a message that always has itself in a field has no end

            help: write `Option<Box<Node>>`
            at `fn()`: protobuf has no such values; a message holds scalars, messages and enums
            at `PathBuf`: what a path is depends on the machine; write `String`
        "#]],
    );
}

#[test]
fn types_that_only_look_like_those_are_left_to_the_compiler() {
    field(
        "#[proto(1)] a: my::usize, #[proto(2)] b: Option<Vec<u8>>, #[proto(3)] c: Vec<Vec<u8>>, #[proto(4)] d: Box<other::Node>, \
         #[proto(5)] e: HashMap<String, Vec<u8>>, #[proto(6)] f: <Leaf as Tree>::Node, #[proto(7)] g: Instant",
        expect![[r#"
            no error
        "#]],
    );
}

#[test]
fn an_enum_may_have_all_of_this() {
    enumeration(
        r#"
        #[proto(package = "search.v1", name = "Corpora", reserved(4, -2..=-1, "CORPORA_OLD"))]
        enum Corpus {
            #[proto(0)] Unspecified,
            #[proto(1, name = "WEB")] Web,
            #[proto(-3)] Negative,
            #[deprecated] #[proto(7)] Images,
            #[proto(other)] Other(i32),
        }"#,
        expect![[r#"
            no error
        "#]],
    );
    enumeration(
        "enum Corpus { Unspecified = 0, Web = 1, Low = -1 }",
        expect![[r#"
            no error
        "#]],
    );
}

#[test]
fn a_value_without_a_number_is_offered_the_next_one() {
    enumeration(
        "enum Corpus { Unspecified, Web, Images = 5, Local }",
        expect![[r#"
            at `Unspecified`: `Unspecified` has no number

            help: the next free number is 0, `#[proto(0)] Unspecified`; it is never taken from the position, so that values can be reordered
            at `Web`: `Web` has no number

            help: the next free number is 6, `#[proto(6)] Web`; it is never taken from the position, so that values can be reordered
            at `Local`: `Local` has no number

            help: the next free number is 7, `#[proto(7)] Local`; it is never taken from the position, so that values can be reordered
        "#]],
    );
    enumeration(
        "#[proto(reserved(1..=2))] enum Corpus { Unspecified = 0, Web }",
        expect![[r#"
            at `Web`: `Web` has no number

            help: the next free number is 3, `#[proto(3)] Web`; it is never taken from the position, so that values can be reordered
        "#]],
    );
}

#[test]
fn an_enum_starts_with_zero() {
    enumeration(
        "enum Corpus { Web = 1, Images = 2 }",
        expect![[r#"
        at `Web`: a protobuf enum starts with the number 0, which is what an absent field holds

        help: put `#[proto(0)] Unspecified` first
    "#]],
    );
    enumeration(
        "enum Corpus { Web = 1, Unspecified = 0 }",
        expect![[r#"
        at `Unspecified`: the value with the number 0 comes first in protobuf; move `Unspecified` before `Web`
    "#]],
    );
    enumeration(
        "enum Corpus {}",
        expect![[r#"
        at `Corpus`: a protobuf enum starts with the number 0, which is what an absent field holds

        help: put `#[proto(0)] Unspecified` first
    "#]],
    );
    enumeration(
        "enum Corpus { #[proto(other)] Other(i32) }",
        expect![[r#"
        at `Corpus`: a protobuf enum starts with the number 0, which is what an absent field holds

        help: put `#[proto(0)] Unspecified` first
    "#]],
    );
}

#[test]
fn an_alias_is_a_name_that_is_free() {
    enumeration(
        r#"#[proto(reserved("OLD"))]
        enum Corpus {
            #[proto(0)] Unspecified,
            #[proto(1, alias("CORPUS_NET", "OLD", "CORPUS_UNSPECIFIED", NET, "n-e-t"))] Web,
            #[proto(2, alias = "A")] Net,
            #[proto(other, alias("B"))] Other(i32),
        }"#,
        expect![[r#"
            at `alias = "A"`: `alias` takes a list: `alias("CORPUS_INTERNET")`
            at `"B"`: the variant for all other numbers has no name in protobuf, and so no alias
            at `NET`: an alias is another name in protobuf: `alias("CORPUS_INTERNET")`
            at `"n-e-t"`: `n-e-t` can't be a protobuf name: `-` is not an ASCII letter, digit or underscore
            at `"OLD"`: the name `OLD` is reserved; give the value another one
            at `"CORPUS_UNSPECIFIED"`: the name `CORPUS_UNSPECIFIED` is already that of `Unspecified`
            at `Net`: the name `CORPUS_NET` is already that of `Web`
        "#]],
    );
}

#[test]
fn a_number_that_is_used_twice_is_refused_with_the_reason() {
    enumeration(
        "enum Corpus { #[proto(0)] Unspecified, #[proto(1)] Web, #[proto(1)] WorldWideWeb }",
        expect![[r#"
            at `1`: the number 1 is already that of `Web`: whoever reads it couldn't tell one from the other

            help: for a second name in protobuf, write `#[proto(1, alias("CORPUS_WORLD_WIDE_WEB"))] Web`; for one in Rust, `pub const WORLD_WIDE_WEB: Self = Self::Web;`
        "#]],
    );
}

#[test]
fn the_number_of_a_value_is_written() {
    enumeration(
        "enum Corpus { A = 0, B = FIRST, C = 1 << 3, #[proto(\"4\")] D, E = 2147483648 }",
        expect![[r#"
            at `FIRST`: the number of a value is written in digits, and fits into an `i32`
            at `1 << 3`: the number of a value is written in digits, and fits into an `i32`
            at `"4"`: the number of a value is written in digits, and fits into an `i32`
            at `2147483648`: the number of a value is written in digits, and fits into an `i32`
        "#]],
    );
    enumeration(
        "#[proto(reserved(1))] enum Corpus { #[proto(0)] A = 1, #[proto(1)] B }",
        expect![[r#"
            at `0`: this is not the number after `=`; write one of them
            at `1`: the number 1 is reserved
        "#]],
    );
}

#[test]
fn values_hold_nothing() {
    enumeration(
        "enum Corpus { #[proto(0)] A, #[proto(1)] B(i32), #[proto(2)] C { c: i32 } }",
        expect![[r#"
            at `#[proto(1)] B(i32)`: a value of a protobuf enum holds nothing but its number

            help: an enum whose variants hold values is a oneof, `#[derive(OneOf)]`; for numbers of newer peers write `#[proto(other)] Other(i32)`
            at `#[proto(2)] C { c: i32 }`: a value of a protobuf enum holds nothing but its number

            help: an enum whose variants hold values is a oneof, `#[derive(OneOf)]`; for numbers of newer peers write `#[proto(other)] Other(i32)`
        "#]],
    );
}

#[test]
fn other_holds_the_number() {
    enumeration(
        "enum Corpus { #[proto(0)] A, #[proto(other)] B, #[proto(other, 4, name = \"X\")] C(u32) }",
        expect![[r#"
            at `#[proto(other)] B`: the variant for all other numbers holds the number

            help: write `#[proto(other)] B(i32)`
            at `#[proto(other, 4, name = "X")] C(u32)`: the variant for all other numbers holds the number

            help: write `#[proto(other)] C(i32)`
            at `4`: the variant for all other numbers has none of its own
            at `"X"`: the variant for all other numbers has no name in protobuf
            at `other`: one variant takes all other numbers; remove this `other`
        "#]],
    );
}

#[test]
fn names_of_values_are_used_once() {
    enumeration(
        r#"#[proto(reserved("CORPUS_D"))] enum Corpus { #[proto(0, name = "A")] A, #[proto(1, name = "A")] B, #[proto(2, name = "reserved")] C, #[proto(3)] D, #[proto(4)] WebPage, #[proto(5)] WEB_PAGE }"#,
        expect![[r#"
            at `"A"`: the name `A` is already that of `A`
            at `"reserved"`: `reserved` can't be the name of an enum value: it begins a statement in protobuf
            at `D`: the name `CORPUS_D` is reserved; give the value another one
            at `WEB_PAGE`: the name `CORPUS_WEB_PAGE` is already that of `WebPage`
        "#]],
    );
}

#[test]
fn only_enums_are_enums() {
    enumeration(
        "struct Corpus;",
        expect![[r#"
        at `Corpus`: `Enumeration` is for enums

        help: a struct is a message, `#[derive(Message)]`
    "#]],
    );
    enumeration(
        "enum Corpus<T> { A = 0 }",
        expect![[r#"
        at `<T>`: a protobuf enum can't be generic: protobuf has no such thing, so that `Corpus<A>` and `Corpus<B>` would need names of their own

        help: write one protobuf enum for each type that stands in for the parameter
    "#]],
    );
}

#[test]
fn values_have_fewer_options() {
    enumeration(
        "enum Corpus { #[proto(0, sint, required, oneof)] A }",
        expect![[r#"
            at `sint`: unknown option `sint`; the options are `name`, `deprecated`, `other` and `alias`
            at `required`: unknown option `required`; the options are `name`, `deprecated`, `other` and `alias`
            at `oneof`: unknown option `oneof`; the options are `name`, `deprecated`, `other` and `alias`
        "#]],
    );
}

#[test]
fn a_oneof_may_have_all_of_this() {
    one_of(
        r#"
        #[proto(crate = my::traitwire)]
        enum Kind {
            #[proto(1)] Text(String),
            #[proto(2, sint, name = "Number", deprecated)] Number(i64),
            #[proto(3)] Node(Box<Node>),
            #[proto(4)] Raw(Vec<u8>),
            #[proto(5)] Nothing,
        }"#,
        expect![[r#"
            no error
        "#]],
    );
}

#[test]
fn a_variant_without_a_number_is_offered_the_next_one() {
    one_of(
        "enum Kind { Text(String), #[proto(4)] Number(i64), Nothing }",
        expect![[r#"
            at `Text`: `Text` has no number

            help: the next free number is 5, `#[proto(5)]`; the message that has the oneof in a field has numbers too
            at `Nothing`: `Nothing` has no number

            help: the next free number is 6, `#[proto(6)]`; the message that has the oneof in a field has numbers too
        "#]],
    );
}

#[test]
fn a_variant_holds_one_value() {
    one_of(
        "enum Kind { #[proto(1)] A(i32, i32), #[proto(2)] B { b: i32 }, #[proto(3)] C(), #[proto(4)] D(Option<i32>), \
         #[proto(5)] E(Vec<i32>), #[proto(6)] F(HashMap<i32, i32>), #[proto(7)] G(usize), #[proto(8, sint)] H, \
         #[proto(9, fixed)] I(String), #[proto(10)] J = 4 }",
        expect![[r#"
            at `(i32, i32)`: a variant of a oneof holds one value

            help: put several into a message, `Name(MyMessage)`; a variant that holds nothing is `Name`
            at `{ b: i32 }`: a variant of a oneof holds one value, without a name

            help: declare a struct with `#[derive(Message)]` and these fields, and write `Name(MyMessage)`
            at `()`: a variant of a oneof holds one value

            help: put several into a message, `Name(MyMessage)`; a variant that holds nothing is `Name`
            at `Option<i32>`: a variant that is there has a value: write the type without `Option`
            at `Vec<i32>`: a oneof can't hold a list; put it into a message, `#[proto(1)] items: Vec<…>`
            at `HashMap<i32, i32>`: a oneof can't hold a map; put it into a message, `#[proto(1)] entries: …`
            at `usize`: the size of `usize` depends on the machine; write `u64` or `u32`
            at `sint`: `sint` is for integers, and this variant holds nothing
            at `fixed`: `fixed` is for integers, and this is `String`; remove `fixed`
            at `4`: the number of a variant is written in `#[proto(…)]`: it is the number of a field
        "#]],
    );
}

#[test]
fn variants_have_numbers_and_names_of_their_own() {
    one_of(
        r#"enum Kind { #[proto(1)] A(i32), #[proto(1)] B(i32), #[proto(2, name = "a")] C(i32) }"#,
        expect![[r#"
            at `"a"`: the name `a` is already that of `A`
            at `1`: the field number 1 is used twice, here first
            at `1`: the field number 1 is already that of `A`

            help: the next free number is 3, `#[proto(3)]`; the message that has the oneof in a field has numbers too
        "#]],
    );
    one_of(
        r#"enum Kind { #[proto(1)] FooBar(i32), #[proto(2, name = "fooBar")] Other(i32) }"#,
        expect![[r#"
            at `"fooBar"`: the names `fooBar` and `foo_bar` are the same in JSON: `fooBar`
        "#]],
    );
}

#[test]
fn only_enums_with_variants_are_oneofs() {
    one_of(
        "struct Kind;",
        expect![[r#"
        at `Kind`: a oneof is an enum, with a variant for each of the fields it can be
    "#]],
    );
    one_of(
        "enum Kind {}",
        expect![[r#"
        at `Kind`: a oneof needs a variant

        help: write `#[proto(1)] Name(Type)`; the numbers are shared with the message that has the oneof in a field
    "#]],
    );
    one_of(
        "enum Kind<T> { #[proto(1)] A(T) }",
        expect![[r#"
        at `<T>`: a oneof can't be generic: protobuf has no such thing, so that `Kind<A>` and `Kind<B>` would need names of their own

        help: write one oneof for each type that stands in for the parameter
    "#]],
    );
}

#[test]
fn a_oneof_has_fewer_options() {
    one_of(
        r#"#[proto(package = "x", name = "Kind")] enum Kind { #[proto(1, required, key = sint, oneof)] A(i32) }"#,
        expect![[r#"
            at `package`: unknown option `package`; the only option is `crate`
            at `name`: unknown option `name`; the only option is `crate`
            at `required`: unknown option `required`; the options are `name`, `deprecated`, `sint` and `fixed`
            at `key`: unknown option `key`; the options are `name`, `deprecated`, `sint` and `fixed`
            at `oneof`: unknown option `oneof`; the options are `name`, `deprecated`, `sint` and `fixed`
        "#]],
    );
}
