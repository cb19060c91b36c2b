//! Two nodes with one store and one key file, and what one tells the other.

use crate::rig::{self, Plea, ask, enter, print};
use crate::support::redis::Server;
use crate::support::{Ask, Gateway, Upstream, Wire, wait};

/// Two nodes that share store and keys, and a file of sheets each.
fn two(upstream: &Upstream, server: &Server) -> (Gateway, Gateway) {
    let one = rig::on_redis(upstream, server, rig::ONE).start();
    let mut two = rig::on_redis(upstream, server, rig::ONE).start();
    assert!(two.process.end().success());
    // One site, under one address.
    let text = std::fs::read_to_string(&two.config).expect("the configuration is there");
    let public = |gateway: &Gateway| format!("public_url = \"{}\"", gateway.origin);
    std::fs::write(&two.config, text.replace(&public(&two), &public(&one))).expect("written");
    two.origin.clone_from(&one.origin);
    std::fs::copy(one.file("state/keys.json"), two.file("state/keys.json")).expect("the key file is brought over");
    two.start_again();
    (one, two)
}

fn bring(from: &Gateway, to: &Gateway) -> String {
    let file = to.file("sheets.json");
    std::fs::write(&file, rig::run(from, &["export"])).expect("written");
    rig::run(to, &["import", &file.display().to_string()])
}

#[test]
fn a_code_opens_once_on_all_nodes_while_the_store_is_there_and_once_a_node_while_it_is_not() {
    let upstream = Upstream::start();
    let mut server = Server::start(&[]);
    let (one, two) = two(&upstream, &server);
    let sheets = print(&one, 3);
    ask(&mut two.caller(Wire::Http1), &Plea::with(&sheets[0].code)).expect(403);
    assert_eq!(bring(&one, &two), "3 sheets are new, 0 changed\n");
    let mut caller = one.caller(Wire::Http1);
    enter(&mut caller, &sheets[0]);
    ask(&mut two.caller(Wire::Http1), &Plea::with(&sheets[0].code)).expect(410);
    assert!(rig::run(&two, &["review"]).contains("nothing to review"), "it opened nothing there");
    // The pass is good on both.
    let mut there = two.caller(Wire::Http1);
    there.put_cookie(crate::support::gateway::COOKIE, caller.cookie(crate::support::gateway::COOKIE).expect("a pass"));
    there.send(Ask::get("/patients/1")).expect(200);

    server.kill();
    wait::until("closed routes", || (two.caller(Wire::Http1).send(Ask::get("/x")).status == 503).then_some(()));
    wait::until("closed routes", || (there.send(Ask::get("/patients/1")).status == 503).then_some(()));
    caller.send(Ask::get("/patients/1")).expect(200);
    enter(&mut one.caller(Wire::Http1), &sheets[1]);
    enter(&mut two.caller(Wire::Http1), &sheets[1]);
    ask(&mut one.caller(Wire::Http1), &Plea::with(&sheets[1].code)).expect(410);
    // What one node brought over is used on the other, store or not.
    enter(&mut one.caller(Wire::Http1), &sheets[2]);
    assert_eq!(bring(&one, &two), "0 sheets are new, 1 changed\n");
    ask(&mut two.caller(Wire::Http1), &Plea::with(&sheets[2].code)).expect(410);
    server.restart();
    wait::until("open routes", || (there.send(Ask::get("/patients/1")).status == 200).then_some(()));
    // And ended on one, it is over on both.
    rig::run(&one, &["end", &sheets[0].serial, "--reason", "enough"]);
    wait::until("the end there", || (there.send(Ask::get("/patients/1")).status == 401).then_some(()));
    let (good, _, why) = rig::tried(&two, &["end", &sheets[0].serial, "--reason", "x"]);
    assert!(!good && why.contains("on the node that opened it"), "{why}");
}

#[test]
fn a_code_that_was_used_without_the_store_is_told_to_it_later() {
    let upstream = Upstream::start();
    let mut server = Server::start(&[]);
    let (one, two) = two(&upstream, &server);
    let sheets = print(&one, 1);
    bring(&one, &two);
    server.kill();
    let mut caller = one.caller(Wire::Http1);
    wait::until("closed routes", || (caller.send(Ask::get("/x")).status == 503).then_some(()));
    enter(&mut caller, &sheets[0]);
    server.restart();
    for gateway in [&one, &two] {
        wait::until("open routes", || (gateway.admin("/readyz").status == 200).then_some(()));
    }
    wait::until("the store to know it", || {
        (!server.ask::<Vec<String>>(&["KEYS", &format!("*{}*", sheets[0].serial)]).is_empty()).then_some(())
    });
    ask(&mut two.caller(Wire::Http1), &Plea::with(&sheets[0].code)).expect(410);
}

#[test]
fn sheets_of_another_key_file_are_refused_with_a_reason() {
    let upstream = Upstream::start();
    let (one, two) = (rig::plan(&upstream, rig::ONE).start(), rig::plan(&upstream, rig::ONE).start());
    print(&one, 1);
    let file = two.file("sheets.json");
    std::fs::write(&file, rig::run(&one, &["export"])).expect("written");
    let (good, _, why) = rig::tried(&two, &["import", &file.display().to_string()]);
    assert!(!good && why.contains("another key file"), "{why}");
    std::fs::copy(rig::file(&one), rig::file(&two)).expect("copied by hand");
    let mut caller = two.caller(Wire::Http1);
    ask(&mut caller, &Plea::with("2222-2222-2222-2222-2222")).expect(503);
    wait::until("a word in the log", || two.log().contains("another key file").then_some(()));
    std::fs::write(rig::file(&two), "{\"sheets\":[").expect("half of it");
    ask(&mut caller, &Plea::with("2222-2222-2222-2222-2222")).expect(503);
    let (good, _, why) = rig::tried(&two, &["print", "--scope", "records"]);
    assert!(!good && why.contains("emergency.json"), "{why}");
}
