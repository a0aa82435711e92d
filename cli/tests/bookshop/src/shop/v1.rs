// Copyright of somebody.

// Books over the counter.

//! The shop: what is sold, and to whom.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use traitwire::well_known::{Any, FieldMask, NullValue, StringValue, Struct, Value};
use traitwire::{Enumeration, Message, OneOf, Status, Streaming, grpc_service};

use crate::acme::Money;
use crate::shop::r#type::{Group, Kind};

/// Sells books.
#[grpc_service(package = "shop.v1")]
pub trait Shop {
    /// Finds a book by its ISBN.
    #[rpc(no_side_effects)]
    async fn get_book(&self, request: GetBookRequest) -> Result<Book, Status>;

    /// All of them.
    async fn list_books(&self) -> Result<Streaming<Book>, Status>;

    // What follows came later.

    async fn add_books(&self, requests: Streaming<Book>) -> Result<(), Status>;

    #[rpc(deprecated)]
    async fn chat(&self, requests: Streaming<Book>) -> Result<Streaming<Book>, Status>;

    /// Its name is one that the client has for itself.
    #[rpc(idempotent)]
    async fn new_(&self, request: Book) -> Result<Book, Status>;

    async fn r#move(&self, request: Kind) -> Result<OptionMessage, Status>;

    #[rpc(name = "getURL")]
    async fn get_url(&self, request: ContextMessage) -> Result<StatusMessage, Status>;
}

#[grpc_service(package = "shop.v1", name = "shop_admin", deprecated)]
pub trait ShopAdmin {
    async fn stop(&self) -> Result<(), Status>;
}

// It was the shelf.

/// A book.
///
///     indented = 1;
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(reserved(2, 100..=199, 1000.., "shelf", "row"))]
pub struct Book {
    #[proto(1)]
    pub isbn: String,
    #[proto(3)]
    pub authors: Vec<String>,
    #[proto(4, deprecated)]
    pub pages: Option<i32>,
    #[proto(5)]
    pub cover: Cover,
    #[proto(6)]
    pub editions: HashMap<String, Edition>,
    #[proto(7, key = sint, value = fixed)]
    pub copies_by_year: HashMap<i32, u64>,
    /// Where it came from.
    #[proto(oneof)]
    pub origin: Option<BookOrigin>,
    #[proto(13)]
    pub r#type: Option<Kind>,
    #[proto(14)]
    pub price: Option<Money>,
    #[proto(15)]
    pub printed_at: Option<SystemTime>,
    #[proto(16)]
    pub loan: Option<Duration>,
    #[proto(17)]
    pub extras: Vec<Any>,
    #[proto(18)]
    pub notes: Option<Struct>,
    #[proto(19)]
    pub mask: Option<FieldMask>,
    #[proto(20)]
    pub subtitle: Option<StringValue>,
    #[proto(21)]
    pub sequel: Option<Box<Book>>,
    #[proto(22)]
    pub best_review: Option<Review>,
    #[proto(23)]
    pub reviews: Vec<Review>,
    #[proto(24)]
    pub scan: Vec<u8>,
    #[proto(25)]
    pub u32: u32,
    #[proto(26)]
    pub u64: u64,
    #[proto(27, fixed)]
    pub f32: u32,
    #[proto(28, fixed)]
    pub sf32: i32,
    #[proto(29, fixed)]
    pub sf64: i64,
    #[proto(30, sint)]
    pub deltas: Vec<i32>,
    #[proto(31)]
    pub weight: f64,
    #[proto(32)]
    pub ratio: f32,
    #[proto(33)]
    pub self_: bool,
    #[proto(34)]
    pub nothing: Option<NullValue>,
    #[proto(35)]
    pub values: Vec<Value>,
    #[proto(oneof, name = "oneOfOthers")]
    pub one_of_others: Option<BookOneOfOthers>,
    #[proto(41)]
    pub lent_at: HashMap<String, SystemTime>,
    #[proto(42)]
    pub loans: Vec<Duration>,
    #[proto(43)]
    pub empties: HashMap<i32, ()>,
    #[proto(44)]
    pub stars: HashMap<bool, Stars>,
    #[proto(45)]
    pub scans: HashMap<u64, Vec<u8>>,
    #[proto(46)]
    pub nothing_at_all: Option<()>,
    #[proto(47)]
    pub nothings: Vec<()>,
    #[proto(48)]
    pub all_stars: Vec<Stars>,
    #[proto(49)]
    pub maybe_scan: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum BookOrigin {
    #[proto(8)]
    Shop(String),
    /// Another book.
    #[proto(9)]
    CopyOf(Box<Book>),
    #[proto(10)]
    Unknown,
    #[proto(11, sint, name = "secondHand")]
    SecondHand(i64),
    #[proto(12)]
    KindGroup(Group),
}

#[derive(Clone, Debug, PartialEq, OneOf)]
pub enum BookOneOfOthers {
    #[proto(36, name = "pageCount")]
    PageCount(i32),
    #[proto(37)]
    LostAt(SystemTime),
    #[proto(38)]
    Other(Any),
    #[proto(39)]
    Raw(Vec<u8>),
    #[proto(40)]
    CoverOnly(Cover),
}

#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(nested_in = Book, deprecated)]
pub struct Edition {
    #[proto(1)]
    pub number: i32,
    #[proto(2)]
    pub status: Option<EditionStatus>,
}

#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(name = "Status", nested_in = Edition)]
pub struct EditionStatus {
    #[proto(1)]
    pub sold_out: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
#[proto(nested_in = Book, reserved(-9..=-5, 100.., "COVER_NONE"))]
pub enum Cover {
    #[default]
    #[proto(0)]
    Unspecified,
    /// Hard.
    #[proto(1)]
    Hard,
    #[proto(2, alias("COVER_PAPERBACK"), deprecated)]
    Soft,
    #[proto(-1)]
    Minus,
    /// A number that this version doesn't know.
    #[proto(other)]
    Other(i32),
}

#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct GetBookRequest {
    #[proto(1)]
    pub isbn: String,
}

/// Reviews have answers.
#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct Review {
    #[proto(1)]
    pub text: String,
    #[proto(2)]
    pub answer: Option<Box<Answer>>,
}

#[derive(Clone, Debug, Default, PartialEq, Message)]
pub struct Answer {
    #[proto(1)]
    pub review: Option<Box<Review>>,
    #[proto(2)]
    pub stars: Stars,
}

#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(name = "Option")]
pub struct OptionMessage {}

#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(name = "Context")]
pub struct ContextMessage {
    #[proto(1)]
    pub url: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
pub enum Stars {
    #[default]
    #[proto(0, name = "ZERO")]
    Zero,
    #[proto(1, name = "_1")]
    _1,
    #[proto(2, name = "Other")]
    Other,
    /// A number that this version doesn't know.
    #[proto(other)]
    Other2(i32),
}

/// How the shop is doing.
#[derive(Clone, Debug, Default, PartialEq, Message)]
#[proto(name = "Status")]
pub struct StatusMessage {
    #[proto(1)]
    pub open: bool,
}
