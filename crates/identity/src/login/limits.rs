//! How often somebody may try. Nobody who means well meets these: they bound what a guesser gets.

use std::time::Duration;

use infra::Quota;

/// Log-ins by the name that is tried, and by its account, by whichever of its names, from one address: ten wrong passwords,
/// then one a minute (1,450 guesses a day). A right one gives all back. Nobody elsewhere can use up what an address has.
pub(super) const LOGIN_BY_ACCOUNT_AND_ADDRESS: Quota =
    Quota { name: "login-account-address", burst: 10, every: Duration::from_mins(1) };
/// Log-ins by the name that is tried, and by its account, from all addresses where it is not logged in already: fifty wrong passwords,
/// then two a minute, however many addresses a guesser has. A right one gives all back.
pub(super) const LOGIN_BY_ACCOUNT: Quota =
    Quota { name: "login-account", burst: 50, every: Duration::from_secs(30) };
/// Log-ins by address: a school or a festival behind one address logs in at once, then one each three seconds.
pub(crate) const LOGIN_BY_ADDRESS: Quota =
    Quota { name: "login-address", burst: 100, every: Duration::from_secs(3) };
/// New accounts by address: a class at once, then six a minute.
pub(crate) const REGISTER_BY_ADDRESS: Quota =
    Quota { name: "register", burst: 100, every: Duration::from_secs(10) };
/// Renewed log-ins by address: a device needs one each quarter of an hour, so this serves 1,800 devices.
pub(super) const REFRESH_BY_ADDRESS: Quota =
    Quota { name: "refresh", burst: 300, every: Duration::from_millis(500) };
/// Changes of the password by account: whoever finds an open device cannot guess on it.
pub(super) const PASSWORD_BY_ACCOUNT: Quota =
    Quota { name: "password", burst: 10, every: Duration::from_mins(1) };
