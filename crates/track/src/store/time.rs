//! Time as trackers write it.

use std::time::SystemTime;

/// Unix time in milliseconds, as trackers write it.
pub(crate) fn milliseconds(time_s: f64) -> i64 {
    (time_s * 1000.0).round() as i64
}

/// Unix time now, in milliseconds.
pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    milliseconds(now.unwrap_or_default().as_secs_f64())
}
