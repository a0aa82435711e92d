//! The API as data.

pub mod descriptor;
pub mod names;
pub mod numbers;
