//! What a test of the sources found.

use std::fmt::Display;

/// Prints what was found, and fails if it is more than what is allowed to be left. That number may only fall: lower it
/// when violations are removed.
#[track_caller]
pub fn at_most<T: Display>(left: usize, what: &str, found: &[T]) {
    for one in found {
        println!("{one}");
    }
    let count = found.len();
    println!("{what}: {count} found, {left} allowed");
    assert!(count <= left, "{what}: {count} found, {left} allowed");
}
