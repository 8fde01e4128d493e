//! Artist pages and who manages them.

mod api;
mod model;
mod queries;
mod service;

pub use model::{Artist, ArtistProfile, ArtistStats, ManagedArtist, Manager, ManagerRole};
pub use queries::{ManagedTotals, managed_totals, set_avatar};
pub use service::{
    ArtistChange, NewArtist, change, check_managed, check_visible, create, delete_manager, get, listed,
    managed, manager, managers, page, page_for, profile, put_manager,
};

pub(super) use api::routes;
