import type { FastifyRequest } from 'fastify';
import type { RunStart } from '../../store/run-store.ts';
import { admission } from '../http/overload.ts';
import { correctionReach } from '../http/owner.ts';

/** What a client's runs begin with, whatever their settings: its room, its name, its corrections, if there is room in the queue. */
export function startOf(
  request: FastifyRequest,
): Required<Pick<RunStart, 'room' | 'owner' | 'corrections' | 'admit'>> {
  return {
    room: request.room.id,
    owner: request.owner,
    corrections: correctionReach(request),
    admit: admission(request),
  };
}
