//! The project itself: its layering, messages and vocabulary, and what its pages, packaging, demo and benchmark promise.

mod bench;
mod demo;
mod error_texts;
mod found;
mod how_to;
mod layering;
mod links;
mod messages;
mod packaging;
mod page;
mod readme;
mod reference;
mod reliability;
mod source;
mod spellings;
mod troubleshooting;
mod tutorial;
mod vectors;
mod vocabulary;
