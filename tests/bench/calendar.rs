//! What the next slot costs, of ordinary expressions, of the rarest and of those that never come, beside the `croner` crate in the
//! same run. Prints `metric value unit`; the metric is the expression with its zone. `cargo bench --bench calendar`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and stops at the first surprise")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use tempo::domain::cron::CronExpr;
use tempo::domain::phrase::describe;
use tempo::domain::when::When;

const ORDINARY: [&str; 8] = [
    "*/15 * * * *",
    "30 2 * * *",
    "0 9 * * 1-5",
    "0 0 1,15 * 1",
    "0 9 * * 1#1",
    "0 18 LW * *",
    "*/30 6-21 * * 1-5",
    "*/10 * * * * *",
];
/// A leap day; one on a Sunday, every 28 years; a fifth Monday of February, the same; a workday that is a leap day; 1 January.
const RARE: [&str; 5] = ["0 0 29 2 *", "0 0 29 2 */7", "0 0 * 2 1#5", "0 0 29W 2 */7", "0 0 1 1 *"];
const IMPOSSIBLE: [&str; 4] = ["0 0 30 2 *", "0 0 31W 2 *", "0 0 LW * */6", "0 0 31 2,4 */2"];
/// Fixed times of every second of an hour that comes twice, asked for in its second pass.
const REPEATED: &str = "0-59 0-59 2 * * *";

fn main() {
    // Nothing to measure in a debug build, which `cargo test --benches` makes.
    if !cfg!(debug_assertions) {
        bench();
    }
}

fn bench() {
    let mut worst = [Duration::ZERO; 3];
    for zone in ["UTC", "Europe/Berlin"] {
        for text in ORDINARY {
            let (ours, theirs) = next_of(text, zone, "2026-01-01T00:00:00Z", 500);
            worst[0] = worst[0].max(ours);
            report(text, zone, ours, theirs);
        }
        for text in RARE {
            // From the beginning of the longest time without a leap day to the end of the calendar, again and again.
            let Ok(expr) = CronExpr::parse(text) else { continue };
            let (ours, theirs) = next_of(text, zone, "2001-01-01T00:00:00Z", 3);
            worst[1] = worst[1].max(ours);
            report(text, zone, ours, theirs);
            let end: Timestamp = "2096-03-01T00:00:00Z".parse().unwrap();
            let zone_rules = TimeZone::get(zone).unwrap();
            let none = best(|| {
                black_box(expr.next_after(black_box(end), &zone_rules));
            });
            worst[1] = worst[1].max(none);
            println!("last_of_\"{text}\"_{zone} {} ns", none.as_nanos());
        }
    }
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let repeated = CronExpr::parse(REPEATED).unwrap();
    let second_pass: Timestamp = "2026-10-25T01:00:00Z".parse().unwrap();
    let in_second_pass = best(|| {
        black_box(repeated.next_after(black_box(second_pass), &berlin));
    });
    println!("next_of_\"{REPEATED}\"_in_the_second_pass {} ns", in_second_pass.as_nanos());
    for text in IMPOSSIBLE {
        let refused = best(|| {
            black_box(CronExpr::parse(black_box(text)).unwrap_err());
        });
        worst[2] = worst[2].max(refused);
        println!("refusal_of_\"{text}\" {} ns", refused.as_nanos());
    }
    for text in ["30 2 * * *", "*/30 6-21 * * 1-5"] {
        let parsed = best(|| {
            black_box(CronExpr::parse(black_box(text)).unwrap());
        });
        println!("parse_of_\"{text}\" {} ns", parsed.as_nanos());
    }
    for text in ["30 2 * * *", "last friday of the month at 18:00", "every 30 minutes, mon-fri, 06:00-22:00"] {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let read = best(|| {
            black_box(When::parse(black_box(text), &TimeZone::UTC, now).unwrap());
        });
        let when = When::parse(text, &TimeZone::UTC, now).unwrap();
        let said = best(|| {
            black_box(describe(black_box(&when)));
        });
        println!("reading_of_\"{text}\" {} ns", read.as_nanos());
        println!("saying_of_\"{text}\" {} ns", said.as_nanos());
    }
    for (name, worst) in ["ordinary_next", "rarest_next", "refusal"].into_iter().zip(worst) {
        println!("{name}_worst {} ns", worst.as_nanos());
    }
}

fn report(text: &str, zone: &str, ours: Duration, theirs: Duration) {
    println!("next_of_\"{text}\"_{zone} {} ns", ours.as_nanos());
    println!("next_of_\"{text}\"_{zone}_by_croner {} ns", theirs.as_nanos());
}

/// The mean over the first slots after an instant, ours and croner's.
fn next_of(text: &str, zone: &str, from: &str, slots: u32) -> (Duration, Duration) {
    let from: Timestamp = from.parse().unwrap();
    let zone = TimeZone::get(zone).unwrap();
    let expr = CronExpr::parse(text).unwrap();
    let cron: Cron = CronParser::builder().seconds(Seconds::Optional).build().parse(text).unwrap();
    let ours = best(|| {
        let mut at = from;
        for _ in 0..slots {
            at = expr.next_after(at, &zone).unwrap();
        }
        black_box(at);
    });
    let start: Zoned = from.to_zoned(zone.clone());
    let theirs = best(|| {
        let mut at = start.clone();
        for _ in 0..slots {
            at = cron.find_next_occurrence(&at, false).unwrap();
        }
        black_box(at);
    });
    (ours / slots, theirs / slots)
}

/// The best of some rounds, because the machine is shared: the mean of a round of at least 10 ms.
fn best(mut work: impl FnMut()) -> Duration {
    const ROUND: Duration = Duration::from_millis(10);
    (0..7)
        .map(|_| {
            let begin = Instant::now();
            let mut times = 0;
            while begin.elapsed() < ROUND {
                work();
                times += 1;
            }
            begin.elapsed() / times
        })
        .min()
        .unwrap()
}
