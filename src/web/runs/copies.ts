/** What can be copied from a run's page: its address, its settings, and the command that asks for the same run again. */
import type { FastifyRequest } from 'fastify';
import '../http/authority.ts';
import type { Run } from '../../runs/run.ts';
import { settingsUrl } from '../format.ts';

/** Something to be copied: views/runs/_copies.eta */
export interface CopyContext {
  readonly id: string;
  readonly label: string;
  readonly value: string;
}

export function copiesContext(request: FastifyRequest, run: Run): CopyContext[] {
  const base = `${request.protocol}://${request.authority.host}${request.server.address('')}`;
  const copies = [{ id: 'copylink', label: 'Link to this run', value: `${base}/runs/${run.id}` }];
  // A fine-tune is asked for at the corrections, not with settings.
  if (run.settings.data === 'corrections') return copies;
  copies.push({
    id: 'copysettings',
    label: 'Link to its settings',
    value: `${base}${settingsUrl(run.settings)}`,
  });
  const command = curl(base, run, request.server.access.open);
  if (command !== null) copies.push({ id: 'copycurl', label: 'The same run as a command', value: command });
  return copies;
}

/** Null when the run that it was forked from was deleted. */
function curl(base: string, { settings, parent }: Run, isOpen: boolean): string | null {
  if (parent !== null && parent.runId === null) return null;
  const fork = parent && { epoch: String(parent.epoch) };
  const fields = Object.entries(settings).map(([name, value]) => [name, String(value)]);
  const body = new URLSearchParams({ ...fork, ...Object.fromEntries(fields) });
  const token = isOpen ? '' : `-H "authorization: Bearer $TOKEN" `;
  const url = fork ? `${base}/runs/${parent.runId}/fork` : `${base}/runs`;
  return `curl -H 'accept: application/json' ${token}-d '${body}' ${url}`;
}
