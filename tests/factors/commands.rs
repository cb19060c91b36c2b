//! What an operator types: apps, tokens, sheets, bypasses.

use std::fs;

use sekisho::app::world::SystemWorld;
use sekisho::domain::factor::Factor;
use sekisho::domain::stepper::seed;
use sekisho::gate::seams::World;

use super::gates::{must, of_uri, ran, stepper};
use super::support::gateway::sekisho;
use super::support::{Gateway, Plan, Upstream, User, Wire};

const SEED: &str = "3132333435363738393031323334353637383930";

fn gateway() -> (Gateway, Upstream) {
    let upstream = Upstream::start();
    (Plan::before(&upstream.url).start(), upstream)
}

#[test]
fn an_app_is_added_with_a_code_that_it_shows() {
    let (gateway, _upstream) = gateway();
    let (code, said) = ran(&gateway, &["totp", "add", "alice"], "000000\n000000\n");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("not what it should show") && said.contains("nothing was changed"), "{said}");
    assert!(must(&gateway, &["totp", "list", "alice"], "").contains("has no authenticator app"));
    // Read what it prints, then type what the app shows.
    let config = gateway.config.display().to_string();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sekisho"));
    command.args(["totp", "add", "alice", "--label", "work phone", "--config", &config]);
    let pipe = std::process::Stdio::piped;
    let mut child = command.stdin(pipe()).stdout(pipe()).stderr(pipe()).spawn().expect("it starts");
    let (mut stdin, stdout) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(stdout)).map(|line| line.expect("text"));
    let drawn: Vec<String> = lines.by_ref().take_while(|line| !line.starts_with("otpauth://")).collect();
    assert!(drawn.len() > 20 && drawn.iter().all(|line| line.chars().all(|c| "█▀▄ ".contains(c))), "{drawn:?}");
    let typed = lines.next().expect("for whoever types it");
    let app = stepper(Factor::Totp, typed.strip_prefix("to type it: ").expect("the seed"));
    let shown = app.present(SystemWorld::default().wall()).expect("a code");
    std::io::Write::write_all(&mut stdin, format!("{}\n", shown.expose()).as_bytes()).expect("typed");
    drop(stdin);
    assert_eq!(lines.last().as_deref(), Some("alice has an authenticator app"));
    assert!(child.wait().expect("it ends").success());
    let list = must(&gateway, &["totp", "list", "alice"], "");
    assert!(list.contains("work phone") && list.contains("never used"), "{list}");
    must(&gateway, &["totp", "remove", "alice", "work phone", "--reason", "left it in a train"], "");
    let (code, said) = ran(&gateway, &["totp", "remove", "alice", "work phone"], "");
    assert!(code == 1 && said.contains("has no authenticator app"), "{said}");
    let audit = gateway.audit();
    assert!(audit.contains("\"factor_added\"") && audit.contains("totp work phone: left it in a train"), "{audit}");
    assert!(!audit.contains(&app.seed), "no seed in the audit");
    let (code, said) = ran(&gateway, &["totp", "add", "nobody"], "");
    assert!(code == 1 && said.contains("there is no user"), "{said}");
}

#[test]
fn a_list_of_tokens_is_imported_whole_or_not_at_all() {
    let (gateway, _upstream) = gateway();
    let file = gateway.file("tokens.csv");
    let path = file.display().to_string();
    let import = |text: &str| {
        fs::write(&file, text).expect("written");
        ran(&gateway, &["token", "import", &path], "")
    };
    let (code, said) = import(&format!("serial,seed,user\nA,{SEED},alice\nB,short,bob\nC,{SEED},nobody\n"));
    assert!(code == 1 && said.contains("line 3: the seed") && !said.contains("line 2"), "{said}");
    let (code, said) = import(&format!("serial,seed,user\nA,{SEED},alice\nC,{SEED},nobody\n"));
    assert!(code == 1 && said.contains("line 3: there is no user \"nobody\""), "{said}");
    assert!(must(&gateway, &["token", "list"], "").contains("there are no tokens"));
    let other = SEED.replace("31", "41");
    let good = format!("serial,seed,user,digits,step,algorithm\nA,{SEED},alice,6,30,sha1\nB,{other},,6,30,sha1\n");
    let (code, said) = import(&good);
    assert!(code == 0 && said.contains("2 tokens read, 2 of them new, 1 given"), "{said}");
    let (code, said) = import(&good);
    assert!(code == 0 && said.contains("0 of them new"), "once more changes nothing: {said}");
    let (code, said) = import(&format!("serial,seed\nB,{SEED}\n"));
    assert!(code == 1 && said.contains("line 2: B is there already, with another seed"), "{said}");
    let list = must(&gateway, &["token", "list"], "");
    assert!(list.contains("A  alice  6 digits  30s  sha1") && list.contains("B  nobody's"), "{list}");

    // She signs in with it, and then somebody else does.
    let token = stepper(Factor::Token, &seed(SEED).expect("a seed"));
    let now = || SystemWorld::default().wall();
    let mut alice = gateway.caller(Wire::Http1);
    let id = alice.begin(&User::ALICE, "/").expect(201).json()["id"].as_str().expect("an id").to_owned();
    alice.verify(&id, token.present(now()).expect("a code").expose()).expect(200);
    assert_eq!(gateway.outbox.count(), 0);
    let (code, said) = ran(&gateway, &["token", "assign", "A", "bob"], "");
    assert!(code == 1 && said.contains("A belongs to alice"), "{said}");
    must(&gateway, &["token", "release", "A"], "");
    must(&gateway, &["token", "assign", "A", "bob", "--reason", "alice has left"], "");
    let mut alice = gateway.caller(Wire::Http1);
    alice.begin(&User::ALICE, "/").expect(201);
    assert_eq!(gateway.outbox.count(), 1, "she has nothing else than her phone again");

    let later = |steps: i64| {
        let at = sekisho::domain::time::Wall(now().0 + steps * 30_000);
        token.present(at).expect("a code").expose().clone()
    };
    let (code, said) = ran(&gateway, &["token", "resync", "A", &later(401), &later(400)], "");
    assert!(code == 1 && said.contains("no two codes in a row"), "{said}");
    let said = must(&gateway, &["token", "resync", "A", &later(400), &later(401)], "");
    assert!(said.contains(" s fast"), "{said}");
    must(&gateway, &["token", "remove", "A", "--reason", "lost"], "");
    let (code, said) = ran(&gateway, &["token", "assign", "A", "bob"], "");
    assert!(code == 1 && said.contains("there is no token"), "{said}");
    let audit = gateway.audit();
    for words in ["\"tokens_imported\"", "\"factor_resynced\"", "token A is not kept any more: lost", "alice has left"]
    {
        assert!(audit.contains(words), "{words} is not in {audit}");
    }
}

