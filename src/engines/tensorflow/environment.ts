/**
 * What the native library reads when it is loaded. One thread in an operation and no oneDNN are the fastest for a network
 * this small; level 2 leaves its remarks on the CPU out.
 *
 * The library sees the environment of the process, and only the main thread can change that (a worker has a copy): so
 * this is imported wherever engines are made, long before a worker loads the library.
 */
process.env.TF_NUM_INTRAOP_THREADS ??= '1';
process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
