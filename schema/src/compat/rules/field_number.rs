// Rule: field-number
//
// A field has another number. To the wire, the number is the field: what the one side writes, the other takes for another field,
// or doesn't know.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who, show};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "field-number",
    summary: "a field has another number",
    buf: &[
        "FIELD_NO_DELETE",
        "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED",
        "FIELD_SAME_NAME",
    ],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for field in change.fields() {
        let (before, name) = (field.old.field.number, &field.old.field.name);
        if field
            .new
            .as_ref()
            .is_some_and(|new| new.field.name == *name)
        {
            continue;
        }
        let Some(new) = field.namesake() else {
            continue;
        };
        let now = new.field.number;
        breaks.push(
            new.found()
                .old(show::field(&field.old))
                .now(show::field(&new))
                .harm(Who::WireReaders, format!("they look for it under {before}, and know {now} as something else or not at all"))
                .harm(Who::WireWriters, format!("they write it under {before}, and it is looked for under {now}"))
                .help(format!("give it its number back: `#[proto({before})]`")),
        );
    }
    breaks
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn a_field_has_another_number() {
        check(
            "field-number",
            "message A { int32 a = 1; }",
            "message A { int32 a = 2; }",
            expect![[r#"
                field-number: field `test.A.a`
                  old: int32 a = 1
                  new: int32 a = 2
                  breaks old readers: they look for it under 1, and know 2 as something else or not at all
                  breaks old writers: they write it under 1, and it is looked for under 2
                  help: give it its number back: `#[proto(1)]`"#]],
        );
    }

    #[test]
    fn two_fields_have_changed_places() {
        let (old, new) = (
            "message A { int32 a = 1; int32 b = 2; }",
            "message A { int32 a = 2; int32 b = 1; }",
        );
        check(
            "field-number",
            old,
            new,
            expect![[r#"
            field-number: field `test.A.a`
              old: int32 a = 1
              new: int32 a = 2
              breaks old readers: they look for it under 1, and know 2 as something else or not at all
              breaks old writers: they write it under 1, and it is looked for under 2
              help: give it its number back: `#[proto(1)]`
            field-number: field `test.A.b`
              old: int32 b = 2
              new: int32 b = 1
              breaks old readers: they look for it under 2, and know 1 as something else or not at all
              breaks old writers: they write it under 2, and it is looked for under 1
              help: give it its number back: `#[proto(2)]`"#]],
        );
        check("field-name", old, new, expect![[""]]);
    }
}
