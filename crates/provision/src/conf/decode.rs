//! Bytes to text: the file is edited on other people's computers.

use super::Problem;

/// Largest file that is read, in bytes. One with a longer text is no `pistomp.conf`.
pub const LIMIT: usize = 64 * 1024;

/// The text of the file: UTF-8, or UTF-16 with a byte order mark as some editors write it. Bytes that are no UTF-8 become
/// U+FFFD and are reported by line.
///
/// # Errors
///
/// The file is too long, or is not text at all.
pub fn decode(bytes: &[u8]) -> Result<(String, Vec<Problem>), Problem> {
    let whole = |message: &str| Problem { key: None, line: 0, message: message.to_owned() };
    if bytes.len() > LIMIT {
        return Err(whole("the file is longer than 64 KiB: is it the right one?"));
    }
    if let Some(units) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return utf16(units, u16::from_le_bytes)
            .ok_or_else(|| whole("the file is broken UTF-16: save it as UTF-8"));
    }
    if let Some(units) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return utf16(units, u16::from_be_bytes)
            .ok_or_else(|| whole("the file is broken UTF-16: save it as UTF-8"));
    }
    let text = String::from_utf8_lossy(bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes)).into_owned();
    let problems = text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains('\u{fffd}') && !line.trim_start().starts_with('#'))
        .map(|(index, _)| Problem {
            key: None,
            line: index + 1,
            message: "there are characters in another encoding: save the file as UTF-8".to_owned(),
        })
        .collect();
    Ok((text, problems))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<(String, Vec<Problem>)> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok().filter(|_| bytes.len().is_multiple_of(2)).map(|text| (text, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editors_of_all_systems_are_understood() {
        let plain = "A=\"ü\"\r\n";
        assert_eq!(decode(plain.as_bytes()).unwrap().0, plain);
        let marked = [b"\xef\xbb\xbf", plain.as_bytes()].concat();
        assert_eq!(decode(&marked).unwrap().0, plain);
        let mut little = vec![0xff, 0xfe];
        plain.encode_utf16().for_each(|unit| little.extend(unit.to_le_bytes()));
        assert_eq!(decode(&little).unwrap().0, plain);
        let mut big = vec![0xfe, 0xff];
        plain.encode_utf16().for_each(|unit| big.extend(unit.to_be_bytes()));
        assert_eq!(decode(&big).unwrap().0, plain);
    }

    #[test]
    fn another_encoding_is_reported_by_line() {
        let (_, problems) = decode(b"A=1\n# caf\xe9\nB=caf\xe9\n").unwrap();
        assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn a_huge_or_broken_file_is_refused() {
        assert!(decode(&vec![b'A'; LIMIT + 1]).is_err());
        assert!(decode(b"\xff\xfeA").is_err());
        assert!(decode(b"\xff\xfe\x00\xd8").is_err());
    }
}
