use super::*;

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ guitarist@laptop";

#[test]
fn wireless_values() {
    assert!(ssid(&"x".repeat(32)).is_ok() && ssid(&"x".repeat(33)).is_err() && ssid("a\tb").is_err());
    assert!(ssid(&"ü".repeat(17)).is_err(), "bytes count, not letters");
    for good in ["12345678", &"x".repeat(63), &"0aF9".repeat(16), "with space;"] {
        assert!(wpa(good).is_ok(), "{good}");
    }
    for bad in ["1234567", &"x".repeat(64), &"x".repeat(65), "fünf5678"] {
        assert!(wpa(bad).is_err(), "{bad}");
    }
    assert!(sae("fünf").is_ok() && sae(&"x".repeat(129)).is_err());
    assert_eq!(country("de").unwrap(), "DE");
    assert!(country("UK").unwrap_err().contains("GB"));
    assert!(country("XX").is_err() && country("DEU").is_err() && country("").is_err());
    assert_eq!(COUNTRIES.len(), 2 * 249);
    // Two letters across the border of two codes are no country.
    assert!(country("DA").is_err());
}

#[test]
fn names() {
    assert_eq!(host_name("My-Pedal2").unwrap(), "my-pedal2");
    for bad in ["-a", "a-", "a_b", "a.b", "$(reboot)", "123", "localhost", &"x".repeat(64), ""] {
        assert!(host_name(bad).is_err(), "{bad}");
    }
    for good in ["US/Central", "UTC", "Etc/GMT+3", "America/Argentina/Buenos_Aires"] {
        assert!(zone_name(good).is_ok(), "{good}");
    }
    for bad in ["../../etc/shadow", "/etc/passwd", "Europe/", "", "a/./b", "Europe/Ber lin"] {
        assert!(zone_name(bad).is_err(), "{bad}");
    }
}

#[test]
fn keys() {
    assert_eq!(public_key(&format!(" {KEY}\n")).unwrap(), KEY);
    for bad in ["ssh-ed25519 AAAA", "AAAAC3NzaC1lZDI1NTE5AAAAI", "", "ssh-rsa hello", &format!("{KEY}\nx")] {
        assert!(public_key(bad).is_err(), "{bad}");
    }
    assert!(public_key("-----BEGIN OPENSSH PRIVATE KEY-----").unwrap_err().contains(".pub"));
    let other = KEY.replacen("ssh-ed25519", "ssh-rsa", 1);
    assert!(public_key(&other).is_err(), "the name must be that of the key");
}

#[test]
fn addresses() {
    let address = |text| direct_address(text).map(|direct| format!("{}/{}", direct.address, direct.prefix));
    assert_eq!(address("169.254.161.200").unwrap(), "169.254.161.200/16");
    assert_eq!(address("192.168.7.2").unwrap(), "192.168.7.2/24");
    assert_eq!(address("10.1.2.3/8").unwrap(), "10.1.2.3/8");
    for bad in
        ["8.8.8.8", "169.254.0.4", "169.254.255.4", "192.168.7.0", "192.168.7.255", "10.0.0.1/31", "x", ""]
    {
        assert!(address(bad).is_err(), "{bad}");
    }
}

#[test]
fn numbers() {
    assert_eq!((sample_rate("48000"), period("128")), (Ok(48_000), Ok(128)));
    for bad in ["100", "8", "8192", "-128", "0x80", "128 ", ""] {
        assert!(period(bad).is_err(), "{bad}");
    }
    assert!(sample_rate("48").is_err() && number("5", 6, 95).is_err() && number("95", 6, 95).is_ok());
}
