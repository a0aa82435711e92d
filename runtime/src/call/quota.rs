//! Bytes that are held for peers, by connection and in all.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many bytes servers and channels may hold for their peers at a time: of messages that are arriving, of data that
/// nobody has read yet, and of data that the peer doesn't read.
///
/// It may be shared among servers and channels, and clones are one quota. When it is used up, connections let their peers
/// send less (64 KiB at a time, so that something always moves), and messages that would need more end their calls with
/// RESOURCE_EXHAUSTED, until others are done. Messages that are complete belong to their handlers, and don't count;
/// neither do those of a few kilobytes while they arrive.
///
/// ```no_run
/// # use traitwire::{ResourceQuota, Server};
/// let quota = ResourceQuota::new(512 << 20);
/// let server = Server::new().resource_quota(&quota);
/// # let _ = server;
/// println!("{} bytes are held", quota.used());
/// ```
#[derive(Clone)]
pub struct ResourceQuota {
    count: Arc<Count>,
}

impl ResourceQuota {
    /// A quota of so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self {
            count: Arc::new(Count::new(bytes)),
        }
    }

    /// The bytes that are held now. It may be a little more than the quota: what a peer was allowed to send is kept.
    pub fn used(&self) -> usize {
        self.count.used()
    }
}

impl fmt::Debug for ResourceQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceQuota")
            .field("limit", &self.count.limit)
            .field("used", &self.used())
            .finish()
    }
}

#[derive(Debug)]
struct Count {
    limit: usize,
    used: AtomicUsize,
}

impl Count {
    const fn new(limit: usize) -> Self {
        Self {
            limit,
            used: AtomicUsize::new(0),
        }
    }

    fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn change(&self, before: usize, now: usize) {
        match now.checked_sub(before) {
            Some(more) => self.used.fetch_add(more, Ordering::Relaxed),
            None => self.used.fetch_sub(before - now, Ordering::Relaxed),
        };
    }
}

/// What connections may hold.
#[derive(Clone, Debug)]
pub(crate) struct Quotas {
    pub(crate) connection: usize,
    pub(crate) in_all: Option<ResourceQuota>,
}

impl Quotas {
    /// The account of a new connection.
    pub(crate) fn account(&self) -> Arc<Account> {
        Account::new(self.connection, self.in_all.as_ref())
    }
}

/// What is held for one connection, within what is held in all.
#[derive(Debug)]
pub(crate) struct Account {
    connection: Count,
    quota: Option<ResourceQuota>,
}

/// There is no room for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exceeded {
    limit: usize,
    /// What to call for another limit.
    knob: &'static str,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, knob } = self;
        write!(
            f,
            "no room for a message beside what is held for others: the limit is {limit} bytes ({knob})"
        )
    }
}

impl Account {
    /// One whose connections only count together.
    pub(crate) fn of_quota(quota: &ResourceQuota) -> Arc<Self> {
        Self::new(usize::MAX, Some(quota))
    }

    fn new(limit: usize, quota: Option<&ResourceQuota>) -> Arc<Self> {
        Arc::new(Self {
            connection: Count::new(limit),
            quota: quota.cloned(),
        })
    }

    fn counts(&self) -> impl Iterator<Item = &Count> {
        let quota = self.quota.as_ref().map(|quota| &*quota.count);
        std::iter::once(&self.connection).chain(quota)
    }

    /// What there is room for beside what others hold; `own` is what is held by who asks.
    pub(crate) fn room(&self, own: usize) -> usize {
        let room = |count: &Count| count.limit.saturating_sub(count.used().saturating_sub(own));
        self.counts().map(room).min().unwrap_or(usize::MAX)
    }

