//! The API as data.
pub mod descriptor;
