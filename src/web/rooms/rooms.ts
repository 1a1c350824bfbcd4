import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import { DEFAULT_BUDGET, DEFAULT_ROOM, type Room, roomKey } from '../../rooms/room.ts';
import type { RoomContents } from '../../store/room-store.ts';
import type { Workbenches } from '../../workbench.ts';
import { answerForm } from '../answer.ts';
import type { Field } from '../field.ts';
import { bodyFields } from '../http/bodies.ts';
import { findRoom, nameOf, rememberRoom } from '../http/room.ts';
import { makeTokens, type RoomTokens } from '../http/room-tokens.ts';
import type { PageContext, RoomContext } from '../page.ts';
import { eraseOwned } from '../people/erasure.ts';
import { readDryRun } from '../people/people.ts';
import { sendSettingsProblem } from '../runs/settings.ts';
import { signInPage } from '../server/sign-in.ts';
import {
  budgetFields,
  nameField,
  nameTaken,
  type RoomErrors,
  type RoomInput,
  readBudget,
  readRoom,
} from './fields.ts';

/** A room as scripts and pages see it. */
interface RoomJson extends RoomContents {
  /** "default" for the one that is always there. */
  readonly name: string;
  readonly budget: Room['budget'];
  readonly createdAt: string;
}

interface ListedRoom extends RoomJson {
  /** Is the operator's browser in it? */
  readonly isEntered: boolean;
}

/** views/rooms/index.eta */
interface RoomsContext extends PageContext {
  readonly rooms: readonly ListedRoom[];
  readonly fields: readonly Field[];
}

/** views/rooms/show.eta */
interface ShownRoomContext extends PageContext {
  readonly shown: RoomJson;
  readonly isDefault: boolean;
  readonly fields: readonly Field[];
}

/** views/rooms/tokens.eta */
interface TokensContext extends PageContext {
  readonly shown: RoomJson;
  /** Address to open and sign in at. */
  readonly address: string;
  readonly tokens: RoomTokens;
}

/** views/rooms/delete.eta */
interface DeleteRoomContext extends PageContext {
  readonly shown: RoomJson;
}

type RoomRequest = FastifyRequest<{ Params: { name: string }; Querystring: { dry_run?: unknown } }>;

/**
 * `GET /rooms` lists the rooms, `POST` makes one, with a `name`, and tells its tokens; `PATCH /rooms/:name` changes its budget, `POST
 * …/tokens` makes new tokens, `POST …/enter` moves the operator's browser into it, `DELETE` deletes it with all that is in it
 * (`dry_run=true` says what that is). `GET /rooms/:name` is where pupils and teachers sign in.
 */
