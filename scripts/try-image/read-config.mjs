/** `buildah inspect` on standard input → what a container of the image runs, as assignments for bash. */
import { text } from 'node:stream/consumers';

const {
  Docker: { config },
} = JSON.parse(await text(process.stdin));
const quote = (value) => `'${value.replaceAll("'", "'\\''")}'`;
const list = (values) => `(${values.map(quote).join(' ')})`;
const [kind, ...health] = config.Healthcheck.Test;
if (kind !== 'CMD') throw new Error(`The health check is a ${kind}, not a CMD.`);

console.log(`user=${quote(config.User)}
folder=${quote(config.WorkingDir)}
environment=${list(config.Env)}
command=${list([...(config.Entrypoint ?? []), ...config.Cmd])}
health=${list(health)}`);
