//! An asset store: blobs — impulse responses, models, boards, recordings — by path over HTTP, for several machines.
//!
//! [`store`] keeps the blobs as files named by their content and an index of paths in a transactional database; [`http`] serves
//! it; [`archive`] moves it in and out as a tar file.

pub mod archive;
pub mod cli;
pub mod http;
pub mod key;
pub mod store;