export function roomRoutes(app: FastifyInstance, workbenches: Workbenches): void {
  const { rooms } = workbenches;

  app.get('/rooms', async (request, reply) => {
    if (answerForm(request) === 'json') {
      return reply.header('vary', 'accept').send({ rooms: await Promise.all(rooms.list().map(toJson)) });
    }
    return sendList(request, reply, { runs: DEFAULT_BUDGET.runs });
  });

  app.post('/rooms', async (request, reply) => {
    const input = bodyFields(request.body);
    const { wanted, errors } = { wanted: undefined, ...readRoom(input) };
    if (!wanted) return refuse(request, reply, input, errors!);
    const { tokens, digests } = makeTokens();
    const room = await rooms.create(wanted.name, digests, wanted.budget);
    if (room === null) return refuse(request, reply, input, nameTaken(wanted.name));
    return sendTokens(reply.code(201).header('location', pathOf(room)), room, tokens);
  });

  /** Whoever is in no room, or another one, is asked for a token, also for a name that no room has: names cannot be guessed. */
  app.get('/rooms/:name', async (request: RoomRequest, reply) => {
    const { name } = request.params;
    const isJson = answerForm(request) === 'json';
    if (request.isOperator) {
      const room = findRoom(rooms, name);
      if (isJson) return reply.header('vary', 'accept').send(await toJson(room));
      return sendRoom(request, reply, room, { ...room.budget, megabytes: room.budget.megabytes ?? '' });
    }
    const isIn = request.role !== 'guest' && roomKey(nameOf(request.room)) === roomKey(name);
    if (isJson) {
      if (isIn) return reply.header('vary', 'accept').send(await toJson(request.room));
      const message: Message = ['errors.signInToRoom', { name: name.slice(0, 40) }];
      throw new CodedError({ code: 'SIGN_IN', status: 401, message });
    }
    return isIn ? reply.redirect('/', 303) : signInPage(reply, { to: '/', room: name });
  });

  app.patch('/rooms/:name', async (request: RoomRequest, reply) => {
    const room = findRoom(rooms, request.params.name);
    const { wanted, errors } = { wanted: undefined, ...readBudget(bodyFields(request.body), room.budget) };
    if (!wanted) return sendSettingsProblem(reply, errors!);
    return reply.send(await toJson((await rooms.setBudget(room.id, wanted))!));
  });

  app.post('/rooms/:name/settings', async (request: RoomRequest, reply) => {
    const room = findRoom(rooms, request.params.name);
    const input = bodyFields(request.body);
    const { wanted, errors } = { wanted: undefined, ...readBudget(input, room.budget) };
    const isJson = answerForm(request) === 'json';
    if (!wanted && isJson) return sendSettingsProblem(reply, errors!);
    if (!wanted) return sendRoom(request, reply.code(422), room, input, errors);
    const changed = (await rooms.setBudget(room.id, wanted))!;
    return isJson ? reply.send(await toJson(changed)) : reply.redirect('/rooms', 303);
  });

  app.post('/rooms/:name/tokens', async (request: RoomRequest, reply) => {
    const room = made(findRoom(rooms, request.params.name));
    const { tokens, digests } = makeTokens();
    return sendTokens(reply, (await rooms.setTokens(room.id, digests))!, tokens);
  });

  app.post('/rooms/:name/enter', async (request: RoomRequest, reply) => {
    const room = findRoom(rooms, request.params.name);
    rememberRoom(reply, room);
    return answerForm(request) === 'json' ? reply.send(await toJson(room)) : reply.redirect('/', 303);
  });

  app.get('/rooms/:name/delete', async (request: RoomRequest, reply) => {
    const room = made(findRoom(rooms, request.params.name));
    const title = request.t('rooms.deleteTitle');
    return reply.page<DeleteRoomContext>('rooms/delete', { title, page: 'rooms', shown: await toJson(room) });
  });

  app.post('/rooms/:name/delete', async (request: RoomRequest, reply) => {
    const room = made(findRoom(rooms, request.params.name));
    const had = await toJson(room);
    await deleteRoom(room);
    return answerForm(request) === 'json'
      ? reply.send({ room: had, deleted: true })
      : reply.redirect('/rooms', 303);
  });

  app.delete('/rooms/:name', async (request: RoomRequest, reply) => {
    const isDry = readDryRun(request.query);
    const room = made(findRoom(rooms, request.params.name));
    const had = await toJson(room);
    if (!isDry) await deleteRoom(room);
    return reply.send({ room: had, deleted: !isDry });
  });

  function deleteRoom(room: Room): Promise<void> {
    return workbenches.delete(room, (workbench) => eraseOwned(workbench, null));
  }

  async function toJson(room: Room): Promise<RoomJson> {
    const { budget, createdAt } = room;
    return { name: nameOf(room), budget, ...(await rooms.contents(room.id)), createdAt };
  }

  async function refuse(request: FastifyRequest, reply: FastifyReply, input: RoomInput, errors: RoomErrors) {
    if (answerForm(request) === 'json') return sendSettingsProblem(reply, errors);
    return sendList(request, reply.code(422), input, errors);
  }

  async function sendList(
    request: FastifyRequest,
    reply: FastifyReply,
    input: RoomInput,
    errors: RoomErrors = {},
  ) {
    const { t } = request;
    const listed = rooms
      .list()
      .map(async (room) => ({ ...(await toJson(room)), isEntered: room.id === request.room.id }));
    return reply.page<RoomsContext>('rooms/index', {
      title: t('rooms.rooms'),
      page: 'rooms',
      rooms: await Promise.all(listed),
      fields: [nameField(t, input, errors), ...budgetFields(t, input, errors)],
    });
  }

  async function sendRoom(
    { t }: FastifyRequest,
    reply: FastifyReply,
    room: Room,
    input: RoomInput,
    errors: RoomErrors = {},
  ) {
    return reply.page<ShownRoomContext>('rooms/show', {
      title: t('rooms.room', { name: nameOf(room) }),
      page: 'rooms',
      shown: await toJson(room),
      isDefault: room.id === DEFAULT_ROOM,
      fields: budgetFields(t, input, errors),
    });
  }

  /** The only time that they are told. */
  async function sendTokens(reply: FastifyReply, room: Room, tokens: RoomTokens) {
    const { request } = reply;
    const shown = await toJson(room);
    reply.header('cache-control', 'no-store');
    if (answerForm(request) === 'json') return reply.send({ room: shown, tokens });
    return reply.page<TokensContext>('rooms/tokens', {
      title: request.t('rooms.tokens'),
      page: 'rooms',
      shown,
      address: `${request.protocol}://${request.host}${app.address(pathOf(room))}`,
      tokens,
    });
  }
}

/** For the head of each page. */
export function roomContext({ rooms }: Workbenches, { room, isOperator }: FastifyRequest): RoomContext {
  const isNamed = rooms.any && (room.id !== DEFAULT_ROOM || isOperator);
  return { name: isNamed ? nameOf(room) : null, isOperator };
}

const pathOf = (room: Room) => `/rooms/${encodeURIComponent(nameOf(room))}`;

/** @throws CodedError 409 for the default room, which has the configuration's tokens and cannot be deleted */
function made(room: Room): Room {
  if (room.id !== DEFAULT_ROOM) return room;
  throw new CodedError({ code: 'DEFAULT_ROOM', status: 409, message: ['errors.defaultRoom'] });
}
