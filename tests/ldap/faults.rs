//! Directories that are down, slow or lying: theirs are closed, in time and with a clear answer, and everybody else's are not.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use crate::slapd::Slapd;
use crate::support::{Gateway, Plan, Upstream, User, Wire, free_port, wait};
use crate::{begin_once, command, page, plan, sign_in};

const PASSES_ON: u8 = 0;
const HOLDS: u8 = 1;
const LIES: u8 = 2;

/// What stands between the gateway and a directory, and does with the directory's answers what it is told.
struct Between {
    port: u16,
    mood: Arc<AtomicU8>,
}

impl Between {
    fn before(port: u16) -> Between {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let between = Between { port: listener.local_addr().expect("one").port(), mood: Arc::default() };
        let mood = between.mood.clone();
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                let (mut up, mut down) = (near.try_clone().expect("one"), far.try_clone().expect("one"));
                std::thread::spawn(move || drop(std::io::copy(&mut up, &mut down)));
                let mood = mood.clone();
                std::thread::spawn(move || pass_on(far, near, &mood));
            }
        });
        between
    }

    fn is_now(&self, mood: u8) {
        self.mood.store(mood, Ordering::SeqCst);
    }

    fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }
}

/// A result that every decoder of BER reads, and whose inside is no result of LDAP.
const LIE: [u8; 9] = [0x30, 0x07, 0x02, 0x01, 0x02, 0x61, 0x02, 0x04, 0x00];

fn pass_on(mut far: TcpStream, mut near: TcpStream, mood: &AtomicU8) {
    let mut some = [0; 4096];
    while let Ok(read) = far.read(&mut some) {
        let written = match mood.load(Ordering::SeqCst) {
            _ if read == 0 => break,
            HOLDS => Ok(()),
            LIES => (1..=3).try_for_each(|id| {
                let mut lie = LIE;
                lie[4] = id;
                near.write_all(&lie)
            }),
            _ => near.write_all(&some[..read]),
        };
        if written.is_err() {
            break;
        }
    }
    let _ = near.shutdown(std::net::Shutdown::Both);
}

#[expect(clippy::disallowed_methods, reason = "how long people wait goes by the real clock")]
fn promptly<T>(what: &str, act: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = act();
    assert!(begun.elapsed() < Duration::from_secs(10), "{what} took {:?}", begun.elapsed());
    done
}

fn everybodys(plan: Plan) -> Gateway {
    let routes = plan.routes.replace("groups = [\"doctors\"]\n", "");
    Plan { users: vec![User::BOB], routes, ..plan }.start()
}

fn standing(gateway: &Gateway) -> (u16, Option<bool>) {
    let answer = gateway.admin("/readyz");
    (answer.status, answer.json()["directories"]["hospital"].as_bool())
}

#[test]
fn a_directory_that_fails_closes_its_own_and_comes_back_by_itself() {
    let (mut slapd, upstream) = (Slapd::start(), Upstream::start());
    let between = Between::before(slapd.port);
    let table = slapd.table("hospital", &[between.url()], "timeout = \"3s\"");
    let gateway = everybodys(plan(&upstream, &table));
    let mut hanako = gateway.caller(Wire::Http1);
    sign_in(&mut hanako, &gateway, "hanako", "hanako no himitsu");
    assert_eq!(standing(&gateway), (200, Some(true)));
    for fault in ["held", "lying", "killed"] {
        match fault {
            "held" => between.is_now(HOLDS),
            "lying" => between.is_now(LIES),
            _ => slapd.kill(),
        }
        for wire in Wire::ALL {
            for login in ["taro", "invented"] {
                let answer = promptly(fault, || begin_once(&mut gateway.caller(wire), login, "taro no himitsu"));
                assert_eq!(answer.status, 503, "{fault}: an outage is no word about a name: {}", answer.text());
                assert!(answer.header("retry-after").is_some(), "{fault}: {:?}", answer.headers);
            }
        }
        assert_eq!(standing(&gateway), (200, Some(false)), "{fault}: no reason to take the gate out of service");
        assert_eq!(sign_in(&mut gateway.caller(Wire::Http1), &gateway, "bob", User::BOB.password), User::BOB.e164());
        assert_eq!(page(&mut hanako), 200, "{fault}");
        between.is_now(PASSES_ON);
        if fault == "killed" {
            slapd.again();
        }
        let mut tries = 0;
        wait::until("the directory to be asked again", || {
            tries += 1;
            let login = format!("{fault}-{tries}");
            (begin_once(&mut gateway.caller(Wire::Http1), &login, "wrong").status == 403).then_some(())
        });
        assert_eq!(standing(&gateway), (200, Some(true)), "{fault}");
        sign_in(&mut gateway.caller(Wire::Http2), &gateway, "stays", "stays himitsu");
    }
}

#[test]
fn one_server_that_is_dead_or_hangs_is_made_up_for_by_the_next() {
    let (slapd, upstream) = (Slapd::start(), Upstream::start());
    let between = Between::before(slapd.port);
    between.is_now(HOLDS);
    let dead = format!("ldap://127.0.0.1:{}", free_port());
    let table = slapd.table("hospital", &[dead.clone(), between.url(), slapd.url()], "timeout = \"8s\"");
    let gateway = plan(&upstream, &table).start();
    promptly("the first who comes", || {
        sign_in(&mut gateway.caller(Wire::Http1), &gateway, "hanako", "hanako no himitsu")
    });
    promptly("the next one", || sign_in(&mut gateway.caller(Wire::Http2), &gateway, "taro", "taro no himitsu"));
    let warned = gateway.log().matches("a directory's server does not answer as it should").count();
    assert_eq!(warned, 2, "each once\n{}", gateway.log());
    let (good, said) = command(&gateway, &["check", "--online"]);
    assert!(!good, "{said}");
    for (server, verdict) in [(&dead, "FAILED"), (&between.url(), "FAILED"), (&slapd.url(), "ok")] {
        let line = said.lines().find(|line| line.contains(&format!("directory hospital, {server}")));
        assert!(line.is_some_and(|line| line.starts_with(verdict)), "{server}\n{said}");
    }
}
