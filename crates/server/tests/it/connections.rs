use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, routing::get};
use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket},
    sync::watch,
};

const PIECE: usize = 16 * 1024;
const PIECES: usize = 4096;

fn places(each: usize) -> server::Places {
    server::Places { all: 10, each, exempt: Vec::new() }
}

/// A body of 64 MiB that counts what is taken of it.
fn long_body(taken: Arc<AtomicUsize>) -> Body {
    Body::from_stream(futures_util::stream::iter((0..PIECES).map(move |_| {
        taken.fetch_add(PIECE, Ordering::Relaxed);
        Ok::<_, std::io::Error>(Bytes::from_static(&[7; PIECE]))
    })))
}

/// What was taken in the end, which is something: the rest of what the reader did not get lies in the kernel.
async fn until_nothing_moves(taken: &AtomicUsize) -> usize {
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        match taken.load(Ordering::Relaxed) {
            now if now > 0 && now == before => return now,
            now => before = now,
        }
    }
}

#[tokio::test]
async fn a_reader_that_stalls_has_no_more_read_for_it() {
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let router = Router::new().route("/", get(async move || long_body(counted)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(server::serve(listener, router, places(10), stopped));

    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(32 * 1024).unwrap();
    let mut reader = socket.connect(address).await.unwrap();
    reader.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut some = [0; 1024];
    reader.read_exact(&mut some).await.unwrap();
    let before = until_nothing_moves(&taken).await;
    assert!(before < 16 << 20, "{before} bytes were taken for a reader that took {}", some.len());

    // Whoever reads on gets everything.
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).await.unwrap();
    assert!(rest.len() > PIECES * PIECE);
    assert_eq!(taken.load(Ordering::Relaxed), PIECES * PIECE);
    stop.send_replace(true);
    server.await.unwrap();
}

/// Requests that are sent ahead are answered one after the other, and as much is made as is read.
#[tokio::test]
async fn requests_that_are_sent_ahead_do_not_pile_up_answers() {
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    let router = Router::new().route("/", get(async move || long_body(Arc::clone(&counted))));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(server::serve(listener, router, places(10), stopped));
    let mut reader = tokio::net::TcpStream::connect(address).await.unwrap();
    reader.write_all(&b"GET / HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100)).await.unwrap();
    let made = until_nothing_moves(&taken).await;
    assert!(made < 16 << 20, "{made} bytes were made for nobody");
}

/// Old clients send an empty line too many, which RFC 9112, 2.2 has a server pass over.
#[tokio::test]
async fn an_empty_line_too_many_holds_nothing_up() {
    let router = Router::new().route("/", get(async || "here"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(server::serve(listener, router, places(10), stopped));
    let mut reader = tokio::net::TcpStream::connect(address).await.unwrap();
    reader.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n\r\n").await.unwrap();
    let mut answer = [0; 15];
    tokio::time::timeout(Duration::from_secs(5), reader.read_exact(&mut answer)).await.unwrap().unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
}

/// Whether a request over `connection` is answered; otherwise it was closed.
async fn is_served(connection: &mut tokio::net::TcpStream) -> bool {
    // Written or not: what counts is what comes back.
    let _ = connection.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut answer = [0; 1024];
    let read = tokio::time::timeout(Duration::from_secs(5), connection.read(&mut answer)).await.unwrap();
    read.is_ok_and(|n| answer[..n].starts_with(b"HTTP/1.1 200 OK"))
}

#[tokio::test]
async fn one_address_cannot_take_every_place() {
    let router = Router::new().route("/", get(async || "here"));
    let server = async |places| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(server::serve(listener, router.clone(), places, stopped));
        (address, stop)
    };
    let from = async |source: [u8; 4], address| {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((source, 0).into()).unwrap();
        socket.connect(address).await.unwrap()
    };
    let (address, _stop) = server(places(2)).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut connection = from([127, 0, 0, 1], address).await;
        assert!(is_served(&mut connection).await);
        held.push(connection);
    }
    assert!(!is_served(&mut from([127, 0, 0, 1], address).await).await);
    assert!(is_served(&mut from([127, 0, 0, 2], address).await).await, "others have places of their own");
    assert!(is_served(&mut held[0]).await, "who was here stays");
    drop(held.pop());
    while !is_served(&mut from([127, 0, 0, 1], address).await).await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let exempt = vec!["127.0.0.0/30".parse().unwrap()];
    let (address, _stop) = server(server::Places { exempt, ..places(1) }).await;
    for _ in 0..3 {
        let mut connection = from([127, 0, 0, 1], address).await;
        assert!(is_served(&mut connection).await);
        held.push(connection);
    }
}
