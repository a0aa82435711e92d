//! `google.protobuf.FieldMask`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::iter::Peekable;
use std::str::{self, FromStr};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use prost::DecodeError;
use prost::encoding::{self, DecodeContext, WireType};
use traitwire_macros::Message;
use traitwire_schema::{FieldType, Member, MessageDescriptor, ValueType, names};

use super::text;
use crate::codec::{self, Message};

/// A set of fields, by their paths: which ones to return, or to change.
///
/// A path names a field of the message that the mask is for, or, after a dot, a field of the message in that field:
/// `user.display_name`. Lists and maps stand at the end of a path only.
///
/// ```
/// use traitwire::Message;
/// use traitwire::well_known::FieldMask;
///
/// #[derive(Debug, PartialEq, Message)]
/// struct User {
///     #[proto(1)]
///     display_name: String,
///     #[proto(2)]
///     email: String,
/// }
///
/// #[derive(Debug, PartialEq, Message)]
/// struct Book {
///     #[proto(1)]
///     title: String,
///     #[proto(2)]
///     author: Option<User>,
/// }
///
/// let old = Book {
///     title: "Walden".to_owned(),
///     author: Some(User { display_name: "Henry".to_owned(), email: "henry@example.com".to_owned() }),
/// };
/// let new = Book {
///     title: "ignored".to_owned(),
///     author: Some(User { display_name: "Henry David".to_owned(), email: "ignored".to_owned() }),
/// };
/// let mask = FieldMask::from_iter(["author.display_name"]);
/// let updated = mask.update(&old, &new)?;
/// assert_eq!(updated.title, "Walden");
/// assert_eq!(updated.author.unwrap().display_name, "Henry David");
///
/// let trimmed = mask.trim(&old)?;
/// assert_eq!(trimmed.title, "");
/// # Ok::<_, traitwire::well_known::FieldMaskError>(())
/// ```
///
/// As text, paths are separated by commas. [`to_json_string`](Self::to_json_string) has the form that JSON knows, with
/// names in camel case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.protobuf", file = "google/protobuf/field_mask.proto", json_form, crate = crate)]
pub struct FieldMask {
    /// The paths, with the names that the fields have in protobuf.
    #[proto(1)]
    pub paths: Vec<String>,
}

impl FieldMask {
    /// All fields of `M`, by their names.
    pub fn all<M: Message>() -> Self {
        fields(M::DESCRIPTOR).map(|field| field.name).collect()
    }

    /// Whether the mask covers the path: it has the path itself, or that of a message around it.
    pub fn covers(&self, path: &str) -> bool {
        self.paths.iter().any(|other| is_within(path, other))
    }

    /// The same set in its shortest form: sorted, each path once, and none that another one covers.
    #[must_use]
    pub fn normalized(&self) -> Self {
        let mut paths: Vec<&str> = self.paths.iter().map(String::as_str).collect();
        // What a path covers comes right after it.
        paths.sort_unstable_by(|path, other| compare(path, other));
        paths.dedup_by(|path, around| is_within(path, around));
        paths.into_iter().collect()
    }

