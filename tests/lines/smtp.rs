//! E-mail: aiosmtpd for what a server can answer, Postfix's `smtp-sink` for what a line can break, Postfix itself for the
//! whole way into a mailbox.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sekisho::delivery::outcome::Class;
use sekisho::domain::contact::Channel;

use crate::rig::{Rig, eventually, mail};
use crate::support::certificate::Certificate;
use crate::support::process::Running;
use crate::support::{folder, free_port};

const TEXT: &str = "482913 が中央病院の確認コードです。\n.\n5分間有効。";
const FROM: &str = "中央病院 <no-reply@hospital.example.jp>";

struct Server {
    folder: tempfile::TempDir,
    port: u16,
    certificate: Certificate,
    _process: Running,
}

impl Server {
    /// aiosmtpd, which does what the recipient's name says.
    fn start(how: &[&str]) -> Server {
        let (folder, port) = (folder(), free_port());
        let certificate = Certificate::make(folder.path(), "mail.example.jp");
        let letters = folder.path().join("letters");
        fs::create_dir(&letters).expect("a folder");
        // Debian's own: another Python does not know Debian's modules.
        let mut command = Command::new("/usr/bin/python3");
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lines/mail_server.py"));
        command.arg(port.to_string()).arg(&letters).args(how);
        command.arg(format!("certificate={}", certificate.certificate.display()));
        command.arg(format!("key={}", certificate.key.display()));
        let mut process = Running::start("aiosmtpd", &mut command, folder.path());
        process.wait_ready(|| TcpStream::connect(("127.0.0.1", port)).ok());
        Server { folder, port, certificate, _process: process }
    }

    /// Postfix's test server.
    fn sink(options: &[&str]) -> Server {
        let (folder, port) = (folder(), free_port());
        let certificate = Certificate::make(folder.path(), "mail.example.jp");
        let letters = folder.path().join("letters");
        fs::create_dir(&letters).expect("a folder");
        let mut command = Command::new("/usr/sbin/smtp-sink");
        // As root it becomes somebody else, who must find the folder.
        if fs::metadata(&letters).expect("it is there").uid() == 0 {
            for (path, mode) in [(folder.path(), 0o755), (&letters, 0o777)] {
                fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode can be set");
            }
            command.args(["-u", "nobody"]);
        }
        command.args(options).arg("-d").arg(format!("{}/%M.", letters.display()));
        command.arg(format!("127.0.0.1:{port}")).arg("16");
        let mut process = Running::start("smtp-sink", &mut command, folder.path());
        process.wait_ready(|| TcpStream::connect(("127.0.0.1", port)).ok());
        Server { folder, port, certificate, _process: process }
    }

