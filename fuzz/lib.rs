//! The checks of `tests/fuzz` for libFuzzer's programs.

#[path = "../tests/fuzz/checks/targets.rs"]
pub mod checks;

pub use libfuzzer_sys::fuzz_target;

/// The program of a target.
#[macro_export]
macro_rules! program {
    ($name:literal) => {
        #[global_allocator]
        static ALLOCATOR: $crate::checks::memory::Counting = $crate::checks::memory::Counting;

        $crate::fuzz_target!(|data: &[u8]| $crate::checks::run($name, data));
    };
}
