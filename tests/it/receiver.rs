//! A DDP controller: takes packets, puts frames together by their offsets, notes when each came.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use ddp_rs::packet::PacketRef;
use hal::{Clock, MonoTime, SystemClock};
use tokio::sync::watch;

/// A frame as it was lit by its push.
#[derive(Debug)]
pub(crate) struct Frame {
    /// When the packet with the push came.
    pub(crate) at: MonoTime,
    pub(crate) bytes: Vec<u8>,
    /// Every byte came, and no sequence number was missing.
    pub(crate) whole: bool,
}

impl Frame {
    pub(crate) fn is_black(&self) -> bool {
        self.bytes.iter().all(|&byte| byte == 0)
    }

    /// The three bytes of an LED, in the order of the wire.
    pub(crate) fn led(&self, index: usize) -> [u8; 3] {
        self.bytes[index * 3..index * 3 + 3].try_into().unwrap()
    }

    pub(crate) fn is_all(&self, color: [u8; 3]) -> bool {
        self.bytes.chunks(3).all(|led| led == color)
    }
}

/// The controller. It listens until it is dropped.
pub(crate) struct Receiver {
    address: SocketAddr,
    frames: Arc<Mutex<Vec<Arc<Frame>>>>,
    count: watch::Receiver<usize>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    /// Listens for frames of so many LEDs.
    pub(crate) fn open(leds: usize) -> Self {
        Self::open_at("127.0.0.1:0".parse().unwrap(), leds)
    }

    pub(crate) fn open_at(address: SocketAddr, leds: usize) -> Self {
        let socket = UdpSocket::bind(address).unwrap();
        let address = socket.local_addr().unwrap();
        // Looks at `ended` this often.
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let _ = rustix::net::sockopt::set_socket_recv_buffer_size(&socket, 4 << 20);
        let frames: Arc<Mutex<Vec<Arc<Frame>>>> = Arc::default();
        let ended: Arc<AtomicBool> = Arc::default();
        let (counted, count) = watch::channel(0);
        let thread = std::thread::spawn({
            let (frames, ended) = (frames.clone(), ended.clone());
            move || listen(&socket, leds * 3, &frames, &counted, &ended)
        });
        Self { address, frames, count, ended, thread: Some(thread) }
    }

    /// Where to send to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many frames have come.
    pub(crate) fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// The frames from the number `first` on.
    pub(crate) fn since(&self, first: usize) -> Vec<Arc<Frame>> {
        self.frames.lock().unwrap()[first..].to_vec()
    }

    /// Waits for a frame, from the number `first` on, and says which it is.
    pub(crate) async fn find(
        &self,
        first: usize,
        limit: Duration,
        what: &str,
        mut is_it: impl FnMut(&Frame) -> bool,
    ) -> (usize, Arc<Frame>) {
        let mut count = self.count.clone();
        let mut looked = first;
        let found = tokio::time::timeout(limit, async {
            loop {
                count.borrow_and_update();
                for frame in self.since(looked.min(self.count())) {
                    if is_it(&frame) {
                        return (looked, frame);
                    }
                    looked += 1;
                }
                count.changed().await.unwrap();
            }
        });
        match found.await {
            Ok(found) => found,
            Err(_) => {
                let frames = self.since(first.min(self.count()));
                let last =
                    frames.last().map(|frame| frame.bytes[..frame.bytes.len().min(24)].to_vec());
                panic!(
                    "no frame with {what} within {limit:?}; {} came since, the last begins {last:?}",
                    frames.len()
                );
            }
        }
    }

    /// The first frame that comes from now on and is so.
    pub(crate) async fn next(
        &self,
        limit: Duration,
        what: &str,
        is_it: impl FnMut(&Frame) -> bool,
    ) -> Arc<Frame> {
        self.find(self.count(), limit, what, is_it).await.1
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let ended = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            ended.expect("what came was DDP");
        }
    }
}

fn listen(
    socket: &UdpSocket,
    n_bytes: usize,
    frames: &Mutex<Vec<Arc<Frame>>>,
    counted: &watch::Sender<usize>,
    ended: &AtomicBool,
) {
    let clock = SystemClock;
    let mut packet = [0; 2048];
    let mut bytes = vec![0; n_bytes];
    let (mut received, mut in_order, mut sequence) = (0, true, None);
    while !ended.load(Ordering::Relaxed) {
        let Ok(length) = socket.recv(&mut packet) else { continue };
        let at = clock.now();
        let packet = PacketRef::from_bytes(&packet[..length]).expect("a DDP packet");
        let header = packet.header;
        assert_eq!(header.packet_type.version, 1);
        assert_eq!(usize::from(header.length), packet.data.len());
        let offset = header.offset as usize;
        bytes[offset..offset + packet.data.len()].copy_from_slice(packet.data);
        in_order &= offset == received;
        in_order &= sequence.is_none_or(|last: u8| header.sequence_number == last % 15 + 1);
        sequence = Some(header.sequence_number);
        received += packet.data.len();
        if header.packet_type.push {
            let whole = in_order && received == n_bytes;
            let mut frames = frames.lock().unwrap();
            frames.push(Arc::new(Frame { at, bytes: bytes.clone(), whole }));
            counted.send_replace(frames.len());
            (received, in_order) = (0, true);
        }
    }
}
