//! The project itself: its layering, messages and vocabulary, and what its pages, packaging, demo and benchmark promise.

mod bench;
mod demo;
mod error_texts;
mod found;
mod layering;
mod messages;
mod packaging;
mod readme;
mod reliability;
mod source;
mod vocabulary;
