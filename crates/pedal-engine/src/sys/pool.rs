//! Worker threads that help the callback with one block.
//!
//! The callback publishes the plan, counts the block up, and goes on with its own lane. Workers spin for [`AWAKE`]
//! after each block, then sleep on the counter (a futex). Waking sleepers is the one system call of the callback,
//! made only when a plan has work for them; it does not block. A worker that comes too late finds its
//! segments taken by the callback, so a block never waits for a thread that sleeps.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::meter::Counter;

/// How long a worker looks for the next block before it sleeps. Just over a period of 32 frames at 48 kHz (667 µs): there the
/// wake-up, some 5 to 50 µs of system call and scheduling, would eat what the worker saves, so it stays awake. In longer
/// periods the wake-up costs a few percent at most, and a worker that went on looking would burn a core for nothing.
///
/// Time and not turns of the loop: a turn takes ten cycles on one processor and a hundred and forty on the next (`pause`,
/// `isb`), and the same program must sleep or stay awake at the same period on all of them.
const AWAKE: Duration = Duration::from_micros(700);

/// What the lanes of a block run.
pub trait Lanes: Send + Sync + 'static {
    /// Runs what lane `lane` has to do in the present block. Called on worker threads; real-time safe. A worker that woke
    /// late may call it for a block that it is called for again, or that has nothing left to do.
    fn run_lane(&self, lane: usize);
}

struct Shared<L> {
    job: AtomicPtr<L>,
    block: AtomicU32,
    inside: AtomicU32,
    asleep: AtomicU32,
    stop: AtomicBool,
}

/// Worker threads for lanes 1, 2, …
pub struct Pool<L: Lanes> {
    shared: Arc<Shared<L>>,
    threads: Vec<JoinHandle<()>>,
}

impl<L: Lanes> std::fmt::Debug for Pool<L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("threads", &self.threads.len()).finish_non_exhaustive()
    }
}

impl<L: Lanes> Pool<L> {
    /// Starts `workers` threads; `prepare(lane)` runs first on each (priority, CPU).
    pub fn new(workers: usize, prepare: impl Fn(usize) + Send + Clone + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            job: AtomicPtr::new(ptr::null_mut()),
            block: AtomicU32::new(0),
            inside: AtomicU32::new(0),
            asleep: AtomicU32::new(0),
            stop: AtomicBool::new(false),
        });
        let counter = Counter::get();
        let mut pool = Self { shared: shared.clone(), threads: Vec::new() };
        for lane in 1..=workers {
            let shared = shared.clone();
            let prepare = prepare.clone();
            let thread =
                std::thread::Builder::new().name(format!("engine-lane-{lane}")).spawn(move || {
                    prepare(lane);
                    work(&shared, lane, counter);
                })?;
            pool.threads.push(thread);
        }
        Ok(pool)
    }

    /// Number of worker threads.
    pub fn workers(&self) -> usize {
        self.threads.len()
    }

    /// Runs one block of `job`: wakes the workers, calls `own` on this thread, and returns when no worker
    /// touches `job` any more. Real-time safe but for the wake-up named above.
    pub fn run(&self, job: &L, block: u32, own: impl FnOnce()) {
        let shared = &*self.shared;
        shared.job.store(ptr::from_ref(job).cast_mut(), Ordering::SeqCst);
        shared.block.store(block, Ordering::SeqCst);
        if shared.asleep.load(Ordering::SeqCst) > 0 {
            wake_all(&shared.block);
        }
        own();
        shared.job.store(ptr::null_mut(), Ordering::SeqCst);
        while shared.inside.load(Ordering::SeqCst) > 0 {
            std::hint::spin_loop();
        }
    }
}

impl<L: Lanes> Drop for Pool<L> {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.block.fetch_add(1, Ordering::SeqCst);
        wake_all(&self.shared.block);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn work<L: Lanes>(shared: &Shared<L>, lane: usize, counter: Counter) {
    let awake = counter.ticks(AWAKE);
    let mut seen = 0;
    loop {
        let block = next_block(shared, seen, awake, || counter.now());
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        seen = block;
        shared.inside.fetch_add(1, Ordering::SeqCst);
        let job = shared.job.load(Ordering::SeqCst);
        if !job.is_null() {
            // SAFETY: `run` keeps `job` borrowed until it has cleared the pointer and `inside` is 0. We counted
            // ourselves in before reading the pointer (both sequentially consistent), so either we read null,
            // or `run` waits for us.
            let job = unsafe { &*job };
            // Which block it is stands in the job: the counter that woke us may belong to the block before, whose job was
            // another one.
            job.run_lane(lane);
        }
        shared.inside.fetch_sub(1, Ordering::SeqCst);
    }
}

fn next_block<L>(shared: &Shared<L>, seen: u32, awake: u64, now: impl Fn() -> u64) -> u32 {
    if let Some(block) = look_for(&shared.block, seen, awake, now) {
        return block;
    }
    shared.asleep.fetch_add(1, Ordering::SeqCst);
    let block = loop {
        let block = shared.block.load(Ordering::SeqCst);
        if block != seen {
            break block;
        }
        sleep_while(&shared.block, seen);
    };
    shared.asleep.fetch_sub(1, Ordering::SeqCst);
    block
}

/// The block after `seen`, if it comes within `awake` ticks of `now`.
fn look_for(block: &AtomicU32, seen: u32, awake: u64, now: impl Fn() -> u64) -> Option<u32> {
    let from = now();
    loop {
        let block = block.load(Ordering::SeqCst);
        if block != seen {
            return Some(block);
        }
        // Wrapping: the counters of two CPUs may differ by a little, and a worker that was moved just sleeps the earlier.
        if now().wrapping_sub(from) >= awake {
            return None;
        }
        std::hint::spin_loop();
    }
}

fn sleep_while(word: &AtomicU32, value: u32) {
    // SAFETY: the address is that of a live, aligned 32-bit word; a null time-out waits without limit. Spurious
    // returns are handled by the caller's loop.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            value,
            ptr::null::<libc::timespec>(),
        );
    }
}

fn wake_all(word: &AtomicU32) {
    // SAFETY: the address is that of a live, aligned 32-bit word.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, i32::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Count(AtomicU32);

    impl Lanes for Count {
        fn run_lane(&self, _lane: usize) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_worker_looks_for_the_same_time_however_fast_its_loop_is() {
        for turn in [1, 7, 140, 2000] {
            let clock = std::cell::Cell::new(u64::MAX - 50); // it may wrap
            let start = clock.get();
            let now = || clock.replace(clock.get().wrapping_add(turn));
            assert_eq!(look_for(&AtomicU32::new(5), 5, 1000, now), None);
            let looked = clock.get().wrapping_sub(start);
            assert!((1000..1000 + 2 * turn + turn).contains(&looked), "{looked} with turns of {turn}");
            assert_eq!(look_for(&AtomicU32::new(6), 5, 1000, now), Some(6));
        }
    }

    #[test]
    fn nobody_touches_the_job_after_run_returns() {
        let pool = Pool::new(2, |_| {}).expect("threads");
        for block in 1..2000 {
            let job = Count(AtomicU32::new(0));
            pool.run(&job, block, || {});
            let after = job.0.load(Ordering::SeqCst);
            assert!(after <= 2);
            if block % 100 == 0 {
                std::thread::yield_now();
                assert_eq!(job.0.load(Ordering::SeqCst), after);
            }
        }
    }
}
