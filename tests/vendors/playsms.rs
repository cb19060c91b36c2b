//! playSMS, from its source.

use sekisho::delivery::provider::playsms::KIND;
use sekisho::domain::contact::Channel;
use serde_json::json;

use crate::rig::{Rig, provider};
use crate::sim::{Asked, Reply, Sim, Turn};

fn error(code: &str) -> Reply {
    Reply::json(200, json!({"status": "ERR", "error": code, "error_string": "…", "timestamp": 1}))
}

fn judge(asked: &Asked) -> Result<Reply, Reply> {
    let (query, mut all) = (asked.params(), asked.form());
    all.extend(query.clone());
    let field = |name: &str| all.get(name).map(String::as_str).unwrap_or_default();
    if asked.path != "/playsms/index.php" || field("app") != "ws" {
        return Err(Reply::text(404, "text/html", "Not Found"));
    }
    // A password in an address ends up in logs.
    assert!(!query.contains_key("h") && !query.contains_key("msg"));
    match () {
        () if field("u") != "sekisho" || field("h") != "t0ken" => Err(error("100")),
        () if field("op") != "pv" => Err(error("106")),
        () if field("to").is_empty() || field("msg").is_empty() => Err(error("201")),
        () => Ok(Reply::json(
            200,
            json!({
                "data": [{"status": "OK", "error": "0", "smslog_id": "17", "queue": "q", "to": field("to")}],
                "error_string": null, "timestamp": 1,
            }),
        )),
    }
}

fn rig(sim: &Sim, token: &str) -> Rig {
    let base_url = format!("{}/playsms", sim.base_url);
    let keys = [("base_url", base_url.as_str()), ("username", "sekisho")];
    Rig::start(Channel::Sms, provider(&KIND, &keys, &[("token", token)]))
}

#[tokio::test]
async fn a_code_is_taken_in_its_own_alphabet() {
    let sim = Sim::start(judge).await;
    assert_eq!(rig(&sim, "t0ken").outcome().await, Ok(()));
    let form = sim.taken()[0].form();
    assert_eq!((form["unicode"].as_str(), form["nofooter"].as_str()), ("1", "1"));
    assert!(form["msg"].starts_with("482913 が"), "{form:?}");
}

#[tokio::test]
async fn what_goes_wrong_has_its_name() {
    for (reply, told) in [
        (error("103"), "playsms:funds"),
        (error("105"), "playsms:config"),
        (error("200"), "playsms:transient playsms:sent"),
        (Reply::text(200, "text/html", "<html>Welcome</html>"), "playsms:ambiguous"),
        (Reply::text(500, "text/html", ""), "playsms:ambiguous"),
    ] {
        let sim = Sim::start(judge).await;
        sim.say(reply);
        let rig = rig(&sim, "t0ken");
        let _ = rig.outcome().await;
        assert_eq!(rig.told(), told);
    }
    let sim = Sim::start(judge).await;
    assert_eq!(rig(&sim, "another").outcome().await, Err("config"));
    sim.turns([Turn::DieHalfway]);
    assert_eq!(rig(&sim, "t0ken").outcome().await, Err("ambiguous"));
}
