//! Cron expressions with crontab's meaning (T5) and the DST policy (T4), on top of the `cron` crate, which only this file knows.
