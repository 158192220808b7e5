//! Programs that run while the demo or a bench measures: a JACK server, the engine. Each ends with its owner.

pub(crate) mod child;
pub(crate) mod engine;
pub(crate) mod jackd;
pub(crate) mod wav;
