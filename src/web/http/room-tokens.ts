/** The tokens of rooms: pupils sign in with one of them, teachers with the other. Only their digests are kept. */
import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import type { Room } from '../../rooms/room.ts';
import type { RoomStore, TokenDigests } from '../../store/room-store.ts';

/** As they are told to people: they are not seen again. */
export interface RoomTokens {
  readonly pupils: string;
  readonly teacher: string;
}

/** Letters and digits that nobody mistakes for another one. */
const LETTERS = '23456789abcdefghjkmnpqrstuvwxyz';

/** Two new ones of 59 random bits, such as `h4dk-9wqz-m2tx`, easily typed from a blackboard. */
export function makeTokens(): { readonly tokens: RoomTokens; readonly digests: TokenDigests } {
  const tokens = { pupils: makeToken(), teacher: makeToken() };
  return { tokens, digests: { pupils: digestOf(tokens.pupils), teacher: digestOf(tokens.teacher) } };
}

/** The room that a token opens, and for whom; null for any other text. */
export function roomOf(rooms: RoomStore, token: string): { room: Room; isTeacher: boolean } | null {
  const digest = digestOf(token);
  // All are compared, so that timing reveals nothing.
  const opened = [...rooms.withTokens()].flatMap(({ room, digests: { pupils, teacher } }) => [
    ...(timingSafeEqual(digest, pupils) ? [{ room, isTeacher: false }] : []),
    ...(timingSafeEqual(digest, teacher) ? [{ room, isTeacher: true }] : []),
  ]);
  return opened[0] ?? null;
}

function makeToken(): string {
  const letters = Array.from({ length: 12 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return letters.replace(/.{4}(?=.)/g, '$&-');
}

/** Of what was meant: copied with a space, or typed in capital letters, it is the same. */
const digestOf = (token: string) => createHash('sha256').update(token.trim().toLowerCase()).digest();
