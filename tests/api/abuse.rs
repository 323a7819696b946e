//! Clients that mean harm, or know no better: slow, endless, over-long, unreadable.

mod bodies;
mod floods;
mod frames;
mod heads;
mod nonsense;
