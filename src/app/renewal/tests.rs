//! Renewal as certbot and others do it, well and badly.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::*;
use crate::proxy::settings::{Tls, TlsVersion};

/// Now, for these tests.
const NOW: i64 = 1_800_000_000;

struct House {
    folder: tempfile::TempDir,
    files: TlsFiles,
    certificates: Vec<Arc<Certificates>>,
}

impl House {
    /// A folder as certbot keeps it: the names are links to numbered files. Two listeners share the pair.
    fn new(days: i64) -> House {
        let folder = tempfile::tempdir().expect("a folder");
        let files =
            TlsFiles { certificate: folder.path().join("fullchain.pem"), key: folder.path().join("privkey.pem") };
        let (certificate, key) = archive(folder.path(), 1, (-1, days));
        symlink(certificate, &files.certificate).expect("linked");
        symlink(key, &files.key).expect("linked");
        let tls = Tls { certificates: vec![files.clone()], minimum: TlsVersion::V12, clients: None };
        let load = || Arc::new(Certificates::load(&tls).expect("it is good"));
        let certificates = vec![load(), load()];
        House { folder, files, certificates }
    }

    fn relink(&self, link: &Path, to: &Path) {
        let draft = self.folder.path().join("draft");
        symlink(to, &draft).expect("linked");
        fs::rename(draft, link).expect("put in place");
    }

    fn served(&self) -> [Vec<u8>; 2] {
        [0, 1].map(|at| self.certificates[at].now()[0].key.cert[0].to_vec())
    }
}

/// Writes a pair that is valid between these days from now, and says where.
fn archive(folder: &Path, number: u32, (from, until): (i64, i64)) -> (PathBuf, PathBuf) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut wanted = rcgen::CertificateParams::new(vec!["records.example.jp".to_owned()]).expect("names");
    let day = |days: i64| {
        rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from(NOW + days * 86_400).expect("later"))
    };
    (wanted.not_before, wanted.not_after) = (day(from), day(until));
    let made = wanted.self_signed(&key).expect("a certificate");
    let at = |name: &str| folder.join(format!("{name}{number}.pem"));
    fs::write(at("cert"), made.pem()).expect("written");
    fs::write(at("key"), key.serialize_pem()).expect("written");
    (at("cert"), at("key"))
}

fn now() -> Wall {
    Wall::from_secs(NOW)
}

#[test]
fn a_renewed_pair_is_served_on_every_listener_and_only_once_it_is_whole() {
    let house = House::new(30);
    let mut watch = Watch::over(&house.certificates);
    assert!(watch.renew(&house.certificates, now()).is_empty(), "nothing is new");
    let before = house.served();
    let (certificate, key) = archive(house.folder.path(), 2, (-1, 90));
    house.relink(&house.files.key, &key);
    assert!(watch.renew(&house.certificates, now()).is_empty(), "the half of it");
    assert_eq!(house.served(), before);
    house.relink(&house.files.certificate, &certificate);
    let renewed = watch.renew(&house.certificates, now());
    assert_eq!(renewed.len(), 1, "{renewed:?}");
    assert!(renewed[0].starts_with("records.example.jp until 2027-"), "{renewed:?}");
    assert_ne!(house.served()[0], before[0]);
    assert_eq!(house.served()[0], house.served()[1]);
    assert!(watch.renew(&house.certificates, now()).is_empty(), "told once");
}

#[test]
fn what_is_bad_is_not_served_and_what_becomes_good_is() {
    let house = House::new(30);
    let mut watch = Watch::over(&house.certificates);
    let before = house.served();
    for (number, days) in [(2, (-90, -1)), (3, (2, 90))] {
        let (certificate, key) = archive(house.folder.path(), number, days);
        house.relink(&house.files.certificate, &certificate);
        house.relink(&house.files.key, &key);
        assert!(watch.renew(&house.certificates, now()).is_empty());
        assert_eq!(house.served(), before, "{days:?}");
    }
    let tomorrow = now().plus(3 * DAY);
    assert_eq!(
        watch.renew(&house.certificates, tomorrow).len(),
        1,
        "its time has come, and the files are as they were"
    );
    assert_ne!(house.served()[0], before[0]);
    assert_eq!(house.served()[0], house.served()[1]);
    let good = house.served();
    for what in ["", "-----BEGIN CERTIFICATE-----\n!!!\n"] {
        fs::write(house.folder.path().join("cert3.pem"), what).expect("written in place");
        assert!(watch.renew(&house.certificates, tomorrow).is_empty());
        assert_eq!(house.served(), good, "{what:?}");
    }
    fs::remove_file(&house.files.certificate).expect("removed");
    assert!(watch.renew(&house.certificates, tomorrow).is_empty());
    assert_eq!(house.served(), good);
}

#[test]
fn the_end_is_told_two_weeks_before_and_once_a_day() {
    let house = House::new(30);
    let mut watch = Watch::over(&house.certificates);
    let expiry = watch.expiry(&house.certificates);
    assert_eq!(expiry, BTreeMap::from([("records.example.jp".to_owned(), NOW + 30 * 86_400)]));
    let mut tell = |after: Duration| {
        watch.warn_of_end(&expiry, now().plus(after));
        watch.told.get("records.example.jp").copied()
    };
    let at = |after: Duration| Some(now().plus(after));
    assert_eq!(tell(15 * DAY), None);
    assert_eq!(tell(17 * DAY), at(17 * DAY));
    assert_eq!(tell(17 * DAY + DAY / 2), at(17 * DAY), "not again on the same day");
    assert_eq!(tell(18 * DAY), at(18 * DAY));
    assert_eq!(tell(40 * DAY), at(40 * DAY), "after the end, too");
}
