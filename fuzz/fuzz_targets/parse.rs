#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| brinery_fuzz::oracles::parse(bytes));
