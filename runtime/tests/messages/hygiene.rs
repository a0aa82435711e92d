//! The derives work wherever a type may stand, and say nothing that a strict crate refuses.

#![deny(
    warnings,
    clippy::all,
    clippy::pedantic,
    unused_qualifications,
    unreachable_pub,
    unused_results
)]

use crate::support::encode;

/// Names that code which relies on the prelude would stumble over.
mod shadowed {
    #![expect(dead_code, reason = "they only stand in the way")]

    use traitwire::{Enumeration, Message, OneOf};

    type Option = ();
    type Result = ();
    type Box = ();
    struct Vec;
    struct Some;
    struct None;
    mod core {}
    mod std {}

    #[derive(Message)]
    pub(super) struct Shadowed {
        #[proto(1)]
        pub(super) text: String,
        #[proto(oneof)]
        pub(super) kind: ::core::option::Option<Kind>,
    }

    #[derive(OneOf)]
    pub(super) enum Kind {
        #[proto(2)]
        Corpus(Corpus),
    }

    #[derive(Enumeration)]
    pub(super) enum Corpus {
        Unspecified = 0,
    }
}

/// Messages that are called as what fields are made of.
mod namesakes {
    use traitwire::{Message, OneOf};

    #[derive(Message)]
    pub(super) struct Vec {
        #[proto(1, required)]
        pub(super) option: Option,
        #[proto(2)]
        pub(super) by_name: ::std::collections::BTreeMap<::std::string::String, HashMap>,
        #[proto(3)]
        pub(super) list: ::std::vec::Vec<Vec>,
        #[proto(oneof)]
        pub(super) kind: ::core::option::Option<Kind>,
    }

    #[derive(Message)]
    pub(super) struct Option {
        #[proto(1)]
        pub(super) value: i32,
    }

    #[derive(Message)]
    pub(super) struct HashMap {
        #[proto(1)]
        pub(super) last: ::core::option::Option<Option>,
    }

    #[derive(OneOf)]
    pub(super) enum Kind {
        #[proto(4)]
        Map(HashMap),
    }
}

macro_rules! message {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $ty:ty = $number:literal $($option:ident)?,)* }) => {
        $(#[$doc])*
        #[derive(traitwire::Message)]
        struct $name {
            $(
                #[proto($number $(, $option)?)]
                $field: $ty,
            )*
        }
    };
}

message! {
    /// Made by a macro.
    Made { bytes: Vec<u8> = 1, numbers: Vec<i32> = 2 sint, leaf: Option<Box<Made>> = 3, }
}

#[derive(traitwire::Message)]
struct Raw {
    #[proto(1)]
    r#type: i32,
    #[proto(2)]
    buf: i32,
    #[proto(3)]
    number: i32,
    #[proto(4)]
    wire_type: i32,
    #[proto(5)]
    ctx: i32,
    #[proto(6)]
    merged: i32,
}

#[derive(traitwire::Message)]
#[deprecated]
struct Old {
    #[proto(1)]
    #[deprecated]
    field: i32,
}

#[test]
fn nothing_in_scope_gets_in_the_way() {
    let shadowed = shadowed::Shadowed {
        text: "a".to_owned(),
        kind: Some(shadowed::Kind::Corpus(shadowed::Corpus::Unspecified)),
    };
    assert_eq!(encode(&shadowed), b"\x0a\x01a\x10\x00");
}

#[test]
fn a_message_may_be_called_as_a_list() {
    use namesakes::{HashMap, Kind, Option, Vec};
    let vec = Vec {
        option: Option { value: 1 },
        by_name: [("a".to_owned(), HashMap { last: None })].into(),
        list: vec![],
        kind: Some(Kind::Map(HashMap {
            last: Some(Option { value: 2 }),
        })),
    };
    assert_eq!(
        encode(&vec),
        b"\x0a\x02\x08\x01\x12\x05\x0a\x01a\x12\x00\x22\x04\x0a\x02\x08\x02"
    );
}

#[test]
fn a_macro_can_declare_messages() {
    let made = Made {
        bytes: vec![1],
        numbers: vec![-1],
        leaf: None,
    };
    assert_eq!(encode(&made), b"\x0a\x01\x01\x12\x01\x01");
}

#[test]
fn fields_are_called_as_they_like() {
    let raw = Raw {
        r#type: 1,
        buf: 2,
        number: 3,
        wire_type: 4,
        ctx: 5,
        merged: 6,
    };
    assert_eq!(
        encode(&raw),
        [8, 1, 0x10, 2, 0x18, 3, 0x20, 4, 0x28, 5, 0x30, 6]
    );
}

#[test]
#[expect(deprecated, reason = "the one who uses it is told, the derive isn't")]
fn what_is_deprecated_works() {
    assert_eq!(encode(&Old { field: 1 }), [8, 1]);
}

#[test]
fn a_message_may_stand_in_a_function() {
    #[derive(traitwire::Message)]
    struct Local {
        #[proto(1)]
        value: i32,
    }
    assert_eq!(encode(&Local { value: 1 }), [8, 1]);
}
