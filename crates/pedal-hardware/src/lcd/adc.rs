//! MCP3008: eight channels of 10 bits.

/// The three bytes that ask for a single-ended channel, 0–7.
pub fn adc_request(channel: u8) -> [u8; 3] {
    [0x01, (8 + (channel & 7)) << 4, 0x00]
}

/// The count (0–1023) in the three bytes of the answer.
pub fn adc_value(answer: [u8; 3]) -> u16 {
    u16::from(answer[1] & 3) << 8 | u16::from(answer[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_transfers() {
        assert_eq!(adc_request(0), [0x01, 0x80, 0x00]);
        assert_eq!(adc_request(7), [0x01, 0xf0, 0x00]);
        assert_eq!(adc_value([0xff, 0xfb, 0xff]), 1023);
        assert_eq!(adc_value([0x00, 0x02, 0x01]), 513);
    }
}
