//! What every host does, and what `become` does, on a real host: over both SSH clients, as root, as an unprivileged user,
//! and through sudo with and without a password.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "tests")]

mod background;
mod become_;
mod rounds;

use evenkeel_host::AbsPath;
use evenkeel_host::Contract;
use evenkeel_host::OpenSsh;
use evenkeel_host::Posix;
use evenkeel_host::Privilege;
use evenkeel_host::Secret;
use evenkeel_host::Ssh2;
use evenkeel_host::SshSettings;
use evenkeel_host::Transport;
use evenkeel_host::Who;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::HostSpec;

/// What sudo asks `opspw` for.
const PASSWORD: &str = "correct horse";

/// A way in: who logs in, whether sudo asks for a password, and who is become.
struct Way {
    login: &'static str,
    password: Option<&'static str>,
    becomes: Option<&'static str>,
}

const WAYS: [Way; 5] = [
    Way {
        login: "root",
        password: None,
        becomes: None,
    },
    Way {
        login: "root",
        password: None,
        becomes: Some("guest"),
    },
    Way {
        login: "ops",
        password: None,
        becomes: None,
    },
    Way {
        login: "ops",
        password: None,
        becomes: Some("root"),
    },
    Way {
        login: "opspw",
        password: Some(PASSWORD),
        becomes: Some("root"),
    },
];

fn one() -> [HostSpec; 1] {
    [HostSpec::fresh("n1", "192.0.2.1")]
}

#[test]
fn a_real_host_over_libssh2() {
    let Some(fleet) = Fleet::for_test(&one()) else {
        return;
    };
    keeps_the_contract(&fleet, "libssh2", Ssh2::new);
}

#[test]
fn a_real_host_over_the_program_ssh() {
    let Some(fleet) = Fleet::for_test(&one()) else {
        return;
    };
    // A control socket's path must be short.
    let sockets = std::env::temp_dir().join(format!("ek-contract-{}", std::process::id()));
    keeps_the_contract(&fleet, "openssh", |settings| OpenSsh::new(settings, &sockets));
    assert!(
        !sockets.exists(),
        "the folder of the control sockets stays behind"
    );
}

fn keeps_the_contract<T: Transport + 'static>(
    fleet: &Fleet,
    kind: &str,
    connect: impl Fn(SshSettings) -> T + Sync,
) {
    for Way {
        login,
        password,
        becomes,
    } in WAYS
    {
        let user = becomes.unwrap_or(login);
        let folder = format!("/srv/{kind}-{login}-{user}");
        fleet
            .host("n1")
            .exec(&format!("install -d -o {user} {folder}"))
            .unwrap();
        fleet.inside(|| {
            let mut settings = SshSettings::new("192.0.2.1");
            settings.user = Some(login.to_owned());
            settings.identity_files = vec![fleet.key()];
            settings.known_hosts = vec![fleet.known_hosts()];
            let privilege = Privilege {
                password: password.map(|password| Secret::new(password.to_owned())),
                ..Privilege::default()
            };
            let host = Posix::new(connect(settings)).with_privilege(privilege);
            Contract {
                host: &host,
                who: becomes.map_or(Who::Login, |user| Who::Become(user.into())),
                folder: AbsPath::new(&folder).unwrap(),
                is_root: user == "root",
                runs_programs: true,
                refuses_stale: true,
            }
            .check();
            host.finish().unwrap();
        });
    }
    let left = fleet
        .host("n1")
        .exec("ls -d /run/evenkeel /run/user/*/evenkeel 2>/dev/null || :")
        .unwrap();
    assert_eq!(left, "", "a run that is over leaves nothing");
}
