//! Ranges of reserved numbers, which may be as long as all numbers together.

use std::ops::RangeInclusive;

/// What of `range` is in none of `others`, in order.
pub(super) fn without(
    range: &RangeInclusive<i32>,
    others: impl IntoIterator<Item = RangeInclusive<i32>>,
) -> Vec<RangeInclusive<i32>> {
    let mut rest = Vec::new();
    rest.extend((range.start() <= range.end()).then(|| range.clone()));
    for other in others {
        let cut = |range: RangeInclusive<i32>| {
            if other.end() < range.start() || range.end() < other.start() {
                return [Some(range), None];
            }
            // What is left of the other begins or ends within the range, so there is a number before or after it.
            let before =
                (range.start() < other.start()).then(|| *range.start()..=other.start() - 1);
            let after = (other.end() < range.end()).then(|| other.end() + 1..=*range.end());
            [before, after]
        };
        rest = rest.into_iter().flat_map(cut).flatten().collect();
    }
    rest
}

/// The same numbers in as few ranges as can be, in order.
pub(super) fn joined(mut ranges: Vec<RangeInclusive<i32>>) -> Vec<RangeInclusive<i32>> {
    ranges.sort_by_key(|range| (*range.start(), *range.end()));
    let mut joined: Vec<RangeInclusive<i32>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if *range.start() <= last.end().saturating_add(1) => {
                *last = *last.start()..=*last.end().max(range.end());
            }
            _ => joined.push(range),
        }
    }
    joined
}

/// `2, 5 to 7, 100 to max`
pub(super) fn text(ranges: &[RangeInclusive<i32>], max: i32) -> String {
    let ranges = ranges
        .iter()
        .map(|range| match (*range.start(), *range.end()) {
            (start, end) if start == end => start.to_string(),
            (start, end) if end == max => format!("{start} to max"),
            (start, end) => format!("{start} to {end}"),
        });
    ranges.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(found: Vec<RangeInclusive<i32>>, expect: Expect) {
        expect.assert_eq(&text(&found, i32::MAX));
    }

    #[test]
    fn ranges_are_cut_at_their_ends_and_within() {
        check(without(&(1..=9), []), expect![["1 to 9"]]);
        check(without(&(1..=9), [1..=2, 9..=12]), expect![["3 to 8"]]);
        check(
            without(&(1..=9), [3..=3, 5..=6]),
            expect![["1 to 2, 4, 7 to 9"]],
        );
        check(without(&(3..=4), [0..=9]), expect![[""]]);
        check(without(&(3..=4), [5..=9, -7..=2]), expect![["3 to 4"]]);
    }

    #[test]
    fn the_last_numbers_are_numbers_like_others() {
        let all = i32::MIN..=i32::MAX;
        check(without(&all, [all.clone()]), expect![[""]]);
        check(
            without(&all, [i32::MIN..=i32::MAX - 1]),
            expect![["2147483647"]],
        );
        check(
            without(&all, [i32::MIN + 1..=i32::MAX]),
            expect![["-2147483648"]],
        );
        check(joined(vec![5..=i32::MAX, 3..=3]), expect![["3, 5 to max"]]);
    }

    #[test]
    fn what_touches_is_joined() {
        check(
            joined(vec![7..=7, 2..=2, 3..=4, 4..=5]),
            expect![["2 to 5, 7"]],
        );
    }
}
