//! gRPC, a health page and a REST route on one port: an `axum` application whose API is a trait.
//!
//! ```sh
//! cargo run -p example-axum                               # the server, with its log
//! cargo run -p example-axum --bin shorten -- https://doc.rust-lang.org/    # by gRPC
//! curl http://127.0.0.1:3000/links                        # by REST
//! curl http://127.0.0.1:3000/health                       # a page
//! ```
//!
//! The application shortens links. Programs create and look them up by gRPC, people follow them with a browser.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::get;
use axum::{Json, Router};
use tower_http::trace::TraceLayer;
use traitwire::{GrpcError, Message, Status, grpc_service};

/// Asks for a short link.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreateLinkRequest {
    /// Where the link is to lead.
    #[proto(1)]
    pub url: String,
}

/// Tells the short link that was made.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct CreateLinkResponse {
    /// The link.
    #[proto(1)]
    pub link: Link,
}

/// Asks where a link leads.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct GetLinkRequest {
    /// The short name of the link.
    #[proto(1)]
    pub slug: String,
}

/// Tells where a link leads.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct GetLinkResponse {
    /// The link.
    #[proto(1)]
    pub link: Link,
}

/// A short name for a URL.
///
/// It is a message of the gRPC service and, by serde, the JSON of the REST route.
#[derive(Clone, Debug, PartialEq, serde::Serialize, Message)]
pub struct Link {
    /// The short name: `/a1` redirects to the URL.
    #[proto(1)]
    pub slug: String,
    /// Where the link leads.
    #[proto(2)]
    pub url: String,
}

/// What goes wrong with links.
#[derive(Debug, GrpcError)]
pub enum LinkError {
    /// Only pages of the web can be linked to.
    #[grpc(InvalidArgument, "`{url}` is no URL of the web")]
    NotOfTheWeb {
        /// What was to be linked to.
        #[proto(1)]
        url: String,
    },
    /// Nobody has made this link.
    #[grpc(NotFound, "there is no link `{slug}`")]
    NoLink {
        /// The name that was asked for.
        #[proto(1)]
        slug: String,
    },
    /// Whatever else ends a call.
    #[grpc(other)]
    Other(Status),
}

/// Shortens links.
#[grpc_service(package = "links.v1", file = "links/v1/links.proto")]
pub trait LinkService {
    /// Makes a short link.
    async fn create_link(
        &self,
        request: CreateLinkRequest,
    ) -> Result<CreateLinkResponse, LinkError>;

    /// Looks up a link.
    #[rpc(no_side_effects)]
    async fn get_link(&self, request: GetLinkRequest) -> Result<GetLinkResponse, LinkError>;
}

traitwire::protos! { dir = "../../protos", services = [LinkService] }

/// The links that were made, by their slug. All clones hold the same ones.
#[derive(Clone, Debug, Default)]
pub struct Links {
    links: Arc<Mutex<BTreeMap<String, Link>>>,
}

impl Links {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Link>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What programs see.
impl LinkService for Links {
    async fn create_link(
        &self,
        request: CreateLinkRequest,
    ) -> Result<CreateLinkResponse, LinkError> {
        let CreateLinkRequest { url } = request;
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(LinkError::NotOfTheWeb { url });
        }
        let mut links = self.lock();
        let link = Link {
            slug: format!("a{}", links.len() + 1),
            url,
        };
        links.insert(link.slug.clone(), link.clone());
        Ok(CreateLinkResponse { link })
    }

    async fn get_link(&self, request: GetLinkRequest) -> Result<GetLinkResponse, LinkError> {
        match self.lock().get(&request.slug) {
            Some(link) => Ok(GetLinkResponse { link: link.clone() }),
            None => Err(LinkError::NoLink { slug: request.slug }),
        }
    }
}

/// The whole application: every route of it, gRPC among them, under one layer.
pub fn app() -> Router {
    let links = Links::default();
    let web = Router::new()
        .route("/health", get(health))
        .route("/links", get(list))
        .route("/{slug}", get(follow))
        .with_state(links.clone());
    LinkServiceServer::new(links)
        .into_router()
        .merge(web)
        .layer(TraceLayer::new_for_grpc())
}

async fn health(State(links): State<Links>) -> Html<String> {
    Html(format!(
        "<!doctype html><title>Links</title><p>All is well with {} links.</p>",
        links.lock().len()
    ))
}

async fn list(State(links): State<Links>) -> Json<Vec<Link>> {
    Json(links.lock().values().cloned().collect())
}

async fn follow(State(links): State<Links>, Path(slug): Path<String>) -> impl IntoResponse {
    match links.lock().get(&slug) {
        Some(link) => Redirect::temporary(&link.url).into_response(),
        None => (StatusCode::NOT_FOUND, "there is no such link\n").into_response(),
    }
}
