//! `cargo run -p greeter --bin client [-- NAME [TARGET]]`

use std::time::Duration;

use greeter::{GreeterClient, HelloRequest};
use traitwire::Context;

#[tokio::main]
async fn main() -> traitwire::Result<()> {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_else(|| "world".to_owned());
    let target = args
        .next()
        .unwrap_or_else(|| "http://127.0.0.1:50051".to_owned());
    let greeter = GreeterClient::connect(target.as_str()).await?;
    let request = HelloRequest { name };

    // A call is awaited …
    let reply = greeter.say_hello(request.clone()).await?;
    println!("{}", reply.message);

    // … or shaped first: here with a deadline and metadata, and the answer with its trailers.
    let response = greeter
        .say_hello_again(request.clone(), Context::new())
        .timeout(Duration::from_secs(5))
        .metadata("x-language", "fr")
        .response()
        .await?;
    println!(
        "{} (in {})",
        response.message().message,
        response.trailers().get("x-greeted-in").unwrap_or("?")
    );

    // The same stub for threads that know nothing of async.
    let blocking = greeter.blocking();
    let reply = std::thread::spawn(move || blocking.say_hello(request))
        .join()
        .expect("the thread does not panic")?;
    println!("{} (from a thread)", reply.message);

    // An error is a status: a code and a message.
    let status = greeter
        .say_hello(HelloRequest {
            name: String::new(),
        })
        .await
        .expect_err("the server wants a name");
    println!("{:?}: {}", status.code(), status.message());
    Ok(())
}
