//! Active Directory as Samba has it, in a folder of its own. Its LDAP has fixed ports, so it listens on a loopback address that
//! nobody else uses, which only root may.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::certificate::Certificate;
use crate::support::process::Running;
use crate::support::{Upstream, Wire, folder, wait};
use crate::{begin, command, page, plan, sign_in};

const ADDRESS: &str = "127.77.9.1";
const PASSWORD: &str = "Adm1nistrator.pass";

const PEOPLE: &str = include_str!("samba.ldif");

struct Samba {
    certificate: Certificate,
    _process: Running,
    _folder: tempfile::TempDir,
}

impl Samba {
    fn start() -> Samba {
        let folder = folder();
        let place = folder.path().display().to_string();
        let made = Command::new("samba-tool")
            .args(["domain", "provision", "--realm=EXAMPLE.TEST", "--domain=EXAMPLE", "--host-name=dc1"])
            .args(["--server-role=dc", "--dns-backend=NONE", "--function-level=2008_R2"])
            .args([&format!("--host-ip={ADDRESS}"), &format!("--adminpass={PASSWORD}")])
            .args([&format!("--targetdir={place}/dc"), &format!("--option=posix:eadb={place}/eadb.tdb")])
            .output()
            .expect("samba-tool is there (tests/run installs it)");
        assert!(made.status.success(), "no domain:\n{}", String::from_utf8_lossy(&made.stderr));
        let certificate = Certificate::make(folder.path(), ADDRESS);
        let mut command = Command::new("/usr/sbin/samba");
        command.args(["-i", "-M", "single", &format!("--configfile={place}/dc/etc/smb.conf")]);
        for option in [
            "server services=ldap".to_owned(),
            format!("interfaces={ADDRESS}/8"),
            "bind interfaces only=yes".to_owned(),
            format!("pid directory={place}"),
            format!("tls certfile={}", certificate.certificate.display()),
            format!("tls keyfile={}", certificate.key.display()),
            format!("tls cafile={}", certificate.certificate.display()),
        ] {
            command.arg(format!("--option={option}"));
        }
        let mut process = Running::start("samba", &mut command, folder.path());
        process.wait_ready(|| std::net::TcpStream::connect((ADDRESS, 636)).ok());
        let samba = Samba { certificate, _process: process, _folder: folder };
        // It takes connections before it answers.
        let added = wait::within(Duration::from_secs(60), || samba.change(&["-a", "-c"], PEOPLE).ok().map(drop));
        assert!(added.is_some(), "{:?}", samba.change(&["-a"], PEOPLE));
        samba
    }

    fn change(&self, how: &[&str], ldif: &str) -> Result<(), String> {
        let mut child = Command::new("ldapmodify")
            .args(["-x", "-H", &format!("ldaps://{ADDRESS}"), "-D", "administrator@example.test", "-w", PASSWORD])
            .args(how)
            .env("LDAPTLS_CACERT", &self.certificate.certificate)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("ldapmodify is there (tests/run installs it)");
        let _ = child.stdin.take().expect("a pipe").write_all(ldif.as_bytes());
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        // A second time everybody is there already.
        let there =
            !said.is_empty() && said.lines().all(|line| !line.starts_with("ldap_") || line.contains("Already exists"));
        if output.status.success() || there { Ok(()) } else { Err(said) }
    }
}

#[test]
fn people_of_an_active_directory_come_in_by_its_own_rules() {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    assert!(root, "Samba's ports are below 1024: run this as root, as tests/run says");
    assert!(Path::new("/usr/sbin/samba").exists(), "Debian's samba is missing (tests/run installs it)");
    let (samba, upstream) = (Samba::start(), Upstream::start());
    let table = format!(
        r#"
[ldap.clinic]
kind = "ad"
servers = ["ldaps://{ADDRESS}"]
ca = "{}"
bind_dn = "administrator@example.test"
bind_password = "{PASSWORD}"
base = "dc=example,dc=test"
timeout = "20s"
"#,
        samba.certificate.certificate.display()
    );
    let mut gateway = plan(&upstream, &table).with_movable_clock().start();
    let (good, said) = command(&gateway, &["check", "--online"]);
    assert!(said.contains("ok      directory clinic"), "{good} {said}");
    let mut hanako = gateway.caller(Wire::Http2);
    // Full-width digits, which this directory keeps as they are.
    assert_eq!(sign_in(&mut hanako, &gateway, "HANAKO@example.test", "Hanako.himitsu1"), "+819012345678");
    assert_eq!(page(&mut hanako), 200);
    let seen = upstream.last().to_ascii_lowercase();
    assert!(seen.contains("remote-user: hanako.a\r\n") && seen.contains("remote-groups: doctors\r\n"), "{seen}");
    assert_eq!(sign_in(&mut gateway.caller(Wire::Http1), &gateway, "taro.s", "Taro.himitsu1"), "+818087654321");
    let (_, said) = command(&gateway, &["user", "show", "hanako.a"]);
    assert!(said.contains("name      有栖川 花子") && said.contains("groups    doctors, ward3"), "{said}");
    for (login, password) in [
        ("hanako.a", "wrong"),
        ("hanako.a", ""),
        ("closed.c", "Closed.himitsu1"),
        ("over.o", "Over.himitsu1"),
        ("*", "x"),
    ] {
        begin(&mut gateway.caller(Wire::Http1), login, password).expect(403);
    }
    for (login, reason) in [("closed.c", "disabled"), ("over.o", "expired")] {
        let told = |line: &str| line.contains(login) && line.contains(&format!("name, password or access: {reason}"));
        assert!(gateway.audit().lines().any(told), "{login}");
    }
    let leave = "dn: CN=ward3,CN=Users,DC=example,DC=test\nchangetype: modify\ndelete: member\n\
                 member: CN=Hanako Arisugawa,CN=Users,DC=example,DC=test\n";
    samba.change(&[], leave).expect("she leaves the ward");
    gateway.advance(Duration::from_secs(301));
    wait::until("her pass to end", || (page(&mut hanako) != 200).then_some(()));
}
