//! Reading the CPU's cycle counter and the monotonic clock.

/// Nanoseconds of `CLOCK_MONOTONIC`.
pub(crate) fn monotonic_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid timespec that lives for the call.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[cfg(target_arch = "x86_64")]
mod arch {
    use std::arch::x86_64::{__cpuid, _rdtsc};

    /// Whether the time stamp counter runs at one rate in all power states (CPUID 8000_0007h, EDX bit 8).
    pub(crate) fn cycles_are_steady() -> bool {
        #[allow(unused_unsafe)] // safe on newer toolchains
        // SAFETY: CPUID exists on every x86_64 CPU.
        let (highest, power) = unsafe { (__cpuid(0x8000_0000).eax, __cpuid(0x8000_0007).edx) };
        highest >= 0x8000_0007 && power & (1 << 8) != 0
    }

    pub(crate) fn cycle_rate_hz() -> Option<f64> {
        None
    }

    #[inline]
    pub(crate) fn cycles() -> u64 {
        // SAFETY: RDTSC exists on every x86_64 CPU and user code may run it on Linux.
        unsafe { _rdtsc() }
    }
}

#[cfg(target_arch = "aarch64")]
mod arch {
    use std::arch::asm;

    /// The generic timer always runs at one rate.
    pub(crate) fn cycles_are_steady() -> bool {
        true
    }

    pub(crate) fn cycle_rate_hz() -> Option<f64> {
        let hz: u64;
        // SAFETY: reading CNTFRQ_EL0 has no effect and Linux allows it to user code.
        unsafe { asm!("mrs {}, cntfrq_el0", out(reg) hz, options(nomem, nostack, preserves_flags)) };
        (hz > 0).then_some(hz as f64)
    }

    #[inline]
    pub(crate) fn cycles() -> u64 {
        let ticks: u64;
        // SAFETY: reading CNTVCT_EL0 has no effect and Linux allows it to user code.
        unsafe { asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack, preserves_flags)) };
        ticks
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod arch {
    pub(crate) fn cycles_are_steady() -> bool {
        false
    }

    pub(crate) fn cycle_rate_hz() -> Option<f64> {
        None
    }

    pub(crate) fn cycles() -> u64 {
        super::monotonic_ns()
    }
}

pub(crate) use arch::{cycle_rate_hz, cycles, cycles_are_steady};
