//! The pages, rendered on the server in the visitor's language. One file a page, or a part of
//! one; `frame` is what stands around all of them.

pub mod compare;
pub mod frame;
pub mod lab;
pub mod not_found;
pub mod numbers;
pub mod publish;
pub mod run;
pub mod runs;
pub mod sign_in;
pub mod swarm;
pub mod transports;
