//! slapd with a hospital in it.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::support::certificate::Certificate;
use crate::support::process::Running;
use crate::support::{folder, free_port};

pub const BASE: &str = "dc=example,dc=jp";
const ADMIN: &str = "cn=admin,dc=example,dc=jp";

/// Lets in whoever binds with a name and no password, as many directories do; only the service and the admin see anything.
const CONFIGURATION: &str = r#"
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
allow bind_anon_dn
TLSCACertificateFile {folder}/certificate.pem
TLSCertificateFile {folder}/certificate.pem
TLSCertificateKeyFile {folder}/key.pem
database mdb
directory {folder}/data
suffix "dc=example,dc=jp"
rootdn "cn=admin,dc=example,dc=jp"
rootpw topsecret
index uid,mail,member eq
overlay ppolicy
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="cn=sekisho,dc=example,dc=jp" read by anonymous auth by * none
"#;

const PEOPLE: &str = include_str!("people.ldif");

pub struct Slapd {
    pub port: u16,
    pub tls_port: u16,
    pub certificate: Certificate,
    place: PathBuf,
    process: Option<Running>,
    _folder: tempfile::TempDir,
}

impl Slapd {
    pub fn start() -> Slapd {
        let folder = folder();
        let certificate = Certificate::make(folder.path(), "localhost");
        let place = folder.path().to_owned();
        fs::create_dir(place.join("data")).expect("the folder can be written");
        let text = CONFIGURATION.replace("{folder}", &place.display().to_string());
        fs::write(place.join("slapd.conf"), text).expect("the folder can be written");
        fs::write(place.join("people.ldif"), PEOPLE).expect("the folder can be written");
        let loaded = Command::new("/usr/sbin/slapadd")
            .args(["-q", "-f"])
            .arg(place.join("slapd.conf"))
            .arg("-l")
            .arg(place.join("people.ldif"))
            .output()
            .expect("slapadd is there (tests/run installs it)");
        assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
        let [port, tls_port] = std::array::from_fn(|_| free_port());
        let mut slapd = Slapd { port, tls_port, certificate, place, process: None, _folder: folder };
        slapd.again();
        slapd
    }

    /// Starts it on its files, and waits until it takes connections.
    pub fn again(&mut self) {
        self.process = None;
        let (port, tls) = (self.port, self.tls_port);
        let mut command = Command::new("/usr/sbin/slapd");
        let urls = format!("ldap://127.0.0.1:{port}/ ldaps://127.0.0.1:{tls}/ ldaps://127.0.0.2:{tls}/");
        command.args(["-d", "0", "-h", &urls, "-f"]).arg(self.place.join("slapd.conf"));
        let mut process = Running::start("slapd", &mut command, &self.place);
        process.wait_ready(|| TcpStream::connect(("127.0.0.1", tls)).ok());
        self.process = Some(process);
    }

    pub fn kill(&mut self) {
        let process = self.process.as_mut().expect("it was started");
        process.signal("KILL");
        process.ended().expect("nobody survives that");
    }

    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    pub fn ldaps(&self) -> String {
        format!("ldaps://127.0.0.1:{}", self.tls_port)
    }

    /// Changes entries, as an administrator does.
    pub fn change(&self, ldif: &str) {
        let mut child = Command::new("ldapmodify")
            .args(["-x", "-H", &self.url(), "-D", ADMIN, "-w", "topsecret"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("ldapmodify is there (tests/run installs it)");
        child.stdin.take().expect("a pipe").write_all(ldif.as_bytes()).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{ldif}\n{}", String::from_utf8_lossy(&output.stderr));
    }

    /// One attribute of somebody gets one value, or none.
    pub fn set(&self, dn: &str, attribute: &str, value: Option<&str>) {
        let value = value.map_or(String::new(), |value| format!("{attribute}: {value}\n"));
        self.change(&format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{value}"));
    }

    /// The configuration's table for it.
    pub fn table(&self, name: &str, servers: &[String], more: &str) -> String {
        format!(
            r#"
[ldap.{name}]
kind = "openldap"
servers = {servers:?}
bind_dn = "cn=sekisho,dc=example,dc=jp"
bind_password = "only-reads"
base = "{BASE}"
login_attributes = ["uid", "mail"]
phones = ["mobile", "description", "telephoneNumber"]
{more}
"#
        )
    }
}
