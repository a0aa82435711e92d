//! The life of a channel: whether there are connections, and what is done to have one.
//!
//! [`Life`] decides, and [`SharedLife`] lets others wait for what it has come to. Neither reads a clock or knows a socket.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::backoff::{Attempt, Attempts, Backoff};
use super::connectivity::{ConnectivityState, StateWatch};
use crate::status::Status;

/// Where a channel stands, and what leads on from there.
///
/// There is one dialer at most, which makes attempts until one works; it runs in `Connecting` and `Failing`, and in `Ready`
/// where one connection more is wanted.
#[derive(Debug)]
pub(super) struct Life {
    stage: Stage,
    attempts: Attempts,
    /// How long nobody calls before it is no longer tried to connect.
    idle_timeout: Option<Duration>,
    /// When a connection was wanted last.
    wanted_at: Instant,
}

#[derive(Debug)]
pub(super) enum Stage {
    Idle,
    Connecting,
    Ready(More),
    /// Why there was no connection last time.
    Failing(Status),
    /// Why calls fail from now on.
    Over(Status),
}

/// One connection more, beside those that there are.
#[derive(Debug)]
pub(super) enum More {
    None,
    Dialing,
    /// There was none to be had.
    NotBefore(Instant),
}

impl Life {
    pub(super) fn new(attempts: Attempts, idle_timeout: Option<Duration>, now: Instant) -> Self {
        Self {
            stage: Stage::Idle,
            attempts,
            idle_timeout,
            wanted_at: now,
        }
    }

    /// The life of a channel that needs no connection.
    pub(super) fn steady(now: Instant) -> Self {
        let attempts = Attempts::new(Backoff::new(), Duration::ZERO);
        Self {
            stage: Stage::Ready(More::None),
            ..Self::new(attempts, None, now)
        }
    }

    pub(super) fn stage(&self) -> &Stage {
        &self.stage
    }

    pub(super) fn state(&self) -> ConnectivityState {
        match self.stage {
            Stage::Idle => ConnectivityState::Idle,
            Stage::Connecting => ConnectivityState::Connecting,
            Stage::Ready(_) => ConnectivityState::Ready,
            Stage::Failing(_) => ConnectivityState::TransientFailure,
            Stage::Over(_) => ConnectivityState::Shutdown,
        }
    }

    /// Somebody needs a connection; `true` if a dialer has to be started for it.
    pub(super) fn want(&mut self, now: Instant) -> bool {
        self.wanted_at = now;
        if !matches!(self.stage, Stage::Idle) {
            return false;
        }
        self.attempts.reset();
        self.stage = Stage::Connecting;
        true
    }

    /// One connection more would help; `true` if a dialer has to be started for it.
    pub(super) fn want_more(&mut self, now: Instant) -> bool {
        let Stage::Ready(more) = &mut self.stage else {
            return false;
        };
        match more {
            More::Dialing => return false,
            More::NotBefore(at) if now < *at => return false,
            More::None | More::NotBefore(_) => {}
        }
        *more = More::Dialing;
        true
    }

    /// Whether there are connections has changed, or not.
    pub(super) fn set_connected(&mut self, connected: bool) {
        match (&self.stage, connected) {
            (Stage::Connecting | Stage::Failing(_), true) => {
                self.stage = Stage::Ready(More::Dialing);
            }
            (Stage::Idle, true) => self.stage = Stage::Ready(More::None),
            (Stage::Ready(More::Dialing), false) => self.stage = Stage::Connecting,
            (Stage::Ready(_), false) => self.stage = Stage::Idle,
            (Stage::Idle | Stage::Connecting | Stage::Failing(_), false)
            | (Stage::Ready(_), true)
            | (Stage::Over(_), _) => {}
        }
    }

    /// The dialer begins an attempt; `chance` is from 0 to 1.
    pub(super) fn begin(&mut self, now: Instant, chance: f64) -> Attempt {
        self.attempts.begin(now, chance)
    }

    /// The attempt has led to a connection, and the dialer ends.
    pub(super) fn made(&mut self) {
        self.attempts.reset();
        match self.stage {
            Stage::Ready(_) => self.stage = Stage::Ready(More::None),
            // It is gone already.
            Stage::Connecting | Stage::Failing(_) => self.stage = Stage::Idle,
            Stage::Idle | Stage::Over(_) => {}
        }
    }

    /// The attempt has failed; the dialer goes on when it is time to, or ends.
    pub(super) fn failed(&mut self, attempt: Attempt, why: Status) -> Option<Instant> {
        match &mut self.stage {
            Stage::Connecting | Stage::Failing(_) => {
                self.stage = Stage::Failing(why);
                Some(attempt.next_at)
            }
            Stage::Ready(more) => {
                *more = More::NotBefore(attempt.next_at);
                None
            }
            Stage::Idle | Stage::Over(_) => None,
        }
    }