    /// Whether there is room for so many bytes in place of `own`.
    pub(crate) fn check(&self, own: usize, bytes: usize) -> Result<(), Exceeded> {
        let beside = |count: &Count| count.used().saturating_sub(own);
        let exceeds = |count: &Count| beside(count).saturating_add(bytes) > count.limit;
        // How long a message may be that is alone on its connection, other limits say.
        if beside(&self.connection) > 0 && exceeds(&self.connection) {
            return Err(Exceeded {
                limit: self.connection.limit,
                knob: "connection_quota",
            });
        }
        match &self.quota {
            Some(quota) if exceeds(&quota.count) => Err(Exceeded {
                limit: quota.count.limit,
                knob: "resource_quota",
            }),
            _ => Ok(()),
        }
    }
}

/// What somebody holds of an account.
#[derive(Debug, Default)]
pub(crate) struct Charge {
    account: Option<Arc<Account>>,
    bytes: usize,
}

impl Charge {
    pub(crate) fn new(account: Option<Arc<Account>>) -> Self {
        Self { account, bytes: 0 }
    }

    pub(crate) fn account(&self) -> Option<&Arc<Account>> {
        self.account.as_ref()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many bytes there is room for.
    pub(crate) fn room(&self) -> usize {
        let account = self.account.as_ref();
        account.map_or(usize::MAX, |account| account.room(self.bytes))
    }

    /// Whether there is room for so many bytes beside those that are held.
    pub(crate) fn check_more(&self, bytes: usize) -> Result<(), Exceeded> {
        match &self.account {
            Some(account) => account.check(0, bytes),
            None => Ok(()),
        }
    }

    /// So many bytes are to be held from now on.
    ///
    /// # Errors
    ///
    /// If there is no room for them; it is as many as before then.
    pub(crate) fn try_set(&mut self, bytes: usize) -> Result<(), Exceeded> {
        if let Some(account) = &self.account
            && bytes > self.bytes
        {
            account.check(self.bytes, bytes)?;
        }
        self.set(bytes);
        Ok(())
    }

    /// So many bytes are held now, whether there is room for them or not.
    pub(crate) fn set(&mut self, bytes: usize) {
        if let Some(account) = &self.account
            && bytes != self.bytes
        {
            for count in account.counts() {
                count.change(self.bytes, bytes);
            }
            self.bytes = bytes;
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.set(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_counts_for_its_connection_and_for_all() {
        let quota = ResourceQuota::new(100);
        let [a, b] = [(); 2].map(|()| Account::new(60, Some(&quota)));
        let charge = |account: &Arc<Account>| Charge::new(Some(Arc::clone(account)));
        let (mut first, mut second, mut third) = (charge(&a), charge(&a), charge(&b));
        assert_eq!(first.try_set(50), Ok(()));
        assert_eq!(
            (quota.used(), a.room(0), a.room(50), b.room(0)),
            (50, 10, 60, 50)
        );
        let full = second.try_set(20).unwrap_err();
        assert_eq!(
            full.to_string(),
            "no room for a message beside what is held for others: the limit is 60 bytes (connection_quota)"
        );
        let full = third.try_set(51).unwrap_err();
        assert_eq!(
            full.to_string(),
            "no room for a message beside what is held for others: the limit is 100 bytes (resource_quota)"
        );
        assert_eq!(quota.used(), 50);
        assert_eq!(third.try_set(50), Ok(()));
        assert_eq!(first.try_set(40), Ok(()));
        drop((first, second));
        assert_eq!(quota.used(), 50);
        third.set(1000);
        assert_eq!((quota.used(), b.room(0)), (1000, 0));
        drop(third);
        assert_eq!(quota.used(), 0);
    }

    #[test]
    fn a_message_that_is_alone_on_its_connection_is_not_held_up_by_others_on_it() {
        let account = Account::new(60, None);
        let mut alone = Charge::new(Some(Arc::clone(&account)));
        assert_eq!(alone.try_set(1000), Ok(()));
        assert_eq!(alone.try_set(2000), Ok(()));
        let mut other = Charge::new(Some(account));
        assert!(other.try_set(1).is_err());
        assert!(Charge::default().try_set(1 << 40).is_ok());
    }
}
