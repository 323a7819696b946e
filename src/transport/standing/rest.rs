//! A connection at rest: all has been written that was to be, and its task waits. Meanwhile its
//! outlet lies where the topic's own task can write the next event to it, without waking anybody.

use std::{
    fmt,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicBool, Ordering, fence},
    },
    task::{Context, Poll, Waker},
};

use crate::{
    hub::{self, Fresh, Membership},
    meter::cpu::Stopwatch,
    transport::reader::Reader,
};

/// What is needed to write to a subscriber.
pub trait Writer: Send + 'static {
    /// Who reads here; nobody any more where all has been said.
    fn reader(&self) -> Option<&Reader>;

    /// Writes what is new to the reader, and moves it on; `false` where its task has to do
    /// something now: not all was taken at once, or something is gone already.
    fn write(&mut self, fresh: &Fresh, context: &mut Context<'_>) -> bool;
}

impl<O: Writer> Writer for Box<O> {
    fn reader(&self) -> Option<&Reader> {
        (**self).reader()
    }

    fn write(&mut self, fresh: &Fresh, context: &mut Context<'_>) -> bool {
        (**self).write(fresh, context)
    }
}

/// A place to rest in, the same for all of a standing answer's time.
pub struct Rest<O: Writer> {
    bed: Arc<Bed<O>>,
    _membership: Membership,
}

struct Bed<O> {
    over: AtomicBool,
    /// An event came while its task was looking about; it has to look again.
    passed_by: AtomicBool,
    within: Mutex<Within<O>>,
}

struct Within<O> {
    /// There only while its task waits.
    outlet: Option<O>,
    /// Its task; events wake it when it has to do something itself.
    task: Waker,
    call: Call,
    /// Until its task is gone.
    watch: Option<Stopwatch>,
}

/// What has become of the last delivery.
#[derive(Default, PartialEq)]
enum Call {
    /// Nothing is left to do.
    #[default]
    None,
    /// Its task has to do the rest.
    Due,
    /// It panicked, and the panic has been reported. That is not the topic's fault, nor the other
    /// subscribers'; it ends the task of this connection, as if it had happened there.
    Panicked,
}

impl<O> Bed<O> {
    fn lock(&self) -> MutexGuard<'_, Within<O>> {
        self.within.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_lock(&self) -> Option<MutexGuard<'_, Within<O>>> {
        match self.within.try_lock() {
            Ok(within) => Some(within),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Leaves word for its task, if that is looking about just now: nobody waits for it.
    fn reach(&self) -> Option<MutexGuard<'_, Within<O>>> {
        self.try_lock().or_else(|| {
            self.passed_by.store(true, Ordering::Release);
            // Either it is free by now, or its task sees the word when it lets go of it.
            fence(Ordering::SeqCst);
            self.try_lock()
        })
    }

    /// Whether an event came by; to be asked when it has been unlocked.
    fn was_passed_by(&self) -> bool {
        fence(Ordering::SeqCst);
        self.passed_by.swap(false, Ordering::Acquire)
    }
}

impl<O: Writer> Bed<O> {
    /// Looks about; when there is something to do, the outlet is taken out for it.
    fn look<T>(
        &self,
        context: &mut Context<'_>,
        look: impl FnOnce(&mut O, &mut Context<'_>) -> Poll<T>,
    ) -> Poll<(O, Option<T>)> {
        let mut within = self.lock();
        let its = &mut *within;
        // Nobody else takes it out.
        let Some(outlet) = &mut its.outlet else {
            return Poll::Pending;
        };
        // What is due is done now, whatever is seen beside.
        let due = match std::mem::take(&mut its.call) {
            Call::None => false,
            Call::Due => true,
            Call::Panicked => {
                drop(within);
                resume_unwind(Box::new("while an event was written"));
            }
        };
        // First: a backlog that never ends must not keep anything from being seen.
        let seen = match look(outlet, context) {
            Poll::Ready(seen) => Some(seen),
            Poll::Pending if due || outlet.reader().is_some_and(Reader::is_behind) => None,
            Poll::Pending => {
                its.task.clone_from(context.waker());
                return Poll::Pending;
            }
        };
        its.outlet
            .take()
            .map_or(Poll::Pending, |outlet| Poll::Ready((outlet, seen)))
    }
}

impl<O> fmt::Debug for Bed<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bed").finish_non_exhaustive()
    }
}

impl<O: Writer> fmt::Debug for Rest<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bed.fmt(f)
    }
}

impl<O: Writer> Rest<O> {
    /// A place for who reads so; what is written there `watch` ascribes.
    pub fn new(reader: &Reader, watch: Stopwatch) -> Self {
        let bed = Arc::new(Bed {
            over: AtomicBool::new(false),
            passed_by: AtomicBool::new(false),
            within: Mutex::new(Within {
                outlet: None,
                task: Waker::noop().clone(),
                call: Call::None,
                watch: Some(watch),
            }),
        });
        let outlet: Arc<dyn hub::Outlet> = bed.clone();
        Self {
            bed,
            _membership: reader.join(outlet),
        }
    }

    /// Rests until `look` sees something, or there is something to do for the outlet: then it
    /// comes without a word.
    pub async fn until<T>(
        &self,
        outlet: O,
        mut look: impl FnMut(&mut O, &mut Context<'_>) -> Poll<T>,
    ) -> (O, Option<T>) {
        {
            let mut within = self.bed.lock();
            within.call = Call::None;
            within.outlet = Some(outlet);
        }
        poll_fn(|context| {
            let found = self.bed.look(context, &mut look);
            if found.is_pending() && self.bed.was_passed_by() {
                context.waker().wake_by_ref();
            }
            found
        })
        .await
    }
}

impl<O: Writer> Drop for Rest<O> {
    fn drop(&mut self) {
        self.bed.over.store(true, Ordering::Release);
        // The topic may know of the bed for a while yet; the connection ends now, and its account.
        let mut within = self.bed.lock();
        let task = std::mem::replace(&mut within.task, Waker::noop().clone());
        let gone = (within.outlet.take(), within.watch.take(), task);
        drop(within);
        drop(gone);
    }
}

impl<O: Writer> hub::Outlet for Bed<O> {
    fn deliver(&self, fresh: &Fresh) {
        let Some(mut within) = self.reach() else {
            return;
        };
        let its = &mut *within;
        let (Some(outlet), Some(watch)) = (&mut its.outlet, &mut its.watch) else {
            return;
        };
        let needs = outlet
            .reader()
            .is_some_and(|reader| reader.cursor().seq < fresh.next().seq);
        // Else it has had it already, or its task will see to it.
        if !needs || its.call != Call::None {
            return;
        }
        let mut context = Context::from_waker(&its.task);
        let write = || watch.time(|| outlet.write(fresh, &mut context));
        its.call = match catch_unwind(AssertUnwindSafe(write)) {
            Ok(true) => return,
            Ok(false) => Call::Due,
            Err(_) => Call::Panicked,
        };
        its.task.wake_by_ref();
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests;
