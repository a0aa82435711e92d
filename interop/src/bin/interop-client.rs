//! `cargo run -p interop --bin interop-client -- --server_port=10000 --test_case=large_unary`
//!
//! gRPC's interoperability test client: see `interop/README.md`. Ends with 0 if the case went well; else it says which
//! expectation wasn't met, and what came instead.

use std::error::Error;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::{BoolishValueParser, PossibleValuesParser};
use clap::{ArgAction, Parser};
use interop::in_uri;
use interop::testing::cases::{Case, Client};
use interop::testing::soak::Soak;
use interop::testing::{COMPRESSIONS, MAX_MESSAGE_LEN, MAX_PAYLOAD_LEN};
use traitwire::{Channel, ClientTls, Metadata, TlsRoots};

/// The client of gRPC's interoperability tests.
#[derive(Debug, Parser)]
#[command(rename_all = "snake_case", args_override_self = true)]
struct Flags {
    /// The server's name or address
    #[arg(long, default_value = "localhost")]
    server_host: String,

    /// The server's port
    #[arg(long, default_value_t = 10000)]
    server_port: u16,

    /// Whom the server claims to be, in its certificate and in calls, where that isn't --server_host
    #[arg(long)]
    server_host_override: Option<String>,

    /// What to test
    #[arg(
        long,
        default_value = "large_unary",
        value_parser = PossibleValuesParser::new(Case::ALL.iter().map(|case| case.name)),
    )]
    test_case: String,

    /// Speak TLS
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, default_value_t, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    use_tls: bool,

    /// Trust whom --ca_file names, instead of whom the system trusts
    #[arg(long, action = ArgAction::Set, num_args = 0..=1, default_value_t, default_missing_value = "true", value_parser = BoolishValueParser::new())]
    use_test_ca: bool,

    /// Certificates of authorities, as PEM: ca.pem of gRPC's test_creds
    #[arg(long, required_if_eq_all([("use_tls", "true"), ("use_test_ca", "true")]))]
    ca_file: Option<PathBuf>,

    /// Metadata that every call has: key:value;key:value
    #[arg(long, value_parser = additional_metadata, default_value = "", hide_default_value = true)]
    additional_metadata: Metadata,

    /// Calls that a soaking case makes
    #[arg(long, default_value_t = 10)]
    soak_iterations: u32,

    /// Calls of a soaking case that may fail or take too long
    #[arg(long, default_value_t = 0)]
    soak_max_failures: u32,

    /// How long a call of a soaking case may take, in milliseconds
    #[arg(long, default_value_t = 1000)]
    soak_per_iteration_max_acceptable_latency_ms: u32,

    /// How long a soaking case may take, in seconds [default: as long as all its calls may take together]
    #[arg(long)]
    soak_overall_timeout_seconds: Option<u32>,

    /// From one call of a soaking case to the next, at least, in milliseconds
    #[arg(long, default_value_t = 0)]
    soak_min_time_ms_between_rpcs: u32,

    /// Bytes that a request of a soaking case carries
    #[arg(long, default_value_t = 271_828, value_parser = payload_size())]
    soak_request_size: i32,

    /// Bytes that a response of a soaking case carries
    #[arg(long, default_value_t = 314_159, value_parser = payload_size())]
    soak_response_size: i32,

    /// Threads that share the calls of a soaking case
    #[arg(long, default_value_t = NonZeroU32::MIN)]
    soak_num_threads: NonZeroU32,
}

#[tokio::main]
async fn main() -> ExitCode {
    let flags = Flags::parse();
    let name = flags.test_case.clone();
    match run(flags).await {
        Ok(()) => {
            println!("ok {name}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("failed {name}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: Flags) -> Result<(), Box<dyn Error>> {
    let case = Case::named(&flags.test_case).ok_or("there is no such case")?;
    let client = flags.client()?;
    Ok(case.run(&client).await?)
}

impl Flags {
    fn client(self) -> Result<Client, Box<dyn Error>> {
        let soak = self.soak();
        let address = format!("{}:{}", in_uri(&self.server_host), self.server_port);
        let mut channel = Channel::builder()
            .accept_compressed(COMPRESSIONS)
            .max_receive_message_len(MAX_MESSAGE_LEN);
        let mut scheme = "http";
        if self.use_tls {
            scheme = "https";
            let roots = match (self.use_test_ca, self.ca_file) {
                (true, Some(authorities)) => TlsRoots::file(authorities),
                _ => TlsRoots::system(),
            };
            channel = channel.tls(ClientTls::new().roots(roots));
        }
        if let Some(name) = self.server_host_override {
            channel = channel.origin(format!("{scheme}://{}", in_uri(&name)).parse()?);
        }
        let target = format!("{scheme}://{address}");
        let connect = move || channel.clone().lazy(&*target);
        let client = Client::new(address, connect, self.additional_metadata, soak);
        Ok(client?)
    }

    fn soak(&self) -> Soak {
        let max_latency =
            Duration::from_millis(self.soak_per_iteration_max_acceptable_latency_ms.into());
        Soak {
            iterations: self.soak_iterations,
            max_failures: self.soak_max_failures,
            max_latency,
            overall_timeout: match self.soak_overall_timeout_seconds {
                Some(seconds) => Duration::from_secs(seconds.into()),
                None => max_latency
                    .saturating_mul(self.soak_iterations)
                    .min(Duration::from_secs(u32::MAX.into())),
            },
            min_time_between_calls: Duration::from_millis(
                self.soak_min_time_ms_between_rpcs.into(),
            ),
            request_size: self.soak_request_size,
            response_size: self.soak_response_size,
            threads: self.soak_num_threads,
        }
    }
}

/// `key:value;key:value`, where a value may have anything in it but a semicolon.
fn additional_metadata(text: &str) -> Result<Metadata, String> {
    let mut metadata = Metadata::new();
    for pair in text.split(';').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair
            .split_once(':')
            .ok_or_else(|| format!("`{pair}` has no colon between key and value"))?;
        metadata
            .append(key, value)
            .map_err(|error| error.to_string())?;
    }
    Ok(metadata)
}

fn payload_size() -> clap::builder::RangedI64ValueParser<i32> {
    clap::value_parser!(i32).range(0..=MAX_PAYLOAD_LEN as i64)
}
