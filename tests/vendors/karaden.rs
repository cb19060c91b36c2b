//! KARADEN, from the vendor's library for Python.

use sekisho::delivery::provider::karaden::KIND;
use sekisho::domain::contact::Channel;
use sekisho::domain::time::Wall;
use serde_json::json;

use crate::rig::{Rig, each_answer_has_its_name, provider};
use crate::sim::{Asked, Reply, Sim};

const TENANT: &str = "159bfd33-b9b7-f424-4755-c119b324591d";
const TOKEN: &str = "123";

fn error(status: u16, code: &str) -> Reply {
    Reply::json(status, json!({"object": "error", "code": code, "message": "about 09012345678", "errors": null}))
}

fn judge(asked: &Asked) -> Result<Reply, Reply> {
    if asked.header("authorization") != format!("Bearer {TOKEN}") {
        return Err(error(401, "unauthorized"));
    }
    if !asked.is("POST", &format!("/api/{TENANT}/messages")) {
        return Err(error(404, "not_found"));
    }
    let form = asked.form();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let home = field("to").starts_with('0') && field("to").len() == 11;
    // A moment with its offset, and not one that is over.
    let limit = field("limited_at").strip_suffix("+00:00").and_then(|at| Wall::from_rfc3339(&format!("{at}Z")));
    let version = asked.header("karaden-version") == "2024-03-01";
    let whole = field("service_id") == "1" && !field("body").is_empty() && home && limit.is_some() && version;
    if !whole {
        return Err(error(422, "422"));
    }
    Ok(Reply::json(
        200,
        json!({
            "id": "82bdf9de-a532-4bf5-86bc-c9a1366e5f4a", "object": "message", "service_id": 1, "to": field("to"),
            "body": field("body"), "tags": [], "is_shorten": false, "status": "accepted", "result": null,
            "limited_at": field("limited_at"), "charged_at": null,
        }),
    ))
}

fn rig(sim: &Sim, token: &str) -> Rig {
    let keys = [("tenant_id", TENANT), ("service_id", "1"), ("base_url", sim.base_url.as_str())];
    Rig::start(Channel::Sms, provider(&KIND, &keys, &[("token", token)]))
}

#[tokio::test]
async fn a_code_is_taken_and_not_sent_after_its_end() {
    let sim = Sim::start(judge).await;
    let rig = rig(&sim, TOKEN);
    assert_eq!(rig.outcome().await, Ok(()));
    let form = sim.taken()[0].form();
    let limit = Wall::from_rfc3339(&form["limited_at"].replace("+00:00", "Z")).expect("a moment");
    let left = rig.now().until(limit);
    assert!((290..=300).contains(&left.as_secs()), "{left:?}");
    assert_eq!(rig.told(), "karaden:sent");
}

#[tokio::test]
async fn what_goes_wrong_has_its_name() {
    let answers = [
        (error(400, "400"), "karaden:config"),
        (error(403, "403"), "karaden:config"),
        (error(422, "422"), "karaden:config"),
        (error(200, "500"), "karaden:config"),
        (error(429, "429").with("retry-after", "1"), "karaden:throttle karaden:sent"),
        (error(503, "503"), "karaden:transient karaden:sent"),
        (Reply::json(200, json!({})), "karaden:ambiguous"),
        (error(500, "500"), "karaden:ambiguous"),
    ];
    each_answer_has_its_name(judge, rig, TOKEN, answers).await;
}
