//! Connections that cannot eat the run: few at a time, and none for long.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::serve::Listener;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::{Sleep, sleep},
};

/// Connections at a time; one more takes the place of the oldest. A checkpoint needs file descriptors too.
pub(super) const MOST: usize = 32;
/// How long a connection lives: a scrape takes milliseconds.
pub(super) const LIFETIME: Duration = Duration::from_secs(10);

/// Accepts every connection, and closes the oldest when there are too many.
#[derive(Debug)]
pub(super) struct Bounded {
    listener: TcpListener,
    /// One end of every connection that is open, the oldest first: dropping it closes the connection.
    open: VecDeque<oneshot::Sender<()>>,
}

impl Bounded {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            open: VecDeque::new(),
        }
    }
}

impl Listener for Bounded {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        self.open.retain(|connection| !connection.is_closed());
        if self.open.len() >= MOST {
            self.open.pop_front();
        }
        let (kept, dismissed) = oneshot::channel();
        self.open.push_back(kept);
        let connection = Connection {
            stream,
            dismissed,
            end: Box::pin(sleep(LIFETIME)),
            ended: false,
        };
        (connection, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends by itself: at the end of its life, or when its place is taken.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    dismissed: oneshot::Receiver<()>,
    end: Pin<Box<Sleep>>,
    ended: bool,
}

impl Connection {
    /// An error once it has ended; else the task is woken when it ends.
    fn alive(&mut self, task: &mut Context<'_>) -> io::Result<()> {
        self.ended = self.ended
            || Pin::new(&mut self.dismissed).poll(task).is_ready()
            || self.end.as_mut().poll(task).is_ready();
        if self.ended {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.alive(task)?;
        Pin::new(&mut self.stream).poll_read(task, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.alive(task)?;
        Pin::new(&mut self.stream).poll_write(task, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(task)
    }
}
