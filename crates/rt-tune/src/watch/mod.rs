//! The service: keeps settings as they should be while cards come and go, the machine sleeps, and other daemons have opinions.
//!
//! The decisions ([`Schedule`], [`Keeper`]) know no clock and no kernel; [`serve`] joins them with [`Sources`].

pub mod audio;
mod contest;
mod event;
mod live;
mod pass;
mod profiles;
mod schedule;
mod service;

pub use contest::Contest;
pub use event::{Event, device_event, graph_event, stream_event};
pub use live::LiveSources;
pub use pass::{Keep, Keeper, Looked};
pub use schedule::{Schedule, Task, Timing};
pub use service::{Sources, Told, serve};
