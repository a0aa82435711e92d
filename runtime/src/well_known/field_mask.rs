//! `google.protobuf.FieldMask`.

use traitwire_macros::Message;

/// A set of fields, by their paths: which ones to return, or to change.
///
/// A path names a field of the message that the mask is for, or, after a dot, a field of the message in that field:
/// `user.display_name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "google.protobuf", file = "google/protobuf/field_mask.proto", json_form, crate = crate)]
pub struct FieldMask {
    /// The paths, with the names that the fields have in protobuf.
    #[proto(1)]
    pub paths: Vec<String>,
}

impl<S: Into<String>> FromIterator<S> for FieldMask {
    fn from_iter<I: IntoIterator<Item = S>>(paths: I) -> Self {
        Self {
            paths: paths.into_iter().map(Into::into).collect(),
        }
    }
}
