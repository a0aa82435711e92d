//! What the options on a field choose.

use std::marker::PhantomData;

/// The encoding of a field without options: `i32` is `int32`.
#[derive(Debug)]
pub enum Plain {}

/// The option `sint`, for integers that are often negative: `i32` is `sint32`.
#[derive(Debug)]
pub enum Sint {}

/// The option `fixed`, for integers that are often large: `i32` is `sfixed32`, `u32` is `fixed32`.
#[derive(Debug)]
pub enum Fixed {}

/// The option `unpacked` of a list whose values are encoded by `E`.
#[derive(Debug)]
pub struct Unpacked<E>(PhantomData<E>);

/// The encodings of a value. The type says which of a list's encodings are those of its values.
pub trait ValueEncoding {}

impl ValueEncoding for Plain {}
impl ValueEncoding for Sint {}
impl ValueEncoding for Fixed {}

/// The options `key = …` and `value = …` of a map.
#[derive(Debug)]
pub struct MapOf<K, V>(PhantomData<(K, V)>);
