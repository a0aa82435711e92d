//! What tasks tell the connection that they belong to.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

/// Messages from many tasks to the one that owns a connection. It is woken once for all that come before it looks.
#[derive(Debug)]
pub(super) struct Queue<T> {
    inner: Mutex<Inner<T>>,
}

#[derive(Debug)]
struct Inner<T> {
    items: Vec<T>,
    /// The owner's, while it sleeps.
    waker: Option<Waker>,
    /// The owner is gone.
    closed: bool,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            inner: Mutex::new(Inner {
                items: Vec::new(),
                waker: None,
                closed: false,
            }),
        }
    }
}

impl<T> Queue<T> {
    pub(super) fn push(&self, item: T) {
        // Nobody is left to be told.
        let _ = self.try_push(item);
    }

    /// As [`push`](Self::push), where somebody else could do it if the owner is gone.
    pub(super) fn try_push(&self, item: T) -> Result<(), T> {
        let waker = {
            let mut inner = self.lock();
            if inner.closed {
                return Err(item);
            }
            inner.items.push(item);
            inner.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// The owner's last word; returns what nobody has looked at.
    pub(super) fn close(&self) -> Vec<T> {
        let mut inner = self.lock();
        inner.closed = true;
        inner.waker = None;
        mem::take(&mut inner.items)
    }

    /// Puts all that has come into `items`, which is empty; says whether there was any.
    pub(super) fn take(&self, items: &mut Vec<T>) -> bool {
        debug_assert!(items.is_empty());
        mem::swap(&mut self.lock().items, items);
        !items.is_empty()
    }

    /// Has the owner woken by what comes next. `false` if something has come already.
    pub(super) fn sleep(&self, cx: &Context<'_>) -> bool {
        let mut inner = self.lock();
        if !inner.items.is_empty() {
            return false;
        }
        match &mut inner.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => inner.waker = Some(cx.waker().clone()),
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
