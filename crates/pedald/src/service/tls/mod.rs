//! Encryption with an authority that the device makes for itself.
//!
//! The authority's key stays in the state folder (0600). It can vouch for names of the local network and for private
//! addresses only, so that trusting it risks nothing beyond this pedal. Certificates of the server live in memory: one for
//! each of our addresses that is called, made anew at each start.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType, date_time_ymd,
};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::access::write_private;
use crate::web::Encryption;

/// So long a certificate of the server holds: more than 398 days no browser takes.
const LIFE: Duration = Duration::from_secs(397 * 24 * 3600);
/// A pedal without a clock starts in the past; certificates then begin on this day all the same: 2026-01-01.
const EARLIEST: Duration = Duration::from_secs(1_767_225_600);
/// Certificates that are kept; an address comes and goes with the network.
const KEPT: usize = 16;

/// Why there is no encryption.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The authority cannot be read or kept.
    #[error("the authority's file {path} cannot be used: {source}; start without --tls, or remove the file")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The key in the file is none.
    #[error(
        "{path} holds no key: {source}; remove it, and a new authority is made that browsers do not know yet"
    )]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: rcgen::Error,
    },
    /// A certificate cannot be made.
    #[error("a certificate cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The library refuses it.
    #[error("encryption cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

/// The device's authority, and what it has vouched for.
pub struct Tls {
    issuer: Issuer<'static, KeyPair>,
    authority: CertificateDer<'static>,
    pem: String,
    host: String,
    made: Mutex<HashMap<IpAddr, TlsAcceptor>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("fingerprint", &self.fingerprint()).finish()
    }
}

impl Tls {
    /// Reads the authority in `folder`, or makes it. `host`: the machine's name.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn open(folder: &Path, host: &str) -> Result<Self, TlsError> {
        let path = folder.join("authority.key");
        let failed = |source| TlsError::File { path: path.clone(), source };
        let key = match std::fs::read_to_string(&path) {
            Ok(text) => {
                KeyPair::from_pem(&text).map_err(|source| TlsError::Key { path: path.clone(), source })?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = KeyPair::generate()?;
                write_private(&path, key.serialize_pem().as_bytes()).map_err(failed)?;
                key
            }
            Err(error) => return Err(failed(error)),
        };
        let params = authority(&key);
        // The same for the same key but for the signature: what browsers were told to trust must stay the same file.
        let shown = folder.join("authority.crt");
        let kept = std::fs::read_to_string(&shown).ok().and_then(|pem| Some((der(&pem)?, pem)));
        // One of another key vouches for nothing: the player has removed the key's file, as an error told.
        let of_key =
            |der: &[u8]| der.windows(key.public_key_raw().len()).any(|part| part == key.public_key_raw());
        let kept = kept.filter(|(der, _)| of_key(der));
        let (authority, pem) = match kept {
            Some((der, pem)) => (der, pem),
            None => {
                let made = params.self_signed(&key)?;
                write_private(&shown, made.pem().as_bytes())
                    .map_err(|source| TlsError::File { path: shown, source })?;
                (made.der().clone(), made.pem())
            }
        };
        let host = host.trim().split('.').next().unwrap_or_default().to_lowercase();
        let plain = host.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && !host.is_empty();
        let host = if plain { host } else { "pistomp".to_owned() };
        Ok(Self { issuer: Issuer::new(params, key), authority, pem, host, made: Mutex::default() })
    }

    /// SHA-256 of the authority's certificate, as browsers show it.
    pub fn fingerprint(&self) -> String {
        let bytes = Sha256::digest(&self.authority);
        bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
    }

    /// What the pages tell of it.
    pub fn encryption(&self, port: u16) -> Encryption {
        Encryption { port: Some(port), fingerprint: self.fingerprint(), authority: self.pem.clone() }
    }

    /// What answers on this address of ours.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn acceptor(&self, local: IpAddr) -> Result<TlsAcceptor, TlsError> {
        let local = crate::web::plain(local);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(acceptor) = made.get(&local) {
            return Ok(acceptor.clone());
        }
        let key = KeyPair::generate()?;
        let leaf = leaf(&self.host, local)?.signed_by(&key, &self.issuer)?;
        let chain = vec![leaf.der().clone(), self.authority.clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_no_client_auth()
                .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        if made.len() >= KEPT {
            made.clear();
        }
        made.insert(local, acceptor.clone());
        Ok(acceptor)
    }
}

fn der(pem: &str) -> Option<CertificateDer<'static>> {
    use rustls::pki_types::pem::PemObject;
    CertificateDer::from_pem_slice(pem.as_bytes()).ok()
}

fn authority(key: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    let id = Sha256::digest(key.public_key_raw());
    let id = id.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<String>();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("Pedal {id}"));
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2056, 1, 1);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let four =
        |address: [u8; 4], prefix| GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(address, prefix));
    let six = |first: u8, second: u8, prefix| {
        let mut address = [0; 16];
        (address[0], address[1]) = (first, second);
        GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(address, prefix))
    };
    let mut here = [0; 16];
    here[15] = 1;
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("local".into()),
            GeneralSubtree::DnsName("localhost".into()),
            four([10, 0, 0, 0], 8),
            four([127, 0, 0, 0], 8),
            four([169, 254, 0, 0], 16),
            four([172, 16, 0, 0], 12),
            four([192, 168, 0, 0], 16),
            six(0xfc, 0, 7),
            six(0xfe, 0x80, 10),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(here, 128)),
        ],
        excluded_subtrees: Vec::new(),
    });
    params
}

fn leaf(host: &str, local: IpAddr) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(vec![format!("{host}.local"), "localhost".to_owned()])?;
    // an address that the authority may not vouch for would make the whole certificate void
    if is_private(local) {
        params.subject_alt_names.push(SanType::IpAddress(local));
    }
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("{host}.local"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().max(EARLIEST);
    params.not_before = date_time_ymd(1970, 1, 1) + now.saturating_sub(Duration::from_secs(24 * 3600));
    params.not_after = date_time_ymd(1970, 1, 1) + (now + LIFE - Duration::from_secs(48 * 3600));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_private() || four.is_loopback() || four.is_link_local(),
        IpAddr::V6(six) => six.is_loopback() || six.is_unique_local() || six.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests;
