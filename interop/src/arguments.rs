//! A service whose methods take several arguments, and return values that are no messages.

use futures_util::TryStreamExt;
use traitwire::{Context, Enumeration, Message, Status, Streaming, grpc_service};

/// What is done with letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
pub enum Letters {
    /// Nothing.
    #[proto(0)]
    Unspecified,
    /// They become capitals.
    #[proto(1)]
    Capital,
}

/// One number of several.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CountResponse {
    /// The number.
    #[proto(1, sint)]
    pub number: i32,
}

/// One text of several.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct MeasureRequest {
    /// The text.
    #[proto(1)]
    pub text: String,
}

/// Takes and returns values.
#[grpc_service(package = "interop.arguments.v1")]
pub trait ArgumentService {
    /// Repeats a text.
    async fn repeat(
        &self,
        /// What is repeated.
        #[proto(1)]
        text: String,
        /// How often.
        #[proto(2)]
        times: u32,
        /// What stands between two of them; clients of the first version don't know of it, and get a comma.
        #[proto(4)]
        separator: Option<String>,
        #[proto(5)] letters: Letters,
        cx: Context,
    ) -> Result<String, Status>;

    /// Counts upwards.
    async fn count(
        &self,
        #[proto(1, sint)] first: i32,
        #[proto(2, sint)] last: i32,
    ) -> Result<Streaming<CountResponse>, Status>;

    /// How many bytes each has.
    #[proto(1, name = "lengths")]
    async fn measure(&self, texts: Streaming<MeasureRequest>) -> Result<Vec<u64>, Status>;

    /// The half, which odd numbers don't have.
    async fn halve(&self, number: i64) -> Result<Option<i64>, Status>;
}

/// The service, as we implement it.
#[derive(Clone, Copy, Debug)]
pub struct Values;

impl ArgumentService for Values {
    async fn repeat(
        &self,
        text: String,
        times: u32,
        separator: Option<String>,
        letters: Letters,
        cx: Context,
    ) -> Result<String, Status> {
        cx.add_trailing_metadata("x-times", times.to_string())?;
        let text = match letters {
            Letters::Unspecified => text,
            Letters::Capital => text.to_uppercase(),
        };
        let all: Vec<_> = (0..times.min(100)).map(|_| text.as_str()).collect();
        Ok(all.join(separator.as_deref().unwrap_or(",")))
    }

    async fn count(&self, first: i32, last: i32) -> Result<Streaming<CountResponse>, Status> {
        let numbers = (first..=last).map(|number| CountResponse { number });
        Ok(Streaming::from_iter(numbers))
    }

    async fn measure(&self, texts: Streaming<MeasureRequest>) -> Result<Vec<u64>, Status> {
        let lengths = texts.map_ok(|request| request.text.len() as u64);
        lengths.try_collect().await
    }

    async fn halve(&self, number: i64) -> Result<Option<i64>, Status> {
        Ok((number % 2 == 0).then_some(number / 2))
    }
}
