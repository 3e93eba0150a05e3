//! The second thread: listings, and readings that would keep the first one too long.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;

use super::inbox::Inbox;
use super::ledger::Ledger;
use super::listing::{Lister, Listing, Places};
use super::read::{Hand, Job, Lane, Outcome, Shared, Unsettled};
use crate::store::StoreError;

/// Files whose last piece is on its way while the next file is read: what waits together is committed together.
const ON_THE_WAY: usize = 3;
/// Readings ordered and not reported.
const ORDERED: usize = ON_THE_WAY + 2;

enum Order {
    Read(Box<Job>),
    List(Places),
}

/// What it has to say.
pub(super) enum Report {
    Read(Box<Outcome>),
    Listed(Box<Listing>),
    /// `None`: through a fault of ours.
    NotListed(Option<StoreError>),
}

/// The way to it; dropped, it ends.
pub(super) struct Background {
    orders: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<()>>,
    ordered: usize,
}

impl Background {
    pub fn start(shared: &Arc<Shared>, ledger: &Arc<Ledger>, inbox: &Arc<Inbox>) -> io::Result<Self> {
        // One place more for a listing.
        let (orders, ordered) = sync_channel(ORDERED + 1);
        let mut errands = Errands {
            lister: Lister::new(Arc::clone(shared), Arc::clone(ledger)),
            hand: Hand::new(Arc::clone(shared), Lane::Bulk),
            inbox: Arc::clone(inbox),
            on_the_way: VecDeque::new(),
        };
        let thread =
            std::thread::Builder::new().name("tma1 tail bulk".to_owned()).spawn(move || errands.run(&ordered))?;
        Ok(Self { orders: Some(orders), thread: Some(thread), ordered: 0 })
    }

    pub fn has_room(&self) -> bool {
        self.ordered < ORDERED
    }

    pub fn is_idle(&self) -> bool {
        self.ordered == 0
    }

    /// Each is answered by one [`Report::Read`]; only to be called while there is room.
    pub fn read(&mut self, job: Job) {
        self.ordered += 1;
        self.send(Order::Read(Box::new(job)));
    }

    pub fn reported(&mut self) {
        self.ordered = self.ordered.saturating_sub(1);
    }

    /// Answered by [`Report::Listed`] or [`Report::NotListed`]; only to be called once that has come.
    pub fn list(&mut self, places: Places) {
        self.send(Order::List(places));
    }

    fn send(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // Full it never is, and gone only when all ends.
            let _ = orders.try_send(order);
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Errands {
    lister: Lister,
    hand: Hand,
    inbox: Arc<Inbox>,
    on_the_way: VecDeque<Unsettled>,
}

impl Errands {
    fn run(&mut self, orders: &Receiver<Order>) {
        loop {
            let order = if self.on_the_way.is_empty() {
                orders.recv().ok()
            } else {
                match orders.try_recv() {
                    Ok(order) => Some(order),
                    Err(TryRecvError::Empty) => {
                        self.settle_one();
                        continue;
                    }
                    Err(TryRecvError::Disconnected) => None,
                }
            };
            match order {
                None => break,
                // What is left is found by the next start.
                Some(_) if self.hand.shared.halted() => {}
                Some(Order::Read(job)) => {
                    let unsettled = self.hand.read(*job);
                    self.on_the_way.push_back(unsettled);
                    if self.on_the_way.len() > ON_THE_WAY {
                        self.settle_one();
                    }
                }
                Some(Order::List(places)) => self.list(&places),
            }
        }
        while !self.on_the_way.is_empty() {
            self.settle_one();
        }
    }

    fn settle_one(&mut self) {
        if let Some(first) = self.on_the_way.pop_front() {
            let outcome = self.hand.settle(first);
            self.inbox.report(Report::Read(Box::new(outcome)));
        }
    }

    fn list(&mut self, places: &Places) {
        self.hand.forget_projects();
        let listed = catch_unwind(AssertUnwindSafe(|| self.lister.list(places)));
        self.inbox.report(match listed {
            Ok(Ok(listing)) => Report::Listed(Box::new(listing)),
            Ok(Err(error)) => Report::NotListed(Some(error)),
            Err(_panic) => Report::NotListed(None),
        });
    }
}
