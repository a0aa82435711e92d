//! `google.protobuf.Struct`, `Value`, `ListValue` and `NullValue`: what JSON can say.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, btree_map};
use std::error::Error;
use std::ops::Index;
use std::{fmt, slice, vec};

use traitwire_macros::{Enumeration, Message, OneOf};

/// Any value that JSON has: for what has no schema.
///
/// It is built with `From` and looked at with `match`, or with the methods for one kind each:
///
/// ```
/// use traitwire::well_known::{Kind, Struct, Value};
///
/// let labels = Struct::from([("name", Value::from("Berkshire Valley")), ("visits", Value::from(3))]);
/// assert_eq!(labels["name"].as_str(), Some("Berkshire Valley"));
/// match &labels["visits"].kind {
///     Some(Kind::Number(visits)) => assert_eq!(*visits, 3.0),
///     other => panic!("{other:?}"),
/// }
/// ```
///
/// A peer may send a value without a kind, which protobuf calls a mistake and JSON can't say. It isn't null.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "google.protobuf", file = "google/protobuf/struct.proto", json_form, crate = crate)]
pub struct Value {
    /// What it is.
    #[proto(oneof)]
    pub kind: Option<Kind>,
}

/// What a [`Value`] is.
#[derive(Clone, Debug, PartialEq, OneOf)]
#[proto(crate = crate)]
pub enum Kind {
    /// `null`.
    #[proto(1, name = "null_value")]
    Null(NullValue),
    /// A number. JSON has neither infinity nor what is not a number, so neither can be printed.
    #[proto(2, name = "number_value")]
    Number(f64),
    /// A string.
    #[proto(3, name = "string_value")]
    String(String),
    /// `true` or `false`.
    #[proto(4, name = "bool_value")]
    Bool(bool),
    /// An object.
    #[proto(5, name = "struct_value")]
    Struct(Struct),
    /// An array.
    #[proto(6, name = "list_value")]
    List(ListValue),
}

/// The one value of JSON's `null`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
#[proto(package = "google.protobuf", file = "google/protobuf/struct.proto", crate = crate)]
pub enum NullValue {
    /// `null`.
    #[default]
    #[proto(0, name = "NULL_VALUE")]
    Null,
}

/// Values by name: an object of JSON.
///
/// ```
/// use traitwire::well_known::{Struct, Value};
///
/// let mut settings: Struct = [("theme", "dark"), ("font", "serif")].into_iter().collect();
/// settings.insert("size", 12);
/// assert_eq!(settings.get("size").and_then(Value::as_f64), Some(12.0));
/// assert!(settings.get("weight").is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "google.protobuf", file = "google/protobuf/struct.proto", json_form, crate = crate)]
pub struct Struct {
    /// The values.
    #[proto(1)]
    pub fields: BTreeMap<String, Value>,
}

/// Values in a row: an array of JSON.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(package = "google.protobuf", file = "google/protobuf/struct.proto", json_form, crate = crate)]
pub struct ListValue {
    /// The values.
    #[proto(1)]
    pub values: Vec<Value>,
}

impl Value {
    /// `null`.
    pub const NULL: Self = Self {
        kind: Some(Kind::Null(NullValue::Null)),
    };

    /// Whether it is `null`. One without a kind isn't.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Some(Kind::Null(_)))
    }

    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Some(Kind::Bool(value)) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self.kind {
            Some(Kind::Number(number)) => Some(number),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Some(Kind::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn as_struct(&self) -> Option<&Struct> {
        match &self.kind {
            Some(Kind::Struct(fields)) => Some(fields),
            _ => None,
        }
    }

    /// The values of the array, if it is one.
    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.kind {
            Some(Kind::List(list)) => Some(&list.values),
            _ => None,
        }
    }

    /// The value of this name, if it is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_struct()?.get(name)
    }

    /// What it is, in a word for errors.
    pub(super) fn describe(&self) -> &'static str {
        match &self.kind {
            None => "nothing",
            Some(Kind::Null(_)) => "null",
            Some(Kind::Number(_)) => "a number",
            Some(Kind::String(_)) => "a string",
            Some(Kind::Bool(_)) => "a boolean",
            Some(Kind::Struct(_)) => "a struct",
            Some(Kind::List(_)) => "a list",
        }
    }
}

