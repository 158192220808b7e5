//! Policy and priority of a thread.

use crate::settings::ThreadSchedule;

impl ThreadSchedule {
    /// Applies it to the calling thread; `false` when the system forbids it, which leaves the thread as it was.
    pub fn apply_to_this_thread(self) -> bool {
        let parameter = libc::sched_param { sched_priority: self.priority };
        // SAFETY: the thread is this one and the parameter lives.
        unsafe { libc::pthread_setschedparam(libc::pthread_self(), self.policy, &parameter) == 0 }
    }
}
