/** The room that a request is made in, with its workbench. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { DEFAULT_ROOM, type Room } from '../../rooms/room.ts';
import type { RoomStore } from '../../store/room-store.ts';
import type { Workbench, Workbenches } from '../../workbench.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The default one until it is known which. */
    readonly room: Room;
    /** That of the room. */
    readonly workbench: Workbench;
  }
}

/** Which room an operator's browser is in. */
const COOKIE = 'workbench-room';
const COOKIE_SECONDS = 365 * 24 * 3600;

/** The default room's name in addresses and headers: it has none of its own. */
export const DEFAULT_NAME = 'default';

/** Where a request keeps the workbench of a room that is not the default one. */
const ENTERED = Symbol('entered');
type Entering = FastifyRequest & { [ENTERED]: Workbench | null };

export function registerRoom(app: FastifyInstance, { byDefault }: Workbenches): void {
  app.decorateRequest(ENTERED, null);
  // A getter, so that also a request that is refused before its room is known has one.
  app.decorateRequest('workbench', {
    getter(this: FastifyRequest) {
      return (this as Entering)[ENTERED] ?? byDefault;
    },
  });
  app.decorateRequest('room', {
    getter(this: FastifyRequest) {
      return this.workbench.room;
    },
  });
}

/** The client is in this room from now on, for this request. */
export async function enter(request: FastifyRequest, workbenches: Workbenches, room: Room): Promise<void> {
  (request as Entering)[ENTERED] = await workbenches.in(room);
}

/**
 * The room that `X-Room` names; null when the client names none.
 *
 * @param own the only one that the client can be in; null for any
 * @throws CodedError 404, for a room that is not the client's as for one that does not exist
 */
export function namedRoom({ headers }: FastifyRequest, rooms: RoomStore, own: Room | null): Room | null {
  const name = headers['x-room'];
  if (typeof name !== 'string' || name === '') return null;
  // Node reads headers as Latin-1; a shell sends UTF-8.
  const room = roomNamed(rooms, name) ?? roomNamed(rooms, Buffer.from(name, 'latin1').toString());
  if (room === null || (own !== null && room.id !== own.id)) throw noSuchRoom(name);
  return room;
}

/** The room that an operator's browser has entered; the default one if it has entered none that there still is. */
export function enteredRoom({ cookies }: FastifyRequest, rooms: RoomStore): Room {
  return rooms.get(Number(cookies[COOKIE])) ?? rooms.get(DEFAULT_ROOM)!;
}

/** An operator's browser is in this room until it enters another one. */
export function rememberRoom(reply: FastifyReply, { id }: Room): void {
  const options = {
    httpOnly: true,
    sameSite: 'strict',
    secure: 'auto',
    path: reply.server.address('/'),
  } as const;
  if (id === DEFAULT_ROOM) reply.clearCookie(COOKIE, options);
  else reply.setCookie(COOKIE, String(id), { ...options, maxAge: COOKIE_SECONDS });
}

/** @throws CodedError 404 when there is none of this name */
export function findRoom(rooms: RoomStore, name: string): Room {
  const room = roomNamed(rooms, name);
  if (room === null) throw noSuchRoom(name);
  return room;
}

function noSuchRoom(name: string): CodedError {
  const message: Message = ['errors.noSuchRoom', { name: name.slice(0, 40) }];
  return new CodedError({ code: 'NO_SUCH_ROOM', status: 404, message });
}

/** A room's name in addresses, headers and JSON. */
export const nameOf = ({ id, name }: Pick<Room, 'id' | 'name'>): string =>
  id === DEFAULT_ROOM ? DEFAULT_NAME : name;

function roomNamed(rooms: RoomStore, name: string): Room | null {
  return name === DEFAULT_NAME ? rooms.get(DEFAULT_ROOM) : rooms.named(name);
}
