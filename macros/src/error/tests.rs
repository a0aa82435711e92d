//! What comes out, and what is wrong.

use expect_test::{Expect, expect};
use syn::DeriveInput;

use super::{GrpcError, expand};
use crate::diagnostics::tests::check_errors;

/// Checks the errors of an enum with these variants, beside the one for everything else.
#[track_caller]
fn variants(source: &str, expect: Expect) {
    whole(
        &format!("enum GuideError {{ {source}, #[grpc(other)] Other(Status) }}"),
        expect,
    );
}

#[track_caller]
fn whole(source: &str, expect: Expect) {
    check_errors(
        source,
        |cx, item| {
            let item: DeriveInput = cx.ok(syn::parse2(item))?;
            GrpcError::read(cx, &item).map(|_| ())
        },
        expect,
    );
}

#[test]
fn an_error() {
    let source = r#"
        /// What goes wrong.
        #[grpc(package = "guide.v1")]
        enum GuideError {
            /// There is nothing.
            #[grpc(NotFound, "no feature at {at:?}", reserved(2, "old"))]
            NoFeature {
                /// The place.
                #[proto(1)]
                at: Point,
            },
            #[grpc(Unavailable, name = "Closed")]
            Gone,
            #[grpc(InvalidArgument, "wrong: {0}")]
            Invalid(BadRequest),
            #[grpc(other)]
            Other(Status),
        }"#;
    let tokens = expand(source.parse().expect("the source has balanced brackets"));
    let file = syn::parse2(tokens).expect("an expansion is made of items");
    expect![[r##"
        #[allow(
            deprecated,
            non_camel_case_types,
            unused_qualifications,
            clippy::all,
            clippy::pedantic
        )]
        const _: () = {
            /// What goes wrong.
            #[derive(::traitwire::Message)]
            #[proto(name = "GuideError", package = "guide.v1", crate = ::traitwire)]
            struct GuideError_;
            /// There is nothing.
            ///
            /// In the details of a status NOT_FOUND.
            #[derive(::traitwire::Message)]
            #[proto(
                name = "NoFeature",
                nested_in = GuideError_,
                reserved(2, "old"),
                crate = ::traitwire
            )]
            struct GuideError_NoFeature {
                /// The place.
                #[proto(1)]
                at: Point,
            }
            /// In the details of a status UNAVAILABLE.
            #[derive(::traitwire::Message)]
            #[proto(name = "Closed", nested_in = GuideError_, reserved(), crate = ::traitwire)]
            struct GuideError_Gone {}
            #[automatically_derived]
            impl ::traitwire::GrpcError for GuideError {
                const DESCRIPTOR: ::core::option::Option<
                    &'static ::traitwire::schema::ErrorDescriptor,
                > = ::core::option::Option::Some(
                    &::traitwire::schema::ErrorDescriptor {
                        variants: &[
                            ::traitwire::schema::ErrorVariant {
                                code: "NOT_FOUND",
                                detail: <GuideError_NoFeature as ::traitwire::__private::Detail>::descriptor,
                            },
                            ::traitwire::schema::ErrorVariant {
                                code: "UNAVAILABLE",
                                detail: <GuideError_Gone as ::traitwire::__private::Detail>::descriptor,
                            },
                            ::traitwire::schema::ErrorVariant {
                                code: "INVALID_ARGUMENT",
                                detail: <BadRequest as ::traitwire::__private::Detail>::descriptor,
                            },
                        ],
                    },
                );
                fn into_status(self) -> ::traitwire::Status {
                    let message = match &self {
                        Self::Other(_) => ::std::string::String::new(),
                        known => ::std::string::ToString::to_string(known),
                    };
                    match self {
                        Self::NoFeature { at } => {
                            <GuideError_NoFeature as ::traitwire::__private::Detail>::into_status(
                                GuideError_NoFeature { at },
                                ::traitwire::Code::NotFound,
                                message,
                            )
                        }
                        Self::Gone {} => {
                            <GuideError_Gone as ::traitwire::__private::Detail>::into_status(
                                GuideError_Gone {},
                                ::traitwire::Code::Unavailable,
                                message,
                            )
                        }
                        Self::Invalid(detail) => {
                            <BadRequest as ::traitwire::__private::Detail>::into_status(
                                detail,
                                ::traitwire::Code::InvalidArgument,
                                message,
                            )
                        }
                        Self::Other(status) => {
                            <Status as ::traitwire::__private::OtherStatus>::into_status(status)
                        }
                    }
                }
                fn from_status(status: ::traitwire::Status, package: &str) -> Self {
                    read(status, ::core::option::Option::Some(package))
                }
            }
            /// The variant that the status is, in the details of a service in this package, or in any.
            fn read(
                status: ::traitwire::Status,
                package: ::core::option::Option<&str>,
            ) -> GuideError {
                {
                    let details = ::traitwire::__private::ErrorDetails::new(&status, package);
                    if let ::core::option::Option::Some(GuideError_NoFeature { at }) = <GuideError_NoFeature as ::traitwire::__private::Detail>::find(
                        &details,
                        ::traitwire::Code::NotFound,
                    ) {
                        return GuideError::NoFeature { at };
                    }
                    if let ::core::option::Option::Some(GuideError_Gone {}) = <GuideError_Gone as ::traitwire::__private::Detail>::find(
                        &details,
                        ::traitwire::Code::Unavailable,
                    ) {
                        return GuideError::Gone {};
                    }
                    if let ::core::option::Option::Some(detail) = <BadRequest as ::traitwire::__private::Detail>::find(
                        &details,
                        ::traitwire::Code::InvalidArgument,
                    ) {
                        return GuideError::Invalid(detail);
                    }
                }
                GuideError::Other(<Status as ::traitwire::__private::OtherStatus>::new(status))
            }
            #[automatically_derived]
            impl ::core::convert::From<::traitwire::Status> for GuideError {
                fn from(status: ::traitwire::Status) -> Self {
                    read(status, ::core::option::Option::None)
                }
            }
            #[automatically_derived]
            impl ::core::convert::From<GuideError> for ::traitwire::Status {
                fn from(error: GuideError) -> Self {
                    ::traitwire::GrpcError::into_status(error)
                }
            }
            #[automatically_derived]
            impl ::core::fmt::Display for GuideError {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    match self {
                        Self::NoFeature { at, .. } => ::core::write!(f, "no feature at {at:?}"),
                        Self::Gone { .. } => ::core::write!(f, "gone"),
                        Self::Invalid(field_0) => ::core::write!(f, "wrong: {field_0}"),
                        Self::Other(status) => {
                            ::core::fmt::Display::fmt(
                                <Status as ::traitwire::__private::OtherStatus>::get(status),
                                f,
                            )
                        }
                    }
                }
            }
            #[automatically_derived]
            impl ::std::error::Error for GuideError {
                fn source(
                    &self,
                ) -> ::core::option::Option<&(dyn ::std::error::Error + 'static)> {
                    match self {
                        Self::Other(status) => {
                            ::std::error::Error::source(
                                <Status as ::traitwire::__private::OtherStatus>::get(status),
                            )
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        };
    "##]].assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn an_error_may_have_all_of_this() {
    whole(
        r#"#[grpc(name = "Trouble", package = "guide.v1", crate = ::my::traitwire)]
        enum GuideError {
            #[grpc(NotFound, "no {{{type}}} at {at:>9} {at}", name = "Nothing", reserved(3..5))]
            NoFeature { #[proto(1)] at: i32, #[proto(2)] r#type: String },
            #[grpc(Internal)] Broken {},
            #[grpc(Aborted)] Nobody,
            #[grpc(InvalidArgument, "{0:?}")] Invalid(BadRequest),
            #[grpc(NotFound)] Missing(BadRequest),
            #[grpc(other)] Other(Status),
        }"#,
        expect![[r#"
            no error
        "#]],
    );
}

#[test]
fn a_code_is_one_of_grpcs() {
    variants(
        "Lost",
        expect![[r#"
        at `Lost`: `Lost` has no code

        help: write `#[grpc(NotFound, "what is wrong")] Lost`, with one of gRPC's codes; the variant for everything else is `#[grpc(other)]`
    "#]],
    );
    variants(
        r#"#[grpc("lost")] Lost"#,
        expect![[r#"
        at `Lost`: `Lost` has no code

        help: write `#[grpc(NotFound, "what is wrong")] Lost`, with one of gRPC's codes; the variant for everything else is `#[grpc(other)]`
    "#]],
    );
    variants(
        "#[grpc(NotFuond)] Lost, #[grpc(NOT_FOUND)] Gone, #[grpc(Fantastic)] Best, #[grpc(Ok)] Fine",
        expect![[r#"
        at `NotFuond`: unknown code `NotFuond`; did you mean `NotFound`?
        at `NOT_FOUND`: unknown code `NOT_FOUND`; did you mean `NotFound`?
        at `Fantastic`: unknown code `Fantastic`; the codes are `Cancelled`, `Unknown`, `InvalidArgument`, `DeadlineExceeded`, `NotFound`, `AlreadyExists`, `PermissionDenied`, `ResourceExhausted`, `FailedPrecondition`, `Aborted`, `OutOfRange`, `Unimplemented`, `Internal`, `Unavailable`, `DataLoss` and `Unauthenticated`
        at `Ok`: `Ok` is no error; the other codes are what a call can fail with
    "#]],
    );
    variants(
        r#"#[grpc(NotFound, Internal)] Lost, #[grpc(NotFound, nam = "x")] Gone"#,
        expect![[r#"
        at `Internal`: unknown option `Internal`; the options are `other`, `name` and `reserved`
        at `nam`: unknown option `nam`; did you mean `name`?
    "#]],
    );
}

#[test]
fn a_message_has_the_variants_fields_in_it() {
    variants(
        r#"#[grpc(NotFound, "no {x} at {at}")] Lost { #[proto(1)] at: i32 }"#,
        expect![[r#"
        at `"no {x} at {at}"`: there is no field `x` to put into the message; the only field is `at`, `{at}`
    "#]],
    );
    variants(
        r#"#[grpc(NotFound, "no {}")] Lost { #[proto(1)] at: i32, #[proto(2)] by: i32 }"#,
        expect![[r#"
        at `"no {}"`: a placeholder names a field; the fields are `at` and `by`: `{at}`
    "#]],
    );
    variants(
        r#"#[grpc(NotFound, "no {at}")] Lost"#,
        expect![[r#"
        at `"no {at}"`: there is no field `at` to put into the message; the variant has no fields
    "#]],
    );
    variants(
        r#"#[grpc(NotFound, "no {1}")] Lost(Point)"#,
        expect![[r#"
        at `"no {1}"`: there is no field `1` to put into the message; the only field is `0`, `{0}`
    "#]],
    );
    variants(
        "#[grpc(NotFound, 7)] Lost",
        expect![[r#"
        at `7`: the message is a string: `#[grpc(NotFound, "no feature at {at:?}")]`
    "#]],
    );
    variants(
        r#"#[grpc(NotFound, "a", "b")] Lost"#,
        expect![[r#"
        at `"b"`: only one value without a name is expected here
    "#]],
    );
}

#[test]
fn fields_have_names() {
    variants(
        "#[grpc(NotFound)] Lost(#[proto(1)] Point)",
        expect![[r#"
        at `(#[proto(1)] Point)`: the fields of a message have names in protobuf, and these have none

        help: write `Lost { #[proto(1)] name: Type }`; or `Lost(Type)`, where the type is a message and all of the detail
    "#]],
    );
    variants(
        "#[grpc(NotFound)] Lost(Point, i32)",
        expect![[r#"
        at `(Point, i32)`: the fields of a message have names in protobuf, and these have none

        help: write `Lost { #[proto(1)] name: Type }`; or `Lost(Type)`, where the type is a message and all of the detail
    "#]],
    );
    variants(
        "#[grpc(NotFound, reserved(2))] Lost(Point)",
        expect![[r#"
        at `2`: what is reserved is said by the message that the variant holds
    "#]],
    );
}

#[test]
fn one_variant_is_for_everything_else() {
    whole(
        "enum GuideError { #[grpc(NotFound)] Lost }",
        expect![[r#"
        at `GuideError`: a call may end with a status that this enum doesn't know, and there is no variant for it

        help: add `#[grpc(other)] Other(Status)`
    "#]],
    );
    whole(
        "enum GuideError {}",
        expect![[r#"
        at `GuideError`: a call may end with a status that this enum doesn't know, and there is no variant for it

        help: add `#[grpc(other)] Other(Status)`
    "#]],
    );
    whole(
        "enum GuideError { #[grpc(other)] Other(Status), #[grpc(other)] Rest(Status) }",
        expect![[r#"
        at `Rest`: there is one variant for everything else; remove `other` from this one
    "#]],
    );
    whole(
        "enum GuideError { #[grpc(other)] Other }",
        expect![[r#"
        at `other`: the variant for everything else holds the status

        help: write `#[grpc(other)] Other(Status)`
    "#]],
    );
    whole(
        "enum GuideError { #[grpc(other)] Other { status: Status } }",
        expect![[r#"
        at `other`: the variant for everything else holds the status

        help: write `#[grpc(other)] Other(Status)`
    "#]],
    );
    whole(
        "enum GuideError { #[grpc(other, Internal)] Other(Status) }",
        expect![[r#"
        at `Internal`: unknown option `Internal`; the only option is `other`
    "#]],
    );
}

#[test]
fn variants_are_told_apart() {
    variants(
        "#[grpc(NotFound)] Lost(Point), #[grpc(NotFound)] Gone(Point)",
        expect![[r#"
        at `Point`: `Lost` has the same code and the same message: nobody could tell which of the two is meant
    "#]],
    );
    variants(
        r#"#[grpc(NotFound)] Lost, #[grpc(NotFound, name = "Lost")] Gone"#,
        expect![[r#"
        at `Gone`: the name `Lost` is already that of `Lost`
    "#]],
    );
}

#[test]
fn an_error_is_an_enum() {
    whole(
        "struct GuideError(Status);",
        expect![[r#"
        at `GuideError`: an error is an enum: a variant for each thing that goes wrong, and one for everything else

        help: for an error of another kind, implement `GrpcError` and `From<Status>` by hand
    "#]],
    );
    whole(
        "enum GuideError<T> { #[grpc(other)] Other(T) }",
        expect![[r#"
            at `<T>`: an error can't be generic: the messages in its details have names in protobuf, and types of their own

            help: write one error for each type that stands in for the parameter
        "#]],
    );
    whole(
        r#"#[grpc(package = "guide v1", name = "1", pakage = "x")] enum GuideError { #[grpc(other)] Other(Status) }"#,
        expect![[r#"
        at `pakage`: unknown option `pakage`; did you mean `package`?
        at `"guide v1"`: `guide v1` can't be a protobuf name: ` ` is not an ASCII letter, digit or underscore
        at `"1"`: `1` can't be a protobuf name: it starts with a digit
    "#]],
    );
}
