//! The JACK back end against real servers with the dummy driver. The other programs are back ends too, under other client
//! names. Servers run synchronously (`-S`), so that one period goes through the whole graph and every sample can be
//! accounted for.

mod dry;
mod life;
mod pipewire;
mod play;
mod ports;
mod program;
mod signal;

pub(crate) mod server;
pub(crate) mod stub;
