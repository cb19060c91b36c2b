//! Where providers report to, and how a report is known to belong to a message of ours.
//!
//! The address that a provider is given for one message names the challenge and the message, and bears a mark that only
//! we can make. Whoever reports to it was told it by us: that is what proves a report where the provider signs nothing,
//! and it proves it for this very message alone.

use ring::hmac;
use url::form_urlencoded::parse;

use super::Message;
use super::envelope::Envelope;
use crate::domain::contact::Channel;
use crate::domain::id::ChallengeId;
use crate::domain::secret::Secret;
use crate::domain::time::Wall;

/// Bytes of the mark: nobody guesses 16.
const MARK: usize = 16;

/// One provider's place in this site.
#[derive(Clone)]
pub struct Site {
    /// The channel that the provider serves.
    pub channel: Channel,
    /// As logs, metrics and the receipts' address call it.
    pub name: String,
    /// Scheme and authority that people see, without a trailing slash.
    pub public_url: String,
    /// The receipts' address up to the provider's name, `None` where we are met over plain http: an address that anybody on
    /// the way could read or change is not handed out.
    pub report_to: Option<String>,
    key: hmac::Key,
    envelope: Envelope,
}

impl Site {
    /// `secret` makes the marks; all nodes share it.
    pub fn new(channel: Channel, name: &str, public_url: &str, report_to: Option<String>, secret: &[u8; 32]) -> Site {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let (name, public_url) = (name.to_owned(), public_url.to_owned());
        Site { channel, name, public_url, report_to, key, envelope: Envelope::new(secret) }
    }

    /// Where to report how this message fared.
    pub fn address(&self, message: &Message) -> Option<String> {
        self.address_of(&message.challenge, message.send)
    }

    pub fn address_of(&self, challenge: &ChallengeId, send: u8) -> Option<String> {
        Some(format!("{}?c={challenge}&n={send}&m={}", self.place()?, self.mark(challenge, send)))
    }

    /// The address that all messages have in common, for APIs that hand a tag back. Alone it proves nothing.
    pub fn place(&self) -> Option<String> {
        let name: String = url::form_urlencoded::byte_serialize(self.name.as_bytes()).collect();
        Some(format!("{}{}", self.report_to.as_ref()?, name.replace('+', "%20")))
    }

    /// Words to be asked for later, by the address of this message: see [`Envelope`].
    pub fn seal(&self, message: &Message, now: Wall, words: &str) -> String {
        self.envelope.seal(&self.context(&message.challenge, message.send), now.plus(message.life), words)
    }

    pub fn open(&self, challenge: &ChallengeId, send: u8, now: Wall, sealed: &str) -> Option<Secret<String>> {
        self.envelope.open(&self.context(challenge, send), now, sealed)
    }

    /// A short name for the message, for APIs that hand one back: 22 letters, a hyphen, the number, a hyphen, the mark.
    pub fn tag(&self, message: &Message) -> String {
        format!("{}-{}-{}", message.challenge, message.send, self.mark(&message.challenge, message.send))
    }

    /// The message that a tag of ours names.
    pub fn tagged(&self, tag: &str) -> Option<(ChallengeId, u8)> {
        let (challenge, rest) = tag.get(..22).zip(tag.get(23..))?;
        let (send, mark) = rest.split_once('-')?;
        self.genuine(ChallengeId::parse(challenge)?, send.parse().ok()?, mark)
    }

    /// The message that a report's address names, if it is one of ours for this provider.
    pub fn about<B>(&self, request: &http::Request<B>) -> Option<(ChallengeId, u8)> {
        let query = request.uri().query()?.as_bytes();
        let one = |name: &str| {
            let mut values = parse(query).filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
            values.next().filter(|_| values.next().is_none())
        };
        self.genuine(ChallengeId::parse(&one("c")?)?, one("n")?.parse().ok()?, &one("m")?)
    }

    fn genuine(&self, challenge: ChallengeId, send: u8, mark: &str) -> Option<(ChallengeId, u8)> {
        let ours = self.mark(&challenge, send);
        let same = subtle::ConstantTimeEq::ct_eq(ours.as_bytes(), mark.as_bytes());
        bool::from(same).then_some((challenge, send))
    }

    fn context(&self, challenge: &ChallengeId, send: u8) -> String {
        format!("{}\0{challenge}\0{send}", self.name)
    }

    fn mark(&self, challenge: &ChallengeId, send: u8) -> String {
        let tag = hmac::sign(&self.key, self.context(challenge, send).as_bytes());
        tag.as_ref()[..MARK].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::provider::tests::message;
    use super::*;

    /// A provider called `name` at `https://records.example.jp`.
    pub(in crate::delivery) fn site(channel: Channel, name: &str) -> Site {
        let url = "https://records.example.jp";
        Site::new(channel, name, url, Some(format!("{url}/.sekisho/receipts/")), &[7; 32])
    }

    fn asked(address: &str) -> http::Request<()> {
        http::Request::get(address).body(()).expect("a request")
    }

    #[test]
    fn an_address_names_its_message_and_is_known_again() {
        let site = site(Channel::Sms, "our modem");
        let address = site.address(&message()).expect("https");
        assert!(address.starts_with("https://records.example.jp/.sekisho/receipts/our%20modem?c=Bwc"), "{address}");
        assert_eq!(site.about(&asked(&address)), Some((message().challenge, 2)));
        assert_eq!(site.tagged(&site.tag(&message())), Some((message().challenge, 2)));
    }

    #[test]
    fn nobody_else_can_make_one() {
        let site = site(Channel::Sms, "vonage");
        let address = site.address(&message()).expect("https");
        for forged in [
            address.replace("&n=2", "&n=3"),
            address.replace("&m=", "&m=0"),
            address.split("&m=").next().unwrap_or_default().to_owned(),
            format!("{address}&n=2"),
            super::tests::site(Channel::Sms, "twilio").address(&message()).expect("https"),
        ] {
            assert_eq!(site.about(&asked(&forged)), None, "{forged}");
        }
        let tag = site.tag(&message());
        for forged in [tag.replace("-2-", "-3-"), tag[..tag.len() - 1].to_owned(), String::new(), "ü".repeat(30)] {
            assert_eq!(site.tagged(&forged), None, "{forged}");
        }
    }

    #[test]
    fn an_address_is_not_handed_out_over_plain_http() {
        let site = Site::new(Channel::Sms, "vonage", "http://127.0.0.1:8080", None, &[7; 32]);
        assert_eq!(site.address(&message()), None);
    }
}
