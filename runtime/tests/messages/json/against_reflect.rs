//! The same values, through prost-reflect.
