//! Whether a server is able to serve: `grpc.health.v1.Health`, which load balancers, Kubernetes and clients ask.
//!
//! ```
//! use traitwire::Server;
//! use traitwire::services::health::{HealthClient, HealthReporter, ServingStatus};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> traitwire::Result<()> {
//! let health = HealthReporter::new();
//! let server = Server::new().health_with(&health).start("127.0.0.1:0").await?;
//! // A database is gone.
//! health.set("", ServingStatus::NotServing);
//!
//! let client = HealthClient::connect(server.local_addr()).await?;
//! let answer = client.check(Default::default()).await?;
//! assert_eq!(answer.status, ServingStatus::NotServing);
//! # Ok(()) }
//! ```
//!
//! What the service says is written down in gRPC's [`doc/health-checking.md`][doc].
//!
//! [doc]: https://github.com/grpc/grpc/blob/master/doc/health-checking.md

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use crate::schema::ServiceDescriptor;
use crate::{Enumeration, Message, Server, Status, Streaming, grpc_service};

/// Tells whether a server is able to handle calls.
#[grpc_service(package = "grpc.health.v1", crate = crate)]
pub trait Health {
    /// Tells how a service is, or the server as a whole where none is named. A service that isn't known is NOT_FOUND.
    async fn check(&self, request: HealthCheckRequest) -> Result<HealthCheckResponse, Status>;

    /// Tells how all services are that are known; RESOURCE_EXHAUSTED where these are too many.
    async fn list(&self, request: HealthListRequest) -> Result<HealthListResponse, Status>;

    /// Tells how a service is, at once and whenever that changes. A service that isn't known is SERVICE_UNKNOWN, and may
    /// become known later.
    async fn watch(
        &self,
        request: HealthCheckRequest,
    ) -> Result<Streaming<HealthCheckResponse>, Status>;
}

/// Which service is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.health.v1", crate = crate)]
pub struct HealthCheckRequest {
    /// Its full name, as in `routeguide.RouteGuide`; empty for the server as a whole.
    #[proto(1)]
    pub service: String,
}

/// How a service is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.health.v1", crate = crate)]
pub struct HealthCheckResponse {
    /// How it is.
    #[proto(1)]
    pub status: ServingStatus,
}

/// Whether calls should be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Enumeration)]
#[proto(nested_in = HealthCheckResponse, crate = crate)]
pub enum ServingStatus {
    /// Nobody has said yet.
    #[default]
    #[proto(0, name = "UNKNOWN")]
    Unknown,
    /// They should.
    #[proto(1, name = "SERVING")]
    Serving,
    /// They shouldn't.
    #[proto(2, name = "NOT_SERVING")]
    NotServing,
    /// There is no such service. Only `Watch` says so.
    #[proto(3, name = "SERVICE_UNKNOWN")]
    ServiceUnknown,
}

/// Asks for all services.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Message)]
#[proto(package = "grpc.health.v1", crate = crate)]
pub struct HealthListRequest {}

/// How all services are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Message)]
#[proto(package = "grpc.health.v1", crate = crate)]
pub struct HealthListResponse {
    /// By their full names; the server as a whole has the empty one.
    #[proto(1)]
    pub statuses: BTreeMap<String, HealthCheckResponse>,
}

/// Says how services are, for those who ask. Cheap to clone: all clones say the same.
///
/// In the beginning, the server as a whole, whose name is empty, is [`Serving`](ServingStatus::Serving), and all else is
/// unknown. A [`Server`](Server::health_with) adds its services.
///
/// It is the service itself: where no [`Server`] serves it, `HealthServer::new(reporter.clone())` does, and
/// `HealthClient::local(reporter)` asks it within the process.
#[derive(Clone)]
pub struct HealthReporter {
    state: Arc<watch::Sender<State>>,
}

impl HealthReporter {
    /// One that knows of the server as a whole only.
    pub fn new() -> Self {
        let statuses = BTreeMap::from([(String::new(), ServingStatus::Serving)]);
        let state = State {
            statuses,
            phase: Phase::Open,
        };
        Self {
            state: Arc::new(watch::Sender::new(state)),
        }
    }

    /// Says how a service is, from now on. Those who watch it hear of it if it is a change; one that doesn't read for a
    /// while gets the latest.
    ///
    /// ```
    /// # use traitwire::{Status, grpc_service};
    /// # use traitwire::services::health::{HealthReporter, ServingStatus};
    /// #[grpc_service(package = "lights.v1")]
    /// trait Lights {
    ///     async fn light(&self) -> Result<(), Status>;
    /// }
    ///
    /// let health = HealthReporter::new();
    /// health.set(Lights, ServingStatus::NotServing);
    /// health.set("lights.v1.Lights", ServingStatus::Serving);
    /// // The server as a whole.
    /// health.set("", ServingStatus::NotServing);
    /// ```
    pub fn set(&self, service: impl ServiceName, status: ServingStatus) {
        self.state.send_if_modified(|state| {
            state.statuses.insert(service.into_name(), status) != Some(status)
        });
    }

    /// Knows nothing of a service any more.
    pub fn clear(&self, service: impl ServiceName) {
        self.state
            .send_if_modified(|state| state.statuses.remove(&service.into_name()).is_some());
    }