    fn rig(&self, values: &[(&'static str, &str)]) -> Rig {
        let (host, ca) = (format!("127.0.0.1:{}", self.port), self.certificate.certificate.display().to_string());
        let with_ca = values.iter().all(|(name, value)| (*name, *value) != ("tls", "off"));
        let mut all = vec![("host", host.as_str()), ("from", FROM)];
        all.extend(with_ca.then_some(("ca", ca.as_str())));
        all.extend(values);
        Rig::start("smtp", Channel::Email, &all)
    }

    /// The letters so far, as they came.
    fn letters(&self) -> Vec<String> {
        let mut files: Vec<PathBuf> = fs::read_dir(self.folder.path().join("letters"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_none_or(|kind| kind != "part"))
            .collect();
        files.sort();
        files.iter().map(|path| fs::read_to_string(path).expect("text")).collect()
    }

    fn field(&self, letter: usize, name: &str) -> String {
        let letter = &self.letters()[letter];
        let line = letter.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name} in {letter}")).to_owned()
    }
}

#[tokio::test]
async fn a_letter_goes_out_encrypted_and_signed_in() {
    for (tls, secret) in [("starttls", "p 病院"), ("implicit", "other")] {
        let tls_arg = format!("tls={tls}");
        let password = format!("password={secret}");
        let server = Server::start(&[&tls_arg, "user=sekisho", &password]);
        let rig = server.rig(&[("tls", tls), ("user", "sekisho"), ("password", secret)]);
        let taken = rig.deliver(&mail("alice@clinic.example", TEXT)).await.expect("taken");
        let id = taken.reference.expect("a name");
        assert_eq!(server.field(0, "Message-ID"), format!("<{id}>"));
        assert_eq!(server.field(0, "X-From"), "no-reply@hospital.example.jp");
        assert_eq!(server.field(0, "X-Hello"), "records.example.jp");
        assert_eq!(server.field(0, "X-Tls"), "True");
        assert_eq!(server.field(0, "X-User"), "sekisho");
        assert_eq!(server.field(0, "Auto-Submitted"), "auto-generated");
        assert_eq!(rig.probe().await.map(drop), Ok(()));
        rig.end().await;
    }
}

#[tokio::test]
async fn one_connection_serves_several_letters() {
    let server = Server::start(&[]);
    let rig = server.rig(&[("tls", "off")]);
    for number in 0..3 {
        rig.deliver(&mail("alice@clinic.example", &format!("code {number}"))).await.expect("taken");
    }
    let peers: std::collections::BTreeSet<_> = (0..3).map(|letter| server.field(letter, "X-Peer")).collect();
    assert_eq!((server.letters().len(), peers.len()), (3, 1));
    rig.end().await;
}

#[tokio::test]
async fn a_server_that_cannot_be_trusted_gets_no_letter_and_no_password() {
    let server = Server::start(&["tls=starttls", "user=sekisho", "password=right"]);
    let stranger = folder();
    let other = Certificate::make(stranger.path(), "mail.example.jp").certificate.display().to_string();
    let message = mail("alice@clinic.example", TEXT);
    for values in [
        // Another authority, a wrong password, no password.
        &[("tls", "starttls"), ("ca", other.as_str()), ("user", "sekisho"), ("password", "right")][..],
        &[("tls", "starttls"), ("user", "sekisho"), ("password", "wrong")],
        &[("tls", "starttls")],
    ] {
        let rig = server.rig(values);
        assert_eq!(rig.fails(&message).await, Class::Config, "{values:?}");
        rig.end().await;
    }
    // A server without STARTTLS, or one in the middle that hides it.
    let bare = Server::start(&[]);
    let rig = bare.rig(&[("tls", "starttls")]);
    assert_eq!(rig.fails(&message).await, Class::Config);
    assert!(rig.probe().await.is_err());
    assert!(server.letters().is_empty() && bare.letters().is_empty());
}

#[tokio::test]
async fn what_a_server_says_decides_what_happens_next() {
    let server = Server::start(&[]);
    let rig = server.rig(&[("tls", "off")]);
    for (name, class, number) in [
        ("unknown", Class::RecipientPermanent, Some(550)),
        ("full", Class::Transient, Some(452)),
        ("foreign", Class::Config, Some(554)),
        ("spam", Class::Config, Some(554)),
        ("later", Class::Transient, Some(451)),
        ("cut", Class::Ambiguous, None),
    ] {
        let failure = rig.deliver(&mail(&format!("{name}@clinic.example"), TEXT)).await.expect_err(name);
        assert_eq!((failure.class, failure.number), (class, number), "{name}");
    }
    let silent = rig.within(&mail("silent@clinic.example", TEXT), Duration::from_secs(2)).await;
    assert_eq!(silent.expect_err("no answer").class, Class::Ambiguous);
    rig.deliver(&mail("alice@clinic.example", TEXT)).await.expect("the next one is served");
    rig.end().await;
}

#[tokio::test]
async fn where_a_line_breaks_decides_whether_a_letter_may_have_gone() {
    let message = mail("alice@clinic.example", TEXT);
    for (options, class) in [
        (["-q", "CONNECT"], Class::Transient),
        (["-q", "MAIL"], Class::Transient),
        (["-q", "RCPT"], Class::Transient),
        (["-q", "DATA"], Class::Transient),
        (["-q", "."], Class::Ambiguous),
        (["-Q", "RCPT"], Class::Transient),
        (["-r", "DATA"], Class::Transient),
        (["-f", "DATA"], Class::Config),
        (["-f", "MAIL"], Class::Config),
        (["-f", "."], Class::Config),
    ] {
        let server = Server::sink(&options);
        let rig = server.rig(&[("tls", "off")]);
        assert_eq!(rig.fails(&message).await, class, "{options:?}");
        rig.end().await;
    }
    let nobody = Server::sink(&[]).port;
    let host = format!("127.0.0.1:{nobody}");
    let rig = Rig::start("smtp", Channel::Email, &[("host", &host), ("tls", "off"), ("from", FROM)]);
    assert_eq!(rig.fails(&message).await, Class::Transient, "nobody listens");
}

#[tokio::test]
async fn no_subject_and_no_text_becomes_a_second_letter_or_a_header() {
    let server = Server::sink(&[]);
    let rig = server.rig(&[("tls", "off")]);
    let mut message = mail("alice@clinic.example", "482913\r\n.\r\nMAIL FROM:<eve@evil.example>\r\n.\r\n");
    message.subject = Some("code\r\nBcc: eve@evil.example\r\n\r\nhello".to_owned());
    rig.deliver(&message).await.expect("taken");
    let letters = eventually("a letter", || Some(server.letters()).filter(|letters| !letters.is_empty())).await;
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert_eq!(letter.matches("X-Rcpt-Args:").count(), 1, "{letter}");
    assert!(!letter.lines().any(|line| line.starts_with("Bcc")), "{letter}");
    rig.end().await;
}

#[tokio::test]
async fn postfix_puts_it_into_the_mailbox() {
    let (folder, port) = (folder(), free_port());
    let (mut process, _master) = postfix(folder.path(), port);
    process.wait_ready(|| TcpStream::connect(("127.0.0.1", port)).ok());
    let host = format!("127.0.0.1:{port}");
    let rig = Rig::start("smtp", Channel::Email, &[("host", &host), ("tls", "off"), ("from", FROM)]);
    let taken = rig.deliver(&mail("alice@clinic.example", TEXT)).await.expect("taken");
    let mailbox = folder.path().join("mail/alice");
    let letter = eventually("a letter in the mailbox", || {
        fs::read_to_string(&mailbox).ok().filter(|letter| letter.ends_with("\n\n"))
    })
    .await;
    assert!(letter.contains(&format!("Message-ID: <{}>", taken.reference.expect("a name"))), "{letter}");
    let refused = rig.deliver(&mail("nobody@clinic.example", TEXT)).await.expect_err("no such mailbox");
    assert_eq!((refused.class, refused.number), (Class::RecipientPermanent, Some(550)));
    let foreign = rig.deliver(&mail("alice@elsewhere.example", TEXT)).await.expect_err("no relaying");
    assert_eq!((foreign.class, foreign.number), (Class::Config, Some(554)));
    rig.end().await;
}

/// A whole Postfix in a folder of its own. It begins as root and leaves that behind by itself.
fn postfix(folder: &Path, port: u16) -> (Running, Master) {
    let home = folder.display();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("the mode can be set");
    for name in ["etc", "queue", "data", "mail"] {
        fs::create_dir(folder.join(name)).expect("a folder");
    }
    let owned = |name: &str, owner: &str| {
        let done = Command::new("chown").arg(owner).arg(folder.join(name)).status().expect("chown runs");
        assert!(done.success(), "Postfix needs root to begin with");
    };
    owned("data", "postfix");
    owned("mail", "nobody");
    let main = format!(
        "compatibility_level = 3.6\nqueue_directory = {home}/queue\ndata_directory = {home}/data\n\
         inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmyhostname = mail.example.jp\nmydestination =\n\
         mynetworks =\nsmtpd_relay_restrictions = reject_unauth_destination\n\
         smtpd_recipient_restrictions = reject_unauth_destination\nalias_maps =\nalias_database =\nlocal_recipient_maps =\n\
         virtual_mailbox_domains = clinic.example\nvirtual_mailbox_base = {home}/mail\n\
         virtual_mailbox_maps = inline:{{alice@clinic.example=alice}}\nvirtual_minimum_uid = 100\n\
         virtual_uid_maps = static:65534\nvirtual_gid_maps = static:65534\nmaillog_file = /dev/stdout\n\
         biff = no\n"
    );
    // Name, private, unprivileged, how many at most, program: as Postfix ships them, none of them in a chroot.
    let mut master = format!("127.0.0.1:{port} inet n - n - - smtpd\nqmgr unix n - n 300 1 qmgr\n");
    master += "pickup unix n - n 60 1 pickup\npostlog unix-dgram n - n - 1 postlogd\n";
    for (name, private, unprivileged, most, program) in [
        ("cleanup", "n", "-", "0", "cleanup"),
        ("rewrite", "-", "-", "-", "trivial-rewrite"),
        ("bounce", "-", "-", "0", "bounce"),
        ("defer", "-", "-", "0", "bounce"),
        ("trace", "-", "-", "0", "bounce"),
        ("verify", "-", "-", "1", "verify"),
        ("proxymap", "-", "-", "-", "proxymap"),
        ("error", "-", "-", "-", "error"),
        ("retry", "-", "-", "-", "error"),
        ("virtual", "-", "n", "-", "virtual"),
        ("smtp", "-", "-", "-", "smtp"),
        ("anvil", "-", "-", "1", "anvil"),
    ] {
        master += &format!("{name} unix {private} {unprivileged} n - {most} {program}\n");
    }
    fs::write(folder.join("etc/main.cf"), main).expect("the folder can be written");
    fs::write(folder.join("etc/master.cf"), master).expect("the folder can be written");
    let mut command = Command::new("/usr/sbin/postfix");
    let process = Running::start("postfix", command.arg("-c").arg(folder.join("etc")).arg("start-fg"), folder);
    (process, Master(folder.join("etc")))
}

/// Postfix's master leaves the group that it was started in, and has to be told to end.
struct Master(PathBuf);

impl Drop for Master {
    fn drop(&mut self) {
        let _ = Command::new("/usr/sbin/postfix").arg("-c").arg(&self.0).arg("stop").output();
    }
}
