//! What people keep: the tracks they like and the artists they follow.
//!
//! Owns: `track_like`, `artist_follow`, `play_queue`.
//!
//! What holds: doing it twice, or many times at once, counts once; the counters of tracks, albums and artists are
//! the numbers of these rows.

mod api;
mod model;
mod queue;
mod service;

use infra::http::Routes;

pub use model::{FollowState, Follower, LikeState, LikedTrack};
pub use service::{follow, followers, following, like, liked, unfollow, unlike};

use crate::Music;

/// The routes of this module.
pub fn routes() -> Routes<Music> {
    api::routes().merge(queue::routes())
}
