//! Which certificate people are shown, and how long.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::OPEN;
use crate::support::gateway::HOST;
use crate::support::wire::Curl;
use crate::support::{Plan, Upstream, Wire, folder, free_port, wait};

/// A pair in a folder: `certificate` and `key` as certbot names them.
struct Pair {
    certificate: PathBuf,
    key: PathBuf,
}

impl Pair {
    fn make(folder: &Path, title: &str, names: &[&str]) -> Pair {
        let pair = Pair { certificate: folder.join(format!("{title}.pem")), key: folder.join(format!("{title}.key")) };
        pair.renew(names);
        pair
    }

    /// Puts a fresh one in the place of both files.
    fn renew(&self, names: &[&str]) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        for (file, text) in [(&self.key, made.signing_key.serialize_pem()), (&self.certificate, made.cert.pem())] {
            let draft = file.with_extension("draft");
            fs::write(&draft, text).expect("written");
            fs::rename(draft, file).expect("put in place");
        }
    }

    fn pem(&self) -> String {
        plain(&fs::read_to_string(&self.certificate).expect("there"))
    }

    fn toml(&self) -> String {
        format!("{{ certificate = \"{}\", key = \"{}\" }}", self.certificate.display(), self.key.display())
    }
}

fn plain(pem: &str) -> String {
    pem.split_whitespace().collect()
}

/// What `openssl` is shown under this name, if hands are shaken.
fn shown(address: &str, name: &str, more: &[&str]) -> Option<String> {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", address]);
    match name {
        "" => command.arg("-noservername"),
        name => command.args(["-servername", name]),
    };
    let output = command.args(more).stdin(Stdio::null()).stderr(Stdio::null()).output().expect("openssl starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let begin = text.find("-----BEGIN CERTIFICATE-----")?;
    let end = text.find("-----END CERTIFICATE-----")? + "-----END CERTIFICATE-----".len();
    Some(plain(&text[begin..end]))
}

#[test]
fn each_name_is_shown_its_own_certificate_over_every_tls_wire() {
    let (folder, upstream, port) = (folder(), Upstream::start(), free_port());
    let first = Pair::make(folder.path(), "first", &[HOST]);
    let wild = Pair::make(folder.path(), "wild", &["*.example.jp"]);
    let listen =
        format!("[[listen]]\naddress = \"127.0.0.1:{port}\"\ncertificates = [{}, {}]\n", first.toml(), wild.toml());
    let plan = Plan::before(&upstream.url).with_routes(OPEN).with_top("hosts = [\"www.example.jp\"]");
    let _gateway = plan.with_more(listen).start();
    let address = format!("127.0.0.1:{port}");
    for (name, pair) in [(HOST, &first), ("www.example.jp", &wild), ("a.b.example.jp", &first), ("", &first)] {
        assert_eq!(shown(&address, name, &[]), Some(pair.pem()), "{name}");
    }
    for (name, pair) in [(HOST, &first), ("www.example.jp", &wild)] {
        for wire in [Wire::Http1Tls, Wire::Http2] {
            let authority = &format!("{name}:{port}");
            let (trust, address) = (&pair.certificate, &address);
            let ask = Curl {
                wire,
                authority,
                address,
                trust,
                shows: None,
                method: "GET",
                path: "/",
                headers: &[],
                body: &[],
            };
            ask.run().expect(200);
        }
    }
}

#[test]
fn a_renewed_certificate_is_served_without_a_restart_and_a_bad_one_is_not() {
    let (folder, upstream, port) = (folder(), Upstream::start(), free_port());
    let pair = Pair::make(folder.path(), "pair", &["renewed.example.jp"]);
    let listen = format!("[[listen]]\naddress = \"127.0.0.1:{port}\"\ncertificates = [{}]\n", pair.toml());
    let gateway = Plan::before(&upstream.url).with_more(listen).start();
    let address = format!("127.0.0.1:{port}");
    let serves = |pem: &str| (shown(&address, "", &[]).as_deref() == Some(pem)).then_some(());
    let metric = "sekisho_certificate_expiry_seconds{name=\"renewed.example.jp\"} ";
    wait::until("the first look", || gateway.admin("/metrics").text().contains(metric).then_some(()));

    let old = pair.pem();
    pair.renew(&["renewed.example.jp"]);
    let new = pair.pem();
    assert_eq!(serves(&old), Some(()), "nobody has looked yet");
    gateway.process.signal("HUP");
    wait::until("the renewed certificate", || serves(&new));
    wait::until("its line in the audit", || gateway.audit().contains("sys_certificate_renewed").then_some(()));

    fs::write(&pair.key, "nonsense").expect("written");
    gateway.process.signal("HUP");
    let warned = || gateway.log().contains("a changed certificate is not served").then_some(());
    wait::until("a warning", warned);
    assert!(gateway.log().contains(&pair.key.display().to_string()), "it names the file\n{}", gateway.log());
    assert_eq!(serves(&new), Some(()), "the one before it stays");
}

#[test]
fn a_lowest_version_of_tls_is_kept() {
    let (folder, upstream, ports) = (folder(), Upstream::start(), [free_port(), free_port()]);
    let pair = Pair::make(folder.path(), "pair", &[HOST]);
    let listen = |port: u16, minimum: &str| {
        let certificates = pair.toml();
        format!(
            "[[listen]]\naddress = \"127.0.0.1:{port}\"\ncertificates = [{certificates}]\nminimum_tls = \"{minimum}\"\n"
        )
    };
    let more = listen(ports[0], "1.2") + &listen(ports[1], "1.3");
    let _gateway = Plan::before(&upstream.url).with_more(more).start();
    let shows = |port: u16, version| shown(&format!("127.0.0.1:{port}"), HOST, &[version]).is_some();
    assert!(shows(ports[0], "-tls1_3") && shows(ports[0], "-tls1_2") && !shows(ports[0], "-tls1_1"));
    assert!(shows(ports[1], "-tls1_3") && !shows(ports[1], "-tls1_2"));
}
