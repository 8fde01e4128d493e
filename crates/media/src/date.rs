//! Dates as precise as a tag states them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A date of which the month or the day may be unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PartialDate {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: Option<u8>,
    /// 1 to 31 and valid in its month; only with a month.
    pub day: Option<u8>,
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{month:02}")?;
            if let Some(day) = self.day {
                write!(f, "-{day:02}")?;
            }
        }
        Ok(())
    }
}

/// A text that has no year in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date")]
pub struct NotADate;

impl FromStr for PartialDate {
    type Err = NotADate;

    /// Reads `2003`, `2003-04`, `2003-04-05`, `2003/04/05`, `20030405`, each with anything after it, and any
    /// other text with a lone four-digit year in it. What is out of range is left out.
    fn from_str(text: &str) -> Result<Self, NotADate> {
        let groups: Vec<&str> =
            text.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
        let (year, month, day) = match groups.first() {
            Some(first) if first.len() == 8 && first.is_ascii() => {
                (&first[..4], Some(&first[4..6]), Some(&first[6..]))
            }
            Some(first) if first.len() == 4 => (*first, groups.get(1).copied(), groups.get(2).copied()),
            _ => (*groups.iter().find(|group| group.len() == 4).ok_or(NotADate)?, None, None),
        };
        let year = year.parse().ok().filter(|year| *year > 0).ok_or(NotADate)?;
        let month = two_digits(month).filter(|month| (1..=12).contains(month));
        let day =
            month.and_then(|month| two_digits(day).filter(|day| (1..=days_in(year, month)).contains(day)));
        Ok(Self { year, month, day })
    }
}

fn two_digits(group: Option<&str>) -> Option<u8> {
    group.filter(|group| group.len() <= 2).and_then(|group| group.parse().ok())
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::PartialDate;

    fn date(text: &str) -> Option<String> {
        text.parse::<PartialDate>().ok().map(|date| date.to_string())
    }

    #[test]
    fn dates_keep_the_precision_they_have() {
        assert_eq!(date("2003").as_deref(), Some("2003"));
        assert_eq!(date("2003-04").as_deref(), Some("2003-04"));
        assert_eq!(date("2003-04-05T10:00:00").as_deref(), Some("2003-04-05"));
        assert_eq!(date("20030405").as_deref(), Some("2003-04-05"));
        assert_eq!(date("May 1987").as_deref(), Some("1987"));
        assert_eq!(date("2003-13-05").as_deref(), Some("2003"));
        assert_eq!(date("2003-02-30").as_deref(), Some("2003-02"));
        assert_eq!(date("2000-02-29").as_deref(), Some("2000-02-29"));
        assert_eq!(date("0000"), None);
        assert_eq!(date("last year"), None);
        assert_eq!(date("٢٠٠٣"), None);
    }
}
