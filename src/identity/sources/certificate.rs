//! A TLS client certificate: the name that stands in it.

use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::domain::challenge::FirstFactor;
use crate::gate::introduce::Evidence;

use super::Read;
use super::settings::{Certificate, Subject};

/// Microsoft's `userPrincipalName`, 1.3.6.1.4.1.311.20.2.3.
const UPN: &str = "1.3.6.1.4.1.311.20.2.3";

/// The authorities have vouched for it already; here its name is read, which must stand in it once.
pub(super) fn read(settings: &Certificate, evidence: &Evidence) -> Read {
    let Some(der) = &evidence.certificate else { return Read::Nothing };
    let Ok((_, read)) = X509Certificate::from_der(der) else {
        return Read::refused("the certificate cannot be read");
    };
    if let Some(wanted) = &settings.issuer {
        let named: Vec<_> = read.issuer().iter_common_name().map(|name| name.as_str().ok()).collect();
        if named != [Some(wanted.as_str())] {
            return Read::refused("the certificate is of another issuer");
        }
    }
    let names = match settings.login {
        Subject::Cn => read.subject().iter_common_name().map(|name| name.as_str().ok().map(str::to_owned)).collect(),
        of => alternative(&read, of),
    };
    match names.as_slice() {
        [Some(name)] => Read::Name(name.trim().to_owned(), FirstFactor::Certificate),
        [] => Read::refused("the certificate has no name of the kind that is looked for"),
        [None] => Read::refused("the name in the certificate cannot be read"),
        _ => Read::refused("the certificate has several names of the kind that is looked for"),
    }
}

fn alternative(read: &X509Certificate<'_>, of: Subject) -> Vec<Option<String>> {
    // An extension that cannot be read, or is there twice, has no names.
    let listed = read.subject_alternative_name().ok().flatten();
    let names = listed.iter().flat_map(|listed| &listed.value.general_names);
    let pick = |name: &GeneralName<'_>| match (of, name) {
        (Subject::Email, GeneralName::RFC822Name(text))
        | (Subject::Dns, GeneralName::DNSName(text))
        | (Subject::Uri, GeneralName::URI(text)) => Some(Some((*text).to_owned())),
        (Subject::Upn, GeneralName::OtherName(oid, value)) if oid.to_id_string() == UPN => Some(utf8_in(value)),
        _ => None,
    };
    names.filter_map(pick).collect()
}

/// `[0] EXPLICIT UTF8String`, with lengths below 128 as every name has them.
fn utf8_in(value: &[u8]) -> Option<String> {
    const LONGEST: usize = 127;
    let inner = match value {
        [0xa0, length, inner @ ..] if usize::from(*length) == inner.len() && inner.len() <= LONGEST => inner,
        _ => return None,
    };
    match inner {
        [0x0c, length, text @ ..] if usize::from(*length) == text.len() => String::from_utf8(text.to_vec()).ok(),
        _ => None,
    }
}
