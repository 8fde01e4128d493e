//! What makes a password acceptable.

use kernel::FieldError;
use zxcvbn::zxcvbn;

/// Fewest characters.
const SHORTEST: usize = 8;
/// Most characters: more would only be work for the hash.
pub(super) const LONGEST: usize = 128;
/// As many characters are judged; the time to judge grows faster than the length.
const JUDGED: usize = 100;
/// How many guesses a password must outlast when the guesser knows only this service.
const AGAINST_ANYBODY: u64 = 1_000_000;
/// How many when the guesser knows the account's names too: half a month at the pace that the limit of log-ins by
/// name allows.
const AGAINST_ACQUAINTANCES: u64 = 25_000;
/// What everybody associates with this service.
const OUR_WORDS: [&str; 3] = ["resonance", "music", "stream"];

/// Checks a password chosen for the field at `pointer`; `own` are words that everybody connects with the account,
/// such as its names.
///
/// # Errors
/// The first thing that is wrong with it.
pub(crate) fn check(pointer: &str, password: &str, own: &[&str]) -> Result<(), FieldError> {
    let no = |code: &str, detail: &str| Err(FieldError::new(pointer, code, detail));
    let length = password.chars().count();
    if length < SHORTEST {
        return no("too_short", "needs at least 8 characters");
    }
    if length > LONGEST {
        return no("too_long", "takes at most 128 characters");
    }
    if !password.chars().any(char::is_alphabetic) || !password.chars().any(char::is_numeric) {
        return no("letters_and_digits", "needs both letters and digits");
    }
    let judged: String = password.chars().take(JUDGED).collect();
    if zxcvbn(&judged, &OUR_WORDS).guesses() < AGAINST_ANYBODY
        || zxcvbn(&judged, &words(own)).guesses() < AGAINST_ACQUAINTANCES
    {
        return no(
            "too_common",
            "is among the first that anybody would try: take several words, or more characters",
        );
    }
    Ok(())
}

/// Names and the words in them.
fn words<'n>(own: &[&'n str]) -> Vec<&'n str> {
    let parts = own.iter().flat_map(|name| name.split(|c: char| !c.is_alphanumeric()));
    let parts = parts.filter(|part| part.len() > 2).take(20);
    own.iter().copied().chain(parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(password: &str, own: &[&str]) -> Option<String> {
        check("/password", password, own).err().map(|e| e.code)
    }

    #[test]
    fn ordinary_good_passwords_pass() {
        let long = "correct horse battery staple 9 ".repeat(4);
        for good in ["FanPass123", "ArtistPro456", "Quietly7Humming", "gr\u{fc}n3r Apfel", &long[..100]] {
            for own in [
                ["fan@example.org", "fan"],
                ["artist@example.org", "artistpro"],
                ["pro@artist.example", "fanpass"],
            ] {
                assert_eq!(code(good, &own), None, "{good} of {own:?}");
            }
        }
    }

    #[test]
    fn trivial_ones_are_refused() {
        let bad = [
            "password1",
            "Password1",
            "passw0rd",
            "P@ssw0rd1",
            "qwerty123",
            "abc12345",
            "12345678a",
            "aaaaaaa1",
            "iloveyou2",
            "letmein123",
            "Resonance1",
            "music123",
            "a1a1a1a1",
            "1q2w3e4r",
            "welcome1",
            "admin123",
        ];
        for bad in bad {
            assert_eq!(code(bad, &[]).as_deref(), Some("too_common"), "{bad}");
        }
    }

    #[test]
    fn the_accounts_own_names_are_no_secret() {
        let own = ["clementine.archer@example.org", "clementine_archer"];
        for bad in ["clementine1", "Archer2024", "clementine_archer1"] {
            assert_eq!(code(bad, &own).as_deref(), Some("too_common"), "{bad}");
        }
    }

    #[test]
    fn length_and_kinds_are_named() {
        assert_eq!(code("Ab3defg", &[]).as_deref(), Some("too_short"));
        assert_eq!(code(&"Ab3".repeat(43), &[]).as_deref(), Some("too_long"));
        assert_eq!(code("onlyletters", &[]).as_deref(), Some("letters_and_digits"));
        assert_eq!(code("13579246801", &[]).as_deref(), Some("letters_and_digits"));
    }
}
