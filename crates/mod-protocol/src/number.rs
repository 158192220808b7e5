//! Numbers as C's `atoi`, `atof` and `%f` treat them in the C locale.

/// The integer at the start of the text, as `atoi` reads it: white space, a sign, decimal digits. Anything else is
/// 0. Numbers beyond 32 bits saturate (in C they are undefined).
pub fn leading_int(text: &str) -> i32 {
    let text = text.trim_start();
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = digits
        .bytes()
        .take_while(u8::is_ascii_digit)
        .fold(0i64, |sum, digit| (sum * 10 + i64::from(digit - b'0')).min(i64::from(u32::MAX)));
    let value = if negative { -magnitude } else { magnitude };
    value.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

/// The number at the start of the text, as `atof` reads it: white space, a sign, decimal digits with an optional
/// point and exponent. Anything else is 0.
///
/// Unlike `atof` the result is always finite: `nan`, `inf` and hexadecimal floats count as garbage (0), and a
/// number that is too large becomes the largest one, so that the range of the port decides.
pub fn leading_float(text: &str) -> f64 {
    let text = text.trim_start();
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    let whole = digits(end);
    end += whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return 0.0;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
        let exponent = digits(end + 1 + sign.min(bytes.len() - end - 1));
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    let value: f64 = text[..end].parse().unwrap_or(0.0);
    value.clamp(f64::MIN, f64::MAX)
}

/// [`leading_float`] in single precision, finite as well.
pub(crate) fn leading_f32(text: &str) -> f32 {
    (leading_float(text) as f32).clamp(f32::MIN, f32::MAX)
}

/// The number as C's `%.<precision>f` prints it; `nan`, `-nan`, `inf` and `-inf` as glibc writes them.
pub fn c_float(value: f64, precision: usize) -> String {
    if value.is_nan() {
        return if value.is_sign_negative() { "-nan" } else { "nan" }.to_owned();
    }
    format!("{value:.precision$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn integers_as_atoi() {
        let cases = [
            ("12", 12),
            ("-1", -1),
            ("+7", 7),
            (" \t9990x", 9990),
            ("", 0),
            ("-", 0),
            ("abc", 0),
            ("0x10", 0),
            ("3.9", 3),
            ("99999999999999999999999", i32::MAX),
            ("-99999999999999999999999", i32::MIN),
        ];
        for (text, expected) in cases {
            assert_eq!(leading_int(text), expected, "{text:?}");
        }
    }

    #[test]
    fn floats_as_atof_but_finite() {
        let cases = [
            ("-6.000000", -6.0),
            ("1e-3", 0.001),
            ("1e", 1.0),
            ("1e+", 1.0),
            ("2.5E2dB", 250.0),
            (".5", 0.5),
            ("5.", 5.0),
            (".", 0.0),
            ("-", 0.0),
            ("e5", 0.0),
            ("1,5", 1.0),
            ("nan", 0.0),
            ("inf", 0.0),
            ("0x10", 0.0),
            ("1e999", f64::MAX),
            ("-1e999", f64::MIN),
        ];
        for (text, expected) in cases {
            assert_eq!(leading_float(text), expected, "{text:?}");
        }
        assert_eq!(leading_f32("1e300"), f32::MAX);
    }

    #[test]
    fn prints_as_printf() {
        // The right column was printed by C's printf.
        let cases = [
            (0.0, "0.000000"),
            (-0.0, "-0.000000"),
            (f64::from(0.1f32), "0.100000"),
            (-4.881889, "-4.881889"),
            (0.000_000_5, "0.000000"), // the nearest double lies below the tie
            (2.5e-7, "0.000000"),
            (1e15, "1000000000000000.000000"),
            (f64::NAN, "nan"),
            (-f64::NAN, "-nan"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (value, expected) in cases {
            assert_eq!(c_float(value, 6), expected, "{value:e}");
        }
        assert_eq!(c_float(0.125, 2), "0.12");
        assert_eq!(c_float(1.0, 4), "1.0000");
    }

    proptest! {
        #[test]
        fn any_text_is_a_finite_number(text in r"[ +\-.eE0-9a-z]{0,24}") {
            prop_assert!(leading_float(&text).is_finite());
            leading_int(&text);
        }

        #[test]
        fn display_reads_back(value in any::<f32>().prop_filter("finite", |v| v.is_finite())) {
            prop_assert_eq!(leading_f32(&value.to_string()), value);
        }
    }
}
