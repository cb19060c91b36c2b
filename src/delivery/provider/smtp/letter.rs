//! What a letter with a code looks like (RFC 5322, RFC 3834).

use std::time::{Duration, SystemTime};

use lettre::Address;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder};

use crate::delivery::Message;
use crate::delivery::provider::ProviderFault;
use crate::domain::mail::Mail;
use crate::domain::time::Wall;

/// Who writes, and who is answered.
pub struct Letterhead {
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

/// A letter, ready to be handed over.
pub struct Letter {
    pub from: Address,
    pub to: Address,
    /// Of the header `Message-ID`, without its brackets.
    pub id: String,
    pub bytes: Vec<u8>,
}

impl Letterhead {
    pub fn new(from: &str, reply_to: Option<&str>) -> Result<Letterhead, ProviderFault> {
        Ok(Letterhead {
            from: mailbox("from", from)?,
            reply_to: reply_to.map(|text| mailbox("reply_to", text)).transpose()?,
        })
    }

    /// `tag` names the message in its `Message-ID`. What is not ASCII is encoded, so that every server carries it.
    pub fn write(&self, message: &Message, tag: &str, now: Wall) -> Result<Letter, String> {
        let to = message.contact.address.exposed().parse::<Address>().map_err(|e| e.to_string())?;
        let id = format!("{tag}@{}", self.from.email.domain());
        let name = self.from.name.as_deref().unwrap_or_else(|| self.from.email.domain());
        let date = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
        let mut builder = MessageBuilder::new()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            // A line break would begin a header of its own.
            .subject(message.subject.as_deref().unwrap_or(name).replace(['\r', '\n'], " "))
            .date(date)
            .message_id(Some(format!("<{id}>")))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN);
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let letter = builder.body(message.text.expose().clone()).map_err(|e| e.to_string())?;
        Ok(Letter { from: self.from.email.clone(), to, id, bytes: letter.formatted() })
    }
}

/// `Name <name@host>` or the address alone; the address as strict as those that codes go to.
fn mailbox(key: &'static str, text: &str) -> Result<Mailbox, ProviderFault> {
    let like = "an address such as \"no-reply@hospital.example.jp\", or a name and the address in angle brackets";
    let bad = || ProviderFault::of(key, format!("`{key}` is {like}"));
    let (name, address) = match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"').to_owned(), address),
        None => (String::new(), text.trim()),
    };
    if name.chars().any(char::is_control) {
        return Err(bad());
    }
    let address = Mail::parse(address).ok_or_else(bad)?.exposed().parse::<Address>().map_err(|_| bad())?;
    Ok(Mailbox::new(Some(name).filter(|name| !name.is_empty()), address))
}

/// Keeps holiday notices from answering (RFC 3834 §5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<AutoSubmitted, Box<dyn std::error::Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
