import { bytesOf, type StoredExport, type StoredImage } from '../../model/world.js';
import type { Cloud } from '../context.js';
import { imageFolder, objectName } from './tasks.js';

/**
 * The manifest of an exported OMI (user guide, "Manifest File Reference"). The emulator pre-signs no URLs in
 * it, because it imports no OMIs from a manifest.
 */
export const manifestOf = (image: StoredImage, task: StoredExport, { world }: Cloud): object => ({
  Version: 1,
  Image: {
    Name: image.name,
    Description: image.description,
    Architecture: image.architecture,
    Type: 'machine',
    ProductTypes: image.productCodes,
    Public: image.permissions.global,
    Snapshots: image.mappings.flatMap(({ device, snapshot, type, iops, deleteOnVmDeletion }) =>
      snapshot === undefined
        ? []
        : [
            {
              DeleteOnTermination: deleteOnVmDeletion ?? true,
              Device: device,
              Filename: `${imageFolder(task)}${objectName(snapshot, task)}`,
              Iops: iops ?? null,
              Size: bytesOf(world.snapshots[snapshot]?.size ?? 0),
              VolumeType: type ?? 'standard',
            },
          ],
    ),
  },
});
