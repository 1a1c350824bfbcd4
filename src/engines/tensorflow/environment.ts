/**
 * What the native library reads when it is loaded. One thread in an operation is the fastest for a network this small;
 * oneDNN gains nothing on it and lets the last bits depend on the CPU; level 2 leaves the library's remarks out.
 *
 * The library sees the environment of the process, and only the main thread can change that (a worker has a copy): so
 * this is imported wherever engines are made, long before a worker loads the library.
 */
process.env.TF_NUM_INTRAOP_THREADS ??= '1';
process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
