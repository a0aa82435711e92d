//! The messages of `codec.proto` as the peers generate them.

#[allow(missing_docs)]
pub mod prost {
    include!(concat!(env!("OUT_DIR"), "/codec.rs"));
}

#[allow(missing_docs, unused, rust_2018_idioms, clippy::all)]
pub mod buffa {
    include!(concat!(env!("OUT_DIR"), "/buffa/mod.rs"));
}

#[allow(missing_docs, unused, rust_2018_idioms, clippy::all)]
#[path = ""]
pub mod quick {
    include!(concat!(env!("OUT_DIR"), "/quick/mod.rs"));
}
