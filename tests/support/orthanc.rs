//! Orthanc, the DICOM archive of Debian, holding one study of one patient: an application nobody can change.

use super::process::Running;
use super::wire::{self, Answer};
use super::{folder, free_port};
use serde_json::json;
use std::fs;
use std::process::Command;
use std::sync::OnceLock;

pub const PATIENT_ID: &str = "4711";
pub const PATIENT_NAME: &str = "山田^太郎";

pub struct Orthanc {
    pub url: String,
    /// Orthanc's own name of the patient, as it stands in its addresses.
    pub patient: String,
    address: String,
    _process: Running,
    _folder: tempfile::TempDir,
}

impl Orthanc {
    /// One for all tests of a file, ended when the test process ends.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Orthanc> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    pub fn start() -> Self {
        let folder = folder();
        let port = free_port();
        let settings = json!({
            "Name": "Sekisho test",
            "StorageDirectory": folder.path().join("storage"),
            "IndexDirectory": folder.path().join("storage"),
            "HttpPort": port,
            "DicomServerEnabled": false,
            "RemoteAccessAllowed": false,
            "AuthenticationEnabled": false,
            "Plugins": [],
        });
        let file = folder.path().join("orthanc.json");
        fs::write(&file, settings.to_string()).expect("the folder can be written");
        let binary = if fs::exists("/usr/sbin/Orthanc").unwrap_or(false) { "/usr/sbin/Orthanc" } else { "Orthanc" };
        let mut process = Running::start("orthanc", Command::new(binary).arg(&file), folder.path());
        let address = format!("127.0.0.1:{port}");
        process.wait_ready(|| ask(&address, "GET", "/system", "").ok().filter(|answer| answer.status == 200));
        let patient = make_study(&address);
        Self { url: format!("http://{address}"), patient, address, _process: process, _folder: folder }
    }

    /// What Orthanc itself answers, without a gateway before it.
    pub fn direct(&self, path: &str) -> Answer {
        ask(&self.address, "GET", path, "").expect("Orthanc answers")
    }
}

fn make_study(address: &str) -> String {
    let study = json!({ "Tags": {
        "SpecificCharacterSet": "ISO_IR 192",
        "PatientID": PATIENT_ID,
        "PatientName": format!("Yamada^Taro={PATIENT_NAME}=やまだ^たろう"),
        "PatientBirthDate": "19540312",
        "PatientSex": "M",
        "StudyDescription": "胸部X線",
        "StudyDate": "20260401",
        "Modality": "CR",
    } });
    let made = ask(address, "POST", "/tools/create-dicom", &study.to_string()).expect("Orthanc answers");
    assert_eq!(made.status, 200, "Orthanc made no study: {}", made.text());
    made.json()["ParentPatient"].as_str().expect("a study belongs to a patient").to_string()
}

fn ask(address: &str, method: &str, path: &str, body: &str) -> std::io::Result<Answer> {
    let length = body.len();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n{body}");
    wire::exchange(address, request.as_bytes())
}
