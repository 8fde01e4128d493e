//! kill -9, at a moment that chance chooses.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::sync::watch;

use super::{cluster::Cluster, times, world::World};

/// Listeners of one installation.
const LISTENERS: usize = 6;

/// The longest life of a server: long enough to take sessions over from the one before.
const LIFE_MS: u64 = 10_000;

/// Kills in one world at most: it ends before its log-ins do, which last a quarter of an hour.
const KILLS: usize = 80;
/// Worlds that live at the same time.
const AT_ONCE: usize = 4;

/// Lets worlds live for `kills` kills in all, a few at a time, each for `least` of them if there are so many.
fn in_worlds(kills: usize, least: usize, live: impl Fn(usize, usize) + Sync) {
    let worlds = kills.div_ceil(KILLS).max((kills / least).clamp(1, AT_ONCE));
    let next = AtomicUsize::new(0);
    let live_on = || {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= worlds {
                return;
            }
            live(n, kills.div_ceil(worlds));
        }
    };
    thread::scope(|scope| {
        for _ in 0..worlds.min(AT_ONCE) {
            scope.spawn(live_on);
        }
    });
}

/// Kills servers of several installations at a time.
fn kill_servers(database: impl Fn() -> Option<String> + Sync) {
    // Each world keeps its processor busy at its beginning.
    let begins = Mutex::new(());
    in_worlds(times("TEST_KILLS", 20, 1_000), 5, |n, kills| {
        let database = database();
        let begin = begins.lock().unwrap();
        let mut world = World::new(u64::try_from(n).unwrap(), database.as_deref(), LISTENERS);
        drop(begin);
        for _ in 0..kills {
            kill_once(&mut world);
        }
        let server = world.installation.serve();
        world.finish(&server);
    });
}

fn kill_once(world: &mut World) {
    let mut server = world.installation.serve();
    let life = Duration::from_millis(world.chance.below(LIFE_MS));
    let (stop, address) = (watch::Sender::new(false), server.address());
    world.live(address, &stop, async || {
        tokio::time::sleep(life).await;
        server.kill();
    });
    let rows = world.rows();
    for listener in &mut world.listeners {
        drop(listener.hang_up());
        listener.left(&rows);
    }
}

#[test]
fn servers_on_sqlite() {
    kill_servers(|| None);
}

#[test]
fn servers_on_postgres() {
    if std::env::var_os("TEST_POSTGRES").is_none() && std::env::var_os("CI").is_none() {
        eprintln!("skipped: TEST_POSTGRES names no PostgreSQL server");
        return;
    }
    let databases = Mutex::new(Vec::new());
    kill_servers(|| {
        let database = testkit::postgres_database()?;
        let url = database.url().to_owned();
        databases.lock().unwrap().push(database);
        Some(url)
    });
}

/// The database itself, with all its processes, below a server that goes on.
#[test]
fn postgres_itself() {
    in_worlds(times("TEST_DATABASE_KILLS", 5, 500), 100, |n, kills| {
        let Some(mut cluster) = Cluster::new() else { return };
        let mut world = World::new(1_000 + u64::try_from(n).unwrap(), Some(&cluster.url()), LISTENERS);
        let server = world.installation.serve();
        let stop = watch::Sender::new(false);
        for _ in 0..kills {
            let (up, down) = (world.chance.below(5_000), world.chance.below(7_000));
            world.live(server.address(), &stop, async || {
                tokio::time::sleep(Duration::from_millis(up)).await;
                cluster.kill();
                tokio::time::sleep(Duration::from_millis(down)).await;
                cluster.start();
                tokio::time::sleep(Duration::from_millis(500)).await;
            });
        }
        world.finish(&server);
    });
}
