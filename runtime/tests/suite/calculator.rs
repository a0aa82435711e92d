//! The service that the tests call.

use futures_util::TryStreamExt;
use tokio::sync::mpsc;
use traitwire::{Context, Message, Status, Streaming, grpc_service};

/// A number, and what to do with it.
#[derive(Clone, Debug, PartialEq, Message)]
pub struct Number {
    #[proto(1)]
    pub value: i64,
}

/// Sums.
#[grpc_service(package = "calls.v1")]
pub trait Calculator {
    /// One more; negative numbers are refused.
    async fn increment(&self, number: Number) -> Result<Number, Status>;
    /// All numbers below.
    async fn count(&self, number: Number) -> Result<Streaming<Number>, Status>;
    /// The sum of all.
    async fn sum(&self, numbers: Streaming<Number>) -> Result<Number, Status>;
    /// The sum so far, for each.
    async fn running_sum(&self, numbers: Streaming<Number>) -> Result<Streaming<Number>, Status>;
    /// Tells what it was told.
    async fn tell(&self, number: Number, cx: Context) -> Result<Number, Status>;
    /// Waits for ever, and says when nobody waits any more.
    async fn hang(&self, cx: Context) -> Result<(), Status>;
    /// Sends its metadata at once, and a stream that never comes.
    async fn greet(
        &self,
        numbers: Streaming<Number>,
        cx: Context,
    ) -> Result<Streaming<Number>, Status>;
    /// Panics: 0 in the handler, others in the stream.
    async fn panic(&self, number: Number) -> Result<Streaming<Number>, Status>;
    /// How many there were, when there are no more.
    async fn after_all(&self, numbers: Streaming<Number>) -> Result<Streaming<Number>, Status>;
    /// Never reads what it is sent.
    async fn ignore(&self, numbers: Streaming<Number>) -> Result<(), Status>;
    /// The number for ever, and a word when nobody waits for more.
    async fn repeat(&self, number: Number) -> Result<Streaming<Number>, Status>;
    /// Fails with this code, and a message of so many letters.
    async fn fail(&self, code: Number) -> Result<Streaming<Number>, Status>;
    /// What older servers answer.
    async fn newer(&self) -> Result<Number, Status> {
        Err(Status::unimplemented("not here"))
    }
}

/// Tells of each call to `hang` that nobody waits for any more.
#[derive(Clone)]
pub struct Abacus {
    gone: mpsc::UnboundedSender<()>,
}

pub type Gone = mpsc::UnboundedReceiver<()>;

pub fn abacus() -> (Abacus, Gone) {
    let (gone, seen) = mpsc::unbounded_channel();
    (Abacus { gone }, seen)
}

pub fn number(value: i64) -> Number {
    Number { value }
}

impl Calculator for Abacus {
    async fn increment(&self, number: Number) -> Result<Number, Status> {
        if number.value < 0 {
            return Err(Status::invalid_argument("größer als 0, bitte 🦀"));
        }
        Ok(Number {
            value: number.value + 1,
        })
    }

    async fn count(&self, number: Number) -> Result<Streaming<Number>, Status> {
        Ok(Streaming::from_iter(
            (0..number.value).map(|value| Number { value }),
        ))
    }

    async fn sum(&self, numbers: Streaming<Number>) -> Result<Number, Status> {
        let value = numbers
            .try_fold(0, |sum, n| async move { Ok(sum + n.value) })
            .await?;
        Ok(Number { value })
    }

    async fn running_sum(
        &self,
        mut numbers: Streaming<Number>,
    ) -> Result<Streaming<Number>, Status> {
        Ok(Streaming::generate(|out| async move {
            let mut value = 0;
            while let Some(number) = numbers.message().await? {
                value += number.value;
                out.send(Number { value }).await?;
            }
            Ok(())
        }))
    }

    async fn tell(&self, number: Number, cx: Context) -> Result<Number, Status> {
        for word in cx.metadata().get_all("x-word") {
            cx.add_initial_metadata("x-heard", word)?;
        }
        if let Some(bytes) = cx.metadata().get_bin("x-bytes-bin")? {
            cx.add_trailing_metadata("x-bytes-bin", bytes)?;
        }
        if cx.metadata().contains_key("x-at-once") {
            cx.send_initial_metadata();
        }
        cx.add_trailing_metadata(
            "x-deadline",
            if cx.deadline().is_some() { "yes" } else { "no" },
        )?;
        if number.value < 0 {
            return Err(Status::failed_precondition("no"));
        }
        Ok(number)
    }

    async fn hang(&self, cx: Context) -> Result<(), Status> {
        let gone = self.gone.clone();
        tokio::spawn(async move {
            cx.cancelled().await;
            let _ = gone.send(());
        });
        std::future::pending().await
    }

    async fn greet(
        &self,
        mut numbers: Streaming<Number>,
        cx: Context,
    ) -> Result<Streaming<Number>, Status> {
        cx.add_initial_metadata("x-hello", "you")?;
        cx.send_initial_metadata();
        let first = numbers.message().await?;
        if first == Some(number(0)) {
            return Err(Status::failed_precondition("nobody is here"));
        }
        Ok(Streaming::from_iter(first))
    }

    async fn after_all(&self, mut numbers: Streaming<Number>) -> Result<Streaming<Number>, Status> {
        let mut value = 0;
        while numbers.message().await?.is_some() {
            value += 1;
        }
        Ok(Streaming::from_iter([Number { value }]))
    }

    async fn ignore(&self, numbers: Streaming<Number>) -> Result<(), Status> {
        let _numbers = numbers;
        let _gone = SendOnDrop(self.gone.clone());
        std::future::pending().await
    }

    async fn repeat(&self, number: Number) -> Result<Streaming<Number>, Status> {
        let gone = SendOnDrop(self.gone.clone());
        Ok(Streaming::from_iter(std::iter::repeat_with(move || {
            let _ = &gone;
            number.clone()
        })))
    }

    async fn fail(&self, number: Number) -> Result<Streaming<Number>, Status> {
        let code = traitwire::Code::from_number(number.value as u32 % 17).unwrap();
        Err(Status::new(code, "x".repeat(number.value as usize / 17)))
    }

    async fn panic(&self, number: Number) -> Result<Streaming<Number>, Status> {
        assert!(number.value != 0, "zero");
        Ok(Streaming::from_iter((0..2).map(|value| {
            assert!(value == 0, "one");
            Number { value }
        })))
    }
}

/// Tells that a handler is gone.
struct SendOnDrop(mpsc::UnboundedSender<()>);

impl Drop for SendOnDrop {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}