    /// Whether the dialer begins another attempt, now that it is time to.
    pub(super) fn goes_on(&mut self, now: Instant) -> bool {
        if !matches!(self.stage, Stage::Failing(_)) {
            return false;
        }
        let unwanted = now.saturating_duration_since(self.wanted_at);
        if self.idle_timeout.is_some_and(|timeout| timeout <= unwanted) {
            self.stage = Stage::Idle;
            return false;
        }
        true
    }

    /// The next attempt is as the first.
    pub(super) fn reset_backoff(&mut self) {
        self.attempts.reset();
        if let Stage::Ready(more @ More::NotBefore(_)) = &mut self.stage {
            *more = More::None;
        }
    }

    /// No more calls are made.
    pub(super) fn end(&mut self, why: Status) {
        if !matches!(self.stage, Stage::Over(_)) {
            self.stage = Stage::Over(why);
        }
    }
}

/// A life that is watched.
pub(super) struct SharedLife {
    life: watch::Sender<Life>,
    /// For calls that need no connection, and look often.
    over: AtomicBool,
}

impl SharedLife {
    pub(super) fn new(life: Life) -> Self {
        Self {
            life: watch::Sender::new(life),
            over: AtomicBool::new(false),
        }
    }

    /// Changes it, and tells those who watch when that leads to another state.
    pub(super) fn update<T>(&self, change: impl FnOnce(&mut Life) -> T) -> T {
        let mut result = None;
        self.life.send_if_modified(|life| {
            let before = life.state();
            result = Some(change(life));
            let state = life.state();
            if state == ConnectivityState::Shutdown {
                self.over.store(true, Ordering::Relaxed);
            }
            state != before
        });
        result.expect("the change was made")
    }

    pub(super) fn state(&self) -> ConnectivityState {
        self.life.borrow().state()
    }

