// Rule: field-presence
//
// A field says whether it was set, and didn't, or the other way round. The encoding is the same either way, so that nobody is harmed
// who exchanges data; but code sees another type, or an absence where there was a zero. Messages always say whether they were set.

use crate::compat::change::{Change, FieldIn};
use crate::compat::{Break, Rule, Who, show};
use crate::model::{FieldType, Type};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "field-presence",
    summary: "a field tells whether it was set and didn't, or doesn't any more",
    buf: &["FIELD_SAME_CARDINALITY"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for (old, new) in change.kept_fields() {
        // Fields of oneofs are always explicit, and there is a rule for who becomes one.
        if old.oneof.is_some() || new.oneof.is_some() {
            continue;
        }
        let (Some(before), Some(now)) = (is_explicit(&old), is_explicit(&new)) else {
            continue;
        };
        if before == now {
            continue;
        }
        let why = match now {
            true => {
                "the field can be absent in code; zero is sent from now on, and isn't the same as absent"
            }
            false => {
                "the field can't be absent in code any more; zero isn't sent any more, and is the same as absent"
            }
        };
        breaks.push(
            new.found()
                .old(show::field(&old))
                .now(show::field(&new))
                .harm(Who::Source, why)
                .help(match now {
                    true => "without `Option` it is what it was",
                    false => "with `Option` it is what it was",
                }),
        );
    }
    breaks
}

/// Whether a single value says that it was set; `None` for lists and maps.
fn is_explicit(field: &FieldIn<'_>) -> Option<bool> {
    match field.field.ty {
        FieldType::Singular(Type::Message(_)) | FieldType::Optional(_) => Some(true),
        FieldType::Singular(_) => Some(false),
        FieldType::Repeated(_) | FieldType::Unpacked(_) | FieldType::Map(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(old: &str, new: &str, expect: Expect) {
        let file = |ty: &str| format!("message A {{ {ty} a = 1; }}");
        crate::compat::testing::check("field-presence", &file(old), &file(new), expect);
    }

    #[test]
    fn scalars_differ() {
        check(
            "int32",
            "optional int32",
            expect![[r#"
            field-presence: field `test.A.a`
              old: int32 a = 1
              new: optional int32 a = 1
              breaks source: the field can be absent in code; zero is sent from now on, and isn't the same as absent
              help: without `Option` it is what it was"#]],
        );
        check(
            "optional string",
            "string",
            expect![[r#"
            field-presence: field `test.A.a`
              old: optional string a = 1
              new: string a = 1
              breaks source: the field can't be absent in code any more; zero isn't sent any more, and is the same as absent
              help: with `Option` it is what it was"#]],
        );
    }

    #[test]
    fn messages_do_not() {
        check("A", "optional A", expect![[""]]);
    }
}
