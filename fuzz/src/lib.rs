//! What the fuzz targets do with an input. `tests/fuzzed.rs` of the engine, of the schema and of the runtime include these modules, and do
//! the same with the inputs that are kept here, and with variations of them.

pub mod engine;
pub mod runtime;
pub mod schema;
