//! One fault after the other, over every wire: guarded routes close with a page and in time, open ones do not care, and
//! everything comes back by itself.

use crate::support::redis::Server;
use crate::support::{Ask, Caller, Gateway, Upstream, User, Wire, folder, gateway, wait};
use crate::{is_ready, plan};
use redis::Value;
use std::time::{Duration, Instant};

/// Nobody waits longer for being told that it does not work just now.
const PATIENCE: Duration = Duration::from_secs(4);

/// Somebody with a pass, on each wire.
fn everybody(gateway: &Gateway) -> Vec<Caller> {
    let mut first = gateway.caller(Wire::Http2);
    first.sign_in(gateway, &User::ALICE);
    let pass = first.cookie(gateway::COOKIE).expect("a pass").to_string();
    let with_pass = |wire| {
        let mut caller = gateway.caller(wire);
        caller.put_cookie(gateway::COOKIE, &pass);
        caller.send(Ask::get("/records")).expect(200);
        caller
    };
    Wire::ALL.into_iter().map(with_pass).collect()
}

#[expect(clippy::disallowed_methods, reason = "how long people wait goes by the real clock")]
fn promptly<T>(what: &str, act: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = act();
    assert!(begun.elapsed() < PATIENCE, "{what} took {:?}", begun.elapsed());
    done
}

/// What people meet while guarded routes are closed.
fn is_closed(gateway: &Gateway, people: &mut [Caller], fault: &str) {
    wait::until(&format!("closed routes ({fault})"), || {
        (people[0].send(Ask::get("/records")).status == 503).then_some(())
    });
    wait::until("readiness to say so", || (!is_ready(gateway)).then_some(()));
    for caller in people {
        let page = promptly(fault, || caller.send(Ask::get("/records").navigating()).expect(503));
        assert!(page.header("retry-after").is_some(), "{fault}: {:?}", page.headers);
        assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")), "{fault}");
        promptly(fault, || caller.send(Ask::get("/records")).expect(503));
        promptly(fault, || caller.begin(&User::BOB, "/records").expect(503));
        promptly(fault, || caller.send(Ask::get("/open/page")).expect(200));
    }
}

fn is_open_again(gateway: &Gateway, people: &mut [Caller], fault: &str, user: &User) {
    wait::until(&format!("open routes after {fault}"), || is_ready(gateway).then_some(()));
    for caller in people {
        wait::until(fault, || (caller.send(Ask::get("/records")).status == 200).then_some(()));
    }
    gateway.caller(Wire::Http1Tls).sign_in(gateway, user);
}

struct Fault {
    name: &'static str,
    harm: fn(&mut Server),
    mend: fn(&mut Server),
}

/// A port that nobody listens on.
const NOWHERE: &str = "9";

const FAULTS: [Fault; 5] = [
    Fault { name: "killed", harm: Server::kill, mend: Server::restart },
    Fault { name: "hanging", harm: |server| server.signal("STOP"), mend: |server| server.signal("CONT") },
    Fault {
        name: "made a replica",
        harm: |server| drop(server.ask::<Value>(&["REPLICAOF", "127.0.0.1", NOWHERE])),
        mend: |server| drop(server.ask::<Value>(&["REPLICAOF", "NO", "ONE"])),
    },
    Fault {
        name: "another password",
        harm: |server| {
            server.ask::<Value>(&["ACL", "SETUSER", "gate", "resetpass", ">other"]);
            server.ask::<Value>(&["CLIENT", "KILL", "USER", "gate"]);
        },
        mend: |server| drop(server.ask::<Value>(&["ACL", "SETUSER", "gate", "resetpass", ">s3cret"])),
    },
    Fault {
        name: "evicting",
        harm: |server| drop(server.ask::<Value>(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"])),
        mend: |server| drop(server.ask::<Value>(&["CONFIG", "SET", "maxmemory-policy", "noeviction"])),
    },
];

#[test]
fn whatever_becomes_of_redis_guarded_routes_close_and_open_again_by_themselves() {
    let upstream = Upstream::start();
    let mut server = Server::start(&["--user", "gate", "on", ">s3cret", "~*", "&*", "+@all"]);
    let secrets = folder();
    let file = secrets.path().join("password");
    std::fs::write(&file, "s3cret\n").expect("the folder can be written");
    let url = format!("url = \"redis://{}\"", server.address());
    let store =
        format!("[store]\nkind = \"redis\"\n{url}\nuser = \"gate\"\npassword = {{ file = \"{}\" }}\n", file.display());
    let gateway = plan(&upstream, &server).with_more(store).start();
    let mut people = everybody(&gateway);
    // A number gets only so many messages.
    for (fault, user) in FAULTS.into_iter().zip([User::ALICE, User::ALICE, User::BOB, User::BOB, User::BOB]) {
        (fault.harm)(&mut server);
        is_closed(&gateway, &mut people, fault.name);
        (fault.mend)(&mut server);
        is_open_again(&gateway, &mut people, fault.name, &user);
    }
    let log = gateway.log();
    assert!(!log.contains("s3cret"), "the password is in the log");
    assert!(log.contains(&server.address()) && log.contains("noeviction") && log.contains("`password`"), "{log}");
}

#[test]
fn a_full_redis_takes_no_new_challenge_and_leaves_passes_alone() {
    let upstream = Upstream::start();
    let server = Server::start(&[]);
    let gateway = plan(&upstream, &server).start();
    let mut people = everybody(&gateway);
    server.ask::<Value>(&["CONFIG", "SET", "maxmemory", "1"]);
    for caller in &mut people {
        promptly("full", || caller.begin(&User::BOB, "/records").expect(503));
        caller.send(Ask::get("/records")).expect(200);
        caller.send(Ask::get("/open/page")).expect(200);
    }
    assert_eq!(gateway.outbox.count(), 1, "nothing is sent that could not be judged");
    server.ask::<Value>(&["CONFIG", "SET", "maxmemory", "0"]);
    is_open_again(&gateway, &mut people, "full", &User::BOB);
}

#[test]
fn a_gateway_that_starts_without_redis_waits_for_it() {
    let upstream = Upstream::start();
    let mut server = Server::start(&[]);
    server.kill();
    let gateway = plan(&upstream, &server).not_ready().start();
    let mut people: Vec<_> = Wire::ALL.into_iter().map(|wire| gateway.caller(wire)).collect();
    wait::until("the listeners", || std::net::TcpStream::connect(&gateway.plain).ok());
    is_closed(&gateway, &mut people, "not there at the start");
    server.restart();
    wait::until("readiness", || is_ready(&gateway).then_some(()));
    everybody(&gateway);
}

#[test]
fn a_redis_that_is_loading_is_waited_for() {
    let upstream = Upstream::start();
    let mut server = Server::start(&["--rdbcompression", "no"]);
    let gateway = plan(&upstream, &server).start();
    let mut people = everybody(&gateway);
    for n in 0..250 {
        server.ask::<Value>(&["SET", &format!("filler:{n}"), &"x".repeat(200)]);
    }
    server.ask::<Value>(&["BGREWRITEAOF"]);
    wait::until("a compact file", || {
        let done = server.info("aof_rewrite_in_progress") == "0" && server.info("aof_rewrite_scheduled") == "0";
        (done && server.info("aof_rewrites") != "0").then_some(())
    });
    server.kill();
    server.restart_slowly();
    is_closed(&gateway, &mut people, "loading");
    assert!(gateway.log().contains("LOADING"), "{}", gateway.log());
    is_open_again(&gateway, &mut people, "loading", &User::BOB);
}
