//! What is gone stays reserved.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::change::{Numbered, Use, renamed_packages};
use super::ranges;
use crate::model::{Enum, File, Message, Reserved, Schema};
use crate::names;
use crate::numbers;
use crate::symbols::join;

/// Reserves in `schema` what `old`, the committed files, reserve, and the numbers and names of the fields and enum values
/// that they have and `schema` hasn't any more.
///
/// The committed files are the lock file of the API: what they reserve stays reserved, though the code doesn't say so.
/// What the code uses again can't be reserved any more, which [`check`](super::check) reports; and with a message or enum goes
/// all that it reserves, since protobuf has no way to reserve names of types and methods.
#[must_use]
pub fn keep_reserved(schema: Schema, old: &[File]) -> Schema {
    let mut kept = Kept::default();
    let renamed = renamed_packages(old, schema.files());
    for file in old.iter().filter(|file| !file.imported) {
        let package = renamed.get(&*file.package).copied();
        let package = package.unwrap_or(&file.package);
        for message in &file.messages {
            kept.message(package, message);
        }
        for item in &file.enums {
            kept.enums.insert(join(package, &item.name), item);
        }
    }
    schema.with_files(|file| {
        if file.imported {
            return;
        }
        for message in &mut file.messages {
            kept.keep_in_message(&file.package, message);
        }
        for item in &mut file.enums {
            kept.keep_in_enum(&file.package, item);
        }
    })
}

/// The old messages and enums, by the full name that they have now.
#[derive(Default)]
struct Kept<'a> {
    messages: BTreeMap<String, &'a Message>,
    enums: BTreeMap<String, &'a Enum>,
}

impl<'a> Kept<'a> {
    fn message(&mut self, scope: &str, message: &'a Message) {
        let name = join(scope, &message.name);
        for message in &message.messages {
            self.message(&name, message);
        }
        for item in &message.enums {
            self.enums.insert(join(&name, &item.name), item);
        }
        self.messages.insert(name, message);
    }

    fn keep_in_message(&self, scope: &str, message: &mut Message) {
        let name = join(scope, &message.name);
        for message in &mut message.messages {
            self.keep_in_message(&name, message);
        }
        for item in &mut message.enums {
            self.keep_in_enum(&name, item);
        }
        if let Some(old) = self.messages.get(&name) {
            message.reserved = reserved(*old, message, 1..=numbers::MAX as i32);
        }
    }

    fn keep_in_enum(&self, scope: &str, item: &mut Enum) {
        if let Some(old) = self.enums.get(&join(scope, &item.name)) {
            item.reserved = reserved(*old, item, i32::MIN..=i32::MAX);
        }
    }
}

