#![cfg_attr(fuzzing, no_main)]

ws_testkit::target!(inflate_message);
