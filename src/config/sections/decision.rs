//! `[decision]`: who may ask about requests that they forward themselves.

use ipnet::IpNet;

use crate::config::diagnostic::Code;
use crate::config::network::network;
use crate::config::reader::Item;
use crate::config::secret::secret;
use crate::config::section::Section;
use crate::config::values::some;
use crate::domain::secret::Secret;
use crate::proxy::settings::Decision;

/// `Some(None)` where the section is not there: then nobody may ask.
pub fn read(top: &Section<'_>) -> Option<Option<Decision>> {
    let there = top.entry("decision").is_some();
    let section = top.table("decision");
    let decision = match there {
        false => {
            section.optional("callers", callers);
            section.optional("secret", sendable);
            Some(None)
        }
        true => {
            let callers = section.required("callers", "[\"127.0.0.1/32\"]", callers);
            let secret = section.required("secret", "{ file = \"/etc/sekisho/secrets/decision\" }", sendable);
            callers.zip(secret).map(|(callers, secret)| Some(Decision { callers, secret }))
        }
    };
    section.done_with_secrets();
    decision
}

fn callers(item: Item<'_>) -> Option<Vec<IpNet>> {
    some("[\"127.0.0.1/32\"]", caller)(item)
}

fn caller(item: Item<'_>) -> Option<IpNet> {
    let net = network(item)?;
    if net.prefix_len() == 0 {
        let message = "every address may ask for decisions";
        let help = "name the servers that forward: then a stranger who learns the secret learns nothing more";
        item.tell::<()>(Code::TrustsEverybody, message, |d| d.help(help));
    }
    Some(net)
}

/// A secret that arrives in a header as it was sent.
fn sendable(item: Item<'_>) -> Option<Secret<String>> {
    let secret = secret(item)?;
    let text = secret.expose();
    let printable = text.bytes().all(|b| (0x20..0x7f).contains(&b));
    if !printable || text.trim() != text {
        let message = format!("the secret `{}` cannot be sent as a header", item.key);
        let help = "take letters, digits and signs of ASCII, without a space at either end";
        return item.tell(Code::Secret, message, |d| d.help(help));
    }
    Some(secret)
}
