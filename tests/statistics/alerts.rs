//! Who is told when something is wrong, and that nobody waits for it.

use crate::rig::command;
use crate::support::{Gateway, Plan, Upstream, User, Wire, free_port, wait};
use ring::hmac;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const ALICE: &User = &User::ALICE;

/// What a webhook was sent, with its signature judged.
fn notices(receiver: &Upstream, secret: &str) -> Vec<Value> {
    let read = |request: Vec<u8>| {
        let text = String::from_utf8(request).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").expect("a body");
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("sekisho-signature:"));
        let signature = line.and_then(|line| line.split_once(": ")).expect("a signature").1;
        let (time, tag) = signature.strip_prefix("t=").and_then(|rest| rest.split_once(",v1=")).expect("two parts");
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag: Vec<u8> =
            (0..tag.len()).step_by(2).map(|at| u8::from_str_radix(&tag[at..at + 2], 16).expect("hex")).collect();
        hmac::verify(&key, format!("{time}.{body}").as_bytes(), &tag).expect("signed by us");
        serde_json::from_str(body).expect("JSON")
    };
    receiver.requests().into_iter().map(read).collect()
}

/// A program that keeps what it is told, in the gateway's own folder.
fn script(folder: &std::path::Path) -> String {
    let path = folder.join("tell.sh");
    fs::write(&path, "#!/bin/sh\ncat >> \"$1\"\n").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("mode");
    path.display().to_string()
}

fn begin(gateway: &Gateway) {
    gateway.caller(Wire::Http1).begin(ALICE, "/patients").expect(201);
}

fn counted(gateway: &Gateway, alert: &str, outcome: &str) -> bool {
    let line = format!("sekisho_alerts_total{{alert=\"{alert}\",outcome=\"{outcome}\"}}");
    gateway.admin("/metrics").text().contains(&line)
}

#[test]
fn a_provider_that_fails_and_recovers_is_told_once_each_and_holds_up_nobody() {
    let (receiver, folder) = (Upstream::start(), crate::support::folder());
    let (told, away) = (folder.path().join("told.jsonl"), free_port());
    let more = format!(
        r#"
[[alert]]
kind = "webhook"
url = "{}"
secret = "whsec-whsec"
on = ["provider_down", "send_failures"]

[[alert]]
kind = "command"
command = ["{}", "{}"]

[[alert]]
kind = "webhook"
name = "away"
url = "http://127.0.0.1:{away}/"

[watch]
provider_failures = 2
provider_span = "0s"
send_failures = "1/1h"
"#,
        receiver.url,
        script(folder.path()),
        told.display(),
    );
    let port = free_port();
    let provider = crate::rig::http_provider("gateway", &format!("http://127.0.0.1:{port}/send"));
    let limits = "per_number = [\"50/10m\"]\n".to_owned();
    let gateway = Plan::before("http://127.0.0.1:9").with_providers(limits + &provider).with_more(more).start();
    // Two attempts each: one more message, and it would not be asked again for half a minute.
    for _ in 0..2 {
        begin(&gateway);
    }
    let heard = wait::until("both to be told", || {
        let heard = notices(&receiver, "whsec-whsec");
        (heard.len() >= 2).then_some(heard)
    });
    let events: Vec<_> = heard.iter().map(|notice| notice["event"].as_str().expect("an event")).collect();
    assert!(events.contains(&"sys_provider_down") && events.contains(&"code_send_failed"), "{heard:?}");
    let down = heard.iter().find(|notice| notice["topic"] == "provider_down").expect("told");
    assert_eq!(
        (&down["provider"], &down["channel"], &down["detail"]),
        (&"gateway".into(), &"sms".into(), &"transient".into())
    );
    assert_eq!(down["site"], gateway.origin.as_str());
    wait::until("the one that is away to be given up", || counted(&gateway, "away", "failed").then_some(()));
    assert!(gateway.audit().contains("sys_provider_down"));
    let lines = wait::until("the command", || fs::read_to_string(&told).ok().filter(|text| text.lines().count() >= 2));
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{lines}");
    assert!(!lines.contains("9012345678") && !lines.contains("alice"), "{lines}");

    // It is back, and somebody's code is taken.
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    std::thread::spawn(move || answer_all(&listener));
    begin(&gateway);
    let up = |notice: &Value| notice["event"] == "sys_provider_up";
    wait::until("the end to be told", || notices(&receiver, "whsec-whsec").iter().any(up).then_some(()));
    let downs = notices(&receiver, "whsec-whsec").iter().filter(|n| n["event"] == "sys_provider_down").count();
    assert_eq!(downs, 1, "once");
}

