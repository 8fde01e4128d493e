use std::{fmt, str::FromStr, time::Duration};

use kernel::Time;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A calendar date as far as it is known: `1998`, `1998-05` or `1998-05-21`. It orders by its first moment in
/// UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReleaseDate {
    year: u16,
    month: Option<u8>,
    day: Option<u8>,
}

/// A text that is no such date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseDateError;

impl fmt::Display for ReleaseDateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a date of the form 1998, 1998-05 or 1998-05-21")
    }
}

impl std::error::Error for ReleaseDateError {}

impl ReleaseDate {
    /// What `released_order` holds when there is no date: the moment before the first one.
    pub const UNKNOWN: Time = Time::from_micros(-62_135_596_800_000_001);

    /// The date with as many parts as are known; `None` when the calendar has no such date, and for a day
    /// without its month.
    pub fn new(year: u16, month: Option<u8>, day: Option<u8>) -> Option<Self> {
        let date = Self { year, month, day };
        let whole = !(day.is_some() && month.is_none());
        (whole && (1..=9999).contains(&year) && date.midnight().is_some()).then_some(date)
    }

    /// What a tag says, unless that is later than anybody knows of: some taggers write what is no date at all.
    pub(crate) fn tagged(date: media::PartialDate, now: Time) -> Option<Self> {
        let latest = Self::day_of(now)?.year.saturating_add(1);
        Self::new(date.year, date.month, date.day).filter(|date| date.year <= latest)
    }

    /// The day of `time` in UTC.
    pub fn day_of(time: Time) -> Option<Self> {
        time.to_string().get(..10)?.parse().ok()
    }

    fn midnight(self) -> Option<Time> {
        let (year, month, day) = (self.year, self.month.unwrap_or(1), self.day.unwrap_or(1));
        format!("{year:04}-{month:02}-{day:02}T00:00:00Z").parse().ok()
    }

    /// Its first moment, in UTC.
    pub fn start(self) -> Time {
        self.midnight().unwrap_or(Self::UNKNOWN)
    }

    /// The first moment after it, in UTC.
    pub fn end(self) -> Time {
        const DAY: Duration = Duration::from_hours(24);
        let next = match (self.month, self.day) {
            (_, Some(_)) => return self.start().plus(DAY),
            (Some(month @ 1..12), None) => Self { month: Some(month + 1), ..self },
            _ => Self { year: self.year + 1, month: None, day: None },
        };
        // After the year 9999 there is nothing.
        next.midnight().unwrap_or(Time::from_micros(i64::MAX))
    }
}

impl fmt::Display for ReleaseDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        for part in [self.month, self.day].into_iter().flatten() {
            write!(f, "-{part:02}")?;
        }
        Ok(())
    }
}

impl FromStr for ReleaseDate {
    type Err = ReleaseDateError;

    fn from_str(text: &str) -> Result<Self, ReleaseDateError> {
        let number = |digits: &str, length| {
            let plain = digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| digits.parse::<u16>().ok()).flatten().ok_or(ReleaseDateError)
        };
        let small =
            |digits: &str| number(digits, 2).and_then(|n| u8::try_from(n).map_err(|_| ReleaseDateError));
        let mut parts = text.splitn(3, '-');
        let year = number(parts.next().unwrap_or_default(), 4)?;
        let month = parts.next().map(small).transpose()?;
        let day = parts.next().map(small).transpose()?;
        Self::new(year, month, day).ok_or(ReleaseDateError)
    }
}

/// The shape of [`ReleaseDate`] on the wire.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
#[schema(pattern = "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$", example = "1998-05-21")]
struct Wire(String);

impl utoipa::PartialSchema for ReleaseDate {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        Wire::schema()
    }
}

impl utoipa::ToSchema for ReleaseDate {}

/// An end of a span of time in a query: a date as far as it is known, all of which is in the span, or a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// A date.
    Date(ReleaseDate),
    /// A moment.
    Moment(Time),
}

