//! Tests on real plugins of Debian and on our own.

mod debian;
mod support;
