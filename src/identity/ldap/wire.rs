//! One connection to one server: TLS, who we are, searches, binds. What a server says is read without trust in its form.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ldap3::asn1::StructureTag;
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchOptions};
use rustls::ClientConfig;

/// What went wrong with a server; the text is for the operator.
#[derive(Debug, Clone)]
pub struct Fault(pub String);

/// What a server has of somebody or something. Names of attributes are in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    pub dn: String,
    pub values: BTreeMap<String, Vec<Vec<u8>>>,
}

/// What is searched for, and where.
pub struct Search<'a> {
    pub base: &'a str,
    pub filter: &'a str,
    pub attributes: &'a [String],
    /// More than so many are not told of.
    pub most: usize,
}

/// Entries, and whether there were more: then the connection is good for nothing else.
pub struct Found {
    pub entries: Vec<Entry>,
    pub cut: bool,
}

impl Entry {
    /// The values that are text, in the server's order.
    pub fn texts(&self, attribute: &str) -> impl Iterator<Item = &str> {
        let values = self.values.get(&attribute.to_ascii_lowercase()).into_iter().flatten();
        values.filter_map(|value| std::str::from_utf8(value).ok())
    }

    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.texts(attribute).next()
    }
}

/// Opens a connection. With `config` nothing is said before TLS stands; a certificate that is another's ends it.
pub async fn connect(url: &str, starttls: bool, config: Option<Arc<ClientConfig>>) -> Result<Ldap, Fault> {
    let mut settings = LdapConnSettings::new().set_starttls(starttls);
    if let Some(config) = config {
        settings = settings.set_config(config);
    }
    let (connection, ldap) = LdapConnAsync::with_settings(settings, url).await.map_err(|e| trouble(&e))?;
    tokio::spawn(async move {
        if let Err(error) = connection.drive().await {
            tracing::debug!(%error, "a connection to a directory ended");
        }
    });
    Ok(ldap)
}

/// Whether `password` is that of `dn`.
///
/// An empty one would be taken for no password at all, and "succeed" (RFC 4513 §5.1.2); so would an empty name.
pub async fn bind(ldap: &mut Ldap, dn: &str, password: &str) -> Result<Bound, Fault> {
    if dn.is_empty() || password.is_empty() {
        return Ok(Bound::No(String::new()));
    }
    let result = ldap.simple_bind(dn, password).await.map_err(|e| trouble(&e))?;
    match result.rc {
        0 => Ok(Bound::Yes),
        // Not allowed by this or by that: constraint (locked), no such entry, no such name, no password to compare with,
        // wrong, no right to, not willing to.
        19 | 32 | 34 | 48 | 49 | 50 | 53 => Ok(Bound::No(result.text)),
        _ => Err(Fault(format!("it could not judge a password: {result}"))),
    }
}

#[derive(Debug, PartialEq, Eq)]
pub enum Bound {
    Yes,
    /// With the server's own words.
    No(String),
}

/// Searches below a base. Where a server points elsewhere, nobody goes.
pub async fn search(ldap: &mut Ldap, search: &Search<'_>, within: Duration) -> Result<Found, Fault> {
    let most = i32::try_from(search.most).unwrap_or(i32::MAX);
    let seconds = i32::try_from(within.as_secs().max(1)).unwrap_or(i32::MAX);
    ldap.with_search_options(SearchOptions::new().sizelimit(most).timelimit(seconds));
    let attributes = search.attributes.to_vec();
    let asked = ldap.streaming_search(search.base, Scope::Subtree, search.filter, attributes).await;
    let mut stream = asked.map_err(|e| trouble(&e))?;
    let mut entries = Vec::new();
    while let Some(item) = stream.next().await.map_err(|e| trouble(&e))? {
        if item.is_ref() || item.is_intermediate() {
            continue;
        }
        // Not every server minds a limit. What else it sends is not read: the connection ends.
        if entries.len() >= search.most {
            return Ok(Found { entries, cut: true });
        }
        entries.push(read(item.0).ok_or_else(|| Fault("it answered something that is no entry".to_owned()))?);
    }
    let result = stream.finish().await;
    match result.rc {
        0 => Ok(Found { entries, cut: false }),
        4 => Ok(Found { entries, cut: true }),
        32 => Err(Fault(format!("there is no `{}` (or we may not see it)", search.base))),
        10 => Err(Fault("it points to another server, and nobody is followed there; name that one".to_owned())),
        _ => Err(Fault(format!("it could not search: {result}"))),
    }
}

/// `None` for what is no entry (RFC 4511 §4.5.2).
fn read(tag: StructureTag) -> Option<Entry> {
    let mut parts = tag.match_id(4)?.expect_constructed()?.into_iter();
    let dn = String::from_utf8(parts.next()?.expect_primitive()?).ok()?;
    let mut values = BTreeMap::<String, Vec<Vec<u8>>>::new();
    for attribute in parts.next()?.expect_constructed()? {
        let mut pair = attribute.expect_constructed()?.into_iter();
        let name = String::from_utf8(pair.next()?.expect_primitive()?).ok()?.to_ascii_lowercase();
        let all = pair.next()?.expect_constructed()?.into_iter().map(StructureTag::expect_primitive);
        values.entry(name).or_default().extend(all.collect::<Option<Vec<_>>>()?);
    }
    Some(Entry { dn, values })
}

fn trouble(error: &LdapError) -> Fault {
    match error {
        LdapError::Io { source } if source.to_string().contains("certificate") => {
            Fault(format!("no TLS: {source} (is `ca` right, and the certificate for this name?)"))
        }
        LdapError::Io { source } => Fault(format!("cannot be reached: {source}")),
        LdapError::ResultRecv { .. } | LdapError::OpSend { .. } | LdapError::EndOfStream => {
            Fault("it cut the connection".to_owned())
        }
        LdapError::LdapResult { result } => Fault(format!("it refused: {result}")),
        other => Fault(other.to_string()),
    }
}
