//! The spool of the real gammu-smsd, whose modem is Gammu's dummy: files move, and what would go to the network is in its
//! log.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sekisho::delivery::outcome::Class;
use sekisho::domain::contact::Channel;

use crate::rig::{Rig, sms};
use crate::support::process::Running;
use crate::support::{Gateway, Plan, Upstream, User, Wire, folder, wait};

const TEXT: &str =
    "482913 が中央病院の確認コードです。5分間有効。誰にも教えないでください。\n\n@records.example.jp #482913 €[x]";
const FOLDERS: [&str; 4] = ["inbox", "out", "sent", "errors"];

struct Modem {
    folder: tempfile::TempDir,
    process: Option<Running>,
}

impl Modem {
    /// The folders, and nobody who empties them.
    fn away() -> Modem {
        let folder = folder();
        for name in FOLDERS.into_iter().chain(["phone"]) {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        Modem { folder, process: None }
    }

    fn start() -> Modem {
        let modem = Modem::away();
        let process = modem.daemon();
        Modem { process: Some(process), ..modem }
    }

    fn daemon(&self) -> Running {
        let home = self.folder.path().display();
        let config = format!(
            "[gammu]\ndevice = {home}/phone\nconnection = none\nmodel = dummy\n[smsd]\nservice = files\n\
             inboxpath = {home}/inbox/\noutboxpath = {home}/out/\nsentsmspath = {home}/sent/\n\
             errorsmspath = {home}/errors/\nlogfile = stderr\ndebuglevel = 255\nchecksecurity = 0\ncommtimeout = 1\n"
        );
        fs::write(self.folder.path().join("smsdrc"), config).expect("the folder can be written");
        let mut command = Command::new("gammu-smsd");
        command.env("LC_ALL", "C.UTF-8").arg("-c").arg(self.folder.path().join("smsdrc"));
        Running::start("gammu-smsd", &mut command, self.folder.path())
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn rig(&self) -> Rig {
        let (outbox, sent, errors) = (self.path("out"), self.path("sent"), self.path("errors"));
        Rig::start("gammu", Channel::Sms, &[("outbox", &outbox), ("sent", &sent), ("errors", &errors)])
    }

    fn log(&self) -> String {
        self.process.as_ref().expect("it runs").log()
    }

    fn is_empty(&self) -> bool {
        FOLDERS.iter().all(|name| count(&self.folder.path().join(name)) == 0)
    }
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).expect("a folder").count()
}

#[tokio::test]
async fn a_message_goes_through_the_modem_whole_and_no_code_stays_behind() {
    let modem = Modem::start();
    let rig = modem.rig();
    let taken = rig.deliver(&sms(TEXT)).await.expect("sent");
    let log = modem.log();
    let name = taken.reference.expect("a name");
    assert!(!name.contains("9012345678"), "{name}");
    assert!(log.contains(&format!("Transmitted {name} (total: 2) to +819012345678")), "{log}");
    assert_eq!(log.matches("Unicode SMS, length").count(), 2, "{log}");
    assert!(log.contains("482913 が中央病院の確認コードです。5分間有効。誰にも教えないでください。"), "{log}");
    rig.deliver(&sms("482913 is your code [x] €.")).await.expect("sent");
    let log = modem.log();
    assert!(log.contains("7 bit SMS, length") && log.contains("482913 is your code [x] €."), "{log}");
    assert!(modem.is_empty(), "codes stay behind");
    assert!(rig.probe().await.is_ok());
    rig.end().await;
}

#[tokio::test]
async fn a_modem_that_is_away_gets_nothing_to_send_later() {
    let modem = Modem::away();
    let rig = modem.rig();
    let waited = rig.within(&sms(TEXT), Duration::from_secs(1)).await;
    assert_eq!(waited.expect_err("nobody took it").class, Class::Ambiguous);
    assert!(modem.is_empty(), "it was taken back");
    let modem = Modem { process: Some(modem.daemon()), ..modem };
    rig.deliver(&sms("482914")).await.expect("now it is there");
    assert!(!modem.log().contains("482913"), "an old code went out");
    rig.end().await;
}

#[test]
fn a_code_goes_out_over_the_real_binary_and_opens_the_page() {
    let modem = Modem::start();
    let provider = format!(
        "[[sms.provider]]\nkind = \"gammu\"\noutbox = \"{}\"\nsent = \"{}\"\nerrors = \"{}\"\n",
        modem.path("out"),
        modem.path("sent"),
        modem.path("errors")
    );
    let gateway: Gateway = Plan::before(&Upstream::start().url).with_providers(provider).start();
    let mut alice = gateway.caller(Wire::Http2);
    let begun = alice.begin(&User::ALICE, "/patients").expect(201).json();
    let id = begun["id"].as_str().expect("an id").to_owned();
    wait::until("the message to be sent", || (alice.state(&id)["state"] == "sent").then_some(()));
    let log = modem.log();
    let (_, after) = log.split_once("with text \"").expect("it is in the log");
    alice.verify(&id, &after[..6]).expect(200);
    assert!(modem.is_empty(), "codes stay behind");
}
