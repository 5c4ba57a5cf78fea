#![cfg_attr(fuzzing, no_main)]

ws_fuzz::target!(inflate_message);
