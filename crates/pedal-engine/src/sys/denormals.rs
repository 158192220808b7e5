//! Denormal numbers count as zero in the audio threads: they cost some hundred cycles each on x86.

/// Makes this thread flush denormal results and inputs to zero, until it ends. Real-time safe. No effect on
/// processors other than x86_64 and aarch64. Cheap when that is so already: the register is only read.
pub fn flush_to_zero() {
    #[cfg(target_arch = "x86_64")]
    {
        const FLUSH_TO_ZERO: u32 = 1 << 15;
        const DENORMALS_ARE_ZERO: u32 = 1 << 6;
        let mut control: u32 = 0;
        // SAFETY: reads the SSE control register of this thread into a word of ours.
        unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut control, options(nostack)) };
        let wanted = control | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO;
        if wanted != control {
            // SAFETY: writes it back with two bits more; rounding mode and masks stay.
            unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const wanted, options(nostack)) };
        }
    }
    #[cfg(target_arch = "aarch64")]
    {
        const FLUSH_TO_ZERO: u64 = 1 << 24;
        let control: u64;
        // SAFETY: reads the floating-point control register of this thread.
        unsafe { std::arch::asm!("mrs {}, fpcr", out(reg) control, options(nostack, nomem)) };
        if control & FLUSH_TO_ZERO == 0 {
            // SAFETY: writes it back with one bit more.
            unsafe {
                std::arch::asm!("msr fpcr, {}", in(reg) control | FLUSH_TO_ZERO, options(nostack, nomem));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_smallest_normal_halved_is_zero() {
        let halved = std::thread::spawn(|| {
            super::flush_to_zero();
            std::hint::black_box(f32::MIN_POSITIVE) * std::hint::black_box(0.5)
        });
        assert_eq!(halved.join().expect("no panic"), 0.0);
    }
}
