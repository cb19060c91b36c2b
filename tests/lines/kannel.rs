//! The whole way through Kannel: the real binary asks its smsbox, its bearerbox hands over to a fake centre or to one that
//! speaks SMPP, and what became of the message comes back to the real binary's receipts endpoint.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

use crate::centre::{Centre, Manner};
use crate::support::gateway::HOST;
use crate::support::process::Running;
use crate::support::{Gateway, Plan, Upstream, User, Wire, folder, free_port, wait};

struct Kannel {
    _folder: tempfile::TempDir,
    sendsms: u16,
    _bearerbox: Running,
    _smsbox: Running,
    fake: Option<Running>,
}

impl Kannel {
    /// Hands over to a centre that speaks SMPP on this port; without one, to Kannel's own fake centre.
    fn start(centre: Option<u16>) -> Kannel {
        let folder = folder();
        let [admin, boxes, sendsms, smsc] = std::array::from_fn(|_| free_port());
        let way = match centre {
            Some(port) => format!(
                "smsc = smpp\nsmsc-id = centre\nhost = 127.0.0.1\nport = {port}\ntransceiver-mode = 1\n\
                 smsc-username = kannel\nsmsc-password = right\nsystem-type = \"\"\ninterface-version = 34\n"
            ),
            None => format!("smsc = fake\nsmsc-id = fake\nport = {smsc}\nconnect-allow-ip = 127.0.0.1\n"),
        };
        let config = format!(
            "group = core\nadmin-port = {admin}\nadmin-interface = 127.0.0.1\nadmin-password = x\n\
             smsbox-port = {boxes}\nbox-allow-ip = 127.0.0.1\ndlr-storage = internal\n\n\
             group = smsc\n{way}\n\
             group = smsbox\nbearerbox-host = 127.0.0.1\nbearerbox-port = {boxes}\nsendsms-port = {sendsms}\n\
             sendsms-interface = 127.0.0.1\nhttp-request-retry = 3\n\n\
             group = sendsms-user\nusername = sekisho\npassword = right\n"
        );
        let file = folder.path().join("kannel.conf");
        fs::write(&file, config).expect("the folder can be written");
        let mut bearerbox =
            Running::start("bearerbox", Command::new("bearerbox").args(["-v", "1"]).arg(&file), folder.path());
        bearerbox.wait_ready(|| listens(boxes));
        let mut smsbox = Running::start("smsbox", &mut with_our_name("smsbox", &file, folder.path()), folder.path());
        smsbox.wait_ready(|| listens(sendsms));
        let fake = centre.is_none().then(|| {
            let mut command = Command::new("/usr/lib/kannel/test/fakesmsc");
            command.args(["-H", "127.0.0.1", "-m", "0", "-r"]).arg(smsc.to_string()).arg("1 2 text nop");
            Running::start("fakesmsc", &mut command, folder.path())
        });
        if fake.is_some() {
            wait::until("the fake centre", || bearerbox.log().contains("client connected").then_some(()));
        }
        Kannel { _folder: folder, sendsms, _bearerbox: bearerbox, _smsbox: smsbox, fake }
    }

    fn gateway(&self) -> Gateway {
        let provider = format!(
            "[[sms.provider]]\nkind = \"kannel\"\nusername = \"sekisho\"\npassword = \"right\"\nfrom = \"Clinic\"\n\
             base_url = \"http://127.0.0.1:{}\"\n",
            self.sendsms
        );
        Plan::before(&Upstream::start().url).with_providers(provider).start()
    }
}

fn listens(port: u16) -> Option<TcpStream> {
    TcpStream::connect(("127.0.0.1", port)).ok()
}

/// A program that finds the gateway under its public name: in a namespace of its own with another `/etc/hosts`.
fn with_our_name(program: &str, config: &Path, folder: &Path) -> Command {
    let hosts = folder.join("hosts");
    fs::write(&hosts, format!("127.0.0.1 localhost {HOST}\n")).expect("the folder can be written");
    let mut command = Command::new("unshare");
    command.args([
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        "mount --bind \"$1\" /etc/hosts && exec \"$2\" -v 1 \"$3\"",
    ]);
    command.arg("sh").arg(hosts).arg(program).arg(config);
    command
}

/// Begins Alice's challenge.
fn begun(gateway: &Gateway) -> (crate::support::Caller, String) {
    let mut alice = gateway.caller(Wire::Http2);
    let begun = alice.begin(&User::ALICE, "/patients").expect(201).json();
    let id = begun["id"].as_str().expect("an id").to_owned();
    (alice, id)
}

fn counted(gateway: &Gateway, outcome: &str) {
    let line = format!("sekisho_deliveries_total{{provider=\"kannel\",outcome=\"{outcome}\"}} 1");
    wait::until(&line, || gateway.admin("/metrics").text().contains(&line).then_some(()));
}

#[test]
fn a_code_goes_through_kannel_to_its_fake_centre_and_the_receipt_comes_back() {
    let kannel = Kannel::start(None);
    let gateway = kannel.gateway();
    let (mut alice, id) = begun(&gateway);
    let message = wait::until("the message", || {
        let log = kannel.fake.as_ref().expect("it runs").log();
        Some(log.split_once("+819012345678 ucs-2 ")?.1.split_once('>')?.0.to_owned())
    });
    let octets = percent(&message);
    let units: Vec<u16> = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    let text = String::from_utf16_lossy(&units);
    alice.verify(&id, &text[..6]).expect(200);
    counted(&gateway, "delivered");
    counted(&gateway, "carried");
}

/// What percent signs and pluses stand for, octet by octet.
fn percent(text: &str) -> Vec<u8> {
    let (mut octets, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'%' => {
                let digits = std::str::from_utf8(&rest[..2]).expect("digits");
                octets.push(u8::from_str_radix(digits, 16).expect("hexadecimal"));
                rest = &rest[2..];
            }
            b'+' => octets.push(b' '),
            other => octets.push(*other),
        }
    }
    octets
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_centre_reports_to_kannel_reaches_the_gateway() {
    for (stat, outcome) in [("", "delivered"), ("UNDELIV", "lost")] {
        let centre = Centre::start(Manner { stat, ..Manner::default() }).await;
        let (port, desk) = (centre.port, centre.desk.clone());
        let played = tokio::task::spawn_blocking(move || {
            let kannel = Kannel::start(Some(port));
            let gateway = kannel.gateway();
            // Without a centre, Kannel keeps a message for later, and we take that for open.
            wait::until("Kannel to be bound", || (desk.binds.load(Ordering::SeqCst) > 0).then_some(()));
            let (mut alice, id) = begun(&gateway);
            counted(&gateway, outcome);
            alice.state(&id)["state"].as_str().expect("a state").to_owned()
        });
        let state = played.await.expect("it was played to its end");
        assert_eq!(state == "failed", outcome == "lost", "{state}");
        assert!(!centre.parts().is_empty());
    }
}
