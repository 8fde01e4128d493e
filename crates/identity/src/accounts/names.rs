//! What e-mail addresses and usernames look like.

use kernel::Check;
use uuid::Uuid;

/// Longest e-mail address (RFC 5321, 4.5.3.1.3, less the brackets).
const LONGEST_EMAIL: usize = 254;
/// Longest part before the `@` (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;
/// Longest label of a domain (RFC 1035, 2.3.4).
const LONGEST_LABEL: usize = 63;

/// Notes what is wrong with an e-mail address. Accepted is what people have in practice: a dot-atom (RFC 5322,
/// 3.2.3) and a domain of at least two labels.
pub(crate) fn check_email(check: &mut Check, email: &str) {
    check.that(is_email(email), "/email", "invalid", "is not an e-mail address such as ada@example.org");
}

fn is_email(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else { return false };
    let atom = |atom: &str| {
        !atom.is_empty()
            && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    let label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    email.len() <= LONGEST_EMAIL
        && local.len() <= LONGEST_LOCAL
        && local.split('.').all(atom)
        && domain.contains('.')
        && domain.split('.').all(label)
}

/// Notes what is wrong with a username: 3 to 32 ASCII letters, digits, dots, underscores and hyphens, the first a
/// letter or digit. ASCII alone, since it names people to others who must be able to tell two of them apart; and
/// nothing that reads as an id.
pub(crate) fn check_username(check: &mut Check, username: &str) {
    const POINTER: &str = "/username";
    check.line(POINTER, username, 3..=32);
    let spelled = username.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && username.starts_with(|c: char| c.is_ascii_alphanumeric());
    check.that(
        spelled,
        POINTER,
        "invalid",
        "takes letters, digits, dots, underscores and hyphens, first a letter or digit",
    );
    check.that(Uuid::parse_str(username).is_err(), POINTER, "invalid", "looks like an id");
}

/// The one spelling under which a name is looked for.
pub(crate) fn fold(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

/// What somebody logs in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoginKey {
    /// An e-mail address, folded.
    Email(String),
    /// A username, folded.
    Username(String),
}

/// How to look for `login`: usernames have no `@`.
pub(crate) fn login_key(login: &str) -> LoginKey {
    let key = fold(login);
    if key.contains('@') { LoginKey::Email(key) } else { LoginKey::Username(key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_use_are_accepted() {
        for good in ["ada@example.org", "a.b+music@mail.example.co.uk", "o'neil_1@x-y.example", "1@2.example"]
        {
            assert!(is_email(good), "{good}");
        }
        assert!(is_email(&format!("{}@example.org", "a".repeat(64))));
    }

    #[test]
    fn other_texts_are_not_addresses() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long = format!("a@{}.org", ["b".repeat(60).as_str(); 5].join("."));
        let bad = [
            "",
            "a",
            "@example.org",
            "ada@",
            "ada@localhost",
            "a b@example.org",
            "ada@exa mple.org",
            "ada@@example.org",
            "a..b@example.org",
            ".a@example.org",
            "a.@example.org",
            "ada@.org",
            "ada@example.",
            "ada@-x.org",
            "ada@x-.org",
            "ada@example.org\r\nBcc: x@y.org",
            "<ada@example.org>",
            "ada@ex\u{e4}mple.org",
            "\u{430}da@example.org",
            "ada\0@example.org",
            &long_local,
            &long,
        ];
        for bad in bad {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn usernames_are_plain() {
        let verdict = |name: &str| {
            let mut check = Check::new();
            check_username(&mut check, name);
            check.done()
        };
        for good in ["ada", "Ada.L-1_x", "0ada", &"z".repeat(32)] {
            assert_eq!(verdict(good), Ok(()), "{good}");
        }
        let bad = [
            "",
            "ab",
            "a b c",
            ".ada",
            "-ada",
            "ada@example.org",
            "\u{430}da",
            "ad\u{e4}",
            "ada\n",
            " ada ",
            "a/b/c",
            &"a".repeat(33),
            "0b1f7c1e58a64c1c9a623f4f5d3c1b2a",
        ];
        for bad in bad {
            assert!(verdict(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_log_in_name_is_an_address_or_a_username() {
        assert_eq!(login_key(" Ada@Example.org "), LoginKey::Email("ada@example.org".into()));
        assert_eq!(login_key("Ada"), LoginKey::Username("ada".into()));
    }
}
