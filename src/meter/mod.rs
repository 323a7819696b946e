//! What does each lane cost? Bytes, connections, CPU time: counted where they are spent.
//!
//! - [`tally`]: numbers that many raise at once;
//! - [`lane`]: one lane's numbers; [`meters`]: each transport's, whether a lane was named or not;
//! - [`account`]: whose turn it is on a connection; [`line`](mod@line): the bytes that pass on it,
//!   in their order; [`answer`] and [`frames`]: what they are;
//! - [`cpu`]: thread CPU time by a random sample; [`latency`]: from publishing to handing over;
//! - [`sock_diag`]: what the kernel knows of a TCP connection; [`process`]: of this process.
//!
//! A request's lane is known only once its head has been read, and a socket of a server function
//! names its lane in its first message. So bytes are counted first and ascribed later: they wait
//! in the connection's [`account::Account`] until it knows who pays. Nothing here allocates or
//! locks for a delivery.

pub mod account;
pub mod answer;
pub mod cpu;
pub mod frames;
pub mod lane;
pub mod latency;
pub mod line;
pub mod meters;
pub mod process;
pub mod sock_diag;
pub mod tally;
