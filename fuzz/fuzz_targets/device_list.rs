#![no_main]

lethe_fuzz::program!("device_list");
