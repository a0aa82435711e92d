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
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            inner: Mutex::new(Inner {
                items: Vec::new(),
                waker: None,
            }),
        }
    }
}

impl<T> Queue<T> {
    pub(super) fn push(&self, item: T) {
        let waker = {
            let mut inner = self.lock();
            inner.items.push(item);
            inner.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
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
