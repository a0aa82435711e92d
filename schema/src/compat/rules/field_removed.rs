// Rule: field-removed
//
// A field is gone: neither its number nor its name is that of a field any more. As long as both are reserved, which is a rule of its
// own, nobody reads anything wrong: data that has it is data with an unknown field. Code that uses it has to change.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who, show};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "field-removed",
    summary: "a field is gone",
    buf: &["FIELD_NO_DELETE"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let fields = change.fields();
    let gone = fields
        .iter()
        .filter(|field| field.new.is_none() && field.namesake().is_none());
    gone.map(|gone| {
        gone.message
            .lost("field", &gone.old.field.name)
            .old(show::field(&gone.old))
            .harm(
                Who::Source,
                "code that reads or sets it doesn't compile any more",
            )
            .help("keep it, `#[deprecated]`, until nobody uses it any more")
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn a_field_is_gone() {
        check(
            "field-removed",
            "message A { int32 a = 1; oneof kind { string b = 2; string c = 3; } }",
            "message A { oneof kind { string c = 3; } reserved 1, 2; }",
            expect![[r#"
                field-removed: field `test.A.a`
                  old: int32 a = 1
                  new: (nothing)
                  breaks source: code that reads or sets it doesn't compile any more
                  help: keep it, `#[deprecated]`, until nobody uses it any more
                field-removed: field `test.A.b`
                  old: oneof kind { string b = 2 }
                  new: (nothing)
                  breaks source: code that reads or sets it doesn't compile any more
                  help: keep it, `#[deprecated]`, until nobody uses it any more"#]],
        );
    }

    #[test]
    fn a_field_that_has_another_number_or_name_is_still_there() {
        check(
            "field-removed",
            "message A { int32 a = 1; int32 b = 2; }",
            "message A { int32 a = 3; int32 c = 2; }",
            expect![[""]],
        );
    }
}