/// What `new` reserves, and what is added to it for the sake of `old`.
///
/// Where nothing is added, it stays as the code says it. The result is the same again when it has become the old one.
fn reserved<T: Numbered>(old: &T, new: &T, allowed: RangeInclusive<i32>) -> Reserved {
    let (old, new) = (Use::of(old), Use::of(new));
    let mut reserved = new.reserved.clone();
    let taken: Vec<_> = new
        .used
        .iter()
        .map(|used| used.number..=used.number)
        .chain(reserved.numbers.iter().cloned())
        .collect();
    let gone = old.used.iter().map(|used| used.number..=used.number);
    let added = old.reserved.numbers.iter().cloned().chain(gone);
    let added = added
        .map(|range| *range.start().max(allowed.start())..=*range.end().min(allowed.end()))
        .flat_map(|range| ranges::without(&range, taken.clone()));
    let added: Vec<_> = added.collect();
    if !added.is_empty() {
        reserved.numbers.extend(added);
        reserved.numbers = ranges::joined(reserved.numbers);
    }

    let gone = old.used.iter().map(|used| &used.name);
    for name in old.reserved.names.iter().chain(gone) {
        let known = new.uses_name(name) || reserved.names.contains(name);
        if !known && names::check(name).is_ok() {
            reserved.names.push(name.clone());
        }
    }
    reserved
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::{check as check_change, testing::files};
    use super::*;

    /// Checks the file that is written when the committed one is `old` and the code says `new`; and that it is then what stays.
    #[track_caller]
    fn check(old: &str, new: &str, expect: Expect) {
        let schema =
            |text: &str| Schema::new(files(text)).unwrap_or_else(|errors| panic!("{errors}"));
        let written = keep_reserved(schema(new), &files(old));
        expect.assert_eq(
            &written.print()[0]
                .text
                .replace("syntax = \"proto3\";\n\npackage test;\n\n", ""),
        );
        let again = keep_reserved(schema(new), written.files());
        assert_eq!(written.print(), again.print(), "what was written stays");
        let not_reserved = check_change(&files(old), written.files());
        let not_reserved = not_reserved.iter().find(|found| {
            [
                "field-not-reserved",
                "enum-value-not-reserved",
                "reserved-removed",
            ]
            .contains(&found.rule)
        });
        assert_eq!(not_reserved, None);
    }

    #[test]
    fn what_is_removed_is_reserved() {
        check(
            "message A { int32 a = 1; int32 b = 2; oneof kind { int32 c = 7; int32 d = 3; } \
               message In { int32 x = 1; } enum E { E_ZERO = 0; E_MINUS = -1; } }",
            "message A { int32 a = 1; message In {} enum E { E_ZERO = 0; } }",
            expect![[r#"
                message A {
                  reserved 2 to 3, 7;
                  reserved "b", "c", "d";

                  enum E {
                    reserved -1;
                    reserved "E_MINUS";

                    E_ZERO = 0;
                  }

                  message In {
                    reserved 1;
                    reserved "x";
                  }

                  int32 a = 1;
                }
            "#]],
        );
    }

    #[test]
    fn what_was_reserved_stays_reserved() {
        check(
            "message A { int32 a = 1; reserved 2, 9 to 11, 100 to max; reserved \"old\"; }",
            "message A { int32 a = 1; int32 b = 3; }",
            expect![[r#"
                message A {
                  reserved 2, 9 to 11, 100 to max;
                  reserved "old";

                  int32 a = 1;
                  int32 b = 3;
                }
            "#]],
        );
    }

    #[test]
    fn what_the_code_says_itself_is_said_once() {
        check(
            "message A { int32 a = 1; reserved 2 to 9; reserved \"old\", \"older\"; }",
            "message A { int32 a = 1; reserved 5, 3; reserved \"older\"; }",
            expect![[r#"
                message A {
                  reserved 2 to 9;
                  reserved "older", "old";

                  int32 a = 1;
                }
            "#]],
        );
    }

    #[test]
    fn what_is_used_again_is_not_reserved() {
        check(
            "message A { int32 a = 1; reserved 2 to 9; reserved \"old\"; }",
            "message A { int32 a = 1; int32 old = 5; }",
            expect![[r#"
                message A {
                  reserved 2 to 4, 6 to 9;

                  int32 a = 1;
                  int32 old = 5;
                }
            "#]],
        );
    }

    #[test]
    fn a_new_number_or_name_reserves_the_old_number_only() {
        check(
            "message A { int32 a = 1; int32 b = 2; }",
            "message A { int32 a = 3; int32 c = 2; }",
            expect![[r#"
                message A {
                  reserved 1;
                  reserved "b";

                  int32 a = 3;
                  int32 c = 2;
                }
            "#]],
        );
    }

    #[test]
    fn a_package_with_another_name_keeps_what_it_has() {
        let file = |package: &str, fields: &str| {
            format!("--- a.proto\npackage {package}; message A {{ {fields} }}")
        };
        check(
            &file("a", "int32 a = 1; reserved 2;"),
            &file("b", ""),
            expect![[r#"
                syntax = "proto3";

                package b;

                message A {
                  reserved 1 to 2;
                  reserved "a";
                }
            "#]],
        );
    }

    #[test]
    fn an_alias_that_is_gone_is_a_name() {
        check(
            "enum E { option allow_alias = true; E_ZERO = 0; E_NONE = 0; E_ONE = 1; }",
            "enum E { E_ZERO = 0; E_ONE = 1; }",
            expect![[r#"
                enum E {
                  reserved "E_NONE";

                  E_ZERO = 0;
                  E_ONE = 1;
                }
            "#]],
        );
    }
}