    /// Says that nothing is serving, until [`resume`](Self::resume): so that load balancers turn to others, a while before
    /// a server is shut down. What is [set](Self::set) meanwhile counts afterwards.
    pub fn suspend(&self) {
        self.enter(Phase::Suspended);
    }

    /// Says again what was set.
    pub fn resume(&self) {
        self.enter(Phase::Open);
    }

    /// A server of these services takes calls from now on. Those of which something was said already are as that says.
    fn started(&self, services: &[&'static ServiceDescriptor]) {
        self.state.send_modify(|state| {
            for service in services {
                let status = state.statuses.entry(service.full_name());
                status.or_insert(ServingStatus::Serving);
            }
            if state.phase == Phase::Ended {
                state.phase = Phase::Open;
            }
        });
    }

    fn enter(&self, phase: Phase) {
        self.state
            .send_if_modified(|state| std::mem::replace(&mut state.phase, phase) != phase);
    }
}

impl Default for HealthReporter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HealthReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.borrow();
        f.debug_struct("HealthReporter")
            .field("statuses", &state.statuses)
            .field("phase", &state.phase)
            .finish()
    }
}

impl Health for HealthReporter {
    async fn check(&self, request: HealthCheckRequest) -> Result<HealthCheckResponse, Status> {
        match self.state.borrow().status(&request.service) {
            Some(status) => Ok(HealthCheckResponse { status }),
            None => Err(Status::not_found("nothing is known of this service")),
        }
    }

    async fn list(&self, _: HealthListRequest) -> Result<HealthListResponse, Status> {
        let state = self.state.borrow();
        let services = state.statuses.len();
        if MAX_LISTED < services {
            return Err(Status::resource_exhausted(format!(
                "{services} services are known, and {MAX_LISTED} are listed at most"
            )));
        }
        let statuses = state.statuses.iter().map(|(service, status)| {
            let status = state.phase.seen(*status);
            (service.clone(), HealthCheckResponse { status })
        });
        Ok(HealthListResponse {
            statuses: statuses.collect(),
        })
    }

    async fn watch(
        &self,
        HealthCheckRequest { service }: HealthCheckRequest,
    ) -> Result<Streaming<HealthCheckResponse>, Status> {
        let mut states = self.state.subscribe();
        Ok(Streaming::generate(|out| async move {
            let mut last = None;
            loop {
                let (status, phase) = {
                    let state = states.borrow_and_update();
                    (state.status(&service), state.phase)
                };
                let status = status.unwrap_or(ServingStatus::ServiceUnknown);
                if last.replace(status) != Some(status) {
                    out.send(HealthCheckResponse { status }).await?;
                }
                // A server that shuts down waits for its calls, and nobody could change anything any more once all
                // reporters are gone.
                if phase == Phase::Ended || states.changed().await.is_err() {
                    return Ok(());
                }
            }
        }))
    }
}

impl<R, L> Server<R, L> {
    /// Serves [`Health`] as well, for those who ask whether this server is able to serve: load balancers, Kubernetes'
    /// `grpc` probes, clients.
    ///
    /// The server as a whole and all its services are SERVING from the start, and NOT_SERVING when it begins to shut down:
    /// before clients are told to leave. Calls that watch are told, and end, so that the server doesn't wait for them.
    #[must_use]
    pub fn health(self) -> Server<(R, HealthServer<HealthReporter>), L> {
        self.health_with(&HealthReporter::new())
    }

    /// As [`health`](Self::health), where `reporter` has a say: how it calls a service before the server starts is how it
    /// is. Servers that share one should end together, as the first of them ends it for all.
    #[must_use]
    pub fn health_with(
        self,
        reporter: &HealthReporter,
    ) -> Server<(R, HealthServer<HealthReporter>), L> {
        let health = reporter.clone();
        self.on_start(move |start| {
            health.started(start.services());
            let health = health.clone();
            start.on_shutdown(move || health.enter(Phase::Ended));
        })
        .add(HealthServer::new(reporter.clone()))
    }
}

/// What [`HealthReporter::set`] takes: the full name of a service, or the constant that `#[grpc_service]` makes for a trait
/// under its name.
pub trait ServiceName {
    /// The full name, as in `routeguide.RouteGuide`.
    fn into_name(self) -> String;
}

impl ServiceName for &str {
    fn into_name(self) -> String {
        self.to_owned()
    }
}

impl ServiceName for String {
    fn into_name(self) -> String {
        self
    }
}

impl ServiceName for &ServiceDescriptor {
    fn into_name(self) -> String {
        self.full_name()
    }
}

/// What is known.
struct State {
    statuses: BTreeMap<String, ServingStatus>,
    phase: Phase,
}

impl State {
    fn status(&self, service: &str) -> Option<ServingStatus> {
        let status = self.statuses.get(service)?;
        Some(self.phase.seen(*status))
    }
}

/// How much of it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// All.
    Open,
    /// Nothing is serving for a while.
    Suspended,
    /// Nothing is serving, and nobody should wait for that to change.
    Ended,
}

impl Phase {
    fn seen(self, status: ServingStatus) -> ServingStatus {
        match self {
            Self::Open => status,
            Self::Suspended | Self::Ended => ServingStatus::NotServing,
        }
    }
}

/// As many as grpc-go lists.
const MAX_LISTED: usize = 100;