impl Struct {
    /// One without values.
    pub const fn new() -> Self {
        Self {
            fields: BTreeMap::new(),
        }
    }

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// Adds a value, and returns the one that had its name.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        self.fields.insert(name.into(), value.into())
    }
}

/// The value of a name.
///
/// # Panics
///
/// If there is none; [`get`](Struct::get) doesn't.
impl Index<&str> for Struct {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        &self.fields[name]
    }
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        Self { kind: Some(kind) }
    }
}

/// Rust's types that are one kind each.
macro_rules! kinds {
    ($([$($generics:tt)*] $ty:ty => $kind:expr;)*) => {
        $(
            impl<$($generics)*> From<$ty> for Value {
                fn from(value: $ty) -> Self {
                    let kind: fn($ty) -> Kind = $kind;
                    kind(value).into()
                }
            }
        )*
    };
}

kinds! {
    [] NullValue => Kind::Null;
    [] bool => Kind::Bool;
    [] f64 => Kind::Number;
    [] f32 => |number| Kind::Number(number.into());
    [] i8 => |number| Kind::Number(number.into());
    [] i16 => |number| Kind::Number(number.into());
    [] i32 => |number| Kind::Number(number.into());
    [] u8 => |number| Kind::Number(number.into());
    [] u16 => |number| Kind::Number(number.into());
    [] u32 => |number| Kind::Number(number.into());
    [] String => Kind::String;
    [] &str => |text| Kind::String(text.to_owned());
    [] Cow<'_, str> => |text| Kind::String(text.into_owned());
    [] Struct => Kind::Struct;
    [] ListValue => Kind::List;
    [T: Into<Value>] Vec<T> => |values| Kind::List(values.into());
    [T: Into<Value>, const N: usize] [T; N] => |values| Kind::List(values.into());
    [K: Into<String>, V: Into<Value>] BTreeMap<K, V> => |fields| Kind::Struct(fields.into());
    [K: Into<String>, V: Into<Value>, S] HashMap<K, V, S> => |fields| Kind::Struct(fields.into());
}

/// What isn't there is `null`.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::NULL, Into::into)
    }
}

impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        ListValue::from_iter(values).into()
    }
}

/// What a value is, for who wants one kind of it.
macro_rules! values {
    ($($ty:ty as $expected:literal: $pattern:pat => $value:expr;)*) => {
        $(
            impl TryFrom<Value> for $ty {
                type Error = ValueError;

                fn try_from(value: Value) -> Result<Self, ValueError> {
                    match value.kind {
                        Some($pattern) => Ok($value),
                        _ => Err(ValueError::new($expected, value.describe())),
                    }
                }
            }
        )*
    };
}

values! {
    bool as "a boolean": Kind::Bool(value) => value;
    f64 as "a number": Kind::Number(number) => number;
    String as "a string": Kind::String(text) => text;
    Struct as "a struct": Kind::Struct(fields) => fields;
    ListValue as "a list": Kind::List(list) => list;
    Vec<Value> as "a list": Kind::List(list) => list.values;
}

/// Integers of which a `double` holds some.
macro_rules! integers {
    ($($ty:ty: $limit:expr;)*) => {
        $(
            /// Refuses the numbers that a `double` takes for another one: those beyond 2⁵³, as far as they need more
            /// than its 53 bits.
            impl TryFrom<$ty> for Value {
                type Error = ValueError;

                fn try_from(number: $ty) -> Result<Self, ValueError> {
                    let double = number as f64;
                    // The largest ones are rounded up to the limit, which `as` would round down again.
                    if double < $limit && double as $ty == number {
                        Ok(double.into())
                    } else {
                        Err(ValueError::new(EXACT, number))
                    }
                }
            }
        )*
    };
}

