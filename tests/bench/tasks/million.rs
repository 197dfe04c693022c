//! Makes a store with very many tasks: `cargo run --release --example million -- FOLDER [TASKS]`, then `tempo --home FOLDER`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for developers: it says what it does, or panics")]

use std::time::Instant;

#[path = "people.rs"]
mod people;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next() else {
        println!("usage: million FOLDER [TASKS]");
        std::process::exit(2);
    };
    let rows = arguments.next().map_or(1_000_000, |rows| rows.parse().unwrap());
    let folder = std::path::Path::new(&folder);
    if folder.join("tempo.db").exists() {
        println!("{} has a store already", folder.display());
        std::process::exit(1);
    }
    std::fs::create_dir_all(folder).unwrap();
    // Nobody is welcomed in this home.
    std::fs::write(folder.join("greeted"), "").unwrap();
    let start = Instant::now();
    people::fill(folder, rows);
    let size = std::fs::metadata(folder.join("tempo.db")).unwrap().len();
    println!("{rows} tasks in {:.0} s, {:.0} MiB", start.elapsed().as_secs_f64(), size as f64 / f64::from(1 << 20));
}
