//! Any error, for programs that only report what went wrong.

use std::error::Error as StdError;
use std::fmt;

/// Any error, for a `main` that only reports what went wrong: `?` turns every error into one.
///
/// What a `main` returns is printed as `{:?}`, so that is the message here, as it is of `{}`.
///
/// ```
/// fn main() -> traitwire::Result<()> {
///     let port: u16 = "50051".parse()?;
///     Ok(())
/// }
/// ```
pub struct Error(Box<dyn StdError + Send + Sync>);

impl Error {
    /// The error itself, if it is one of this type.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl From<Error> for Box<dyn StdError + Send + Sync> {
    fn from(error: Error) -> Self {
        error.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