    /// The fields that are in one of the two, in normal form.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let paths = self.paths.iter().chain(&other.paths);
        paths.collect::<Self>().normalized()
    }

    /// The fields that are in both, in normal form.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (ours, theirs) = (self.normalized(), other.normalized());
        // In normal form, only the last path that comes before another one can cover it.
        let covers = |mask: &Self, path: &str| {
            let after = mask
                .paths
                .partition_point(|other| compare(other, path).is_le());
            after > 0 && is_within(path, &mask.paths[after - 1])
        };
        let in_theirs = ours.paths.iter().filter(|path| covers(&theirs, path));
        let in_ours = theirs.paths.iter().filter(|path| covers(&ours, path));
        in_theirs.chain(in_ours).collect::<Self>().normalized()
    }

    /// Whether each path leads to a field of `M`.
    ///
    /// # Errors
    ///
    /// With the first path that doesn't: a name in it is none, or something follows what isn't a message.
    pub fn check<M: Message>(&self) -> Result<(), FieldMaskError> {
        Selection::of(self, M::DESCRIPTOR).map(|_| ())
    }

    /// The fields of `message` that are in the mask, and no others.
    ///
    /// # Errors
    ///
    /// If a path leads to no field of the message, or leaves a message without one that is `required`.
    pub fn trim<M: Message>(&self, message: &M) -> Result<M, FieldMaskError> {
        self.combine(&M::empty(), message, Leaf::Replaced)
    }

    /// `old` with the fields of the mask as they are in `new`: those that `new` doesn't have are gone, and lists and
    /// maps are replaced. This is what [AIP-134] wants of methods that update a resource.
    ///
    /// # Errors
    ///
    /// If a path leads to no field of the message.
    ///
    /// [AIP-134]: https://google.aip.dev/134#field-masks
    pub fn update<M: Message>(&self, old: &M, new: &M) -> Result<M, FieldMaskError> {
        self.combine(old, new, Leaf::Replaced)
    }

    /// `old` with the fields of the mask from `new` merged into it: lists get the items of `new` too, maps and messages
    /// have what either has, and scalars are replaced. This is what `google/protobuf/field_mask.proto` says of updates.
    ///
    /// # Errors
    ///
    /// If a path leads to no field of the message.
    pub fn merge<M: Message>(&self, old: &M, new: &M) -> Result<M, FieldMaskError> {
        self.combine(old, new, Leaf::Merged)
    }

    fn combine<M: Message>(&self, old: &M, new: &M, leaf: Leaf) -> Result<M, FieldMaskError> {
        let selection = Selection::of(self, M::DESCRIPTOR)?;
        let mut combined = Vec::new();
        selection.combine(&encode(old), &encode(new), leaf, &mut combined)?;
        Ok(codec::decode(Bytes::from(combined))?)
    }

    /// The form that protobuf's JSON has: names in camel case, separated by commas, `user.displayName,photo`.
    ///
    /// # Errors
    ///
    /// If a name would be another one when it is read again, since it isn't in snake case.
    pub fn to_json_string(&self) -> Result<String, FieldMaskError> {
        let mut text = String::new();
        for path in &self.paths {
            let json = names::json(path);
            if !is_path(path) || snake_case(&json).as_ref() != Some(path) {
                return Err(FieldMaskError::NotInJson(text::excerpt(path)));
            }
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(&json);
        }
        Ok(text)
    }

    /// Reads what [`to_json_string`](Self::to_json_string) writes.
    ///
    /// # Errors
    ///
    /// If something isn't a path of names, or a name has an underscore, which those in camel case don't.
    pub fn from_json_string(text: &str) -> Result<Self, FieldMaskError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let paths = text.split(',').map(|path| {
            let snake = is_path(path).then(|| snake_case(path)).flatten();
            snake.ok_or_else(|| FieldMaskError::NotInJson(text::excerpt(path)))
        });
        Ok(Self {
            paths: paths.collect::<Result<_, _>>()?,
        })
    }
}

/// The paths, separated by commas.
impl fmt::Display for FieldMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.paths.join(","))
    }
}

/// Reads paths that are separated by commas.
impl FromStr for FieldMask {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.split(',').filter(|path| !path.is_empty()).collect())
    }
}

impl<S: Into<String>> FromIterator<S> for FieldMask {
    fn from_iter<I: IntoIterator<Item = S>>(paths: I) -> Self {
        Self {
            paths: paths.into_iter().map(Into::into).collect(),
        }
    }
}

/// By the names in them, so that a path comes right before all that it covers.
fn compare(path: &str, other: &str) -> Ordering {
    path.split('.').cmp(other.split('.'))
}

/// Whether `path` is `around`, or leads on from there.
fn is_within(path: &str, around: &str) -> bool {
    match path.strip_prefix(around) {
        Some(rest) => rest.is_empty() || rest.starts_with('.'),
        None => false,
    }
}

