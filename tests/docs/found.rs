//! What a test of the sources found.

use std::fmt::Display;

/// Shows what was found, one a line.
pub fn report<T: Display>(found: &[T]) {
    for one in found {
        println!("{one}");
    }
    println!("{} found", found.len());
}
