/** What the form of a sweep shows: the server's defaults, what a link carries, or what could not be used. */
import type { FastifyRequest } from 'fastify';
import type { CorrectionReach } from '../../corrections/correction.ts';
import { type GridErrors, type ParsedGrid, parseGrid } from '../../runs/grid.ts';
import { type SettingName, settingLabel } from '../../training/settings.ts';
import type { Workbench } from '../../workbench.ts';
import { count } from '../format.ts';
import { correctionReach } from '../http/owner.ts';
import type { PageContext } from '../page.ts';
import { defaultSettings } from '../runs/forecast.ts';
import { formContext } from '../runs/form.ts';
import { wrongHere } from '../runs/settings-input.ts';
import type { SweepFormContext } from './contexts.ts';
import { formInput, formValues, readFlag, type SweepInput } from './input.ts';

/** The grid that was asked for, when this server can train each of its trials. */
export function gridOf(
  workbench: Workbench,
  { settings, grid }: SweepInput,
  reach: CorrectionReach,
): ParsedGrid {
  const parsed = parseGrid(settings, grid, defaultSettings(workbench));
  if (parsed.errors) return parsed;
  for (const trial of parsed.grid.trials) {
    const errors = wrongHere(workbench, trial, reach);
    if (errors !== null) return { errors };
  }
  return parsed;
}

/** "6 trials", or why they cannot be trained. */
export function countSentence({ grid, errors }: ParsedGrid): string {
  return grid ? count(grid.trials.length, 'trial') : Object.values(errors)[0];
}

/** @param fields as the form sends them */
export function sweepFormContext(
  workbench: Workbench,
  request: FastifyRequest,
  fields: Readonly<Record<string, unknown>>,
  errors: GridErrors = {},
): Omit<SweepFormContext, keyof PageContext> {
  const { values: defaults, choices, engines } = formContext(workbench, request, {});
  const names = Object.keys(defaults) as SettingName[];
  const values = Object.fromEntries(
    names.map((name) => {
      const given = formValues(fields[name]);
      return [name, given.length > 0 ? given : [defaults[name]]];
    }),
  );
  return {
    values: values as Record<SettingName, string[]>,
    halving: readFlag(fields.halving),
    errors,
    labels: Object.fromEntries(names.map((name) => [name, settingLabel(name)])) as Record<
      SettingName,
      string
    >,
    choices,
    engines,
    count: countSentence(gridOf(workbench, formInput(fields), correctionReach(request))),
  };
}
