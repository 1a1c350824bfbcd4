/**
 * Environment variables that the native library reads when it is loaded; a user's own values are kept. One thread in an operation is the fastest
 * for a network this small; level 2 suppresses the library's remarks.
 *
 * The other two make a run end the same on every x64 processor. oneDNN's own operations, which gain nothing here, sum in
 * an order that depends on the processor. So do the matrix products that TensorFlow leaves to oneDNN even without them:
 * with AVX-512 their last bit differs. Where a sum then falls on the other side of ReLU's kink, one pixel's share
 * of the gradient appears or disappears, RMSprop amplifies it, and 20 steps later losses are 1.6 % off.
 *
 * The library sees the environment of the process, and only the main thread can change that (a worker has a copy): so
 * this is imported wherever engines are made, long before a worker loads the library.
 */
process.env.TF_NUM_INTRAOP_THREADS ??= '1';
process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
process.env.ONEDNN_MAX_CPU_ISA ??= 'AVX2';
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
