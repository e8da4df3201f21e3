//! Sockets: takes connections, bounds how many there are and how long they may dawdle, and ends.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time;
use tower::ServiceExt;

/// Connections at one time, WebSockets included; further ones wait in the kernel's queue.
const CONNECTIONS: usize = 256;
/// How long a new connection may take to send the first head, so that silent ones cannot hold the
/// places for long.
const FIRST_HEAD: Duration = Duration::from_secs(5);
/// How long the head of a later request may take, and how long an idle connection is kept.
const HEAD: Duration = Duration::from_secs(30);
/// How long requests under way may go on at the end.
const DRAIN: Duration = Duration::from_millis(600);

/// What a handler may know about the connection that its request came by.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    local: SocketAddr,
    closing: watch::Receiver<bool>,
    // Given back when the last clone is gone: a WebSocket keeps its own.
    _place: Arc<OwnedSemaphorePermit>,
}

impl Connection {
    /// Our own end.
    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Returns when the daemon is about to end.
    pub(crate) async fn closing(&mut self) {
        closed(&mut self.closing).await;
    }
}

/// Answers on `listeners` until `shutdown` is over, and returns within a second after it: requests
/// under way may end, WebSockets are closed, what dawdles is cut off.
pub async fn serve(
    listeners: Vec<TcpListener>,
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
    let (end, closing) = watch::channel(false);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut doors = JoinSet::new();
    for listener in listeners {
        doors.spawn(accept(listener, router.clone(), closing.clone(), places.clone()));
    }
    drop(closing);
    shutdown.await;
    end.send_replace(true);
    let drained = time::timeout(DRAIN, async {
        while doors.join_next().await.is_some() {}
        // WebSockets are tasks of their own, each with a receiver.
        end.closed().await;
    });
    if drained.await.is_err() {
        tracing::info!(connections = end.receiver_count(), "connections were cut off at the end");
    }
    doors.shutdown().await;
}

async fn closed(closing: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is the end as well.
    let _ = closing.wait_for(|closing| *closing).await;
}

async fn accept(
    listener: TcpListener,
    router: Router,
    mut closing: watch::Receiver<bool>,
    places: Arc<Semaphore>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = closed(&mut closing) => break,
            Some(_) = connections.join_next() => {}
            (stream, place) = next(&listener, &places) => {
                // A peer that is gone again has no address.
                let Ok(local) = stream.local_addr() else { continue };
                let _ = stream.set_nodelay(true);
                let connection = Connection {
                    local,
                    closing: closing.clone(),
                    _place: Arc::new(place),
                };
                connections.spawn(talk(stream, router.clone(), connection));
            }
        }
    }
    drop((listener, closing));
    while connections.join_next().await.is_some() {}
}

async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, OwnedSemaphorePermit) {
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            // The semaphore is never closed.
            return std::future::pending().await;
        };
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            Err(error) => {
                // Out of descriptors, or a peer that left: neither is helped by haste.
                tracing::warn!(%error, "a connection could not be taken");
                time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn talk(stream: TcpStream, router: Router, connection: Connection) {
    let mut closing = connection.closing.clone();
    let asked = Arc::new(Notify::new());
    let has_asked = asked.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        has_asked.notify_one();
        request.extensions_mut().insert(connection.clone());
        let answer = router.clone().oneshot(request.map(Body::new));
        async move {
            let response: Result<Response, Infallible> = answer.await;
            response
        }
    });
    let mut talk = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
    );
    let silent = async {
        if time::timeout(FIRST_HEAD, asked.notified()).await.is_ok() {
            std::future::pending().await
        }
    };
    let ended = tokio::select! {
        ended = &mut talk => ended,
        () = silent => {
            tracing::debug!("a connection asked nothing and was closed");
            return;
        }
        () = closed(&mut closing) => {
            talk.as_mut().graceful_shutdown();
            talk.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended badly");
    }
}
