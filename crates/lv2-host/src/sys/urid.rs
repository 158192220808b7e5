//! The map between URIs and the small numbers that plugins and atoms use.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char};
use std::sync::{Arc, Mutex, PoisonError};

use super::abi::{self, Handle};
use crate::known::Known;

/// URI ↔ URID, shared by all plugins of a process. Cheap to clone.
///
/// Numbers start at 1 and stay valid for the life of the map. All threads; mapping a new URI allocates, so
/// real-time code uses [`Urids::known`] or numbers it mapped beforehand. (A plugin that maps in `run` takes a lock
/// here, which LV2 tells it not to do.)
#[derive(Clone)]
pub struct Urids {
    inner: Arc<Inner>,
}

struct Inner {
    table: Table,
    known: Known,
    map: abi::UridMap,
    unmap: abi::UridUnmap,
    uri_map: abi::UriMap,
}

// SAFETY: the handles inside point at `table`, which is guarded by a mutex; nothing else is mutable.
unsafe impl Send for Inner {}
// SAFETY: as above.
unsafe impl Sync for Inner {}

/// The table lives in its own box, so that its address can be handed to plugins before `Inner` is complete.
struct Table(Box<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    numbers: HashMap<Arc<CStr>, u32>,
    uris: Vec<Arc<CStr>>,
}

impl Entries {
    fn map(&mut self, uri: &CStr) -> u32 {
        if let Some(&number) = self.numbers.get(uri) {
            return number;
        }
        let owned: Arc<CStr> = uri.into();
        self.uris.push(Arc::clone(&owned));
        let number = self.uris.len() as u32;
        self.numbers.insert(owned, number);
        number
    }
}

impl Table {
    fn map(&self, uri: &CStr) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map(uri)
    }

    fn handle(&self) -> Handle {
        std::ptr::from_ref::<Mutex<Entries>>(&self.0).cast_mut().cast()
    }
}

unsafe fn entries<'a>(handle: Handle) -> &'a Mutex<Entries> {
    // SAFETY: the handle was made by `Table::handle`; the table outlives every plugin that was given it.
    unsafe { &*handle.cast::<Mutex<Entries>>() }
}

unsafe extern "C" fn map(handle: Handle, uri: *const c_char) -> u32 {
    if uri.is_null() {
        return 0;
    }
    // SAFETY: LV2 passes our handle and a NUL-terminated string.
    let (entries, uri) = unsafe { (entries(handle), CStr::from_ptr(uri)) };
    entries.lock().unwrap_or_else(PoisonError::into_inner).map(uri)
}

unsafe extern "C" fn unmap(handle: Handle, number: u32) -> *const c_char {
    // SAFETY: LV2 passes our handle.
    let entries = unsafe { entries(handle) }.lock().unwrap_or_else(PoisonError::into_inner);
    // The string is never freed or moved while the map lives, so the pointer may leave the lock.
    let index = (number as usize).wrapping_sub(1);
    entries.uris.get(index).map_or(std::ptr::null(), |uri| uri.as_ptr())
}

unsafe extern "C" fn uri_to_id(handle: Handle, _context: *const c_char, uri: *const c_char) -> u32 {
    // SAFETY: same contract as `map`.
    unsafe { map(handle, uri) }
}

impl Urids {
    /// A new map that holds the URIs of LV2's own extensions.
    pub fn new() -> Self {
        let table = Table(Box::default());
        let handle = table.handle();
        let known = Known::new(|uri| table.map(&CString::new(uri).expect("a constant without NUL")));
        Self {
            inner: Arc::new(Inner {
                known,
                table,
                map: abi::UridMap { handle, map },
                unmap: abi::UridUnmap { handle, unmap },
                uri_map: abi::UriMap { handle, uri_to_id },
            }),
        }
    }

    /// The number of `uri`, made when it is new. Returns 0 (no number) for a text with a NUL in it.
    pub fn map(&self, uri: &str) -> u32 {
        CString::new(uri).map_or(0, |uri| self.inner.table.map(&uri))
    }

    /// The URI of `number`, if there is one.
    pub fn unmap(&self, number: u32) -> Option<String> {
        let entries = self.inner.table.0.lock().unwrap_or_else(PoisonError::into_inner);
        let uri = entries.uris.get((number as usize).checked_sub(1)?)?;
        Some(uri.to_string_lossy().into_owned())
    }

    /// The numbers of LV2's own URIs. Real-time safe.
    pub fn known(&self) -> &Known {
        &self.inner.known
    }

    pub(crate) fn map_struct(&self) -> *mut abi::UridMap {
        std::ptr::from_ref(&self.inner.map).cast_mut()
    }

    pub(crate) fn unmap_struct(&self) -> *mut abi::UridUnmap {
        std::ptr::from_ref(&self.inner.unmap).cast_mut()
    }

    pub(crate) fn uri_map_struct(&self) -> *mut abi::UriMap {
        std::ptr::from_ref(&self.inner.uri_map).cast_mut()
    }
}

impl Default for Urids {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Urids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Urids")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_stable_and_both_ways() {
        let urids = Urids::new();
        let a = urids.map("urn:test:a");
        assert_ne!(a, 0);
        assert_eq!(urids.map("urn:test:a"), a);
        assert_eq!(urids.unmap(a).as_deref(), Some("urn:test:a"));
        assert_eq!(urids.unmap(0), None);
        assert_eq!(urids.unmap(u32::MAX), None);
        assert_eq!(urids.map("with\0nul"), 0);
        assert_eq!(urids.map(crate::uris::MIDI_EVENT), urids.known().midi_event);
    }

    #[test]
    fn plugins_see_the_same_numbers() {
        let urids = Urids::new();
        let number = urids.map("urn:test:b");
        // SAFETY: the structures are those that plugins get.
        unsafe {
            let unmap = &*urids.unmap_struct();
            let uri = (unmap.unmap)(unmap.handle, number);
            let map = &*urids.map_struct();
            assert_eq!((map.map)(map.handle, uri), number);
            assert_eq!((map.map)(map.handle, std::ptr::null()), 0);
            let old = &*urids.uri_map_struct();
            assert_eq!((old.uri_to_id)(old.handle, std::ptr::null(), uri), number);
            assert!((unmap.unmap)(unmap.handle, 0).is_null());
        }
    }
}
