// Errors with everything that they may have, in a scope where names mean something else.
#![deny(warnings, missing_docs, unused_qualifications, clippy::all, clippy::pedantic)]
//! Strict.

/// Shadows.
pub mod errors {
    use traitwire::details::Help;
    use traitwire::{GrpcError, Message};

    /// Not the one.
    #[derive(Debug)]
    pub struct Status;
    /// Not the one.
    #[derive(Debug)]
    pub struct Code;
    /// Not the one.
    #[derive(Debug)]
    pub struct Option;

    /// A place.
    #[derive(Debug, Message)]
    pub struct Place {
        /// Its name.
        #[proto(1)]
        pub name: String,
    }

    /// What goes wrong.
    #[derive(Debug, GrpcError)]
    #[grpc(name = "Trouble", package = "guide.v1")]
    pub enum GuideError {
        /// Nothing there.
        #[grpc(NotFound, "nothing {{{type}}} at {place:?} {number:>4}", name = "Nothing", reserved(9, "old"))]
        Lost {
            /// The place.
            #[proto(1)]
            place: Place,
            #[allow(missing_docs)]
            #[proto(2, sint)]
            number: i32,
            /// The kind.
            #[proto(3)]
            r#type: String,
        },
        /// No more.
        #[deprecated]
        #[grpc(Unavailable)]
        NoMore,
        /// Look it up.
        #[grpc(Internal, "read {0:?}")]
        Read(Help),
        /// Also.
        #[grpc(Aborted)]
        Reread(Help),
        /// The rest.
        #[grpc(other)]
        Rest(traitwire::Status),
    }
}

use errors::{GuideError, Place};
use traitwire::{Code, GrpcError, Status};

fn main() {
    let lost = GuideError::Lost {
        place: Place { name: "here".to_owned() },
        number: -1,
        r#type: "tree".to_owned(),
    };
    let text = "nothing {tree} at Place { name: \"here\" }   -1";
    assert_eq!(lost.to_string(), text);
    let status = Status::from(lost);
    assert_eq!((status.code(), status.message()), (Code::NotFound, text));
    // The package is known: the whole name is there at once.
    let details = status.rpc_status().expect("our own").details;
    assert_eq!(details[0].type_url, "type.googleapis.com/guide.v1.Trouble.Nothing");
    assert!(matches!(GuideError::from_status(status, "elsewhere"), GuideError::Lost { number: -1, .. }));

    let reread: GuideError = GuideError::Reread(Default::default()).into_status().into();
    assert!(matches!(reread, GuideError::Reread(_)));
    assert_eq!(reread.to_string(), "reread");
}
