//! Phrases by the table: what they become, how they are said again, and what is refused.

use jiff::tz::TimeZone;

use super::super::when::WhenError;
use super::*;

/// Phrase, rule, and the rule in words.
const PHRASES: &str = "
    every 15 minutes                                     | every 15m                | every 15 minutes
    every 2 hours                                        | every 2h                 | every 2 hours
    every 1 hour, 30 mins                                | every 1h30m              | every 1 hour 30 minutes
    every 1 day                                          | every 1d                 | every 1 day
    every 2 weeks                                        | every 14d                | every 14 days
    every hour                                           | 0 * * * *                | hourly
    hourly                                               | 0 * * * *                | hourly
    hourly at :15                                        | 15 * * * *               | hourly at :15
    every hour at :00 and :30                            | 0,30 * * * *             | hourly at :00 and :30
    every minute                                         | * * * * *                | every minute
    every day                                            | 0 0 * * *                | daily at 00:00
    daily                                                | 0 0 * * *                | daily at 00:00
    Daily at 7:30                                        | 30 7 * * *               | daily at 07:30
    at 7:30 every day                                    | 30 7 * * *               | daily at 07:30
    every day at 7:30 and 19:30                          | 30 7,19 * * *            | daily at 07:30 and 19:30
    daily at 6:00, 12:00, 18:00                          | 0 6,12,18 * * *          | daily at 06:00, 12:00 and 18:00
    daily at 8, 8:30, 9 and 9:30                         | 0,30 8,9 * * *           | daily at 08:00, 08:30, 09:00 and 09:30
    daily at noon and midnight                           | 0 0,12 * * *             | daily at 00:00 and 12:00
    daily at 7:30:15                                     | 15 30 7 * * *            | daily at 07:30:15
    weekdays at 7:30                                     | 30 7 * * 1-5             | weekdays at 07:30
    weekdays 7:30                                        | 30 7 * * 1-5             | weekdays at 07:30
    7:30 on weekdays                                     | 30 7 * * 1-5             | weekdays at 07:30
    at 9am on weekdays                                   | 0 9 * * 1-5              | weekdays at 09:00
    every weekday at 9 am                                | 0 9 * * 1-5              | weekdays at 09:00
    weekends at 9am                                      | 0 9 * * 0,6              | weekends at 09:00
    weekends at 12am and 12pm                            | 0 0,12 * * 0,6           | weekends at 00:00 and 12:00
    mondays at 8                                         | 0 8 * * 1                | mondays at 08:00
    every monday and thursday at 18:00                   | 0 18 * * 1,4             | mondays and thursdays at 18:00
    on tues, thurs and sat at 9:30pm                     | 30 21 * * 2,4,6          | tuesdays, thursdays and saturdays at 21:30
    monday to wednesday at noon                          | 0 12 * * 1-3             | mondays, tuesdays and wednesdays at 12:00
    Fri–Mon at 6                                         | 0 6 * * 0,1,5,6          | mondays, fridays, saturdays and sundays at 06:00
    weekly                                               | 0 0 * * 0                | sundays at 00:00
    weekly on friday at 17:00                            | 0 17 * * 5               | fridays at 17:00
    monthly                                              | 0 0 1 * *                | on the 1st of the month at 00:00
    monthly on the 15th at 6:00                          | 0 6 15 * *               | on the 15th of the month at 06:00
    on the 1st and 15th at 6:00                          | 0 6 1,15 * *             | on the 1st and 15th of the month at 06:00
    1st and 15th at 6:00                                 | 0 6 1,15 * *             | on the 1st and 15th of the month at 06:00
    on the 1st, 15th and last day of the month at 6:00   | 0 6 1,15,L * *           | on the 1st, 15th and last day of the month at 06:00
    first day of every month                             | 0 0 1 * *                | on the 1st of the month at 00:00
    first monday of the month at 9:00                    | 0 9 * * 1#1              | first monday of the month at 09:00
    first and third monday of the month at 9:00          | 0 9 * * 1#1,1#3          | first monday and third monday of the month at 09:00
    second tuesday and last friday of the month          | 0 0 * * 2#2,5L           | second tuesday and last friday of the month at 00:00
    first monday and friday of the month at 9:00         | 0 9 * * 1#1,5#1          | first monday and first friday of the month at 09:00
    last friday of the month at 18:00                    | 0 18 * * 5L              | last friday of the month at 18:00
    last day of the month at 23:00                       | 0 23 L * *               | last day of the month at 23:00
    last weekday of the month at 18:00                   | 0 18 LW * *              | last weekday of the month at 18:00
    first weekday of the month at 6                      | 0 6 1W * *               | first weekday of the month at 06:00
    weekday nearest the 15th at 6:00                     | 0 6 15W * *              | weekday nearest the 15th of the month at 06:00
    first monday of january and july at 9:00             | 0 9 * 1,7 1#1            | first monday of january and july at 09:00
    weekdays in december at 9:00                         | 0 9 * 12 1-5             | weekdays in december at 09:00
    daily in july and august at 5:00                     | 0 5 * 7,8 *              | daily at 05:00 in july and august
    every 30 minutes on weekdays between 6:00 and 22:00  | */30 6-21 * * 1-5        | every 30 minutes between 06:00 and 22:00 on weekdays
    every 30 minutes, mon-fri, 06:00-22:00               | */30 6-21 * * 1-5        | every 30 minutes between 06:00 and 22:00 on weekdays
    every 30 minutes, Mon–Fri, 06:00–22:00               | */30 6-21 * * 1-5        | every 30 minutes between 06:00 and 22:00 on weekdays
    every 15m from 9am to 5pm                            | */15 9-16 * * *          | every 15 minutes between 09:00 and 17:00
    every 15 minutes from monday to friday 9-17          | */15 9-16 * * 1-5        | every 15 minutes between 09:00 and 17:00 on weekdays
    every 10 minutes between 22:00 and 6:00              | */10 22-23,0-5 * * *     | every 10 minutes between 22:00 and 06:00
    every 10 minutes between 18:00 and midnight          | */10 18-23 * * *         | every 10 minutes between 18:00 and 24:00
    hourly between 6:00 and 22:00                        | 0 6-21 * * *             | hourly between 06:00 and 22:00
    every 2 hours on weekends between 8 and 20           | 0 8-19/2 * * 0,6         | every 2 hours between 08:00 and 20:00 on weekends
    every 3 hours between 20:00 and 9:00                 | 0 20-23/3,2-8/3 * * *    | every 3 hours between 20:00 and 09:00
    every 2 hours by the clock                           | 0 */2 * * *              | every 2 hours by the clock
    every 2 hours by the clock at :15                    | 15 */2 * * *             | every 2 hours at :15
    every 30 seconds on weekdays                         | */30 * * * * 1-5         | every 30 seconds on weekdays
    every minute on the 1st of january                   | * * 1 1 *                | every minute on 1 january
    yearly                                               | 0 0 1 1 *                | yearly on 1 january at 00:00
    yearly on 24 december at 18:00                       | 0 18 24 12 *             | yearly on 24 december at 18:00
    december 24 at 6pm                                   | 0 18 24 12 *             | yearly on 24 december at 18:00
    24th of december at noon                             | 0 12 24 12 *             | yearly on 24 december at 12:00
    1 january and 1 july                                 | 0 0 1 1,7 *              | on the 1st of january and july at 00:00