/// Whether it is names, with dots between them.
fn is_path(path: &str) -> bool {
    path.split('.').all(|name| {
        !name.is_empty()
            && !name.starts_with(|char: char| char.is_ascii_digit())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// `display_name` for `displayName`; `None` if there is an underscore already.
fn snake_case(camel: &str) -> Option<String> {
    let mut snake = String::with_capacity(camel.len());
    for char in camel.chars() {
        match char {
            '_' => return None,
            'A'..='Z' => snake.extend(['_', char.to_ascii_lowercase()]),
            _ => snake.push(char),
        }
    }
    Some(snake)
}

/// The fields of a message that a mask has.
#[derive(Default)]
struct Selection(BTreeMap<u32, Selected>);

/// What of a field is selected.
enum Selected {
    /// All of it. A field that holds one value, and no message, is replaced even where others are merged.
    Whole { is_scalar: bool },
    /// Some fields of the message in it.
    Part(Selection),
}

/// What becomes of the fields at the ends of paths.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaf {
    Replaced,
    Merged,
}

impl Selection {
    fn of(mask: &FieldMask, message: &'static MessageDescriptor) -> Result<Self, FieldMaskError> {
        let mut selection = Self::default();
        for path in &mask.paths {
            // Whoever reads a message goes no deeper, and what is as deep as it is long can't be dropped.
            if path.split('.').nth(MAX_DEPTH).is_some() {
                return Err(FieldMaskError::TooDeep(text::excerpt(path)));
            }
            selection.add(path, path.split('.').peekable(), message)?;
        }
        Ok(selection)
    }

    /// Adds the field that `names`, the rest of `path`, lead to from `message`.
    fn add(
        &mut self,
        path: &str,
        mut names: Peekable<str::Split<'_, char>>,
        message: &'static MessageDescriptor,
    ) -> Result<(), FieldMaskError> {
        let (mut selection, mut message) = (self, message);
        while let Some(name) = names.next() {
            let Some(field) = fields(message).find(|field| field.name == name) else {
                return Err(FieldMaskError::NoField {
                    path: text::excerpt(path),
                    name: text::excerpt(name),
                    message: message.name,
                });
            };
            let ty = (field.ty)();
            let inner = match ty {
                FieldType::Singular(ValueType::Message(inner))
                | FieldType::Optional(ValueType::Message(inner)) => Some(inner),
                _ => None,
            };
            if names.peek().is_none() {
                let is_list = matches!(
                    ty,
                    FieldType::Repeated(_) | FieldType::Unpacked(_) | FieldType::Map(..)
                );
                let is_scalar = inner.is_none() && !is_list;
                selection
                    .0
                    .insert(field.number, Selected::Whole { is_scalar });
                return Ok(());
            }
            message = inner.ok_or_else(|| FieldMaskError::NoMessage {
                path: text::excerpt(path),
                name: field.name,
            })?;
            let selected = selection.0.entry(field.number);
            match selected.or_insert_with(|| Selected::Part(Self::default())) {
                // Another path covers this one, which is checked all the same.
                Selected::Whole { .. } => return Self::default().add(path, names, message),
                Selected::Part(part) => selection = part,
            }
        }
        Ok(())
    }

    /// Appends the fields of the encoded message `old` that aren't selected, and those of `new` that are.
    ///
    /// What comes later in an encoded message is merged into what came before, or takes its place.
    fn combine(
        &self,
        old: &Bytes,
        new: &Bytes,
        leaf: Leaf,
        out: &mut Vec<u8>,
    ) -> Result<(), DecodeError> {
        let (old, new) = (read_fields(old)?, read_fields(new)?);
        for field in &old {
            match self.0.get(&field.number) {
                None => out.put(&*field.whole),
                Some(Selected::Whole { is_scalar }) => {
                    if leaf == Leaf::Merged && !is_scalar {
                        out.put(&*field.whole);
                    }
                }
                Some(Selected::Part(part)) => {
                    // Otherwise it is combined with that one, below.
                    if !new.iter().any(|other| other.number == field.number) {
                        let inner = field.inner()?;
                        field.nest(out, |out| part.combine(&inner, &Bytes::new(), leaf, out))?;
                    }
                }
            }
        }
        for field in &new {
            match self.0.get(&field.number) {
                None => {}
                Some(Selected::Whole { .. }) => out.put(&*field.whole),
                Some(Selected::Part(part)) => {
                    let before = old.iter().find(|other| other.number == field.number);
                    let before = before.map_or(Ok(Bytes::new()), Encoded::inner)?;
                    let inner = field.inner()?;
                    field.nest(out, |out| part.combine(&before, &inner, leaf, out))?;
                }
            }
        }
        Ok(())
    }
}

fn encode<M: Message>(message: &M) -> Bytes {
    let mut encoded = BytesMut::new();
    codec::encode_into(message, &mut encoded);
    encoded.freeze()
}

/// A field of an encoded message.
struct Encoded {
    number: u32,
    /// Key and value.
    whole: Bytes,
    /// What follows the key.
    value: Bytes,
}

impl Encoded {
    /// The message that the field holds.
    fn inner(&self) -> Result<Bytes, DecodeError> {
        let mut inner = self.value.clone();
        // The length, which is that of the rest.
        encoding::decode_varint(&mut inner)?;
        Ok(inner)
    }

    /// Appends the field with another message in it.
    fn nest(
        &self,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let mut message = Vec::new();
        write(&mut message)?;
        encoding::encode_key(self.number, WireType::LengthDelimited, out);
        encoding::encode_varint(message.len() as u64, out);
        out.put(&*message);
        Ok(())
    }
}

fn read_fields(message: &Bytes) -> Result<Vec<Encoded>, DecodeError> {
    let mut rest = message.clone();
    let mut fields = Vec::new();
    while rest.has_remaining() {
        let whole = rest.clone();
        let (number, wire_type) = encoding::decode_key(&mut rest)?;
        let value = rest.clone();
        encoding::skip_field(wire_type, number, &mut rest, DecodeContext::default())?;
        fields.push(Encoded {
            number,
            whole: whole.slice(..whole.len() - rest.len()),
            value: value.slice(..value.len() - rest.len()),
        });
    }
    Ok(fields)
}

/// The fields of the message, those in oneofs included.
fn fields(
    message: &'static MessageDescriptor,
) -> impl Iterator<Item = &'static traitwire_schema::FieldDescriptor> {
    message.members.iter().flat_map(|member| match member {
        Member::Field(field) => std::slice::from_ref(field),
        Member::OneOf { oneof, .. } => oneof().variants,
    })
}

/// Why a [`FieldMask`] isn't one of the message, or has no form in JSON.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FieldMaskError {
    /// A name in a path is that of no field.
    NoField {
        /// The path.
        path: String,
        /// The name.
        name: String,
        /// The message that has no such field.
        message: &'static str,
    },
    /// A path leads on from a field that holds no message, or many.
    NoMessage {
        /// The path.
        path: String,
        /// The name of the field.
        name: &'static str,
    },
    /// A path has more than a hundred names, which is deeper than messages may be.
    TooDeep(String),
    /// A path can't be written in camel case, or isn't.
    NotInJson(String),
    /// What is left is no message: a field that is `required` isn't in the mask.
    Decode(DecodeError),
}

impl From<DecodeError> for FieldMaskError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl fmt::Display for FieldMaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoField {
                path,
                name,
                message,
            } => write!(f, "the path {path:?}: `{message}` has no field {name:?}"),
            Self::NoMessage { path, name } => write!(
                f,
                "the path {path:?}: nothing can follow `{name}`, which isn't a single message"
            ),
            Self::TooDeep(path) => write!(f, "the path {path:?} … has more than {MAX_DEPTH} names"),
            Self::NotInJson(path) => write!(
                f,
                "the path {path:?} isn't of names that JSON has in camel case, and that come back from it"
            ),
            Self::Decode(error) => error.fmt(f),
        }
    }
}

impl Error for FieldMaskError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Decode(error) => Some(error),
            _ => None,
        }
    }
}

/// How deep messages may be, which the codec has from prost.
const MAX_DEPTH: usize = 100;
