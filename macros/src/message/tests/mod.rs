//! A file each for mistakes and for what comes out.

mod expansions;
mod mistakes;
