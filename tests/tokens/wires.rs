//! The attacks through the real binary, over every wire, on a key file that a test may read.

use super::attacks;
use super::forge::Pen;
use super::support::gateway::{COOKIE, User};
use super::support::{Ask, Plan, Upstream, Wire};
use serde_json::Value;
use std::fs;

#[test]
fn no_forged_token_opens_anything() {
    let application = Upstream::start();
    let gateway = Plan::before(&application.url).start();
    let mut alice = gateway.caller(Wire::Http1);
    alice.sign_in(&gateway, &User::ALICE);
    let token = alice.cookie(COOKIE).expect("a pass").to_owned();
    let keys = fs::read_to_string(gateway.file("state/keys.json")).expect("the key file");
    let pen = Pen::of(&serde_json::from_str::<Value>(&keys).expect("JSON")["keys"][0]);
    let rows = attacks::all(&token, &pen);
    for wire in Wire::ALL {
        let mut caller = gateway.caller(wire);
        let status = |token: &str, caller: &mut super::support::Caller| {
            caller.send(Ask::get("/patients").header("Sekisho-Pass", token)).status
        };
        assert_eq!(status(&token, &mut caller), 200);
        let mut asked = 0;
        for (what, forged) in &rows {
            // What no header can carry is no request.
            if forged.bytes().any(|b| b < 0x20) {
                continue;
            }
            // White space around a value belongs to the wire, and a scope that is not confirmed is asked for.
            assert_eq!(status(forged, &mut caller), 401, "{wire:?}: {what}");
            asked += 1;
        }
        println!("{wire:?}: {asked} forged tokens, each 401");
        assert!(asked > 100);
    }
    let reached = application.requests().len();
    assert_eq!(reached, 3, "one request over each wire");
}
