//! Names: from Rust to protobuf, back again, and what makes one legal.
//!
//! | Rust | protobuf | by |
//! |---|---|---|
//! | method `get_feature` | rpc `GetFeature` | [`method`] |
//! | type `RouteNote` | message, enum or service `RouteNote` | [`type_name`] |
//! | field `point_count` | field or oneof `point_count`, JSON `pointCount` | [`field`], [`json`] |
//! | variant `Corpus::Web` | value `CORPUS_WEB` | [`enum_value`] |
//!
//! # Words that are reserved somewhere
//!
//! Rust's raw identifiers lose their sign: `r#type` is `type` on the wire. So does the underscore that Rust programmers
//! append where a raw identifier isn't allowed: `self_` is `self`.
//!
//! In protobuf, keywords are words with a place, not reserved words. `protoc` takes fields that are called `message`,
//! `string` or `reserved`, and so do we: the name stays, because it is part of the contract in JSON and in every
//! language. The few places where `protoc` can't tell a name from a keyword are ours to avoid: references to types are
//! printed with a leading dot there, and [`check_enum_value`] refuses the two names that no enum can have.
//!
//! Words that a *target* language reserves (`class`, `import`, `None`) stay as well. The code generator of each language
//! has a rule for them, and users of that language know the rule.

use std::error::Error;
use std::fmt;

/// The identifier without the sign of a raw one: `type` for `r#type`.
pub fn unraw(ident: &str) -> &str {
    ident.strip_prefix("r#").unwrap_or(ident)
}

/// The name on the wire of a trait's method: `GetFeature` for `get_feature`.
pub fn method(ident: &str) -> String {
    upper_camel(trimmed(unraw(ident)))
}

/// The name of the message, enum or service that a Rust type or trait stands for: `RouteNote` for `RouteNote`.
///
/// Capitals stay as they are, so that `HTTPRequest` keeps its name.
pub fn type_name(ident: &str) -> String {
    upper_camel(trimmed(unraw(ident)))
}

/// The name of a field or oneof: `point_count` for `point_count`, `type` for `r#type` and `type_`.
pub fn field(ident: &str) -> String {
    snake(trimmed(unraw(ident)))
}

/// The name of an enum's value: `CORPUS_WEB` for the variant `Web` of the enum `Corpus`.
///
/// The values of an enum are siblings of the enum in protobuf, as in C, so that each needs the prefix. `enum_name` is
/// the name in protobuf, `ident` the Rust variant.
pub fn enum_value(enum_name: &str, ident: &str) -> String {
    format!(
        "{}_{}",
        snake(enum_name).to_ascii_uppercase(),
        snake(trimmed(unraw(ident))).to_ascii_uppercase()
    )
}

/// The name of a field in protobuf's JSON mapping: `pointCount` for `point_count`.
///
/// This is the algorithm of `protoc`: underscores go, and the letter after one becomes a capital. Nothing else changes.
pub fn json(field: &str) -> String {
    let mut json = String::with_capacity(field.len());
    let mut capital = false;
    for char in field.chars() {
        if char == '_' {
            capital = true;
        } else {
            json.push(if capital {
                char.to_ascii_uppercase()
            } else {
                char
            });
            capital = false;
        }
    }
    json
}

/// The Rust method for an rpc: `get_feature` for `GetFeature`, `r#type` for `Type`.
pub fn rust_method(name: &str) -> String {
    rust_ident(snake(name))
}

/// The Rust type or trait for a message, enum or service: `RouteNote` for `RouteNote` and `route_note`.
pub fn rust_type(name: &str) -> String {
    rust_ident(upper_camel(name))
}

/// The Rust field for a field or oneof: `point_count` for `point_count`, `r#type` for `type`.
pub fn rust_field(name: &str) -> String {
    rust_ident(snake(name))
}

