// Rule: reserved-removed
//
// Numbers or names aren't reserved any more. What was removed before could come back as something else. `protos!` and `cargo
// traitwire export` carry over what is reserved, so that the code needn't say it.

use crate::compat::change::Change;
use crate::compat::{Break, Rule, Who, ranges};

pub(in crate::compat) const RULE: Rule = Rule {
    id: "reserved-removed",
    summary: "a number or name isn't reserved any more",
    buf: &["RESERVED_MESSAGE_NO_DELETE", "RESERVED_ENUM_NO_DELETE"],
    check,
};

fn check(change: &Change<'_>) -> Vec<Break> {
    let mut breaks = Vec::new();
    for item in change.numbered() {
        // What is used again is reported as that.
        let used = item.new.used.iter().map(|used| used.number..=used.number);
        let kept: Vec<_> = item
            .new
            .reserved
            .numbers
            .iter()
            .cloned()
            .chain(used)
            .collect();
        let numbers = item.old.reserved.numbers.iter();
        let numbers: Vec<_> = numbers
            .flat_map(|range| ranges::without(range, kept.clone()))
            .collect();
        let numbers = ranges::joined(numbers);
        let names = item.old.reserved.names.iter();
        let names = names.filter(|name| !item.new.reserves_name(name) && !item.new.uses_name(name));
        let names: Vec<_> = names.map(|name| format!("\"{name}\"")).collect();
        let mut found = item.found;
        let mut lines = Vec::new();
        let mut options = Vec::new();
        if !numbers.is_empty() {
            lines.push(format!("reserved {}", ranges::text(&numbers, i32::MAX)));
            options.extend(
                numbers
                    .iter()
                    .map(|range| match (range.start(), range.end()) {
                        (start, end) if start == end => start.to_string(),
                        (start, end) => format!("{start}..={end}"),
                    }),
            );
            found = found
                .harm(
                    Who::WireReaders,
                    format!(
                        "a later {} could be read as one that was removed",
                        item.member
                    ),
                )
                .harm(
                    Who::WireWriters,
                    format!("what was removed could be read as a later {}", item.member),
                );
        }
        if !names.is_empty() {
            lines.push(format!("reserved {}", names.join(", ")));
            options.extend(names);
            found = found.harm(
                Who::Json,
                format!(
                    "a later {} could have the name of one that was removed",
                    item.member
                ),
            );
        }
        if !lines.is_empty() {
            breaks.push(found.old(lines.join("; ")).help(format!(
                "reserve it: `#[proto(reserved({}))]`",
                options.join(", ")
            )));
        }
    }
    breaks
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::compat::testing::check;

    #[test]
    fn numbers_and_names_are_free_again() {
        check(
            "reserved-removed",
            "message A { reserved 2, 5 to 9, 100 to max; reserved \"a\", \"b\"; } enum E { E_ZERO = 0; reserved -3, 2 to max; }",
            "message A { reserved 6, 100 to max; reserved \"b\"; } enum E { E_ZERO = 0; reserved 2; }",
            expect![[r#"
                reserved-removed: message `test.A`
                  old: reserved 2, 5, 7 to 9; reserved "a"
                  new: (nothing)
                  breaks old readers: a later field could be read as one that was removed
                  breaks old writers: what was removed could be read as a later field
                  breaks JSON: a later field could have the name of one that was removed
                  help: reserve it: `#[proto(reserved(2, 5, 7..=9, "a"))]`
                reserved-removed: enum `test.E`
                  old: reserved -3, 3 to max
                  new: (nothing)
                  breaks old readers: a later enum value could be read as one that was removed
                  breaks old writers: what was removed could be read as a later enum value
                  help: reserve it: `#[proto(reserved(-3, 3..=2147483647))]`"#]],
        );
    }

    #[test]
    fn the_same_may_be_said_otherwise() {
        check(
            "reserved-removed",
            "message A { reserved 2, 3, 5 to 9; reserved \"a\", \"b\"; }",
            "message A { reserved \"b\"; reserved \"a\"; reserved 2 to 20; }",
            expect![[""]],
        );
    }
}
