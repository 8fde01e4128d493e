//! Clients that would make it fall: they do not read, they talk without end, they come again and again.

use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;

use super::world::World;
use crate::{program::Server, sessions::socket::Line};

const MIB: u64 = 1 << 20;

/// Memory of the server's own: `RssAnon` in proc(5).
fn memory(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn they_cost_bounded_memory_and_no_money() {
    let mut world = World::new(3_000, None, 4);
    let server = world.installation.serve();
    let stop = watch::Sender::new(false);
    let address = server.address();
    // What it needs anyway it has by then; and somebody pays, so that there are sums to do.
    world.live(address, &stop, async || tokio::time::sleep(Duration::from_secs(4)).await);
    let before = memory(&server);
    let token = world.listeners[0].token.clone();
    let track = world.listeners[0].track.clone();
    let cheats = async {
        let mut lines = Vec::new();
        // A session whose client reads nothing, and acknowledges what was not issued.
        let mut silent = Line::try_open(address, Some(&token)).await.expect("a line");
        let key = crate::sessions::key(9).address().to_string();
        silent.try_say(&json!({"type": "START", "trackId": track, "sessionKey": key})).await;
        let ahead = json!({
            "type": "BEAT_ACK", "seq": 1_000_000, "cumulativeAmount": "333000000",
            "signature": format!("0x{}1b", "11".repeat(64)),
        });
        lines.push(silent);
        let mut refused = 0;
        for n in 0..1_000 {
            match Line::try_open(address, Some(&token)).await {
                Some(mut line) => {
                    // As much as the socket takes, and nothing is read.
                    for _ in 0..150 {
                        let said =
                            tokio::time::timeout(Duration::from_millis(50), line.try_say(&ahead)).await;
                        if said != Ok(true) {
                            break;
                        }
                    }
                    // Some stay, the others come again.
                    if n % 2 == 0 {
                        lines.push(line);
                    }
                }
                None => refused += 1,
            }
        }
        assert!(refused > 800, "{refused} of 1,000 were refused");
        tokio::time::sleep(Duration::from_secs(7)).await;
        lines
    };
    let lines = world.runtime.block_on(cheats);
    let more = memory(&server).saturating_sub(before);
    println!("{} KiB more with {} of them", more / 1024, lines.len());
    assert!(more < 24 * MIB, "{} KiB more", more / 1024);
    drop(lines);
    world.finish(&server);
}
