//! Bearer tokens (RFC 6750): who calls proves it with each call.

use std::fmt;
use std::sync::Arc;

use super::{BoxFuture, Interceptor, Next, Reply, Request, Side};
use crate::metadata::Metadata;
use crate::status::Status;

/// Lets only those calls reach a server's handlers that carry a bearer token, and leaves what the token stands for in
/// [`Context::extensions`](crate::Context::extensions).
///
/// A call without a token, with several, or with another kind of authorization ends with UNAUTHENTICATED. What the
/// verifier's error is, the call ends with: UNAUTHENTICATED for a token that is no good, PERMISSION_DENIED for one that is
/// not good enough. It runs under the call's deadline.
///
/// ```
/// use traitwire::interceptor::BearerAuth;
/// use traitwire::{Context, Server, Status};
/// # use traitwire::grpc_service;
/// # #[grpc_service(package = "guide")]
/// # trait Guide { async fn ping(&self, cx: Context) -> Result<(), Status>; }
///
/// #[derive(Clone)]
/// struct User(String);
///
/// async fn verify(token: String) -> Result<User, Status> {
///     match token.strip_prefix("user-") {
///         Some(name) => Ok(User(name.to_owned())),
///         None => Err(Status::unauthenticated("not one of our tokens")),
///     }
/// }
///
/// struct MyGuide;
/// impl Guide for MyGuide {
///     async fn ping(&self, cx: Context) -> Result<(), Status> {
///         let User(_name) = cx.extensions().get().ok_or_else(|| Status::internal("nobody was let in"))?;
///         Ok(())
///     }
/// }
/// let server = Server::new().add(GuideServer::new(MyGuide)).intercept(BearerAuth::new(verify));
/// ```
///
/// Tokens are to be compared in a time that doesn't depend on them, where they are secrets and no signatures; looking up
/// their hash is one way.
#[derive(Clone, Copy)]
pub struct BearerAuth<V> {
    verify: V,
}

impl<V, F, T> BearerAuth<V>
where
    V: Fn(String) -> F + Send + Sync + 'static,
    F: Future<Output = Result<T, Status>> + Send,
    T: Clone + Send + Sync + 'static,
{
    /// Has tokens verified by this function.
    pub fn new(verify: V) -> Self {
        Self { verify }
    }
}

impl<V, F, T> Interceptor for BearerAuth<V>
where
    V: Fn(String) -> F + Send + Sync + 'static,
    F: Future<Output = Result<T, Status>> + Send,
    T: Clone + Send + Sync + 'static,
{
    async fn intercept(&self, mut request: Request, next: Next<'_>) -> Result<Reply, Status> {
        if request.side() == Side::Client {
            return Err(Status::internal(
                "BearerAuth is for servers; a client sends its token by BearerToken",
            ));
        }
        let token = token(request.metadata())?.to_owned();
        let caller = (self.verify)(token).await?;
        request.extensions_mut().insert(caller);
        next.run(request).await
    }
}

impl<V> fmt::Debug for BearerAuth<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerAuth").finish_non_exhaustive()
    }
}

/// The token of a call. No error shows what there is instead.
fn token(metadata: &Metadata) -> Result<&str, Status> {
    let mut values = metadata.get_all(AUTHORIZATION);
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Status::unauthenticated(
            match metadata.contains_key(AUTHORIZATION) {
                true => "the call has an `authorization` that can't be read, or several",
                false => "the call has no bearer token (`authorization`)",
            },
        ));
    };
    let token = value.split_once(' ').and_then(|(scheme, token)| {
        // RFC 9110, section 11.1: the name of a scheme may be written in any case.
        let bearer = scheme.eq_ignore_ascii_case("bearer");
        bearer.then(|| token.trim_ascii())
    });
    match token {
        Some(token) if !token.is_empty() => Ok(token),
        Some(_) | None => Err(Status::unauthenticated(
            "the `authorization` of the call is no bearer token",
        )),
    }
}

