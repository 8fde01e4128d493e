//! Instants as microseconds since the Unix epoch, UTC: the same integer in both databases.

use std::{fmt, str::FromStr, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Where "now" comes from. Injected everywhere; only `infra` reads the machine's clock.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Time;

    /// How long some moment of this process ago is: never less than before, also when the machine's time is set. What is
    /// charged by the second is measured by it.
    fn elapsed(&self) -> Duration;
}

/// Microseconds since 1970-01-01T00:00:00Z. On the wire an RFC 3339 string in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, utoipa::ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-21T12:00:00Z")]
pub struct Time(i64);

/// A text that is not an RFC 3339 time, or one outside the years 1–9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeError;

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a time of the form 2026-11-21T12:00:00Z")
    }
}

impl std::error::Error for TimeError {}

impl Time {
    /// From microseconds since the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Whole milliseconds since the epoch; times before 1970 count as 0.
    pub fn unix_millis(self) -> u64 {
        u64::try_from(self.0.div_euclid(1_000)).unwrap_or(0)
    }

    /// From milliseconds since the epoch; saturates at the end of time.
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// This time plus `d`; saturates at the end of time.
    #[must_use]
    pub fn plus(self, d: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(d.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This time less `d`; saturates at the beginning of time.
    #[must_use]
    pub fn minus(self, d: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(d.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The beginning of its month in UTC; itself, outside the years that have one.
    #[must_use]
    pub fn month(self) -> Self {
        let first = Timestamp::from_microsecond(self.0).ok().and_then(|at| {
            let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
            date.first_of_month().to_zoned(jiff::tz::TimeZone::UTC).ok()
        });
        first.map_or(self, |first| Self(first.timestamp().as_microsecond()))
    }

    /// Days since the epoch in UTC: the bucket for daily figures.
    pub const fn day(self) -> i64 {
        self.0.div_euclid(86_400_000_000)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_microsecond(self.0) {
            Ok(t) => t.fmt(f),
            Err(_) => write!(f, "{} µs", self.0),
        }
    }
}

impl FromStr for Time {
    type Err = TimeError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.parse::<Timestamp>().map(|t| Self(t.as_microsecond())).map_err(|_| TimeError)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_on_its_first() {
        let begins = |text: &str| text.parse::<Time>().unwrap().month().to_string();
        assert_eq!(begins("2028-02-29T23:59:59.999999Z"), "2028-02-01T00:00:00Z");
        assert_eq!(begins("2026-01-01T00:00:00Z"), "2026-01-01T00:00:00Z");
        assert_eq!(begins("1969-12-31T12:00:00Z"), "1969-12-01T00:00:00Z");
    }

    #[test]
    fn reads_what_it_writes_and_keeps_microseconds() {
        let t: Time = "2026-11-21T12:00:00.000001Z".parse().unwrap();
        assert_eq!(t.to_string(), "2026-11-21T12:00:00.000001Z");
        assert_eq!("2026-11-21T13:00:00+01:00".parse::<Time>().unwrap().to_string(), "2026-11-21T12:00:00Z");
        assert!("yesterday".parse::<Time>().is_err());
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Time(0).since(Time(5)), Duration::ZERO);
        assert_eq!(Time(i64::MAX).plus(Duration::from_secs(1)), Time(i64::MAX));
        assert_eq!(Time(-1).day(), -1);
    }
}
