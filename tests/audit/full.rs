//! A disk without room. The limit on the size of files plays it: nobody needs to be root for that, and it can be lifted.

use std::fs;
use std::process::Command;

use crate::rig::{is_whole, lines};
use crate::support::{Ask, Gateway, Plan, Upstream, User, Wire, wait};

const ROUTES: &str = r#"
[[route]]
path = "/open/**"
require = "open"

[[route]]
path = "/**"
require = "otp"
scope = "records"
object = { path = "/patients/{id}" }
"#;

/// Lets no file of the gate grow beyond so many bytes; nothing means as many as there are.
fn limit(gateway: &Gateway, bytes: Option<u64>) {
    let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let pid = gateway.pid().to_string();
    let set = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={limit}:unlimited")]).status();
    assert!(set.is_ok_and(|status| status.success()), "prlimit (util-linux) sets the limit");
}

/// Makes the audit by far the largest file, so that the limit meets nothing else.
fn grow(gateway: &mut Gateway) {
    assert!(gateway.process.end().success());
    let text = fs::read_to_string(gateway.file("audit.jsonl")).expect("readable");
    let at = &text[7..31];
    let old = format!("{{\"at\":\"{at}\",\"kind\":\"decision\",\"event\":\"sys_startup\"}}\n").repeat(150_000);
    fs::write(gateway.file("audit.jsonl"), old + &text).expect("written");
    gateway.restart();
}

#[test]
fn on_a_full_disk_guarded_routes_close_and_open_again_by_themselves_and_no_line_is_lost() {
    let upstream = Upstream::start();
    let mut gateway = Plan::before(&upstream.url).with_routes(ROUTES).start();
    grow(&mut gateway);
    let mut callers = Wire::ALL.map(|wire| gateway.caller(wire));
    callers.iter_mut().for_each(|caller| caller.sign_in(&gateway, &User::ALICE));
    let mut served = 0;
    for round in 0..2 {
        let size = fs::metadata(gateway.file("audit.jsonl")).expect("there").len();
        // Room for some lines, and then for half a line.
        limit(&gateway, Some(size + 3_000 + round * 77));
        for caller in &mut callers {
            wait::until("guarded routes to close", || match caller.send(Ask::get("/patients/4711")) {
                answer if answer.status == 200 => {
                    served += 1;
                    None
                }
                answer => Some(answer.expect(503)),
            });
            caller.send(Ask::get("/open/page")).expect(200);
            let closed = caller.send(Ask::get("/patients/4711").navigating()).expect(503);
            assert_eq!(closed.header("retry-after"), Some("5"));
        }
        // A decision that cannot be written does not take effect.
        gateway.caller(Wire::Http1).begin(&User::BOB, "/").expect(503);
        wait::until("the metrics to say so", || {
            let page = gateway.admin("/metrics").text();
            let failed = !page.contains("sekisho_audit_failures_total 0\n");
            (page.contains("sekisho_audit_open 0") && failed).then_some(())
        });
        gateway.admin("/readyz").expect(503);
        limit(&gateway, None);
        for caller in &mut callers {
            wait::until("guarded routes to open", || {
                let answer = caller.send(Ask::get("/patients/4711"));
                served += usize::from(answer.status == 200);
                (answer.status == 200).then_some(())
            });
        }
    }
    gateway.caller(Wire::Http1).begin(&User::BOB, "/").expect(201);
    wait::until("a line for each answer", || (lines(&gateway, "access").len() == served).then_some(()));
    assert!(gateway.process.end().success());
    let report = is_whole(&gateway);
    assert_eq!(report["open"], serde_json::json!([]), "{report}");
    assert_eq!(lines(&gateway, "access").len(), served, "as many lines as answers, none twice");
}
