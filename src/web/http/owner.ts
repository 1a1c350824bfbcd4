/** Owners of runs, sweeps and corrections, and who may change them, without accounts: a cookie distinguishes browsers. */
import { isUtf8 } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CorrectionReach } from '../../corrections/correction.ts';
import { CodedError } from '../../errors.ts';
import type { LearntCorrections, Owner } from '../../runs/run.ts';
import { answerForm } from '../answer.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The client; null for a script that does not identify itself. */
    owner: Owner | null;
  }
}

/** 122 random bits: knowing them makes a client the owner, so they are never shown. */
const COOKIE = 'workbench-owner';
const COOKIE_VALUE = /^[\w-]{22}$/;
const NAME_COOKIE = 'workbench-name';
const YEAR_SECONDS = 365 * 24 * 3600;
const COOKIE_OPTIONS = {
  httpOnly: true,
  sameSite: 'lax',
  secure: 'auto',
  maxAge: YEAR_SECONDS,
} as const;

/** One for each of several rooms on a host. */
const cookieOptions = ({ server }: FastifyRequest) => ({ ...COOKIE_OPTIONS, path: server.address('/') });

/** Most characters of a name. */
export const MOST_NAME_LETTERS = 40;

/**
 * Identifies the client: a browser by its cookie, which it is given with its first page, a script by its `X-Owner`. Needs
 * @fastify/cookie and the role.
 */
export function registerOwner(app: FastifyInstance): void {
  app.decorateRequest('owner', null);
  app.addHook('onRequest', (request, reply, done) => {
    request.owner = scriptOwner(request) ?? browserOwner(request, reply);
    done();
  });
}

/** Stores the name that the client gives itself; empty for none. Scripts send it with each request. */
export function rename(request: FastifyRequest, reply: FastifyReply, name: string): void {
  if (request.owner === null || request.owner.name === name) return;
  request.owner = { ...request.owner, name };
  reply.setCookie(NAME_COOKIE, name, cookieOptions(request));
}

/** A client's name as stored: composed Unicode, without control characters and superfluous spaces. */
export function tidyName(text: string): string {
  return text
    .normalize()
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
}

/** A run, a sweep or a correction. */
interface Owned {
  readonly owner: Owner | null;
}

/**
 * May the client stop, label or delete it? Admins may (everybody is one on a server without tokens); users may if they
 * own it or it has no owner; guests may not.
 */
export function mayChange({ role, owner: client }: FastifyRequest, { owner }: Owned): boolean {
  if (role !== 'user') return role === 'admin';
  return owner === null || owner.id === client?.id;
}

/** The corrections that the client's runs train on and that it may delete together: its own, or for an admin all. */
export function correctionReach({ role, owner }: FastifyRequest): CorrectionReach {
  return role === 'admin' ? 'everybody' : { owner };
}

/**
 * @param change what only the owner may do: "stop", "delete"
 * @throws CodedError 403
 */
export function checkOwner(
  request: FastifyRequest,
  owned: Owned & { readonly id: number },
  change: string,
  noun = 'Run',
): void {
  if (mayChange(request, owned)) return;
  throw new CodedError({
    code: 'NOT_YOURS',
    status: 403,
    message: [
      'errors.isOnlyCanIt',
      { noun, id: owned.id, owned: whose(request, owned) ?? '', they: owned.owner?.name || 'they', change },
    ],
  });
}

/** "Ada's", "someone else's"; null when it has no owner, or is the client's own. */
export function whose(request: FastifyRequest, { owner }: Owned): string | null {
  if (owner === null || owner.id === request.owner?.id) return null;
  return owner.name ? `${owner.name}'s` : "someone else's";
}

/** "all", "yours", "Ada's", "those without an owner" */
export function whoseCorrections(request: FastifyRequest, { everybody, owner }: LearntCorrections): string {
  if (everybody) return 'all';
  if (owner === null) return 'those without an owner';
  return whose(request, { owner }) ?? 'yours';
}

function scriptOwner({ headers }: FastifyRequest): Owner | null {
  const said = headers['x-owner'];
  if (typeof said !== 'string') return null;
  // Node reads headers as Latin-1, which fetch and Python's requests send; a shell sends UTF-8.
  const bytes = Buffer.from(said, 'latin1');
  const name = tidyName(isUtf8(bytes) ? bytes.toString() : said);
  return name === '' ? null : { id: digest(name), name: shortened(name) };
}

function browserOwner(request: FastifyRequest, reply: FastifyReply): Owner | null {
  const { cookies } = request;
  let value = cookies[COOKIE] ?? '';
  if (!COOKIE_VALUE.test(value)) {
    if (request.is404 || !wantsHtml(request)) return null;
    value = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
    reply.setCookie(COOKIE, value, cookieOptions(request));
  }
  return { id: digest(value), name: shortened(tidyName(cookies[NAME_COOKIE] ?? '')) };
}

function wantsHtml(request: FastifyRequest): boolean {
  const form = answerForm(request);
  return form === 'page' || form === 'fragment';
}

const shortened = (name: string) => [...name].slice(0, MOST_NAME_LETTERS).join('');

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);