/// Sends a bearer token with each call of a channel.
///
/// A call that has its own `authorization` keeps it. Where somebody on the way could read the token
/// ([`Request::is_private`]), the call fails with UNAUTHENTICATED before it is sent.
///
/// ```
/// use traitwire::Channel;
/// use traitwire::interceptor::BearerToken;
///
/// # async fn fetch() -> Result<String, traitwire::Status> { Ok(String::new()) }
/// # fn example(channel: Channel) {
/// let channel = channel.intercept(BearerToken::new("s3cret"));
/// // Or one that has to be fetched, and renewed.
/// let channel = channel.intercept(BearerToken::from_provider(fetch));
/// # }
/// ```
#[derive(Clone)]
pub struct BearerToken {
    provide: Arc<dyn Fn() -> BoxFuture<'static, Result<String, Status>> + Send + Sync>,
    over_plaintext: bool,
}

impl BearerToken {
    /// Sends this token.
    pub fn new(token: impl Into<String>) -> Self {
        let token = token.into();
        Self::from_provider(move || {
            let token = token.clone();
            async { Ok(token) }
        })
    }

    /// Asks for a token before each call. Its error is what the call ends with. It runs under the call's deadline, once
    /// for each call: whoever fetches tokens from elsewhere keeps them as long as they are good.
    pub fn from_provider<P, F>(provide: P) -> Self
    where
        P: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<String, Status>> + Send + 'static,
    {
        Self {
            provide: Arc::new(move || Box::pin(provide())),
            over_plaintext: false,
        }
    }

    /// Sends it also where others on the way can read, and use, it: for tests, and where a proxy beside the client sees to
    /// secrecy.
    #[must_use]
    pub fn over_plaintext(mut self) -> Self {
        self.over_plaintext = true;
        self
    }
}

impl Interceptor for BearerToken {
    async fn intercept(&self, mut request: Request, next: Next<'_>) -> Result<Reply, Status> {
        if request.side() == Side::Server {
            return Err(Status::internal(
                "BearerToken is for clients; a server verifies tokens by BearerAuth",
            ));
        }
        if !request.metadata().contains_key(AUTHORIZATION) {
            if !request.is_private() && !self.over_plaintext {
                return Err(Status::unauthenticated(
                    "a bearer token is not sent over plaintext: use TLS, or allow it by BearerToken::over_plaintext",
                ));
            }
            let token = (self.provide)().await?;
            let value = format!("Bearer {token}");
            request.metadata_mut().insert(AUTHORIZATION, value)?;
        }
        next.run(request).await
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerToken")
            .field("over_plaintext", &self.over_plaintext)
            .finish_non_exhaustive()
    }
}

const AUTHORIZATION: &str = "authorization";

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[track_caller]
    fn check(values: &[&str], expect: Expect) {
        let mut metadata = Metadata::new();
        for value in values {
            metadata.push_field(AUTHORIZATION.as_bytes(), value.as_bytes());
        }
        expect.assert_eq(&match token(&metadata) {
            Ok(token) => token.to_owned(),
            Err(status) => status.to_string(),
        });
    }

    #[test]
    fn a_token_comes_after_its_scheme() {
        check(&["Bearer abc"], expect!["abc"]);
        check(&["bearer  a.b-c~d+/=="], expect!["a.b-c~d+/=="]);
    }

    #[test]
    fn anything_else_is_refused() {
        check(
            &[],
            expect!["UNAUTHENTICATED: the call has no bearer token (`authorization`)"],
        );
        check(
            &["Bearer a", "Bearer b"],
            expect![
                "UNAUTHENTICATED: the call has an `authorization` that can't be read, or several"
            ],
        );
        check(
            &["ü"],
            expect![
                "UNAUTHENTICATED: the call has an `authorization` that can't be read, or several"
            ],
        );
        let no_token = "UNAUTHENTICATED: the `authorization` of the call is no bearer token";
        for value in ["", "Bearer", "Bearer ", "Basic abc", "abc", "Bearerabc"] {
            let mut metadata = Metadata::new();
            metadata.push_field(AUTHORIZATION.as_bytes(), value.as_bytes());
            assert_eq!(token(&metadata).unwrap_err().to_string(), no_token);
        }
    }
}
