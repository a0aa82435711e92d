//! The service, as we implement it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Barrier, watch};
use traitwire::{Code, Context, Status, Streaming};

use crate::{
    BidiStreamRequest, BidiStreamResponse, CallEvent, ClientStreamRequest, ClientStreamResponse,
    Ending, Failure, InteropService, ObserveCallRequest, ObserveCallResponse, Panic, Script,
    ServerStreamRequest, ServerStreamResponse, UnaryRequest, UnaryResponse,
};

/// Does what a test asks of it.
#[derive(Clone, Debug, Default)]
pub struct Interop {
    calls: Calls,
}

impl InteropService for Interop {
    async fn unary(&self, request: UnaryRequest, cx: Context) -> Result<UnaryResponse, Status> {
        echo_metadata(&cx)?;
        let part = self.calls.begin(request.script, &cx).await;
        part.play().await?;
        Ok(UnaryResponse {
            payload: request.payload,
            values: request.values,
        })
    }

    async fn server_stream(
        &self,
        request: ServerStreamRequest,
        cx: Context,
    ) -> Result<Streaming<ServerStreamResponse>, Status> {
        echo_metadata(&cx)?;
        let part = self.calls.begin(request.script, &cx).await;
        Ok(Streaming::generate(|out| async move {
            for index in 0..request.count {
                out.send(ServerStreamResponse {
                    index,
                    payload: request.payload.clone(),
                })
                .await?;
            }
            part.play().await
        }))
    }

    async fn client_stream(
        &self,
        mut requests: Streaming<ClientStreamRequest>,
        cx: Context,
    ) -> Result<ClientStreamResponse, Status> {
        echo_metadata(&cx)?;
        let mut response = ClientStreamResponse {
            count: 0,
            payload: Vec::new(),
        };
        while let Some(request) = requests.message().await? {
            response.count += 1;
            response.payload.extend(request.payload);
            if let Some(script) = request.script {
                self.calls.begin(script, &cx).await.play().await?;
            }
        }
        Ok(response)
    }

    async fn bidi_stream(
        &self,
        mut requests: Streaming<BidiStreamRequest>,
        cx: Context,
    ) -> Result<Streaming<BidiStreamResponse>, Status> {
        echo_metadata(&cx)?;
        let calls = self.calls.clone();
        Ok(Streaming::generate(|out| async move {
            while let Some(request) = requests.message().await? {
                match request.script {
                    Some(script) => calls.begin(script, &cx).await.play().await?,
                    None => {
                        out.send(BidiStreamResponse {
                            payload: request.payload,
                        })
                        .await?;
                    }
                }
            }
            Ok(())
        }))
    }

    async fn observe_call(
        &self,
        request: ObserveCallRequest,
    ) -> Result<Streaming<ObserveCallResponse>, Status> {
        let mut events = self.calls.events(&request.call_id);
        Ok(Streaming::generate(|out| async move {
            let mut told = 0;
            loop {
                let news = events.borrow_and_update()[told..].to_vec();
                for event in news {
                    out.send(ObserveCallResponse { event }).await?;
                    if event != CallEvent::Started {
                        return Ok(());
                    }
                    told += 1;
                }
                events
                    .changed()
                    .await
                    .map_err(|_| Status::unavailable("the server is stopping"))?;
            }
        }))
    }

    async fn ping(&self) -> Result<(), Status> {
        Ok(())
    }
}

/// What has happened to the calls that somebody may ask for, by `call_id`.
#[derive(Clone, Debug, Default)]
struct Calls {
    events: Arc<Mutex<HashMap<String, watch::Sender<Vec<CallEvent>>>>>,
    barriers: Arc<Mutex<HashMap<String, Arc<Barrier>>>>,
}

impl Calls {
    /// Reads a call's script, up to its ending.
    async fn begin(&self, script: Script, cx: &Context) -> Part {
        let Script {
            call_id,
            gather,
            ending,
        } = script;
        let part = Part {
            calls: self.clone(),
            call_id,
            ending,
            cx: cx.clone(),
            finished: false,
        };
        part.tell(CallEvent::Started);
        if gather > 1 {
            self.barrier(&part.call_id, gather).wait().await;
        }
        part
    }

    fn events(&self, call_id: &str) -> watch::Receiver<Vec<CallEvent>> {
        lock(&self.events)
            .entry(call_id.to_owned())
            .or_default()
            .subscribe()
    }

    fn tell(&self, call_id: &str, event: CallEvent) {
        let mut events = lock(&self.events);
        events
            .entry(call_id.to_owned())
            .or_default()
            .send_modify(|events| events.push(event));
    }

    /// Where this many calls wait for each other.
    fn barrier(&self, call_id: &str, calls: u32) -> Arc<Barrier> {
        let mut barriers = lock(&self.barriers);
        let barrier = barriers
            .entry(call_id.to_owned())
            .or_insert_with(|| Arc::new(Barrier::new(calls as usize)));
        Arc::clone(barrier)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a call still has to do. Dropped before that, somebody took the stage from it: the client, or the deadline.
struct Part {
    calls: Calls,
    call_id: String,
    ending: Option<Ending>,
    cx: Context,
    finished: bool,
}

impl Part {
    async fn play(mut self) -> Result<(), Status> {
        let result = match self.ending.take() {
            None => Ok(()),
            Some(Ending::Fail(Failure { code, message })) => Err(Status::new(
                Code::from_number(code).unwrap_or(Code::Unknown),
                message,
            )),
            Some(Ending::Hang(_)) => {
                self.cx.send_initial_metadata();
                std::future::pending().await
            }
            Some(Ending::Cancel(_)) => Err(Status::cancelled("the server doesn't want to go on")),
            Some(Ending::Panic(Panic { message })) => panic!("{message}"),
        };
        self.finished = true;
        result
    }

    fn tell(&self, event: CallEvent) {
        if !self.call_id.is_empty() {
            self.calls.tell(&self.call_id, event);
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.tell(match self.cx.time_remaining() {
            _ if self.finished => CallEvent::Finished,
            // The client's clock started before ours: when it gives up, a little time may be left here.
            Some(left) if left < Duration::from_millis(500) => CallEvent::DeadlineExceeded,
            _ => CallEvent::Cancelled,
        });
    }
}

/// Sends back what the client wants to see again.
fn echo_metadata(cx: &Context) -> Result<(), Status> {
    let metadata = cx.metadata();
    for value in metadata.get_all("x-initial") {
        cx.add_initial_metadata("x-initial", value)?;
    }
    for value in metadata.get_all_bin("x-initial-bin")? {
        cx.add_initial_metadata("x-initial-bin", value)?;
    }
    for value in metadata.get_all("x-trailing") {
        cx.add_trailing_metadata("x-trailing", value)?;
    }
    for value in metadata.get_all_bin("x-trailing-bin")? {
        cx.add_trailing_metadata("x-trailing-bin", value)?;
    }
    Ok(())
}
