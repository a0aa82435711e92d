//! The messages of `codec.proto` on traitwire: owned, sharing the bytes they are read from, and borrowing from them.

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::Bytes;
use faststr::FastStr;
use traitwire::Message;

#[derive(Debug, PartialEq, Message)]
pub struct Small {
    #[proto(1)]
    pub name: String,
    #[proto(2)]
    pub id: i64,
    #[proto(3)]
    pub active: bool,
}

#[derive(Debug, PartialEq, Message)]
pub struct BorrowedSmall<'a> {
    #[proto(1)]
    pub name: &'a str,
    #[proto(2)]
    pub id: i64,
    #[proto(3)]
    pub active: bool,
}

/// The same batch of records with strings and bytes of these types.
macro_rules! batch {
    (
        $($a:lifetime)?, $string:ty, $bytes:ty, $labels:ty,
        $batch:ident $record:ident $origin:ident $($label:ident)?
    ) => {
        #[derive(Debug, PartialEq, Message)]
        pub struct $batch$(<$a>)? {
            #[proto(1)]
            pub source: $string,
            #[proto(2)]
            pub records: Vec<$record$(<$a>)?>,
        }

        #[derive(Debug, PartialEq, Message)]
        pub struct $record$(<$a>)? {
            #[proto(1, fixed)]
            pub time_unix_nano: u64,
            #[proto(2)]
            pub severity: i32,
            #[proto(3)]
            pub severity_text: $string,
            #[proto(4)]
            pub body: $string,
            #[proto(5)]
            pub labels: $labels,
            #[proto(6)]
            pub trace_id: $bytes,
            #[proto(7)]
            pub span_id: $bytes,
            #[proto(8)]
            pub flags: u32,
            #[proto(9)]
            pub origin: Option<$origin$(<$a>)?>,
        }

        $(
            #[derive(Debug, PartialEq, Message)]
            pub struct $label {
                #[proto(1)]
                pub key: $string,
                #[proto(2)]
                pub value: $string,
            }
        )?

        #[derive(Debug, PartialEq, Message)]
        pub struct $origin$(<$a>)? {
            #[proto(1)]
            pub file: $string,
            #[proto(2)]
            pub line: u32,
            #[proto(3)]
            pub function: $string,
        }
    };
}

batch!(, String, Vec<u8>, Vec<Label>, LogBatch LogRecord Origin Label);
batch!(
    , FastStr, Bytes, Vec<SharedLabel>,
    SharedLogBatch SharedLogRecord SharedOrigin SharedLabel
);
batch!(
    'a, Cow<'a, str>, &'a [u8], Vec<BorrowedLabel<'a>>,
    BorrowedLogBatch BorrowedLogRecord BorrowedOrigin
);
batch!(, String, Vec<u8>, HashMap<String, String>, MapBatch MapRecord MapOrigin);
batch!(
    'a, &'a str, &'a [u8], HashMap<&'a str, &'a str>,
    BorrowedMapBatch BorrowedMapRecord BorrowedMapOrigin
);

#[derive(Debug, PartialEq, Message)]
pub struct BorrowedLabel<'a> {
    #[proto(1)]
    pub key: &'a str,
    #[proto(2)]
    pub value: Cow<'a, str>,
}

#[derive(Debug, PartialEq, Message)]
pub struct Samples {
    #[proto(1)]
    pub times: Vec<i64>,
    #[proto(2, sint)]
    pub deltas: Vec<i32>,
    #[proto(3)]
    pub values: Vec<f64>,
    #[proto(4, fixed)]
    pub hashes: Vec<u32>,
    #[proto(5)]
    pub points: Vec<Point>,
}

#[derive(Debug, PartialEq, Message)]
pub struct Point {
    #[proto(1)]
    pub x: i32,
    #[proto(2)]
    pub y: i32,
    #[proto(3)]
    pub id: u64,
    #[proto(4)]
    pub weight: f32,
    #[proto(5)]
    pub visible: bool,
}
