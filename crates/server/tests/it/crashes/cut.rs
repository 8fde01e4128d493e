//! Two nodes on one database, of which one hears nothing for a while.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::sync::watch;

use super::{times, world::World};
use crate::{program::Server, sessions::socket::Line};

fn signal(server: &Server, signal: Signal) {
    let process = i32::try_from(server.id()).ok().and_then(Pid::from_raw).unwrap();
    kill_process(process, signal).unwrap();
}

/// Half of the listeners go to the other node while theirs is cut off; the others wait for it. When it comes back it
/// lets go of what it lost, whatever its clients go on to sign there.
#[test]
fn of_two_nodes_one_charges() {
    let Some(database) = testkit::postgres_database() else { return };
    let mut world = World::new(2_000, Some(database.url()), 6);
    let mut nodes = [world.installation.serve(), world.installation.serve()];
    let stop = watch::Sender::new(false);
    for _ in 0..times("TEST_CUTS", 3, 100) {
        let [here, there] = &nodes;
        let together = Duration::from_millis(2_500 + world.chance.below(2_000));
        world.live(here.address(), &stop, async || tokio::time::sleep(together).await);
        signal(here, Signal::STOP);
        let cut = world.listeners.split_off(3);
        let mut lines = Vec::new();
        for listener in &mut world.listeners {
            listener.has_moved = true;
            lines.extend(listener.hang_up().map(|line| (line, listener.newest())));
        }
        let apart = Duration::from_millis(3_000 + world.chance.below(6_000));
        world.live(there.address(), &stop, async || {
            tokio::time::sleep(apart).await;
            signal(here, Signal::CONT);
            futures_util::future::join_all(lines.into_iter().map(let_go)).await;
        });
        let moved = std::mem::replace(&mut world.listeners, cut);
        world.live(here.address(), &stop, async || tokio::time::sleep(Duration::from_secs(2)).await);
        // Everybody goes to the other node, which is then the one that is cut off.
        for listener in &mut world.listeners {
            listener.has_moved = true;
            drop(listener.hang_up());
        }
        world.listeners.splice(0..0, moved);
        nodes.reverse();
    }
    world.finish(&nodes[0]);
}

/// Goes on to sign on a line whose session is elsewhere, until the node says so.
async fn let_go((mut line, newest): (Line, Option<Value>)) {
    let Some(newest) = newest else { return };
    let told = async {
        loop {
            line.try_say(&newest).await;
            // An answer to all that was told while the node heard nothing would be more than a client may say at once.
            tokio::time::sleep(Duration::from_millis(100)).await;
            match line.hear().await {
                Ok(frame) if frame["type"] == "PAUSED" && frame["reason"] == "suspended" => return,
                // It had ended when the node was cut off.
                Ok(frame) if frame["type"] == "SESSION_SETTLED" || frame["code"] == "session_ended" => {
                    return;
                }
                Ok(_) => {}
                Err(code) => panic!("{code}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(15), told).await.expect("it lets go");
}
