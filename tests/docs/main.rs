//! The project itself: what its pages, units for systemd, demo and benchmark promise.

mod bench;
mod demo;
mod packaging;
mod readme;
mod reliability;
