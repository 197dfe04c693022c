//! Two people who change a task all the time, as from two dashboards (S1).

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::house::House;

/// The threads.
pub(crate) struct Writers {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<usize>>,
}

impl Writers {
    /// Lets them begin.
    pub(crate) fn start(house: &House) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let verbs: [&[&str]; 4] =
            [&["pause", "restless"], &["list", "--json"], &["resume", "restless"], &["set", "restless", "priority=3"]];
        let threads = (0..2).map(|_| {
            let commands = verbs.map(|verb| house.command(verb));
            let stop = stop.clone();
            std::thread::spawn(move || work(commands, &stop))
        });
        Self { threads: threads.collect(), stop }
    }

    /// Lets them end, and asks whether each of their commands succeeded.
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            let done = thread.join().unwrap();
            assert!(done > 20, "a writer did only {done} things");
        }
    }
}

fn work(mut commands: [Command; 4], stop: &AtomicBool) -> usize {
    let mut done = 0;
    while !stop.load(Ordering::Relaxed) {
        for command in &mut commands {
            let output = command.output().unwrap();
            let message = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && message.is_empty(), "{command:?}: {} {message}", output.status);
            done += 1;
        }
    }
    done
}
