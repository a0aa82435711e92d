//! Configurations that follow the files that they are made from.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::pem::TlsError;

/// What is made from files, and anew when they change.
pub(super) struct Reloaded<C> {
    files: Vec<PathBuf>,
    /// How long files are taken to be as they were.
    every: Duration,
    make: Box<dyn Fn() -> Result<Arc<C>, TlsError> + Send + Sync>,
    state: Mutex<State<C>>,
}

struct State<C> {
    made: Option<Arc<C>>,
    /// The files when it was made, or when that was tried last.
    seen: Vec<Option<Version>>,
    checked: Option<Instant>,
}

/// What changes when a file does, or when another one takes its place.
type Version = (u64, u64, u64, i64, i64);

impl<C: Send + Sync + 'static> Reloaded<C> {
    pub(super) fn new(
        files: Vec<PathBuf>,
        every: Duration,
        make: impl Fn() -> Result<Arc<C>, TlsError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            files,
            every,
            make: Box::new(make),
            state: Mutex::new(State {
                made: None,
                seen: Vec::new(),
                checked: None,
            }),
        }
    }

    /// Makes it from the files as they are now. What was made before stays, where that fails.
    pub(super) fn load(&self) -> Result<(), TlsError> {
        // First, so that what changes meanwhile is found later.
        let seen = self.versions();
        let made = (self.make)();
        let mut state = self.lock();
        state.seen = seen;
        state.checked = Some(Instant::now());
        state.made = Some(made?);
        Ok(())
    }

    /// What there is, once the files have been looked at, if it is time for that.
    pub(super) async fn current(self: &Arc<Self>) -> Option<Arc<C>> {
        let is_due = {
            let mut state = self.lock();
            let now = Instant::now();
            let is_due = !self.files.is_empty()
                && state
                    .checked
                    .is_none_or(|checked| now - checked >= self.every);
            if is_due {
                // Nobody else has to.
                state.checked = Some(now);
            }
            is_due
        };
        if is_due {
            let this = Arc::clone(self);
            // A runtime that shuts down looks at no files any more.
            let followed = tokio::task::spawn_blocking(move || this.follow()).await;
            match followed.unwrap_or(Ok(false)) {
                Ok(false) => {}
                Ok(true) => tracing::info!(files = ?self.files, "TLS goes on with new files"),
                Err(error) => tracing::error!(
                    %error,
                    files = ?self.files,
                    "TLS goes on as before: its files have changed, and are of no use",
                ),
            }
        }
        self.lock().made.clone()
    }

    /// Loads it, if the files have changed since that was tried last; `true` if so.
    fn follow(&self) -> Result<bool, TlsError> {
        let changed = self.versions() != self.lock().seen;
        if changed {
            self.load()?;
        }
        Ok(changed)
    }

    fn versions(&self) -> Vec<Option<Version>> {
        let version = |path: &PathBuf| {
            let file = fs::metadata(path).ok()?;
            Some((
                file.dev(),
                file.ino(),
                file.size(),
                // The time of the last change of any kind, which nobody can set.
                file.ctime(),
                file.ctime_nsec(),
            ))
        };
        self.files.iter().map(version).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State<C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