    /// Whether it is over, and why.
    pub(super) fn check(&self) -> Result<(), Status> {
        if !self.over.load(Ordering::Relaxed) {
            return Ok(());
        }
        match self.life.borrow().stage() {
            Stage::Over(why) => Err(why.clone()),
            _ => Ok(()),
        }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Life> {
        self.life.subscribe()
    }

    pub(super) fn watch(&self) -> StateWatch {
        StateWatch::new(self.life.subscribe())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// What happens at a second of a life.
    enum Event {
        Want,
        WantMore,
        Connected,
        Lost,
        Begin,
        Made,
        Failed,
        GoesOn,
        Reset,
        End,
    }

    use Event::*;

    /// Lives through events, and says what comes of each.
    #[track_caller]
    fn check(events: impl IntoIterator<Item = (u64, Event)>, expect: Expect) {
        let attempts = Attempts::new(Backoff::new(), Duration::from_secs(20));
        let start = Instant::now();
        let mut life = Life::new(attempts, Some(Duration::from_secs(1800)), start);
        let mut attempt = None;
        let mut lines = vec![life.state().to_string()];
        for (second, event) in events {
            let now = start + Duration::from_secs(second);
            let since = |at: Instant| (at - start).as_secs_f64();
            let (name, answer) = match event {
                Want => ("want", life.want(now).to_string()),
                WantMore => ("want more", life.want_more(now).to_string()),
                Connected => ("connected", format!("{:?}", life.set_connected(true))),
                Lost => ("lost", format!("{:?}", life.set_connected(false))),
                Begin => {
                    let begun = life.begin(now, 0.5);
                    attempt = Some(begun);
                    ("begin", format!("until {:.1}", since(begun.give_up_at)))
                }
                Made => ("made", format!("{:?}", life.made())),
                Failed => {
                    let attempt = attempt.expect("an attempt was begun");
                    let again = life.failed(attempt, Status::unavailable("refused"));
                    ("failed", format!("{:?}", again.map(since)))
                }
                GoesOn => ("goes on", life.goes_on(now).to_string()),
                Reset => ("reset", format!("{:?}", life.reset_backoff())),
                End => (
                    "end",
                    format!("{:?}", life.end(Status::unavailable("closed"))),
                ),
            };
            lines.push(format!("{second} {name}: {answer}, {}", life.state()));
        }
        expect.assert_eq(&lines.join("\n"));
    }

    #[test]
    fn a_call_leads_to_a_connection() {
        check(
            [
                (0, Want),
                (0, Begin),
                (0, Want),
                (1, Connected),
                (1, Made),
                (1, Want),
                (9, Lost),
                (9, Want),
            ],
            expect![[r#"
                IDLE
                0 want: true, CONNECTING
                0 begin: until 20.0, CONNECTING
                0 want: false, CONNECTING
                1 connected: (), READY
                1 made: (), READY
                1 want: false, READY
                9 lost: (), IDLE
                9 want: true, CONNECTING"#]],
        );
    }

    #[test]
    fn attempts_that_fail_are_followed_by_others() {
        check(
            [
                (0, Want),
                (0, Begin),
                (0, Failed),
                (1, Want),
                (1, GoesOn),
                (1, Begin),
                (1, Failed),
                (3, GoesOn),
                (3, Begin),
                (3, Connected),
                (3, Made),
                (5, Lost),
                (5, Want),
                (5, Begin),
                (5, Failed),
            ],
            expect![[r#"
                IDLE
                0 want: true, CONNECTING
                0 begin: until 20.0, CONNECTING
                0 failed: Some(1.0), TRANSIENT_FAILURE
                1 want: false, TRANSIENT_FAILURE
                1 goes on: true, TRANSIENT_FAILURE
                1 begin: until 21.0, TRANSIENT_FAILURE
                1 failed: Some(2.6), TRANSIENT_FAILURE
                3 goes on: true, TRANSIENT_FAILURE
                3 begin: until 23.0, TRANSIENT_FAILURE
                3 connected: (), READY
                3 made: (), READY
                5 lost: (), IDLE
                5 want: true, CONNECTING
                5 begin: until 25.0, CONNECTING
                5 failed: Some(6.0), TRANSIENT_FAILURE"#]],
        );
    }

    #[test]
    fn a_channel_that_nobody_needs_is_left_alone() {
        check(
            [
                (0, Want),
                (0, Begin),
                (0, Failed),
                (1000, Want),
                (1900, GoesOn),
                (1900, Begin),
                (1900, Failed),
                (2800, GoesOn),
                (2900, Want),
            ],
            expect![[r#"
                IDLE
                0 want: true, CONNECTING
                0 begin: until 20.0, CONNECTING
                0 failed: Some(1.0), TRANSIENT_FAILURE
                1000 want: false, TRANSIENT_FAILURE
                1900 goes on: true, TRANSIENT_FAILURE
                1900 begin: until 1920.0, TRANSIENT_FAILURE
                1900 failed: Some(1901.6), TRANSIENT_FAILURE
                2800 goes on: false, IDLE
                2900 want: true, CONNECTING"#]],
        );
    }

    #[test]
    fn one_connection_more_is_nothing_that_others_see() {
        check(
            [
                (0, WantMore),
                (0, Want),
                (0, Begin),
                (0, Connected),
                (0, WantMore),
                (0, Made),
                (1, WantMore),
                (1, WantMore),
                (1, Begin),
                (1, Failed),
                (1, WantMore),
                (2, WantMore),
                (2, Begin),
                (2, Failed),
                (2, Reset),
                (2, WantMore),
                (2, Begin),
                (2, Connected),
                (2, Made),
            ],
            expect![[r#"
                IDLE
                0 want more: false, IDLE
                0 want: true, CONNECTING
                0 begin: until 20.0, CONNECTING
                0 connected: (), READY
                0 want more: false, READY
                0 made: (), READY
                1 want more: true, READY
                1 want more: false, READY
                1 begin: until 21.0, READY
                1 failed: None, READY
                1 want more: false, READY
                2 want more: true, READY
                2 begin: until 22.0, READY
                2 failed: None, READY
                2 reset: (), READY
                2 want more: true, READY
                2 begin: until 22.0, READY
                2 connected: (), READY
                2 made: (), READY"#]],
        );
    }

    #[test]
    fn a_dialer_is_taken_over_when_the_connections_go() {
        check(
            [
                (0, Want),
                (0, Begin),
                (0, Connected),
                (0, Made),
                (1, WantMore),
                (1, Begin),
                (2, Lost),
                (2, Want),
                (3, Failed),
                (3, GoesOn),
                (3, Begin),
                (3, Connected),
                (3, Lost),
                (3, Made),
            ],
            expect![[r#"
                IDLE
                0 want: true, CONNECTING
                0 begin: until 20.0, CONNECTING
                0 connected: (), READY
                0 made: (), READY
                1 want more: true, READY
                1 begin: until 21.0, READY
                2 lost: (), CONNECTING
                2 want: false, CONNECTING
                3 failed: Some(2.0), TRANSIENT_FAILURE
                3 goes on: true, TRANSIENT_FAILURE
                3 begin: until 23.0, TRANSIENT_FAILURE
                3 connected: (), READY
                3 lost: (), CONNECTING
                3 made: (), IDLE"#]],
        );
    }

    #[test]
    fn what_is_over_stays_so() {
        check(
            [
                (0, Want),
                (0, Begin),
                (0, End),
                (0, Connected),
                (0, Made),
                (0, Failed),
                (0, GoesOn),
                (0, Lost),
                (0, Want),
                (0, WantMore),
            ],
            expect![[r#"
                IDLE
                0 want: true, CONNECTING
                0 begin: until 20.0, CONNECTING
                0 end: (), SHUTDOWN
                0 connected: (), SHUTDOWN
                0 made: (), SHUTDOWN
                0 failed: None, SHUTDOWN
                0 goes on: false, SHUTDOWN
                0 lost: (), SHUTDOWN
                0 want: false, SHUTDOWN
                0 want more: false, SHUTDOWN"#]],
        );
    }
}
