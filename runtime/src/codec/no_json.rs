//! What stands in the place of `json` without the feature: nothing.

/// Every codec has it.
pub trait JsonValue<T> {}

impl<C, T> JsonValue<T> for C {}

/// Every codec has it.
pub trait JsonField<F> {}

impl<C, F> JsonField<F> for C {}

/// Every key has it.
pub trait JsonKey {}

impl<K> JsonKey for K {}
