//! Why types and traits are no protobuf API.

use std::error::Error;
use std::fmt;

use crate::model::Origin;
use crate::names::NameError;
use crate::numbers::{self, NumberError};

/// All that is wrong with an API, each with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaErrors(Vec<SchemaError>);

impl SchemaErrors {
    /// `Ok` if there are none. What is said twice is said once.
    pub(crate) fn result(mut errors: Vec<SchemaError>) -> Result<(), Self> {
        let mut said = Vec::new();
        errors.retain(|error| {
            let new = !said.contains(error);
            said.extend(new.then(|| error.clone()));
            new
        });
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Self(errors))
        }
    }

    /// The errors, of which there is at least one.
    pub fn iter(&self) -> std::slice::Iter<'_, SchemaError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a SchemaErrors {
    type Item = &'a SchemaError;
    type IntoIter = std::slice::Iter<'a, SchemaError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for SchemaErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl Error for SchemaErrors {}

/// One thing that is wrong with an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub problem: Problem,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

impl Error for SchemaError {}

/// What an error is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `message`, `enum`, `service`, `file`, `package` …
    pub kind: &'static str,
    /// The full name in protobuf, or the path of a file.
    pub name: String,
    /// The Rust item, if it comes from one.
    pub origin: Option<Origin>,
}

impl fmt::Display for Place {
    /// message `routeguide.Point` (Rust type `route_guide::Point` at src/lib.rs:12)
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind, self.name)?;
        match &self.origin {
            Some(Origin {
                rust_name: Some(rust_name),
                location,
            }) => {
                write!(f, " (Rust type `{rust_name}` at {location})")
            }
            Some(Origin {
                rust_name: None,
                location,
            }) => write!(f, " ({location})"),
            None => Ok(()),
        }
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A name isn't one.
    Name(NameError),
    /// A field's number can't be its number.
    Number {
        /// The name of the field.
        field: String,
        /// Why not.
        error: NumberError,
    },
    /// Two types, or a type and a field, … have the same full name.
    SameName {
        /// The one that was there first.
        other: Place,
    },
    /// Two files have the same path, as far as file systems that ignore case are concerned.
    SamePath {
        /// Path and package of one.
        first: (String, String),
        /// Path and package of the other.
        second: (String, String),
    },
    /// Two fields have the same name in JSON; older versions of `protoc` ignore case there.
    SameJsonName {
        /// One field.
        first: String,
        /// The other field.
        second: String,
    },
    /// Two values of an enum have the same name for languages that remove the prefix.
    SameValueName {
        /// One value.
        first: String,
        /// The other value.
        second: String,
    },
    /// Two values of an enum have the same number.
    SameValueNumber {
        /// One value.
        first: String,
        /// The other value.
        second: String,
        /// The number of both.
        number: i32,
    },
    /// An enum allows aliases, and has none.
    NoAlias,
    /// An enum has no values.
    NoValues,
    /// The first value of an enum isn't zero.
    FirstValueNotZero {
        /// The first value.
        value: String,
    },
    /// A value of an enum has a number that the enum reserves.
    ReservedValue {
        /// The value.
        value: String,
        /// Its number.
        number: i32,
    },
    /// A field or value has a name that its message or enum reserves.
    ReservedName {
        /// The name.
        name: String,
    },
    /// A name is reserved twice.
    ReservedTwice {
        /// The name.
        name: String,
    },
    /// What is reserved isn't a range of numbers, or reaches beyond them.
    ReservedRange {
        /// The first number.
        start: i32,
        /// The last number.
        end: i32,
    },
    /// Two reserved ranges have numbers in common.
    ReservedOverlap {
        /// First and last number of one.
        first: (i32, i32),
        /// First and last number of the other.
        second: (i32, i32),
    },
    /// A oneof has no fields.
    EmptyOneOf {
        /// The name of the oneof.
        oneof: String,
    },
    /// A map has a key that protobuf doesn't allow.
    MapKey {
        /// The name of the field.
        field: String,
        /// protobuf's word for the key's type.
        key: &'static str,
    },
    /// A field or method refers to what isn't there, or isn't what it should be.
    NotFound {
        /// `message` or `enum`.
        wanted: &'static str,
        /// The full name.
        name: String,
    },
    /// Messages are declared in each other more deeply than `protoc` follows.
    TooDeep,
    /// Files import each other.
    CircularImport {
        /// Each import in the circle; the last one leads back to the first file.
        imports: Vec<Import>,
    },
    /// A type without a package of its own is used in two packages.
    TwoPackages {
        /// A package and what uses the type there.
        first: (String, Place),
        /// Another package and what uses the type there.
        second: (String, Place),
    },
    /// A type is declared in a message, and names another package than that message's.
    NestedPackage {
        /// The package the type names.
        package: String,
        /// The message around it.
        outer: Place,
    },
    /// A message is, by way of `nested_in`, declared in itself.
    NestedInItself,
    /// Services of one package name different files.
    TwoFiles {
        /// The file that this service names.
        file: String,
        /// The file that another service of the package names.
        other_file: String,
        /// The other service.
        other: Place,
    },
    /// There is no package to name a file after.
    NoFile,
    /// A type says that it is in a file that is well known, and not with this type in it.
    NotInFile {
        /// The file's path.
        file: String,
    },
    /// A type in a file that is well known has a field that isn't there.
    FieldNotInFile {
        /// The file's path.
        file: String,
        /// The name of the field.
        field: String,
    },
}

