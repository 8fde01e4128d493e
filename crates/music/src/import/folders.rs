//! What folder names say: which one is a disc of the album in the folder above.

/// Takes a disc number off the end of a folder's name or an album's title: `CD2`, `Live [Disc 2]`, `Live - CD 2`.
/// Answers what is left, which may be nothing, and the number.
pub(super) fn split_disc(text: &str) -> (&str, Option<u32>) {
    let whole = (text, None);
    let bare = text.trim_end();
    let bare = bare.strip_suffix([')', ']', '}']).unwrap_or(bare).trim_end();
    let digits = bare.len() - bare.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (front, number) = bare.split_at(bare.len() - digits);
    let Some(number) = number.parse().ok().filter(|n| (1..=99).contains(n)) else { return whole };
    let front = front.trim_end_matches([' ', '.', '_', '-', '#']);
    let word = ["cd", "disc", "disk"].into_iter().find_map(|word| {
        let at = front.len().checked_sub(word.len()).filter(|at| front.is_char_boundary(*at))?;
        front[at..].eq_ignore_ascii_case(word).then_some(&front[..at])
    });
    let Some(front) = word else { return whole };
    // "Lacd 2" is a name: before the word there is nothing, or something that is no letter.
    let rest = front.trim_end_matches([' ', '.', '_', '-', ',', ':', '(', '[', '{']);
    if rest.len() < front.len() || front.is_empty() { (rest, Some(number)) } else { whole }
}

/// The folder of the album that the files of `folder` belong to (the folder above for `CD2`, a name without its
/// end for `Live (Disc 2)`), and the number of the disc.
pub(super) fn album_folder(folder: &str) -> (&str, Option<u32>) {
    let name_at = folder.rfind('/').map_or(0, |slash| slash + 1);
    let (rest, disc) = split_disc(&folder[name_at..]);
    match disc {
        None => (folder, None),
        Some(_) if rest.is_empty() => (folder[..name_at].strip_suffix('/').unwrap_or(""), disc),
        Some(_) => (&folder[..name_at + rest.len()], disc),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discs_are_recognised_by_a_word_and_a_number() {
        for (text, rest, disc) in [
            ("CD1", "", Some(1)),
            ("cd 02", "", Some(2)),
            ("Disc_3", "", Some(3)),
            ("Live [Disc 2]", "Live", Some(2)),
            ("Live (disk 2) ", "Live", Some(2)),
            ("Live - CD2", "Live", Some(2)),
            ("Live, Disc #2", "Live", Some(2)),
            ("Lacd 2", "Lacd 2", None),
            ("1989", "1989", None),
            ("Now 44", "Now 44", None),
            ("CD", "CD", None),
            ("CD0", "CD0", None),
            ("CD100", "CD100", None),
            ("écd1", "écd1", None),
            ("", "", None),
        ] {
            assert_eq!(split_disc(text), (rest, disc), "{text:?}");
        }
    }

    #[test]
    fn the_discs_of_an_album_share_its_folder() {
        assert_eq!(album_folder("/m/A/Live/CD1"), ("/m/A/Live", Some(1)));
        assert_eq!(album_folder("/m/A/Live (Disc 2)"), ("/m/A/Live", Some(2)));
        assert_eq!(album_folder("/m/A/Live"), ("/m/A/Live", None));
        assert_eq!(album_folder("/CD1"), ("", Some(1)));
        assert_eq!(album_folder(""), ("", None));
    }
}
