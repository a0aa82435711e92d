// Rule: field-name
//
// A number has a field of another name. Names aren't sent in binary, but in JSON, and they are what code calls the field. Whether
// it is the same field under a new name, or another one that took the number, nobody can see; the rule for types may.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who, show};
use crate::names;

pub(in crate::compat) const RULE: Rule = Rule {
    id: "field-name",
    summary: "a field has another name",
    buf: &["FIELD_SAME_NAME", "FIELD_SAME_JSON_NAME"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for field in change.fields() {
        let (old, Some(new)) = (&field.old, &field.new) else {
            continue;
        };
        // A name that is there under another number is reported as that.
        if old.field.name == new.field.name || field.namesake().is_some() {
            continue;
        }
        let (before, now) = (&old.field.name, &new.field.name);
        let json = match names::json(before) == names::json(now) {
            true => {
                "the key is the same, but not for those who write the names of the file".to_owned()
            }
            false => {
                format!("the key `{before}` isn't known any more, and `{now}` isn't known yet")
            }
        };
        breaks.push(
            new.found()
                .old(show::field(old))
                .now(show::field(new))
                .harm(Who::Json, json)
                .harm(Who::Source, format!("code that says `{before}` doesn't compile any more"))
                .help(format!(
                    "if it is the same field, keep its name in protobuf: `#[proto({}, name = \"{before}\")]`; \
                     if it is another one, give it a number that was never used",
                    old.field.number
                )),
        );
    }
    breaks
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn a_field_has_another_name_that_is_the_same_in_json() {
        check(
            "field-name",
            "message A { int32 one_two = 1; }",
            "message A { int32 oneTwo = 1; }",
            expect![[r#"
                field-name: field `test.A.oneTwo`
                  old: int32 one_two = 1
                  new: int32 oneTwo = 1
                  breaks JSON: the key is the same, but not for those who write the names of the file
                  breaks source: code that says `one_two` doesn't compile any more
                  help: if it is the same field, keep its name in protobuf: `#[proto(1, name = "one_two")]`; if it is another one, give it a number that was never used"#]],
        );
    }

    #[test]
    fn a_field_has_another_name() {
        check(
            "field-name",
            "message A { int32 a = 1; oneof kind { string b = 2; } }",
            "message A { int32 c = 1; oneof kind { string d = 2; } }",
            expect![[r#"
                field-name: field `test.A.c`
                  old: int32 a = 1
                  new: int32 c = 1
                  breaks JSON: the key `a` isn't known any more, and `c` isn't known yet
                  breaks source: code that says `a` doesn't compile any more
                  help: if it is the same field, keep its name in protobuf: `#[proto(1, name = "a")]`; if it is another one, give it a number that was never used
                field-name: field `test.A.d`
                  old: oneof kind { string b = 2 }
                  new: oneof kind { string d = 2 }
                  breaks JSON: the key `b` isn't known any more, and `d` isn't known yet
                  breaks source: code that says `b` doesn't compile any more
                  help: if it is the same field, keep its name in protobuf: `#[proto(2, name = "b")]`; if it is another one, give it a number that was never used"#]],
        );
    }
}
