//! Uploads: what is taken, what is refused, and that nothing is left of what is refused.

mod analyse;
mod cut;
mod disk;
mod hostile;
pub(crate) mod studio;
mod taken;
mod wrong;