";

const NOW: &str = "2026-11-20T09:30:00Z";

fn read(text: &str) -> Result<When, WhenError> {
    When::parse(text, &TimeZone::UTC, NOW.parse().unwrap())
}

#[test]
fn t5_phrases_become_cron_or_intervals_and_are_said_so_that_they_are_read_back() {
    let rows: Vec<_> = PHRASES.lines().map(str::trim).filter(|row| !row.is_empty()).collect();
    assert!(rows.len() > 60);
    for row in rows {
        let columns: Vec<_> = row.split('|').map(str::trim).collect();
        let [phrase, rule, words] = columns[..] else { panic!("{row}") };
        let when = read(phrase).unwrap_or_else(|e| panic!("{phrase}: {e}"));
        assert_eq!(when.to_string(), rule, "{phrase}");
        assert_eq!(describe(&when), words, "{phrase}");
        assert_eq!(read(words).as_ref(), Ok(&when), "{words}");
        assert_eq!(read(rule), Ok(when), "{rule}");
    }
}

#[test]
fn t5_x1_a_phrase_that_is_not_understood_says_where_and_what_would_be_right() {
    for (text, column, problem) in [
        ("dayly at 7:30", 1, "`dayly` is not understood; did you mean daily?"),
        ("wekdays at 7:30", 1, "`wekdays` is not understood; did you mean weekdays?"),
        ("  weekdays att 7:30", 12, "`att` is not understood"),
        ("weekdays at", 12, "a time is missing; write it as in 7:30"),
        ("weekdays at 25:00", 13, "`25:00` is not a time; write it as in 7:30"),
        ("weekdays at 7:30 and 18:00", 22, "18:00 does not fit to the time before it"),
        ("weekdays 7", 10, "`7` may be many things; write 7:00, 7th or 7 minutes"),
        ("every 15", 7, "`15` has no unit"),
        ("every 15 minits", 7, "`15 minits` is not a length; did you mean 15 minutes?"),
        ("every mondey at 8", 7, "`mondey` is not understood; did you mean monday?"),
        ("every other monday", 7, "`every other` is not counted by a calendar; write `every 2 days`"),
        ("every second monday", 7, "`every second` is not counted by a calendar"),
        ("every 7 minutes on mondays", 7, "7m does not come out even on the clock; write 1, 2, 3"),
        ("every 90 minutes between 6 and 22", 7, "1h30m does not come out even on the clock"),
        ("every 2 days at 7:30", 7, "2d does not come out even on the clock"),
        ("every 15 minutes at 7:30", 21, "a time of the day does not go with minutes or hours"),
        ("every 15 minutes between 6:30 and 22:00", 26, "a window begins and ends with a full hour; write 6:00"),
        (
            "every 15 minutes between 6:00",
            30,
            "the end of the window is missing; write it as in between 6:00 and 22:00",
        ),
        ("every 15 minutes between 6:00 and 6:00", 35, "the window is empty"),
        ("weekdays between 6:00 and 22:00", 18, "a window says between when, not how often"),
        ("last of the month", 1, "`last` of what?"),
        ("third weekday of the month", 1, "cron counts the first and the last weekday of a month only"),
        ("6th monday of the month", 1, "no month has 6 of them"),
        ("on the 13th and fridays", 8, "days of the month and days of the week do not go together"),
        ("24 december and 1 january at 0:00", 17, "does not fit to the days before it"),
        ("yearly on the 24th", 1, "`yearly` needs a month"),
        ("weekly on the 15th", 1, "`weekly` goes with a day of the week"),
        ("daily weekly", 7, "says how often for the second time"),
        ("30 february", 1, "day 30 never comes"),
        ("weekdays at 7:30 in winter", 21, "`winter` is not a month; write it as in of the month"),
        ("weekday nearest monday", 17, "`monday` is not a day of the month"),
        ("every 2 hours by clock", 18, "`clock` is not `the clock`"),
        ("hourly and noon", 12, "a time of the day does not go with minutes or hours"),
    ] {
        let Err(WhenError::Phrase(error)) = read(text) else { panic!("{text}: {:?}", read(text)) };
        assert!(error.problem.starts_with(problem), "{text}: {error}");
        assert_eq!(error.column, column, "{text}: {error}");
    }
}

