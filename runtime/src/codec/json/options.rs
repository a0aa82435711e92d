//! How messages are printed and read.

use std::io;

use serde_core::{de, ser};

use super::{
    AsJson, Error, Seed,
    path::{Path, Segment},
};
use crate::{
    codec::{Fields, Message},
    well_known::TypeRegistry,
};

/// How messages are printed.
///
/// ```
/// use traitwire::{Message, json::WriteOptions};
///
/// #[derive(Message)]
/// struct Point {
///     #[proto(1)]
///     latitude: i32,
///     #[proto(2)]
///     measured_by: String,
/// }
///
/// let point = Point { latitude: 0, measured_by: "me".to_owned() };
/// let options = WriteOptions::new().defaults().original_names();
/// assert_eq!(options.to_string(&point)?, r#"{"latitude":0,"measured_by":"me"}"#);
/// # Ok::<_, traitwire::json::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    pretty: bool,
    pub(super) defaults: bool,
    pub(super) original_names: bool,
    pub(super) enum_numbers: bool,
    types: Option<TypeRegistry>,
}

impl WriteOptions {
    /// What [`to_string`](super::to_string) does.
    pub fn new() -> Self {
        Self::default()
    }

    /// Prints over several lines, indented by two spaces.
    pub fn pretty(mut self) -> Self {
        self.pretty = true;
        self
    }

    /// Prints fields without presence also when they are zero or empty, lists and maps included: for readers who don't
    /// know the schema. What has presence, `Option`s and messages, is printed if it is there, as always.
    pub fn defaults(mut self) -> Self {
        self.defaults = true;
        self
    }

    /// Prints fields by the names that they have in the `.proto` file, `point_count` instead of `pointCount`. Readers of
    /// protobuf's mapping take both.
    pub fn original_names(mut self) -> Self {
        self.original_names = true;
        self
    }

    /// Prints the values of enums as numbers, so that they can be renamed.
    pub fn enum_numbers(mut self) -> Self {
        self.enum_numbers = true;
        self
    }

    /// What may be in an `Any`. If nothing is said, those are the messages of `google.protobuf`.
    pub fn types(mut self, registry: TypeRegistry) -> Self {
        self.types = Some(registry);
        self
    }

    pub(super) fn registry(&self) -> &TypeRegistry {
        self.types.as_ref().unwrap_or(TypeRegistry::well_known())
    }

    /// Prints a message.
    ///
    /// # Errors
    ///
    /// Those of [`to_string`](super::to_string).
    pub fn to_string<M: Fields>(&self, message: &M) -> Result<String, Error> {
        let text = self.to_vec(message)?;
        Ok(String::from_utf8(text).expect("serde_json writes UTF-8"))
    }

    /// Prints a message.
    ///
    /// # Errors
    ///
    /// Those of [`to_string`](super::to_string).
    pub fn to_vec<M: Fields>(&self, message: &M) -> Result<Vec<u8>, Error> {
        let mut text = Vec::with_capacity(128);
        self.to_writer(&mut text, message)?;
        Ok(text)
    }

    /// Prints a message into a writer.
    ///
    /// # Errors
    ///
    /// Those of [`to_string`](super::to_string), and those of the writer.
    pub fn to_writer<M: Fields>(&self, writer: impl io::Write, message: &M) -> Result<(), Error> {
        let path = Path::default();
        let cx = JsonWriting::new(self, &path);
        let printed = if self.pretty {
            message.json_write(&mut serde_json::Serializer::pretty(writer), cx)
        } else {
            message.json_write(&mut serde_json::Serializer::new(writer), cx)
        };
        printed.map_err(|error| Error::new(&path, error))
    }

    /// The message as something to [`Serialize`](serde_core::Serialize), in any of serde's formats. `pretty` has no say in
    /// it: that is the format's.
    pub fn of<'a, M: Fields>(&'a self, message: &'a M) -> AsJson<'a, M> {
        AsJson::new(self, message)
    }
}

/// How messages are read.
///
/// ```
/// use traitwire::{Message, json::ReadOptions};
///
/// #[derive(Message)]
/// struct Point {
///     #[proto(1)]
///     latitude: i32,
/// }
///
/// let options = ReadOptions::new().ignore_unknown();
/// let point: Point = options.from_str(r#"{"latitude": 1, "altitude": 2}"#)?;
/// assert_eq!(point.latitude, 1);
/// # Ok::<_, traitwire::json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReadOptions {
    pub(super) ignore_unknown: bool,
    max_depth: u32,
    types: Option<TypeRegistry>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            ignore_unknown: false,
            max_depth: MAX_DEPTH,
            types: None,
        }
    }
}

