//! Which changes of scripts are noted, and that nothing else is looked at.

use std::os::unix::fs::symlink;

use super::*;
use crate::domain::TaskId;
use crate::domain::task::{Definition, Work};
use crate::domain::version::File;

struct House {
    folder: tempfile::TempDir,
    store: Store,
    worker: Worker,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tempo.db")).unwrap();
        let scripts = Scripts::new(folder.path().join("scripts"), Vec::new());
        let worker = Worker::new(store.clone(), scripts, Arc::new(Watch::new().unwrap()));
        Self { folder, store, worker }
    }

    /// A task with this file as its script, below the folder of the scripts.
    fn task(&self, file: &str, text: &str) -> TaskId {
        let path = self.path(file);
        self.write(file, text);
        let definition = Definition::new("job", Work::Script(path));
        self.store.write(move |db| tasks::add(db, &definition, Timestamp::now())).unwrap().id
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join("scripts").join(file)
    }

    fn write(&self, file: &str, text: &str) {
        fs::create_dir_all(self.path(file).parent().unwrap()).unwrap();
        fs::write(self.path(file), text).unwrap();
    }

    /// Looks at what the kernel has said until now, wholly; how many steps that took.
    fn look(&mut self) -> usize {
        let events = self.worker.watch.names();
        let mut steps = usize::from(!events.is_empty());
        if steps > 0 && self.worker.step(&events, Timestamp::now()) {
            steps += 1;
            while self.worker.step(&[], Timestamp::now()) {
                steps += 1;
            }
        }
        steps
    }

    fn begin(&mut self) {
        if self.worker.step(&[None], Timestamp::now()) {
            while self.worker.step(&[], Timestamp::now()) {}
        }
    }

    fn versions(&self, task: TaskId, file: File) -> Vec<String> {
        let reader = self.store.reader().unwrap();
        let all = scripts::page(&reader, task, file, &crate::store::From::End, 100).unwrap();
        all.iter().rev().map(|v| String::from_utf8(scripts::content(&reader, v.id).unwrap()).unwrap()).collect()
    }
}

#[test]
fn what_another_program_writes_is_noted_and_the_same_again_is_not() {
    let mut house = House::new();
    let task = house.task("media/job/main.py", "1");
    house.begin();
    assert_eq!(house.versions(task, File::Script), ["1"], "what changed while nobody watched is seen at the start");
    house.write("media/job/main.py", "2");
    house.write("media/job/requirements.txt", "requests");
    assert_eq!(house.look(), 1);
    assert_eq!(house.versions(task, File::Script), ["1", "2"]);
    assert_eq!(house.versions(task, File::Requirements), ["requests"]);
    // As most editors do it.
    house.write("media/job/main.py.new", "3");
    fs::rename(house.path("media/job/main.py.new"), house.path("media/job/main.py")).unwrap();
    house.look();
    assert_eq!(house.versions(task, File::Script), ["1", "2", "3"]);
    let before = house.store.reader().unwrap().data_version().unwrap();
    let reader = house.store.reader().unwrap();
    let version = reader.data_version().unwrap();
    house.write("media/job/main.py", "3");
    house.write("media/job/data.csv", "4");
    house.look();
    assert_eq!(reader.data_version().unwrap(), version, "nothing is written for nothing");
    assert_eq!(before, version);
    assert_eq!(house.look(), 0, "and nothing is looked at");
}

#[test]
fn a_folder_that_is_made_later_is_watched_with_all_that_is_in_it() {
    let mut house = House::new();
    house.begin();
    let task = house.task("new/deep/job/main.sh", "#!/bin/sh\n");
    house.look();
    assert_eq!(house.versions(task, File::Script).len(), 1);
    house.write("new/deep/job/main.sh", "#!/bin/sh\ntrue\n");
    house.look();
    assert_eq!(house.versions(task, File::Script).len(), 2);
    // It keeps being watched under its new name.
    fs::rename(house.path("new/deep"), house.path("new/other")).unwrap();
    let moved = house.task("new/other/job/main.sh", "#!/bin/sh\nfalse\n");
    house.look();
    assert_eq!(house.versions(moved, File::Script), ["#!/bin/sh\nfalse\n"]);
}

#[test]
fn a_checkout_with_many_files_and_links_in_a_circle_are_harmless() {
    let mut house = House::new();
    let task = house.task("repo/jobs/a.py", "1");
    symlink(house.path(""), house.path("repo/jobs/loop")).unwrap();
    let outside = house.folder.path().join("elsewhere");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, house.path("linked")).unwrap();
    let linked = house.task("linked/b.py", "1");
    house.begin();
    // scripts, repo, jobs, and what is behind the link
    assert_eq!(house.worker.folders.len(), 4, "{:?}", house.worker.folders);
    for i in 0..200 {
        house.write(&format!("repo/.git/objects/{i:02}/x"), "object");
        house.write(&format!("repo/lib/part{i}/mod.py"), "pass");
    }
    house.write("repo/jobs/a.py", "2");
    fs::write(outside.join("b.py"), "2").unwrap();
    let mut steps = house.look();
    // Folders that were made meanwhile say something, too.
    steps += house.look();
    assert_eq!(
        (house.versions(task, File::Script), house.versions(linked, File::Script)),
        (vec!["1".into(), "2".into()], vec!["1".into(), "2".into()])
    );
    assert!(steps <= 12, "{steps} steps");
    assert!(house.worker.folders.values().all(|folder| !folder.components().any(|part| part.as_os_str() == ".git")));
    let count: i64 =
        house.store.reader().unwrap().query_row("SELECT count(*) FROM versions", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 4, "of files that are no scripts of tasks nothing is kept");
}