#[test]
fn t5_what_no_phrase_can_say_is_described_all_the_same() {
    for (rule, words) in [
        ("at 2026-12-24T18:00:00Z", "at 2026-12-24T18:00:00Z"),
        ("startup", "startup"),
        ("every 90s", "every 1 minute 30 seconds"),
        ("30 2 * * 1-5", "weekdays at 02:30"),
        ("30 2 * * 1,2,3,4,5", "weekdays at 02:30"),
        ("*/15 * * * *", "every 15 minutes by the clock"),
        ("*/7 * * * *", "at minute */7 of hour *"),
        ("*/10 * * * * *", "every 10 seconds by the clock"),
        ("30 0 * * * *", "at second 30 of minute 0 of hour *"),
        ("5-10 1-3/2 * * *", "at minute 5-10 of hour 1-3/2"),
        ("0 0 13 * 5", "13th of the month or fridays at 00:00"),
        ("0 0 13 * */5", "13th of the month if they are fridays and sundays at 00:00"),
        ("0 0 L * */5", "last day of the month if they are fridays and sundays at 00:00"),
        ("0 0 1-20/2 * *", "days 1-20/2 of the month at 00:00"),
        ("*/5 * * 3 *", "every 5 minutes in march"),
        ("0 9 * 3 1,5L", "mondays and last friday of march at 09:00"),
        ("0 */1 * * *", "every 1 hour by the clock"),
        // Not `hourly between`: with a step it follows real time (T4).
        ("0 0-2/1 * * *", "at minute 0 of hour 0-2/1"),
    ] {
        assert_eq!(describe(&read(rule).unwrap()), words, "{rule}");
    }
}