/// The Rust variant for an enum's value: `Web` for `CORPUS_WEB` in `Corpus`.
pub fn rust_variant(enum_name: &str, value: &str) -> String {
    let prefix = snake(enum_name).to_ascii_uppercase();
    let rest = value
        .strip_prefix(&*prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        // `VERSION_2` in `Version` has to stay `Version2`: a variant can't be called `2`.
        .filter(|rest| rest.starts_with(|first: char| first.is_ascii_alphabetic()))
        .unwrap_or(value);
    rust_ident(upper_camel(&snake(&rest.to_ascii_lowercase())))
}

/// Checks that `name` can be the name of a message, field, oneof, enum, service or method.
///
/// # Errors
///
/// When protobuf's grammar doesn't know such a name: it has ASCII letters, digits and underscores, and no digit first.
pub fn check(name: &str) -> Result<(), NameError> {
    match name.chars().next() {
        None => return Err(NameError::Empty),
        Some(first) if first.is_ascii_digit() => {
            return Err(NameError::Digit {
                name: name.to_owned(),
            });
        }
        Some(_) => {}
    }
    match name
        .chars()
        .find(|&char| char != '_' && !char.is_ascii_alphanumeric())
    {
        Some(char) => Err(NameError::Character {
            name: name.to_owned(),
            char,
        }),
        None => Ok(()),
    }
}

/// Checks that `name` can be the name of an enum's value.
///
/// # Errors
///
/// As [`check`], and for `option` and `reserved`, which begin a statement where a value could stand.
pub fn check_enum_value(name: &str) -> Result<(), NameError> {
    check(name)?;
    match name {
        "option" | "reserved" => Err(NameError::Statement {
            name: name.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Checks that `package` can be a package: names with dots between them, or nothing at all.
///
/// # Errors
///
/// As [`check`], for any of the names.
pub fn check_package(package: &str) -> Result<(), NameError> {
    if package.is_empty() {
        return Ok(());
    }
    package.split('.').try_for_each(check)
}

/// Checks that `path` can be the file of a package: relative, with `/` between its parts, and with `.proto` at its end.
///
/// # Errors
///
/// When the path is none that `protoc`, every operating system and `import` agree on, or leads out of its directory.
pub fn check_file(path: &str) -> Result<(), NameError> {
    let Some(stem) = path.strip_suffix(".proto") else {
        return Err(NameError::Extension {
            path: path.to_owned(),
        });
    };
    let legal = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .chars()
                .all(|char| char.is_ascii_alphanumeric() || "_-.".contains(char))
    };
    if stem.split('/').all(legal) {
        Ok(())
    } else {
        Err(NameError::Path {
            path: path.to_owned(),
        })
    }
}

/// Why something can't be a name in protobuf.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// There is nothing where a name should be.
    Empty,
    /// The first character is a digit.
    Digit {
        /// The whole name.
        name: String,
    },
    /// A character is neither an ASCII letter nor a digit nor an underscore.
    Character {
        /// The whole name.
        name: String,
        /// The first such character.
        char: char,
    },
    /// The name begins a statement in the body of an enum.
    Statement {
        /// `option` or `reserved`.
        name: String,
    },
    /// A file's path doesn't end with `.proto`.
    Extension {
        /// The whole path.
        path: String,
    },
    /// A file's path isn't a plain relative one.
    Path {
        /// The whole path.
        path: String,
    },
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a protobuf name can't be empty"),
            Self::Digit { name } => write!(
                f,
                "`{name}` can't be a protobuf name: it starts with a digit"
            ),
            Self::Character { name, char } => write!(
                f,
                "`{name}` can't be a protobuf name: `{}` is not an ASCII letter, digit or underscore",
                char.escape_debug()
            ),
            Self::Statement { name } => {
                write!(
                    f,
                    "`{name}` can't be the name of an enum value: it begins a statement in protobuf"
                )
            }
            Self::Extension { path } => write!(
                f,
                "`{path}` can't be an exported file: it doesn't end with `.proto`"
            ),
            Self::Path { path } => write!(
                f,
                "`{path}` can't be an exported file: write a relative path of ASCII letters, digits, `_`, `-` and `.`, \
                 with `/` between its parts"
            ),
        }
    }
}

impl Error for NameError {}

/// `_unused` and `type_` without the underscores around them, if that leaves a name.
fn trimmed(ident: &str) -> &str {
    let name = ident.trim_matches('_');
    if name.starts_with(|first: char| first.is_alphabetic()) {
        name
    } else {
        ident
    }
}

/// Words with a capital each: the first letter after an underscore becomes one, everything else stays.
fn upper_camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for word in name.split('_') {
        let mut chars = word.chars();
        camel.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(chars.as_str());
    }
    if check(&camel).is_err() && check(name).is_ok() {
        // `_1` and `__`: without the underscores there is no name.
        return name.to_owned();
    }
    camel
}

