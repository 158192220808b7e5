//! Values of control ports, through the callbacks that lilv asks for them with.

use std::ffi::{c_char, c_void};

use crate::sys::world::text;

pub(super) type GetValue<'a> = &'a mut dyn FnMut(&str) -> Option<f32>;

pub(super) struct Getter<'a> {
    pub(super) get: GetValue<'a>,
    pub(super) value: f32,
    pub(super) float: u32,
}

pub(super) unsafe extern "C" fn get_value(
    symbol: *const c_char,
    user: *mut c_void,
    size: *mut u32,
    kind: *mut u32,
) -> *const c_void {
    // SAFETY: lilv passes the `Getter` that `snapshot` gave it, a string and two places to write to.
    unsafe {
        let getter = &mut *user.cast::<Getter<'_>>();
        let found = (getter.get)(&text(symbol));
        *size = if found.is_some() { 4 } else { 0 };
        *kind = if found.is_some() { getter.float } else { 0 };
        let Some(value) = found else { return std::ptr::null() };
        getter.value = value;
        std::ptr::from_ref(&getter.value).cast()
    }
}

pub(super) struct Setter<'a> {
    pub(super) set: &'a mut dyn FnMut(&str, u32, &[u8]),
}

pub(super) unsafe extern "C" fn set_value(
    symbol: *const c_char,
    user: *mut c_void,
    value: *const c_void,
    size: u32,
    kind: u32,
) {
    // SAFETY: lilv passes the `Setter` that `port_values` gave it, a string and `size` bytes.
    unsafe {
        let setter = &mut *user.cast::<Setter<'_>>();
        (setter.set)(&text(symbol), kind, crate::sys::ring::raw(size, value));
    }
}