impl Bound {
    /// The first moment of the span that begins here.
    pub(super) fn from(self) -> Time {
        match self {
            Self::Date(date) => date.start(),
            Self::Moment(moment) => moment,
        }
    }

    /// The first moment after the span that ends here.
    pub(super) fn before(self) -> Time {
        match self {
            Self::Date(date) => date.end(),
            Self::Moment(moment) => moment.plus(Duration::from_micros(1)),
        }
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        if let Ok(date) = text.parse() {
            return Ok(Self::Date(date));
        }
        text.parse().map(Self::Moment).map_err(|_| {
            D::Error::custom("not a date of the form 1998, 1998-05 or 1998-05-21, nor a time of the form 1998-05-21T12:00:00Z")
        })
    }
}

impl Serialize for ReleaseDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ReleaseDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl db::Column for ReleaseDate {
    fn read(row: db::Row<'_>, i: usize) -> db::Result<Self> {
        db::read_text(&row.get::<String>(i)?, "release date")
    }
}

impl db::ToValue for ReleaseDate {
    const NULL: db::Value = db::Value::Text(None);

    fn to_value(self) -> db::Value {
        db::Value::Text(Some(self.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn span(text: &str) -> (String, String) {
        let date: ReleaseDate = text.parse().unwrap();
        assert_eq!(date.to_string(), text);
        (date.start().to_string(), date.end().to_string())
    }

    #[test]
    fn a_date_spans_what_it_leaves_open() {
        let spans = [
            ("1998", "1998-01-01T00:00:00Z", "1999-01-01T00:00:00Z"),
            ("1998-05", "1998-05-01T00:00:00Z", "1998-06-01T00:00:00Z"),
            ("1998-12", "1998-12-01T00:00:00Z", "1999-01-01T00:00:00Z"),
            ("1999-12-31", "1999-12-31T00:00:00Z", "2000-01-01T00:00:00Z"),
            ("0001", "0001-01-01T00:00:00Z", "0002-01-01T00:00:00Z"),
        ];
        for (date, start, end) in spans {
            assert_eq!(span(date), (start.to_owned(), end.to_owned()));
        }
        assert!(
            "9999-12".parse::<ReleaseDate>().unwrap().end() > "9999".parse::<ReleaseDate>().unwrap().start()
        );
        assert!("0001".parse::<ReleaseDate>().unwrap().start() > ReleaseDate::UNKNOWN);
    }

    #[test]
    fn a_time_has_a_day() {
        let time: Time = "2026-11-21T23:59:59Z".parse().unwrap();
        assert_eq!(ReleaseDate::day_of(time).unwrap().to_string(), "2026-11-21");
        assert_eq!(ReleaseDate::day_of(Time::from_micros(i64::MAX)), None);
    }

    #[test]
    fn what_the_calendar_lacks_is_refused() {
        for bad in [
            "",
            "98",
            "19985",
            "1998-5",
            "1998-13",
            "1998-00",
            "1998-02-30",
            "1998-02-",
            "0000",
            "+199",
            "1998-05-21T00:00:00Z",
            "１９９８",
        ] {
            assert_eq!(bad.parse::<ReleaseDate>(), Err(ReleaseDateError), "{bad:?}");
        }
        assert!(ReleaseDate::new(1998, None, Some(3)).is_none());
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,12}") {
            let _ = text.parse::<ReleaseDate>();
        }

        #[test]
        fn every_date_ends_after_it_starts(year in 1_u16..=9999, month in proptest::option::of(1_u8..=12), day in 1_u8..=31) {
            let day = month.map(|_| day);
            if let Some(date) = ReleaseDate::new(year, month, day) {
                prop_assert!(date.start() < date.end());
                prop_assert_eq!(date.to_string().parse::<ReleaseDate>(), Ok(date));
            }
        }
    }
}
