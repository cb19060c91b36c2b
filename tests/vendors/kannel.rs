//! Kannel itself (Debian's 1.4.5), with its own fake SMSC behind it.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use http::Request;
use sekisho::delivery::provider::kannel::KIND;
use sekisho::delivery::receipts::Fate;
use sekisho::domain::contact::Channel;
use tempfile::TempDir;

use crate::rig::{Rig, challenge, provider, report_to};
use crate::sim::{Reply, Sim};
use crate::support::process::Running;
use crate::support::{folder, free_port, wait, wire};

const BEARERBOX: &str = "/usr/sbin/bearerbox";
const SMSBOX: &str = "/usr/sbin/smsbox";
const FAKESMSC: &str = "/usr/lib/kannel/test/fakesmsc";

struct Kannel {
    base_url: String,
    admin: String,
    smsc_port: u16,
    smsc: Option<Running>,
    smsbox: Running,
    bearerbox: Running,
    /// What Kannel is told to reach the world by: where it would report to, it reports here.
    world: Sim,
    // One for each process.
    folders: [TempDir; 3],
}

impl Kannel {
    async fn start() -> Kannel {
        let world = Sim::start(|_| Ok(Reply::text(204, "text/plain", ""))).await;
        let proxy = world.base_url.rsplit_once(':').expect("a port").1;
        let [admin, inner, smsc_port, sendsms] = [(); 4].map(|()| free_port());
        let settings = format!(
            "group = core\nadmin-port = {admin}\nadmin-password = secret\nadmin-interface = 127.0.0.1\n\
             smsbox-port = {inner}\nsmsbox-interface = 127.0.0.1\nbox-allow-ip = 127.0.0.1\ndlr-storage = internal\n\
             http-proxy-host = 127.0.0.1\nhttp-proxy-port = {proxy}\n\n\
             group = smsc\nsmsc = fake\nsmsc-id = fake\nport = {smsc_port}\nconnect-allow-ip = 127.0.0.1\n\n\
             group = smsbox\nbearerbox-host = 127.0.0.1\nbearerbox-port = {inner}\nsendsms-port = {sendsms}\n\
             sendsms-interface = 127.0.0.1\nglobal-sender = 13013\n\n\
             group = sendsms-user\nusername = sekisho\npassword = p&ss=word\n"
        );
        let folders = [(); 3].map(|()| folder());
        let box_of = |name, program, folder: &Path| {
            fs::write(folder.join("kannel.conf"), &settings).expect("the folder can be written");
            let mut command = Command::new(program);
            Running::start(name, command.current_dir(folder).arg("kannel.conf"), folder)
        };
        let mut bearerbox = box_of("bearerbox", BEARERBOX, folders[0].path());
        bearerbox.wait_ready(|| TcpStream::connect(("127.0.0.1", inner)).ok());
        let mut smsbox = box_of("smsbox", SMSBOX, folders[1].path());
        smsbox.wait_ready(|| TcpStream::connect(("127.0.0.1", sendsms)).ok());
        let (base_url, admin) = (format!("http://127.0.0.1:{sendsms}"), format!("127.0.0.1:{admin}"));
        Kannel { base_url, admin, smsc_port, smsc: None, smsbox, bearerbox, world, folders }
    }

    /// Lets the SMSC come.
    fn connect(&mut self) {
        let mut command = Command::new(FAKESMSC);
        let port = self.smsc_port.to_string();
        command.args(["-H", "127.0.0.1", "-r", &port, "-i", "1", "-m", "1", "100 200 text nop"]);
        self.smsc = Some(Running::start("fakesmsc", &mut command, self.folders[2].path()));
        let ask = format!("GET /status.txt?password=secret HTTP/1.1\r\nHost: {}\r\n\r\n", self.admin);
        wait::until("the SMSC to be online", || {
            let status = wire::exchange(&self.admin, ask.as_bytes()).ok()?.text();
            status.contains("(online").then_some(())
        });
    }

    fn rig(&self, password: &str) -> Rig {
        let keys = [("username", "sekisho"), ("base_url", self.base_url.as_str())];
        Rig::start(Channel::Sms, provider(&KIND, &keys, &[("password", password)]))
    }

    /// The texts that came to the number at the SMSC, which writes them down in its own way.
    fn arrived(&self) -> Vec<String> {
        let log = self.smsc.as_ref().map(Running::log).unwrap_or_default();
        let lines = log.lines().filter_map(|line| line.split_once(" +819012345678 ucs-2 "));
        lines.map(|(_, text)| utf16(text.trim_end_matches('>'))).collect()
    }

    fn logs(&self) -> String {
        format!("{}\n{}", self.bearerbox.log(), self.smsbox.log())
    }
}

/// `%004+`: octets as they stand in an address, two of them a unit.
fn utf16(encoded: &str) -> String {
    let (mut octets, mut rest) = (Vec::new(), encoded.as_bytes());
    while let [first, tail @ ..] = rest {
        let hex = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        let escaped = (*first == b'%').then(|| tail.get(..2).and_then(hex)).flatten();
        rest = if escaped.is_some() { &tail[2..] } else { tail };
        octets.push(escaped.unwrap_or(if *first == b'+' { b' ' } else { *first }));
    }
    let units: Vec<_> =
        octets.chunks(2).map(|pair| u16::from_be_bytes([pair[0], *pair.get(1).unwrap_or(&0)])).collect();
    String::from_utf16_lossy(&units)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_arrives_and_is_reported() {
    let mut kannel = Kannel::start().await;
    kannel.connect();
    let rig = kannel.rig("p&ss=word");
    assert_eq!(rig.outcome().await, Ok(()), "{}", kannel.logs());
    assert_eq!(rig.told(), "kannel:sent");
    let texts = wait::until("the text at the SMSC", || Some(kannel.arrived()).filter(|texts| !texts.is_empty()));
    assert_eq!(texts.len(), 1);
    assert!(
        texts[0].starts_with("482913 が中央病院") && texts[0].ends_with("@records.example.jp #482913"),
        "{texts:?}"
    );

    let mut asked = wait::until("two reports", || Some(kannel.world.asked()).filter(|asked| asked.len() == 2));
    // Kannel fetches both at once, and either may be the first.
    asked.sort_by(|one, other| other.query.cmp(&one.query));
    let address = report_to(Channel::Sms, "kannel");
    for (asked, (kind, fate)) in asked.iter().zip([("8", Fate::Carried), ("1", Fate::Delivered)]) {
        let target = format!("{}?{}", asked.path, asked.query);
        assert!(asked.method == "GET" && format!("{address}&d={kind}").ends_with(&target), "{target}");
        let report = |target: &str| rig.hear("kannel", &Request::get(target).body(Bytes::new()).expect("a request"));
        let heard = report(&target).expect("ours").reports.remove(0);
        assert_eq!((heard.about, heard.fate), (Some((challenge(), 1)), fate));
        assert_eq!(report(&target.replace("&n=1", "&n=2")), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_waits_in_a_queue_was_not_taken() {
    let kannel = Kannel::start().await;
    let rig = kannel.rig("p&ss=word");
    assert_eq!(rig.outcome().await, Err("ambiguous"), "{}", kannel.logs());
    assert_eq!(rig.told(), "kannel:ambiguous");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_our_fault() {
    let mut kannel = Kannel::start().await;
    kannel.connect();
    assert_eq!(kannel.rig("a guess").outcome().await, Err("config"));
}
