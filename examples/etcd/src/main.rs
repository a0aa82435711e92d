//! `cargo run -p etcd [-- URL]`

use std::process::ExitCode;

use etcd::{server::Etcd, tour};
use traitwire::Channel;

#[tokio::main]
async fn main() -> traitwire::Result<ExitCode> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => match Etcd::start() {
            Ok(etcd) => tour::take(Channel::connect(etcd.url()).await?).await?,
            Err(error) => {
                eprintln!("etcd: {error}\n\nIn Debian it is the package `etcd-server`.");
                return Ok(ExitCode::FAILURE);
            }
        },
        [url] if !url.starts_with('-') => tour::take(Channel::connect(url).await?).await?,
        _ => {
            eprintln!("usage: etcd [URL]");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}
