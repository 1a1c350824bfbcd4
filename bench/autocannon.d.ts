/** The part of autocannon that bench/ uses; the package has no types of its own. */
declare module 'autocannon' {
  interface Options {
    readonly url: string;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Buffer;
    readonly connections?: number;
    /** Seconds. */
    readonly duration?: number;
  }

  interface Result {
    /** Milliseconds. */
    readonly latency: { readonly p50: number; readonly p99: number };
    /** Per second. */
    readonly requests: { readonly average: number };
    readonly non2xx: number;
    readonly errors: number;
    readonly statusCodeStats: Readonly<Record<string, { readonly count: number }>>;
  }

  export default function autocannon(options: Options): Promise<Result>;
}