integers! {
    i64: 9_223_372_036_854_775_808.0;
    u64: 18_446_744_073_709_551_616.0;
}

/// Integers that a number may be.
macro_rules! whole_numbers {
    ($($ty:ty: $limit:expr;)*) => {
        $(
            /// Refuses what has a fraction, and what is out of range.
            impl TryFrom<Value> for $ty {
                type Error = ValueError;

                fn try_from(value: Value) -> Result<Self, ValueError> {
                    let double = f64::try_from(value)?;
                    let number = double as $ty;
                    if double < $limit && number as f64 == double {
                        Ok(number)
                    } else {
                        Err(ValueError::new(concat!("a whole number that fits into `", stringify!($ty), "`"), double))
                    }
                }
            }
        )*
    };
}

whole_numbers! {
    i32: 2_147_483_648.0;
    i64: 9_223_372_036_854_775_808.0;
    u32: 4_294_967_296.0;
    u64: 18_446_744_073_709_551_616.0;
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Struct {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
        let fields = fields.into_iter();
        Self {
            fields: fields
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        }
    }
}

impl<K: Into<String>, V: Into<Value>> Extend<(K, V)> for Struct {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, fields: I) {
        for (name, value) in fields {
            self.insert(name, value);
        }
    }
}

impl<K: Into<String>, V: Into<Value>> From<BTreeMap<K, V>> for Struct {
    fn from(fields: BTreeMap<K, V>) -> Self {
        fields.into_iter().collect()
    }
}

impl<K: Into<String>, V: Into<Value>, S> From<HashMap<K, V, S>> for Struct {
    fn from(fields: HashMap<K, V, S>) -> Self {
        fields.into_iter().collect()
    }
}

impl<K: Into<String>, V: Into<Value>, const N: usize> From<[(K, V); N]> for Struct {
    fn from(fields: [(K, V); N]) -> Self {
        fields.into_iter().collect()
    }
}

impl IntoIterator for Struct {
    type Item = (String, Value);
    type IntoIter = btree_map::IntoIter<String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.into_iter()
    }
}

impl<'a> IntoIterator for &'a Struct {
    type Item = (&'a String, &'a Value);
    type IntoIter = btree_map::Iter<'a, String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.iter()
    }
}

impl<T: Into<Value>> FromIterator<T> for ListValue {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self {
            values: values.into_iter().map(Into::into).collect(),
        }
    }
}

impl<T: Into<Value>> Extend<T> for ListValue {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        self.values.extend(values.into_iter().map(Into::into));
    }
}

impl<T: Into<Value>> From<Vec<T>> for ListValue {
    fn from(values: Vec<T>) -> Self {
        values.into_iter().collect()
    }
}

impl<T: Into<Value>, const N: usize> From<[T; N]> for ListValue {
    fn from(values: [T; N]) -> Self {
        values.into_iter().collect()
    }
}

impl IntoIterator for ListValue {
    type Item = Value;
    type IntoIter = vec::IntoIter<Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.into_iter()
    }
}

impl<'a> IntoIterator for &'a ListValue {
    type Item = &'a Value;
    type IntoIter = slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.iter()
    }
}

/// Why a [`Value`] isn't what it was taken for, or why something can't be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    expected: &'static str,
    found: String,
}

impl ValueError {
    pub(super) fn new(expected: &'static str, found: impl ToString) -> Self {
        Self {
            expected,
            found: found.to_string(),
        }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, found } = self;
        write!(f, "expected {expected}, found {found}")
    }
}

impl Error for ValueError {}

/// What a number is expected to be.
pub(super) const EXACT: &str = "a number that a `double` can hold";
