//! Both SSH transports against a real sshd.
#![expect(clippy::disallowed_types, reason = "the tests start an sshd")]
#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

#[path = "ssh/connection.rs"]
mod connection;
#[path = "ssh/exec.rs"]
mod exec;
#[path = "ssh/host_keys.rs"]
mod host_keys;
#[path = "ssh/login.rs"]
mod login;
#[path = "ssh/rig.rs"]
mod rig;

use std::time::Duration;

/// Long enough for any machine, short enough to end a test that hangs.
const LONG: Option<Duration> = Some(Duration::from_secs(60));

macro_rules! for_both_transports {
    ($($topic:ident: $($name:ident),*;)*) => {
        mod libssh2 { $($(#[test] fn $name() { crate::$topic::$name(crate::rig::Kind::Libssh2) })*)* }
        mod openssh { $($(#[test] fn $name() { crate::$topic::$name(crate::rig::Kind::OpenSsh) })*)* }
    };
}

for_both_transports! {
    exec:
        a_command_s_output_and_code_come_back,
        megabytes_flow_in_all_directions_at_once,
        input_that_nobody_reads_is_no_error,
        a_shell_ended_by_a_signal_is_no_success,
        the_time_out_ends_the_call,
        interrupt_cuts_the_call_and_no_later_one,
        many_sessions_run_in_parallel;
    host_keys:
        an_unknown_key_is_refused_and_can_be_accepted,
        a_changed_key_names_its_line,
        a_revoked_key_is_refused,
        a_hashed_entry_is_found,
        a_host_certificate_is_checked;
    login:
        an_encrypted_key_takes_its_passphrase,
        a_wrong_passphrase_is_named,
        the_agent_logs_in,
        a_user_certificate_logs_in,
        a_refused_login_says_what_was_tried,
        a_host_that_hangs_up_has_refused,
        every_key_format_logs_in,
        a_password_logs_in;
    connection:
        a_frozen_server_times_out,
        a_dead_session_is_opened_again,
        a_connection_that_breaks_midway_is_not_repeated,
        other_hosts_are_gone_through,
        names_that_are_options_are_refused,
        a_frozen_peer_holds_nobody,
        a_closed_port_is_unreachable,
        the_configuration_counts,
        closing_is_no_end;
}