#[test]
fn a_bypass_is_given_out_with_a_reason_and_by_two_where_that_is_asked_for() {
    let (gateway, _upstream) = gateway();
    let issue = |more: &[&str]| {
        let words = ["bypass", "issue", "--user", "alice", "--ttl", "2h", "--reason", "phone at home"];
        ran(&gateway, &[&words, more].concat(), "")
    };
    for (words, says) in [
        (["bypass", "issue", "--user", "alice", "--ttl", "2h", "--reason", " "], "a reason is needed"),
        (["bypass", "issue", "--user", "alice", "--ttl", "8d", "--reason", "x"], "between one minute and seven days"),
        (["bypass", "issue", "--user", "nobody", "--ttl", "2h", "--reason", "x"], "there is no user"),
    ] {
        let (code, said) = ran(&gateway, &words, "");
        assert!(code == 1 && said.contains(says), "{said}");
    }
    let (code, said) = issue(&["--second"]);
    assert!(code == 0 && said.contains("opens nothing before somebody else agrees"), "{said}");
    let bypass = said.lines().next().expect("a code").to_owned();
    let mut alice = gateway.caller(Wire::Http1);
    let id = alice.begin(&User::ALICE, "/").expect(201).json()["id"].as_str().expect("an id").to_owned();
    alice.verify(&id, &bypass).expect(403);
    let approve = ["bypass", "approve", "--user", "alice", "--reason", "I know her"];
    let (code, said) = ran(&gateway, &approve, "");
    assert!(code == 1 && said.contains("somebody else has to agree"), "{said}");
    let list = must(&gateway, &["bypass", "list"], "");
    assert!(list.contains("alice  issued") && list.contains("waits for a second person: phone at home"), "{list}");
    assert!(!list.contains(&bypass));
    let (code, said) = issue(&[]);
    assert_eq!(code, 0, "{said}");
    alice.verify(&id, said.lines().next().expect("a code")).expect(200);
    must(&gateway, &["bypass", "revoke", "--user", "alice", "--reason", "found it"], "");
    assert!(must(&gateway, &["bypass", "list", "--user", "alice"], "").contains("there is no bypass"));
    let audit = gateway.audit();
    for words in ["\"bypass_issued\"", "\"bypass_revoked\"", "for 2h, when a second person agrees: phone at home"] {
        assert!(audit.contains(words), "{words} is not in {audit}");
    }
}

#[test]
fn what_contradicts_itself_in_a_scope_is_told_by_check() {
    let (gateway, _upstream) = gateway();
    let text = fs::read_to_string(&gateway.config).expect("the configuration");
    let file = gateway.file("contradicting.toml");
    let lines = "max_age = \"8h\"\nphishing_resistant = true\nfactors = [\"passkey\", \"totp\"]";
    fs::write(&file, text.replacen("max_age = \"8h\"", lines, 1)).expect("written");
    let output = sekisho(&["check", "--config", &file.display().to_string()], "");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("a false site can ask for it"), "{said}");
}

#[test]
fn a_sheet_is_printed_once() {
    let (gateway, _upstream) = gateway();
    let sheet = must(&gateway, &["backup-codes", "print", "alice"], "");
    assert_eq!(sheet.lines().filter(|line| line.contains(".  ")).count(), 10, "{sheet}");
    assert!(
        sheet.contains("Backup codes for alice (有栖川 花子)") && sheet.contains("https://records.example.jp"),
        "{sheet}"
    );
    let again = must(&gateway, &["backup-codes", "print", "alice", "--count", "2"], "");
    assert!(sheet.lines().filter(|line| line.contains(".  ")).all(|line| !again.contains(line)));
    assert!(must(&gateway, &["backup-codes", "void", "alice"], "").contains("2 codes"));
    let (code, said) = ran(&gateway, &["backup-codes", "void", "alice"], "");
    assert!(code == 1 && said.contains("no such thing"), "{said}");
    let (code, _) = ran(&gateway, &["backup-codes", "print", "alice", "--count", "21"], "");
    assert_eq!(code, 2, "usage");
    let uri = must(&gateway, &["totp", "add", "bob", "--unconfirmed"], "");
    of_uri(uri.lines().find(|line| line.starts_with("otpauth://")).expect("what an app reads"));
}
