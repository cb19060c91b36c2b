//! The request to playSMS as its source reads it, and its answers.

use super::super::tests::{answer, given, message};
use super::*;

const NOW: Wall = Wall(1_790_000_000_000);

fn playsms(more: &[(&'static str, &str)]) -> PlaySms {
    let mut keys = vec![("base_url", "https://sms.example.jp/playsms/"), ("username", "sekisho"), ("token", "t0ken")];
    keys.extend(more);
    PlaySms::new(&given(&keys, &["token"])).expect("good settings")
}

fn pairs(request: &Request) -> Vec<(String, String)> {
    url::form_urlencoded::parse(request.body()).into_owned().collect()
}

#[test]
fn the_request_is_the_documented_one() {
    let request = playsms(&[("from", "HOSPITAL")]).request(&message(), NOW);
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://sms.example.jp/playsms/index.php?app=ws&op=pv");
    let text = message();
    let expected = [
        ("u", "sekisho"),
        ("h", "t0ken"),
        ("to", "+819012345678"),
        ("msg", text.text.expose()),
        ("unicode", "1"),
        ("from", "HOSPITAL"),
        ("nofooter", "1"),
    ];
    assert_eq!(pairs(&request), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let text = Secret::new("482913 is your code.".to_owned());
    let sent = pairs(&playsms(&[]).request(&Message { text, ..message() }, NOW));
    assert!(sent.iter().all(|(name, _)| name != "unicode" && name != "from"), "{sent:?}");
}

#[test]
fn every_answer_has_its_meaning() {
    let taken = r#"{"data":[{"status":"OK","error":"0","smslog_id":"17","queue":"q","to":"+819012345678"}],"error_string":null}"#;
    let reference = Some("17".to_owned());
    assert_eq!(playsms(&[]).outcome(&answer(200, &[], taken)), Ok(Accepted { reference, price: None }));
    for (number, class) in [
        (100, Class::Config),
        (101, Class::Config),
        (102, Class::Config),
        (103, Class::Funds),
        (104, Class::Config),
        (105, Class::Config),
        (106, Class::Config),
        (200, Class::Transient),
        (201, Class::Config),
        (999, Class::Config),
    ] {
        for body in [
            format!(r#"{{"status":"ERR","error":"{number}","error_string":"…"}}"#),
            format!(r#"{{"data":[{{"status":"ERR","error":{number}}}]}}"#),
        ] {
            let failure = Failure { class, number: Some(number), wait: None };
            assert_eq!(playsms(&[]).outcome(&answer(200, &[], &body)), Err(failure), "{body}");
        }
    }
    for (status, body, class) in [
        (200, "<html>Welcome to the hotel</html>", Class::Ambiguous),
        (200, "", Class::Ambiguous),
        (200, r#"{"data":[]}"#, Class::Ambiguous),
        (302, "", Class::Config),
        (404, "", Class::Config),
        (500, "", Class::Ambiguous),
        (503, "", Class::Transient),
    ] {
        let class = Err(class);
        assert_eq!(playsms(&[]).outcome(&answer(status, &[], body)).map_err(|f| f.class), class, "{status} {body}");
    }
}

#[test]
fn asking_for_the_credit_shows_whether_we_are_known() {
    let probe = playsms(&[]).probe(NOW).expect("a question");
    assert_eq!(probe.uri(), "https://sms.example.jp/playsms/index.php?app=ws&op=cr");
    assert_eq!(probe.body(), "u=sekisho&h=t0ken");
    let probed = |status, body| playsms(&[]).probed(&answer(status, &[], body));
    assert_eq!(probed(200, r#"{"status":"OK","error":"0","credit":"100"}"#), Ok(Standing::default()));
    assert_eq!(probed(200, r#"{"status":"ERR","error":"100"}"#), Err("playSMS answers with error 100".to_owned()));
    assert_eq!(probed(200, "hello"), Err("what answers is not playSMS".to_owned()));
    assert_eq!(probed(502, ""), Err("playSMS answers with status 502".to_owned()));
}
