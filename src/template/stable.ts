import { render } from './render.js';
import type { TemplateData } from './types.js';

/** Two builds that differ in everything that differs from build to build, in each part of their dates. */
const builds = [
  {
    startedAt: new Date('2001-02-03T04:05:06.789Z'),
    uuid: '00000000-0000-4000-8000-000000000000',
    id: '000000000000',
  },
  {
    startedAt: new Date('2032-11-24T17:38:49.123Z'),
    uuid: '11111111-1111-4111-9111-111111111111',
    id: '111111111111',
  },
] as const;

/** What of a template is the same in every build. */
export interface StableText {
  /** Rendered with a fixed time, UUID and build ID. */
  readonly text: string;
  /** Whether time, UUID or build ID change the text. */
  readonly isVolatile: boolean;
}

/**
 * Renders a template as it is for every build with the same data and environment.
 * @throws as render
 */
export async function renderStable(
  option: string,
  template: string,
  data: TemplateData,
): Promise<StableText> {
  const [text = '', other] = await Promise.all(
    builds.map(
      async ({ startedAt, uuid, id }) =>
        await render(option, template, { ...data, BuildId: id }, { startedAt, uuid }),
    ),
  );
  return { text, isVolatile: text !== other };
}