fn answer_all(listener: &std::net::TcpListener) {
    use std::io::{Read, Write};
    for mut stream in listener.incoming().flatten() {
        let _ = stream.read(&mut [0; 8192]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
}

#[test]
fn a_test_tells_who_cannot_be_told() {
    let (receiver, folder) = (Upstream::start(), crate::support::folder());
    let told = folder.path().join("told.jsonl");
    let more = format!(
        "[[alert]]\nkind = \"webhook\"\nurl = \"{}\"\nsecret = \"whsec-whsec\"\non = [\"budget\"]\n\n[[alert]]\nkind = \"command\"\ncommand = [\"{}\", \"{}\"]\n",
        receiver.url,
        script(folder.path()),
        told.display()
    );
    let gateway = Plan::before("http://127.0.0.1:9").with_more(more).start();
    let done = command(&gateway, &["alerts", "test"]);
    assert_eq!(
        (done.code, done.out.as_str()),
        (Some(0), "webhook (webhook): told\ncommand (command): told\n"),
        "{}",
        done.err
    );
    assert_eq!(notices(&receiver, "whsec-whsec")[0]["topic"], "test");
    assert!(fs::read_to_string(&told).is_ok_and(|text| text.contains("\"topic\":\"test\"")));

    let more = "[[alert]]\nkind = \"command\"\ncommand = [\"/bin/false\"]\n".to_owned()
        + &format!(
            "[[alert]]\nkind = \"mail\"\nhost = \"127.0.0.1:{}\"\ntls = \"off\"\nfrom = \"a@example.jp\"\nto = [\"it@example.jp\"]\n",
            free_port()
        );
    let gateway = Plan::before("http://127.0.0.1:9").with_more(more).start();
    let done = command(&gateway, &["alerts", "test"]);
    assert_eq!(done.code, Some(1));
    assert!(done.out.contains("command (command): FAILED: it ended with exit status: 1"), "{}", done.out);
    assert!(done.out.contains("mail (mail): FAILED: connecting"), "{}", done.out);

    let none = Plan::before("http://127.0.0.1:9").start();
    assert_eq!(command(&none, &["alerts", "test"]).code, Some(1));
}

#[test]
fn a_letter_reaches_the_mail_server() {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback can be listened on");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody connects");
        let mut lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
        let (mut kept, mut data) = (Vec::new(), false);
        stream.write_all(b"220 mail ESMTP\r\n").expect("writes");
        while let Some(Ok(line)) = lines.next() {
            let answer = match (data, line.as_str()) {
                (true, ".") => {
                    data = false;
                    "250 taken\r\n"
                }
                (true, _) => "",
                (false, "DATA") => {
                    data = true;
                    "354 go on\r\n"
                }
                (false, "QUIT") => "221 bye\r\n",
                (false, _) => "250 ok\r\n",
            };
            kept.push(line);
            stream.write_all(answer.as_bytes()).expect("writes");
        }
        kept
    });
    let more = format!(
        "[[alert]]\nkind = \"mail\"\nhost = \"127.0.0.1:{port}\"\ntls = \"off\"\nfrom = \"sekisho@example.jp\"\nto = [\"it@example.jp\", \"night@example.jp\"]\n"
    );
    let gateway = Plan::before("http://127.0.0.1:9").with_more(more).start();
    let done = command(&gateway, &["alerts", "test"]);
    assert_eq!(done.code, Some(0), "{}{}", done.out, done.err);
    let kept = server.join().expect("the server ends");
    let has = |text: &str| kept.iter().any(|line| line.contains(text));
    for text in [
        "MAIL FROM:<sekisho@example.jp>",
        "RCPT TO:<it@example.jp>",
        "RCPT TO:<night@example.jp>",
        "Message-ID: <",
        "Subject: Sekisho: test",
    ] {
        assert!(has(text), "{text} in {kept:?}");
    }
}

#[test]
fn an_alert_that_cannot_work_is_refused_with_its_place() {
    let gateway = Plan::before("http://127.0.0.1:9").start();
    let text = fs::read_to_string(&gateway.config).expect("reads");
    for (table, told) in [
        ("kind = \"webhok\"", "expected one of \"webhook\""),
        ("kind = \"webhook\"", "lacks `url`"),
        ("kind = \"command\"\ncommand = [\"logger\"]", "has no full path"),
        ("kind = \"webhook\"\nurl = \"https://a.example/\"\non = [\"budgets\"]", "budget"),
        (
            "kind = \"mail\"\nhost = \"smtp.example.jp:25\"\ntls = \"off\"\nfrom = \"a@b.jp\"\nto = [\"a@b.jp\"]",
            "unencrypted",
        ),
        ("kind = \"webhook\"\nurls = \"https://a.example/\"", "did you mean `url`?"),
    ] {
        fs::write(&gateway.config, format!("{text}\n[[alert]]\n{table}\n")).expect("writes");
        let done = command(&gateway, &["check"]);
        assert_eq!(done.code, Some(1), "{table}\n{}", done.out);
        assert!(done.out.contains(told), "{told}\n{}", done.out);
    }
}