/// Why a file imports another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The path of the file.
    pub file: String,
    /// The path of the file that it imports.
    pub imported: String,
    /// A message or method in the file.
    pub user: String,
    /// What that refers to.
    pub used: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Number { field, error } => write!(f, "field `{field}`: {error}"),
            Self::SameName { other } => {
                write!(f, "the name is also that of the {other}\nhelp: ")?;
                f.write_str(match other.kind {
                    "enum value" => {
                        "values are siblings of their enum in protobuf, as in C: rename one of the two with \
                         `#[proto(name = \"…\")]`, and start each with its enum's name"
                    }
                    "message" | "enum" | "service" => {
                        "rename one of the two with `#[proto(name = \"…\")]`, or move it with \
                         `#[proto(package = \"…\")]`"
                    }
                    _ => "rename one of the two with `#[proto(name = \"…\")]`",
                })
            }
            Self::SamePath { first, second } => write!(
                f,
                "two packages can't share a file: `{}` is in `{}`, and `{}` in `{}`\n\
                 help: give one of the two a file of its own with `#[grpc_service(file = \"…\")]`",
                first.1, first.0, second.1, second.0
            ),
            Self::SameJsonName { first, second } => write!(
                f,
                "the fields `{first}` and `{second}` would be the same in JSON, where underscores and case don't count\n\
                 help: rename one of the two with `#[proto(name = \"…\")]`"
            ),
            Self::SameValueName { first, second } => write!(
                f,
                "the values `{first}` and `{second}` would be the same in languages that remove the enum's name from them\n\
                 help: rename one of the two with `#[proto(name = \"…\")]`"
            ),
            Self::SameValueNumber { first, second, number } => {
                write!(f, "the values `{first}` and `{second}` have the same number, {number}")
            }
            Self::NoAlias => f.write_str("it allows aliases, but no two values have the same number"),
            Self::NoValues => {
                f.write_str("a protobuf enum needs a value\nhelp: add one with the number 0, such as `Unspecified = 0`")
            }
            Self::FirstValueNotZero { value } => write!(
                f,
                "the first value, `{value}`, has to be 0: it is what an absent field holds\n\
                 help: put one first that means nothing else, such as `Unspecified = 0`"
            ),
            Self::ReservedValue { value, number } => write!(f, "value `{value}`: the number {number} is reserved"),
            Self::ReservedName { name } => write!(f, "the name `{name}` is reserved"),
            Self::ReservedTwice { name } => write!(f, "the name `{name}` is reserved twice"),
            Self::ReservedRange { start, end } => write!(
                f,
                "{start} to {end} can't be reserved: the first number is the smaller one, and fields have the numbers \
                 1 to {}",
                numbers::MAX
            ),
            Self::ReservedOverlap { first, second } => write!(
                f,
                "{} to {} and {} to {} are reserved, which have numbers in common",
                first.0, first.1, second.0, second.1
            ),
            Self::EmptyOneOf { oneof } => write!(f, "the oneof `{oneof}` has no fields"),
            Self::MapKey { field, key } => write!(
                f,
                "field `{field}`: a map can't have keys of type `{key}`, only integers, `bool` and `string`"
            ),
            Self::NotFound { wanted, name } => write!(f, "there is no {wanted} `{name}`"),
            Self::TooDeep => f.write_str("it is declared in too many other messages, one in the other"),
            Self::CircularImport { imports } => {
                f.write_str("circular imports, which protobuf doesn't allow:")?;
                for Import { file, imported, user, used } in imports {
                    write!(f, "\n  `{file}` imports `{imported}`: `{user}` refers to `{used}`")?;
                }
                f.write_str("\nhelp: move one of these types to a package of its own with `#[proto(package = \"…\")]`")
            }
            Self::TwoPackages { first, second } => write!(
                f,
                "two packages use it, so it isn't clear where it lives:\n  `{}`: {}\n  `{}`: {}\n\
                 help: say which with `#[proto(package = \"{}\")]`",
                first.0, first.1, second.0, second.1, first.0
            ),
            Self::NestedPackage { package, outer } => write!(
                f,
                "it can't be in the package `{package}` and in the {outer}\n\
                 help: remove `package` or `nested_in`"
            ),
            Self::NestedInItself => f.write_str("`nested_in` leads from this message back to it"),
            Self::TwoFiles { file, other_file, other } => write!(
                f,
                "it is exported to `{file}`, but the {other} of the same package to `{other_file}`\n\
                 help: name the same `file`, or name one in one of the two only"
            ),
            Self::NoFile => f.write_str(
                "there is no package to name the file after\n\
                 help: name a package with `#[grpc_service(package = \"…\")]`, or a file with `file = \"….proto\"`",
            ),
            Self::NotInFile { file } => write!(f, "`{file}` is well known, and doesn't have this type"),
            Self::FieldNotInFile { file, field } => write!(
                f,
                "`{file}` is well known, and has no field like `{field}`: number and type have to be the same"
            ),
        }
    }
}
