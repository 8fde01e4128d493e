//! The addresses that the app has a screen for, besides those of a track, a release and an artist.

/// As the app's own routes are called (`clients/web/src/routes`); `$` stands for any one name.
const SCREENS: [&str; 23] = [
    "admin",
    "admin/disputes",
    "admin/disputes/$",
    "admin/imports",
    "admin/jobs",
    "admin/users",
    "crate",
    "join",
    "login",
    "notifications",
    "now",
    "search",
    "settings",
    "setup",
    "studio",
    "studio/artist",
    "studio/earnings",
    "studio/releases/$",
    "studio/tracks/$",
    "wallet",
    "wallet/points",
    "wallet/receipts",
    "wallet/receipts/$",
];

/// Whether there is a screen at `path`, which has no slash before it.
pub(super) fn has(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    let is_at = |screen: &&str| {
        let (mut names, mut asked) = (screen.split('/'), path.split('/'));
        names
            .by_ref()
            .all(|name| asked.next().is_some_and(|asked| name == asked || (name == "$" && !asked.is_empty())))
            && asked.next().is_none()
    };
    SCREENS.iter().any(is_at)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn they_are_those_of_the_app() {
        let routes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../clients/web/src/routes");
        let mut screens = BTreeSet::new();
        for file in std::fs::read_dir(routes).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let names = name.strip_suffix(".tsx").unwrap().split('.').filter(|name| *name != "index");
            let path: Vec<&str> = names.map(|name| if name.starts_with('$') { "$" } else { name }).collect();
            screens.insert(path.join("/"));
        }
        for elsewhere in ["", "__root", "t/$", "r/$", "a/$"] {
            assert!(screens.remove(elsewhere), "{elsewhere}");
        }
        let ours: BTreeSet<String> = SCREENS.iter().map(|screen| (*screen).to_owned()).collect();
        assert_eq!(screens, ours);
    }

    #[test]
    fn a_screen_is_at_its_address_alone() {
        for path in ["studio", "studio/", "studio/releases/1", "wallet/receipts/x"] {
            assert!(has(path), "{path}");
        }
        for path in
            ["", "stud", "studio/none", "studio/releases/1/2", "studio/releases//", "wallet//receipts", "$"]
        {
            assert!(!has(path), "{path}");
        }
    }
}
