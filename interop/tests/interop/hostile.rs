//! Somebody else's frames and noise, sent to do harm. What they make a server hold is measured in `runtime/tests/hostile`.

use std::fs::File;
use std::net::SocketAddr;
use std::process::Stdio;

use libtest_mimic::Trial;

use crate::process::{check_scenarios, program, python, scratch};
use crate::{block_on, client, start_server, tls};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("our_server::floods_of_hyperframe", || Ok(floods()?)),
        Trial::test("our_server::noise_of_openssl", || Ok(noise_of_openssl()?)),
    ]
}

fn floods() -> Result<(), String> {
    let server = block_on(start_server());
    let mut client = python("client_hostile.py")?;
    check_scenarios(client.arg(server.to_string()), &FLOODS)?;
    serves_others(server);
    Ok(())
}

/// TLS to a server of plaintext; and, within TLS, what isn't the HTTP/2 that was agreed on.
fn noise_of_openssl() -> Result<(), String> {
    let plaintext = block_on(start_server());
    let within = tls::start_server(tls::Kind::Tls)?;
    let noise = scratch("noise");
    std::fs::write(
        &noise,
        [b"no HTTP/2\n".repeat(100_000), vec![0; 100_000]].concat(),
    )
    .map_err(|error| error.to_string())?;
    for server in [plaintext, within] {
        for options in ["-alpn h2", "-alpn http/1.1", "-tls1_2"] {
            let mut openssl = program("openssl")?;
            openssl.args(["s_client", "-quiet", "-connect", &server.to_string()]);
            openssl.args(options.split(' ')).stdout(Stdio::null());
            let file = File::open(&noise).map_err(|error| error.to_string())?;
            // It ends when the server has closed the connection, well or not.
            openssl
                .stdin(file)
                .stderr(Stdio::null())
                .status()
                .map_err(|error| error.to_string())?;
        }
    }
    serves_others(plaintext);
    Ok(())
}

fn serves_others(server: SocketAddr) {
    block_on(async { client(server).ping().await }).expect("others are served");
}

const FLOODS: [&str; 5] = [
    "rapid_reset",
    "made_you_reset",
    "continuations",
    "frames_that_carry_nothing",
    "header_bomb",
];