impl ReadOptions {
    /// What [`from_str`](super::from_str) does.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes no notice of fields that aren't known, and of values of enums that aren't: a newer peer may have them.
    pub fn ignore_unknown(mut self) -> Self {
        self.ignore_unknown = true;
        self
    }

    /// What may be in an `Any`. If nothing is said, those are the messages of `google.protobuf`.
    pub fn types(mut self, registry: TypeRegistry) -> Self {
        self.types = Some(registry);
        self
    }

    pub(super) fn registry(&self) -> &TypeRegistry {
        self.types.as_ref().unwrap_or(TypeRegistry::well_known())
    }

    /// How many messages, and objects and arrays of a `Struct`, may lie in each other. 100 if nothing is said, as in
    /// protobuf's binary format; texts nested more than 127 deep are refused by serde_json in any case.
    pub fn max_depth(mut self, max_depth: u32) -> Self {
        self.max_depth = max_depth;
        self
    }

    /// Reads a message, which takes up all of the text.
    ///
    /// # Errors
    ///
    /// Those of [`from_str`](super::from_str).
    pub fn from_str<M: Message>(&self, text: &str) -> Result<M, Error> {
        self.read(serde_json::Deserializer::from_str(text))
    }

    /// Reads a message, which takes up all of the text.
    ///
    /// # Errors
    ///
    /// Those of [`from_slice`](super::from_slice).
    pub fn from_slice<M: Message>(&self, text: &[u8]) -> Result<M, Error> {
        self.read(serde_json::Deserializer::from_slice(text))
    }

    /// Reads a message, which is all that comes out of the reader.
    ///
    /// # Errors
    ///
    /// Those of [`from_reader`](super::from_reader).
    pub fn from_reader<M: Message>(&self, reader: impl io::Read) -> Result<M, Error> {
        self.read(serde_json::Deserializer::from_reader(reader))
    }

    /// What reads an `M` with any of serde's [`Deserializer`](serde_core::Deserializer)s.
    pub fn seed<M: Message>(&self) -> Seed<'_, M> {
        Seed::new(self)
    }

    fn read<'de, M: Message, R: serde_json::de::Read<'de>>(
        &self,
        mut text: serde_json::Deserializer<R>,
    ) -> Result<M, Error> {
        let path = Path::default();
        M::json_read(&mut text, JsonReading::new(self, &path))
            .and_then(|message| text.end().map(|()| message))
            .map_err(|error| Error::new(&path, error))
    }
}

/// What goes along while a message is printed.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct JsonWriting<'a> {
    pub(super) options: &'a WriteOptions,
    path: &'a Path,
    /// How many more `Any`s may lie in each other. Nobody counted them when the message was decoded.
    depth: u32,
}

impl<'a> JsonWriting<'a> {
    pub(super) fn new(options: &'a WriteOptions, path: &'a Path) -> Self {
        Self {
            options,
            path,
            depth: MAX_DEPTH,
        }
    }

    /// For what lies in an `Any` that was met.
    pub(super) fn deeper<E: ser::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(E::custom(format_args!(
                "more than {MAX_DEPTH} messages of type `google.protobuf.Any` lie in each other"
            ))),
        }
    }

    /// Notes where an error was, if there was one.
    #[inline]
    pub(super) fn locate<T, E>(
        self,
        result: Result<T, E>,
        segment: impl FnOnce() -> Segment,
    ) -> Result<T, E> {
        result.inspect_err(|_| self.path.push_front(segment()))
    }
}

/// What goes along while a message is read.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct JsonReading<'a> {
    pub(super) options: &'a ReadOptions,
    path: &'a Path,
    /// How much deeper it may get.
    depth: u32,
}

impl<'a> JsonReading<'a> {
    pub(super) fn new(options: &'a ReadOptions, path: &'a Path) -> Self {
        Self {
            options,
            path,
            depth: options.max_depth,
        }
    }

    /// For what lies in an object or array that was met.
    #[inline]
    pub(crate) fn deeper<E: de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(E::custom(format_args!(
                "more than {} messages lie in each other",
                self.options.max_depth
            ))),
        }
    }

    /// Notes where an error was, if there was one.
    #[inline]
    pub(super) fn locate<T, E>(
        self,
        result: Result<T, E>,
        segment: impl FnOnce() -> Segment,
    ) -> Result<T, E> {
        result.inspect_err(|_| self.path.push_front(segment()))
    }
}

/// As in the binary format.
const MAX_DEPTH: u32 = 100;
