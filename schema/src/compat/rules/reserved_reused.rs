// Rule: reserved-reused
//
// A new field or value has a number that was reserved, or a name. Somebody removed what had it, and others may still send it, or
// have it stored.

use crate::compat::change::{Change, Used};
use crate::compat::{Break, Rule, Who};
use crate::error::Place;
use crate::symbols::join;

pub(in crate::compat) const RULE: Rule = Rule {
    id: "reserved-reused",
    summary: "a field or value has a number or name that was reserved",
    buf: &["RESERVED_MESSAGE_NO_DELETE", "RESERVED_ENUM_NO_DELETE"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for item in change.numbered() {
        let around = &item.found.place;
        for Used {
            number,
            name,
            origin,
        } in &item.new.used
        {
            let place = Place {
                kind: item.member,
                name: join(&around.name, name),
                origin: origin.as_ref().or(around.origin.as_ref()).cloned(),
            };
            let mut found = Break::new(place, &item.found.path).now(format!("{name} = {number}"));
            let mut reserved = Vec::new();
            if item.old.reserves_number(*number) && !item.old.uses_number(*number) {
                reserved.push(number.to_string());
                found = found
                    .harm(
                        Who::WireReaders,
                        format!("who has the removed {} reads this one as it", item.member),
                    )
                    .harm(
                        Who::WireWriters,
                        format!("data with the removed {} is read as this one", item.member),
                    );
            }
            if item.old.reserves_name(name) && !item.old.uses_name(name) {
                reserved.push(format!("\"{name}\""));
                found = found.harm(Who::Json, "the name was that of another one");
            }
            if !reserved.is_empty() {
                breaks.push(found.old(format!("reserved {}", reserved.join(", "))).help(
                    "give it a number and a name that were never used; if it is what was removed, and means the same, it may \
                     have them back",
                ));
            }
        }
    }
    breaks
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn a_number_and_a_name_are_used_again() {
        check(
            "reserved-reused",
            "message A { int32 z = 1; reserved 2 to 4; reserved \"a\", \"b\"; }",
            "message A { int32 z = 1; int32 a = 2; int32 c = 3; int32 b = 9; }",
            expect![[r#"
                reserved-reused: field `test.A.a`
                  old: reserved 2, "a"
                  new: a = 2
                  breaks old readers: who has the removed field reads this one as it
                  breaks old writers: data with the removed field is read as this one
                  breaks JSON: the name was that of another one
                  help: give it a number and a name that were never used; if it is what was removed, and means the same, it may have them back
                reserved-reused: field `test.A.b`
                  old: reserved "b"
                  new: b = 9
                  breaks JSON: the name was that of another one
                  help: give it a number and a name that were never used; if it is what was removed, and means the same, it may have them back
                reserved-reused: field `test.A.c`
                  old: reserved 3
                  new: c = 3
                  breaks old readers: who has the removed field reads this one as it
                  breaks old writers: data with the removed field is read as this one
                  help: give it a number and a name that were never used; if it is what was removed, and means the same, it may have them back"#]],
        );
        check(
            "reserved-reused",
            "enum E { E_ZERO = 0; reserved -1; reserved \"E_ONE\"; }",
            "enum E { E_ZERO = 0; E_ONE = -1; }",
            expect![[r#"
                reserved-reused: enum value `test.E.E_ONE`
                  old: reserved -1, "E_ONE"
                  new: E_ONE = -1
                  breaks old readers: who has the removed enum value reads this one as it
                  breaks old writers: data with the removed enum value is read as this one
                  breaks JSON: the name was that of another one
                  help: give it a number and a name that were never used; if it is what was removed, and means the same, it may have them back"#]],
        );
    }
}
