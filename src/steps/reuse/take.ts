import type { ResourceTag } from '../../outscale/api.js';
import type { Tools } from '../../runtime/tools.js';
import type { FoundImage } from './found.js';

/** Makes an OMI the result of this build: adds the tags that it lacks, and sets the outputs. */
export async function reuseImage(
  { id, name, snapshot, lacks, copies }: FoundImage,
  tools: Tools,
): Promise<void> {
  const missing = new Map<string, { readonly ids: string[]; readonly tags: readonly ResourceTag[] }>();
  for (const [resource, tags] of [[id, lacks.image] as const, [snapshot.id, lacks.snapshot] as const]) {
    if (tags.length === 0) continue;
    const key = JSON.stringify(tags);
    missing.set(key, { ids: [...(missing.get(key)?.ids ?? []), resource], tags });
  }
  for (const { ids, tags } of missing.values()) {
    await tools.cloud.call('CreateTags', { ResourceIds: ids, Tags: [...tags] });
    tools.report.info(`Added tags ${tags.map(({ Key }) => Key).join(', ')} to ${ids.join(', ')}`);
  }
  tools.report.output('omi-id', id);
  tools.report.output('omi-name', name);
  tools.report.output('snapshot-id', snapshot.id);
  tools.report.output('snapshot-ids', JSON.stringify([snapshot.id]));
  for (const [output, value] of copies.outputs) tools.report.output(output, value);
  tools.report.info(`Reused ${id} ${name}: source, provisioning and options are unchanged`);
  for (const { image, tools: there } of copies.regions) await reuseImage(image, there);
}