/// Words in lower case with underscores between them.
///
/// A capital begins a word if a lower-case letter stands before or after it: `HTTPMethod` is `http_method`. It is the
/// rule by which `buf lint` checks the prefix of enum values.
fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, &char) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let lower = |char: Option<&char>| char.is_some_and(|char| char.is_ascii_lowercase());
        let begins = char.is_ascii_uppercase()
            && before.is_some_and(|before| before != '_')
            && (lower(before.as_ref()) || lower(chars.get(at + 1)));
        if begins {
            snake.push('_');
        }
        snake.push(char.to_ascii_lowercase());
    }
    snake
}

/// The name as an identifier that rustc takes.
fn rust_ident(name: String) -> String {
    if NEVER_RAW.contains(&&*name) {
        format!("{name}_")
    } else if KEYWORDS.contains(&&*name) {
        format!("r#{name}")
    } else {
        name
    }
}

/// Rust's keywords that can't be raw identifiers.
const NEVER_RAW: &[&str] = &["Self", "_", "crate", "self", "super"];

/// Rust's other keywords, reserved ones included, of all editions.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check_all(names: &[&str], convert: impl Fn(&str) -> String, expect: Expect) {
        let lines: Vec<String> = names
            .iter()
            .map(|name| format!("{name} -> {}", convert(name)))
            .collect();
        expect.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn methods_are_upper_camel_case() {
        check_all(
            &[
                "get_feature",
                "r#type",
                "self_",
                "list_v2_things",
                "top_10",
                "_ping",
                "sayHello",
                "_1",
                "__",
            ],
            method,
            expect![[r#"
                get_feature -> GetFeature
                r#type -> Type
                self_ -> Self
                list_v2_things -> ListV2Things
                top_10 -> Top10
                _ping -> Ping
                sayHello -> SayHello
                _1 -> _1
                __ -> __"#]],
        );
    }

    #[test]
    fn types_keep_their_capitals() {
        check_all(
            &[
                "RouteNote",
                "HTTPRequest",
                "IPv4",
                "route_note",
                "Legacy_Point",
                "r#box",
            ],
            type_name,
            expect![[r#"
                RouteNote -> RouteNote
                HTTPRequest -> HTTPRequest
                IPv4 -> IPv4
                route_note -> RouteNote
                Legacy_Point -> LegacyPoint
                r#box -> Box"#]],
        );
    }

    #[test]
    fn fields_are_snake_case() {
        check_all(
            &[
                "point_count",
                "r#type",
                "type_",
                "_unused",
                "pointCount",
                "userID",
                "x1",
                "_1",
                "größe",
                "message",
            ],
            field,
            expect![[r#"
                point_count -> point_count
                r#type -> type
                type_ -> type
                _unused -> unused
                pointCount -> point_count
                userID -> user_id
                x1 -> x1
                _1 -> _1
                größe -> größe
                message -> message"#]],
        );
    }

    #[test]
    fn enum_values_carry_the_name_of_their_enum() {
        check_all(
            &["Web", "HttpOnly", "HTTPOnly", "V2", "Sha256Hash", "r#True"],
            |variant| enum_value("Corpus", variant),
            expect![[r#"
                Web -> CORPUS_WEB
                HttpOnly -> CORPUS_HTTP_ONLY
                HTTPOnly -> CORPUS_HTTP_ONLY
                V2 -> CORPUS_V2
                Sha256Hash -> CORPUS_SHA256_HASH
                r#True -> CORPUS_TRUE"#]],
        );
        check_all(
            &["HTTPMethod", "IPv4Kind", "X509", "A"],
            |name| enum_value(name, "Any"),
            expect![[r#"
                HTTPMethod -> HTTP_METHOD_ANY
                IPv4Kind -> I_PV4_KIND_ANY
                X509 -> X509_ANY
                A -> A_ANY"#]],
        );
    }

    #[test]
    fn json_names_are_those_of_protoc() {
        check_all(
            &[
                "point_count",
                "a__b",
                "_a",
                "a_",
                "a_1b",
                "fooBar",
                "Foo_bar",
                "x",
            ],
            json,
            expect![[r#"
                point_count -> pointCount
                a__b -> aB
                _a -> A
                a_ -> a
                a_1b -> a1b
                fooBar -> fooBar
                Foo_bar -> FooBar
                x -> x"#]],
        );
    }

    #[test]
    fn rust_names_avoid_keywords() {
        check_all(
            &["GetFeature", "Type", "Self", "Move", "getURL"],
            rust_method,
            expect![[r#"
                GetFeature -> get_feature
                Type -> r#type
                Self -> self_
                Move -> r#move
                getURL -> get_url"#]],
        );
        check_all(
            &["point_count", "type", "self", "_", "gen"],
            rust_field,
            expect![[r#"
                point_count -> point_count
                type -> r#type
                self -> self_
                _ -> __
                gen -> r#gen"#]],
        );
        check_all(
            &["RouteNote", "route_note", "Self", "self"],
            rust_type,
            expect![[r#"
                RouteNote -> RouteNote
                route_note -> RouteNote
                Self -> Self_
                self -> Self_"#]],
        );
        check_all(
            &[
                "CORPUS_WEB",
                "CORPUS_HTTP_ONLY",
                "CORPUS_2",
                "OTHER",
                "CORPUS_SELF",
                "CORPUS_",
            ],
            |value| rust_variant("Corpus", value),
            expect![[r#"
                CORPUS_WEB -> Web
                CORPUS_HTTP_ONLY -> HttpOnly
                CORPUS_2 -> Corpus2
                OTHER -> Other
                CORPUS_SELF -> Self_
                CORPUS_ -> Corpus"#]],
        );
    }

    #[test]
    fn illegal_names_are_refused_with_the_reason() {
        let reason = |checked: Result<(), NameError>| {
            checked.map_or_else(|error| error.to_string(), |()| "ok".into())
        };
        check_all(
            &["x", "_", "message", "", "2x", "größe", "a.b", "a b"],
            |name| reason(check(name)),
            expect![[r#"
                x -> ok
                _ -> ok
                message -> ok
                 -> a protobuf name can't be empty
                2x -> `2x` can't be a protobuf name: it starts with a digit
                größe -> `größe` can't be a protobuf name: `ö` is not an ASCII letter, digit or underscore
                a.b -> `a.b` can't be a protobuf name: `.` is not an ASCII letter, digit or underscore
                a b -> `a b` can't be a protobuf name: ` ` is not an ASCII letter, digit or underscore"#]],
        );
        check_all(
            &["RESERVED", "reserved"],
            |name| reason(check_enum_value(name)),
            expect![[r#"
                RESERVED -> ok
                reserved -> `reserved` can't be the name of an enum value: it begins a statement in protobuf"#]],
        );
        check_all(
            &["", "a", "a.b.v1", "a..b", ".a", "a.1"],
            |name| reason(check_package(name)),
            expect![[r#"
                 -> ok
                a -> ok
                a.b.v1 -> ok
                a..b -> a protobuf name can't be empty
                .a -> a protobuf name can't be empty
                a.1 -> `1` can't be a protobuf name: it starts with a digit"#]],
        );
        check_all(
            &[
                "a.proto",
                "a/b-c.v1.proto",
                "a",
                "/a.proto",
                "../a.proto",
                "a//b.proto",
                r"a\b.proto",
                ".proto",
            ],
            |name| reason(check_file(name)),
            expect![[r#"
                a.proto -> ok
                a/b-c.v1.proto -> ok
                a -> `a` can't be an exported file: it doesn't end with `.proto`
                /a.proto -> `/a.proto` can't be an exported file: write a relative path of ASCII letters, digits, `_`, `-` and `.`, with `/` between its parts
                ../a.proto -> `../a.proto` can't be an exported file: write a relative path of ASCII letters, digits, `_`, `-` and `.`, with `/` between its parts
                a//b.proto -> `a//b.proto` can't be an exported file: write a relative path of ASCII letters, digits, `_`, `-` and `.`, with `/` between its parts
                a\b.proto -> `a\b.proto` can't be an exported file: write a relative path of ASCII letters, digits, `_`, `-` and `.`, with `/` between its parts
                .proto -> `.proto` can't be an exported file: write a relative path of ASCII letters, digits, `_`, `-` and `.`, with `/` between its parts"#]],
        );
    }
}
