//! The application's password reset: held until its user has proven the phone, alike for everybody, and sent on once.

use crate::clerk::Clerk;
use crate::support::gateway::sekisho;
use crate::support::wire::Answer;
use crate::support::{Ask, Caller, Gateway, User, Wire, wait};
use crate::{enter, location, plan};

fn reset(name: &str) -> Ask {
    Ask::post("/reset?lang=en")
        .navigating()
        .header("X-Requested-By", "Tester")
        .form(&[("token", "+%;"), ("email", name)])
}

/// An answer without what is drawn anew each time: ids, cookies' values, tokens.
fn alike(answer: &Answer, page: &str) -> String {
    let secret = |text: &str| text.len() >= 22 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let blur = |text: &str| -> String {
        let words = text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        let word = |word: &str| {
            let end = word.len()
                - word
                    .chars()
                    .last()
                    .filter(|c| !c.is_ascii_alphanumeric() && !"-_".contains(*c))
                    .map_or(0, char::len_utf8);
            if secret(&word[..end]) { format!("*{}*{}", end, &word[end..]) } else { word.to_string() }
        };
        words.map(word).collect()
    };
    let headers: String = answer
        .headers
        .iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("date"))
        .map(|(name, value)| format!("{}: {}\n", name.to_lowercase(), blur(value)))
        .collect();
    format!("{}\n{headers}\n{}", answer.status, blur(&answer.text()).replace(page, "PAGE"))
}

fn held(caller: &mut Caller, name: &str) -> String {
    location(&caller.send(reset(name)).expect(303))
}

#[test]
fn nothing_is_sent_on_before_the_code_and_then_byte_for_byte_and_once() {
    let clerk = Clerk::start();
    let gateway = plan(&clerk).start();
    let config = gateway.config.display().to_string();
    let changed = sekisho(&["user", "set", "--config", &config, "alice", "--email", "hanako@example.jp"], "");
    assert!(changed.status.success(), "{}", String::from_utf8_lossy(&changed.stderr));
    for (wire, name) in Wire::ALL.into_iter().zip(["alice", "ALICE", "Hanako@example.jp"]) {
        let before = clerk.got("POST /reset").len();
        let mut caller = gateway.caller(wire);
        caller.send(Ask::get("/reset").navigating()).expect(200);
        caller.put_cookie("csrftoken", "abc");
        let page = held(&mut caller, name);
        let message = gateway.outbox.next();
        assert_eq!(message.to, User::ALICE.e164());
        assert_eq!(clerk.got("POST /reset").len(), before, "held");
        let through = enter(&mut caller, &page, &message.code).expect(303);
        let ticket = location(&through);
        assert!(ticket.starts_with("/reset?lang=en&__sekisho_ticket="), "{ticket}");
        assert_eq!(clerk.got("POST /reset").len(), before, "the person fetches it");
        let threads: Vec<_> = (0..20)
            .map(|_| {
                let (mut caller, ticket) = (caller.clone(), ticket.clone());
                std::thread::spawn(move || caller.send(Ask::get(&ticket).navigating()))
            })
            .collect();
        let answers: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
        assert_eq!(answers.iter().filter(|answer| answer.text() == "A mail is on its way").count(), 1);
        assert_eq!(location(&caller.send(Ask::get(&ticket).navigating()).expect(303)), "/reset?lang=en");
        let sent = clerk.got("POST /reset?lang=en HTTP/1.1\r\n");
        assert_eq!(sent.len(), before + 1, "once, whoever asks how often");
        let sent = sent.last().expect("one");
        assert!(sent.ends_with(&format!("\r\n\r\ntoken=%2B%25%3B&email={}", name.replace('@', "%40"))), "{sent}");
        let lower = sent.to_lowercase();
        assert!(
            lower.contains("\r\nx-requested-by: tester\r\n") && lower.contains("cookie: csrftoken=abc\r\n"),
            "{sent}"
        );
        assert!(!lower.contains("sekisho") && !lower.contains("remote-"), "{sent}");
        assert_eq!(lower.matches("\r\nhost:").count(), 1, "{sent}");
    }
}

/// D13, D15: a name that nobody has looks like one that somebody has, as far as anybody without the phone can see.
#[test]
fn a_name_that_nobody_has_is_answered_alike() {
    let clerk = Clerk::start();
    for wire in Wire::ALL {
        // Wrong codes are counted for the person, over every wire.
        let gateway = plan(&clerk).start();
        let look = |name: &str| -> Vec<String> {
            let mut caller: Caller = gateway.caller(wire);
            let answer = caller.send(reset(name)).expect(303);
            let page = location(&answer);
            let shown = caller.send(Ask::get(&page).navigating()).expect(200);
            let wrong: Vec<Answer> = (0..6).map(|_| enter_or_gone(&mut caller, &page)).collect();
            let state = caller.send(Ask::get(&format!("/.sekisho/challenges/{}", id(&page)))).expect(200);
            let again = caller.send(reset(name));
            let mut all = vec![alike(&answer, &page), alike(&shown, &page), alike(&state, &page), alike(&again, &page)];
            all.extend(wrong.iter().map(|answer| alike(answer, &page)));
            all
        };
        let (known, unknown) = (look("bob"), look("mallory"));
        for (known, unknown) in known.iter().zip(&unknown) {
            // Seconds go on between two looks.
            let still = |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_digit()).collect() };
            assert_eq!(still(known), still(unknown));
        }
        assert!(gateway.outbox.all().iter().all(|message| message.to == User::BOB.e164()));
    }
    assert_eq!(clerk.got("POST").len(), 0);
}

fn id(page: &str) -> String {
    page.split('?').next().and_then(|path| path.rsplit('/').next()).expect("an id").to_string()
}

fn enter_or_gone(caller: &mut Caller, page: &str) -> Answer {
    let shown = caller.send(Ask::get(page).navigating()).expect(200);
    if shown.text().contains("name=\"code\"") { enter(caller, page, "000000") } else { shown }
}

#[test]
fn what_could_not_be_sent_on_is_not_lost() {
    let clerk = Clerk::start();
    let gateway: Gateway = plan(&clerk).start();
    let mut caller = gateway.caller(Wire::Http1);
    let page = held(&mut caller, "alice");
    let ticket = location(&enter(&mut caller, &page, &gateway.outbox.next().code).expect(303));
    let address = clerk.end();
    wait::until("the application to be gone", || std::net::TcpStream::connect(address).is_err().then_some(()));
    caller.send(Ask::get(&ticket).navigating()).expect(502);
    let clerk = Clerk::at(address);
    let answer = caller.send(Ask::get(&ticket).navigating()).expect(200);
    assert_eq!(answer.text(), "A mail is on its way");
    assert_eq!(clerk.got("POST /reset").len(), 1);
}
