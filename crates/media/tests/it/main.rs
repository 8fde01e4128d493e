//! The two sides together: real children, real encoders, hostile files.

mod hostile;
mod pictures;
mod previews;
mod sandbox;
mod sound;
mod studio;
mod tags;
