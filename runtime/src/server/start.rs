//! What is told of a server's life to those who want to know.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::schema::ServiceDescriptor;

/// A server that is about to take its first connection: what [`Server::on_start`](crate::Server::on_start) is told.
pub struct Starting<'a> {
    services: &'a [&'static ServiceDescriptor],
    on_shutdown: Vec<Hook>,
}

impl Starting<'_> {
    /// All its services, in the order in which they were added.
    pub fn services(&self) -> &[&'static ServiceDescriptor] {
        self.services
    }

    /// Runs `hook` when the server begins to shut down or is aborted, before any client is told. It is dropped without
    /// being run where that never happens.
    pub fn on_shutdown(&mut self, hook: impl FnOnce() + Send + 'static) {
        self.on_shutdown.push(Box::new(hook));
    }
}

impl fmt::Debug for Starting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services = self.services.iter().map(|service| service.full_name());
        f.debug_struct("Starting")
            .field("services", &services.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Who wants to know when a server starts.
#[derive(Clone, Default)]
pub(super) struct OnStart(Vec<Arc<StartHook>>);

type StartHook = dyn Fn(&mut Starting<'_>) + Send + Sync;

impl OnStart {
    pub(super) fn add(&mut self, hook: impl Fn(&mut Starting<'_>) + Send + Sync + 'static) {
        self.0.push(Arc::new(hook));
    }

    /// Tells them. Returns who wants to know of its end.
    pub(super) fn run(&self, services: &[&'static ServiceDescriptor]) -> OnShutdown {
        let mut starting = Starting {
            services,
            on_shutdown: Vec::new(),
        };
        for hook in &self.0 {
            hook(&mut starting);
        }
        OnShutdown(Mutex::new(starting.on_shutdown))
    }
}

impl fmt::Debug for OnStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} hooks", self.0.len())
    }
}

/// Who wants to know when a server begins to shut down.
pub(super) struct OnShutdown(Mutex<Vec<Hook>>);

type Hook = Box<dyn FnOnce() + Send>;

impl OnShutdown {
    /// Tells them, once.
    pub(super) fn run(&self) {
        // They are no longer locked when they run: one may shut the server down.
        let hooks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for hook in hooks {
            hook();
        }
    }
}

impl fmt::Debug for OnShutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnShutdown")
    }
}
