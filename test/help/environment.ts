import { spawnSync } from 'node:child_process';
import { VARIABLES } from '../../src/config.ts';

/** What decides how Node and what the tests start behave, beside the server's own variables. */
const DECIDES =
  /^(NODE_ENV|NODE_USE_ENV_PROXY|CI|DEBUG|(FORCE|NO|CLICOLOR)_?COLOR|((https?|all|no|npm_config_(https?_?|no)?)_?proxy))$/i;

/**
 * The environment for processes that a test starts: of what is set for the tests nothing that decides what is tested, so
 * that a `TOKEN`, a `NODE_ENV` or a proxy of whoever runs them makes no difference.
 *
 * @param own what the process is to be given
 */
export function environment(own: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !(name in VARIABLES) && !DECIDES.test(name));
  return { ...Object.fromEntries(kept), ...own };
}

/** Root writes whatever a mode forbids; not without this capability, which leaves it all it may read. */
const OBEYING_MODES = ['setpriv', '--bounding-set', '-dac_override', '--inh-caps', '-dac_override'];

/** A command and its options, for what must obey the modes of files; null where root cannot be made to. */
export function obeyingModes(): readonly string[] | null {
  if (process.getuid?.() !== 0) return [];
  const [command, ...options] = OBEYING_MODES;
  return spawnSync(command, [...options, 'true']).status === 0 ? OBEYING_MODES : null;
}
