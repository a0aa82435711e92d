//! Ours against Python's h2, which does what is unusual and legal: whatever it is told.

use libtest_mimic::Trial;

use crate::process::{check_scenarios, python};
use crate::{block_on, start_server};

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("our_server::h2", || Ok(our_server()?))]
}

fn our_server() -> Result<(), String> {
    let server = block_on(start_server());
    let mut client = python("client_h2.py")?;
    check_scenarios(client.arg(server.to_string()), &CLIENT_SCENARIOS)
}

/// What `client_h2.py` prints when it is through.
const CLIENT_SCENARIOS: [&str; 20] = [
    "small_windows_of_a_stream",
    "the_window_of_the_connection",
    "a_window_that_falls_below_zero",
    "settings_change_on_the_way",
    "header_tables_of_all_sizes",
    "a_head_in_many_frames",
    "padding",
    "priorities",
    "streams_in_turns",
    "bytes_one_by_one",
    "resets",
    "pings_are_answered",
    "a_slow_reader",
    "a_socket_that_is_not_read",
    "unknown_frames_and_settings",
    "requests_cut_in_odd_places",
    "a_client_that_leaves_politely",
    "a_host_instead_of_an_authority",
    "fields_of_one_name",
    "deadline",
];
