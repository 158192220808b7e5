use std::os::unix::fs::PermissionsExt;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::*;

async fn speak(tls: &Tls, trusted: &Tls, name: &str, local: &str) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.authority.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (near, far) = tokio::io::duplex(1 << 16);
    let acceptor = tls.acceptor(local.parse().unwrap()).unwrap();
    let server = tokio::spawn(async move {
        let mut stream = acceptor.accept(far).await.map_err(|error| error.to_string())?;
        stream.write_all(b"hello").await.map_err(|error| error.to_string())?;
        stream.shutdown().await.map_err(|error| error.to_string())
    });
    let name = rustls::pki_types::ServerName::try_from(name.to_owned()).unwrap();
    let mut stream =
        TlsConnector::from(Arc::new(config)).connect(name, near).await.map_err(|error| error.to_string())?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await.map_err(|error| error.to_string())?;
    assert_eq!(text, "hello");
    server.await.unwrap()
}

#[tokio::test]
async fn who_trusts_the_authority_is_not_warned_and_it_stays_the_same() {
    let (place, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let tls = Tls::open(place.path(), "PiStomp.lan\n").unwrap();
    let key = place.path().join("authority.key");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    speak(&tls, &tls, "pistomp.local", "10.42.0.1").await.unwrap();
    speak(&tls, &tls, "10.42.0.1", "10.42.0.1").await.unwrap();
    speak(&tls, &tls, "localhost", "::1").await.unwrap();
    speak(&tls, &tls, "pistomp.local", "8.8.8.8").await.unwrap();
    assert!(speak(&tls, &tls, "bank.example", "10.42.0.1").await.is_err());
    assert!(speak(&tls, &tls, "192.168.9.9", "10.42.0.1").await.is_err());
    let again = Tls::open(place.path(), "pistomp").unwrap();
    assert_eq!(again.fingerprint(), tls.fingerprint());
    speak(&again, &tls, "pistomp.local", "192.168.1.2").await.unwrap();
    let stranger = Tls::open(other.path(), "pistomp").unwrap();
    assert_ne!(stranger.fingerprint(), tls.fingerprint());
    assert!(speak(&stranger, &tls, "pistomp.local", "10.42.0.1").await.is_err());
    assert!(tls.encryption(443).authority.contains("BEGIN CERTIFICATE"));
    std::fs::write(&key, "nothing").unwrap();
    assert!(matches!(Tls::open(place.path(), "x"), Err(TlsError::Key { .. })));
    // what that error tells to do leads to an authority that works
    std::fs::remove_file(&key).unwrap();
    let new = Tls::open(place.path(), "pistomp").unwrap();
    assert_ne!(new.fingerprint(), tls.fingerprint());
    speak(&new, &new, "pistomp.local", "10.42.0.1").await.unwrap();
}

#[tokio::test]
async fn the_authority_cannot_vouch_for_the_internet() {
    let place = tempfile::tempdir().unwrap();
    let mut tls = Tls::open(place.path(), "pistomp").unwrap();
    // as somebody who has stolen the key would use it
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["bank.example".to_owned()]).unwrap();
    let forged = params.signed_by(&key, &tls.issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![forged.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    tls.made =
        Mutex::new(HashMap::from([("10.42.0.1".parse().unwrap(), TlsAcceptor::from(Arc::new(config)))]));
    let refused = speak(&tls, &tls, "bank.example", "10.42.0.1").await.unwrap_err();
    assert!(refused.contains("NameConstraint"), "{refused}");
}
