//! What can be said of a letter and a configuration without a mail server.

use super::*;
use crate::delivery::postmark::tests::site;
use crate::delivery::provider::tests::{given, message};
use crate::domain::contact::{Address, Contact, Mail};
use crate::domain::secret::Secret;
use crate::domain::time::Wall;

const GOOD: [(&str, &str); 3] =
    [("host", "smtp.example.jp:587"), ("tls", "starttls"), ("from", "中央病院 <no-reply@hospital.example.jp>")];

fn with(changes: &[(&'static str, &'static str)]) -> Result<Smtp, ProviderFault> {
    let pairs: Vec<_> = GOOD.into_iter().chain(changes.iter().copied()).collect();
    Smtp::new(&given(&pairs, &["password"]), &site(Channel::Email, "smtp"))
}

fn letter() -> Message {
    let address = Address::Mail(Mail::parse("alice@clinic.example").expect("an address"));
    Message { contact: Contact { channel: Channel::Email, address }, ..message() }
}

fn written(message: &Message) -> String {
    let smtp = with(&[("reply_to", "it@hospital.example.jp")]).expect("good settings");
    let letter = smtp.letterhead.write(message, "tag", Wall(1_790_000_000_000)).expect("a letter");
    String::from_utf8(letter.bytes).expect("ASCII")
}

#[test]
fn a_letter_has_what_servers_and_people_look_for() {
    let text = written(&Message { subject: Some("確認コード".to_owned()), ..letter() });
    for line in [
        "To: alice@clinic.example\r\n",
        "Reply-To: it@hospital.example.jp\r\n",
        "Subject: =?utf-8?b?56K66KqN44Kz44O844OJ?=\r\n",
        "Date: Mon, 21 Sep 2026 14:13:20 +0000\r\n",
        "Message-ID: <tag@hospital.example.jp>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n",
        "<no-reply@hospital.example.jp>\r\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn no_text_begins_a_header_of_its_own() {
    let text = written(&Message {
        subject: Some("code\r\nBcc: eve@evil.example\n\nhello".to_owned()),
        text: Secret::new("482913\r\n.\r\nMAIL FROM:<eve@evil.example>".to_owned()),
        ..letter()
    });
    let (head, _) = text.split_once("\r\n\r\n").expect("a head");
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{text}");
    assert!(head.contains("Content-Transfer-Encoding"), "the body begins where the head says: {text}");
}

#[test]
fn without_a_subject_the_sender_names_itself() {
    assert!(written(&letter()).contains("Subject: =?utf-8?b?5Lit5aSu55eF6Zmi?=\r\n"));
}

#[test]
fn what_cannot_work_is_said_at_its_key() {
    assert!(with(&[]).is_ok());
    assert!(with(&[("host", "[::1]:25"), ("tls", "off")]).is_ok());
    assert!(with(&[("host", "127.0.0.1:25"), ("tls", "off")]).is_ok());
    for (changes, key) in [
        (&[("tls", "off")][..], "tls"),
        (&[("user", "sekisho")], "user"),
        (&[("password", "x")], "password"),
        (&[("from", "中央病院")], "from"),
        (&[("from", "a@b.example, c@d.example")], "from"),
        (&[("reply_to", "nobody")], "reply_to"),
        (&[("hello", "a\nb")], "hello"),
        (&[("ca", "/nonexistent/ca.pem")], "ca"),
        (&[("host", "smtp.example.jp")], "host"),
    ] {
        let fault = with(changes).err().unwrap_or_else(|| panic!("{changes:?} was taken"));
        assert_eq!(fault.key, Some(key), "{fault}");
    }
}
