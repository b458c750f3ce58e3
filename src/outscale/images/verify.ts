import type {
  BlockDeviceMappingImage,
  Image,
  PermissionsOnResource,
  RequestOf,
  ResourceTag,
} from '../api.js';

type Plain = string | number | boolean | undefined;

/** The requested attributes of an OMI. */
export interface AskedImage {
  readonly request: RequestOf<'CreateImage'>;
  readonly tags: readonly ResourceTag[];
  readonly shared: PermissionsOnResource | undefined;
}

/** Requested attributes that are missing, and unexpected ones; one line each. */
export interface Differences {
  readonly missing: readonly string[];
  readonly added: readonly string[];
}

/**
 * Compares an OMI with the request; lists are compared as sets. A field missing from the response is ignored,
 * because the API promises no field. The defaults that the API adds to every OMI are ignored: its owner,
 * product code `0001`, boot mode `legacy`.
 */
export function differences({ request, tags, shared }: AskedImage, image: Image): Differences {
  const missing: string[] = [];
  const added: string[] = [];
  const same = (name: string, asked: Plain, found: Plain): void => {
    if (asked !== undefined && found !== undefined && asked !== found)
      missing.push(`${name}: requested ${asked}, found ${found}`);
  };
  const sets = (
    name: string,
    asked: readonly string[] = [],
    found?: readonly string[],
    defaults: readonly (string | undefined)[] = [],
  ): void => {
    if (found === undefined) return;
    for (const one of asked) if (!found.includes(one)) missing.push(`${name}: ${one} is missing`);
    for (const one of found)
      if (!asked.includes(one) && !defaults.includes(one)) added.push(`${name}: ${one} was added`);
  };
  same('name', request.ImageName, image.ImageName);
  same('description', request.Description, image.Description);
  same('architecture', request.Architecture, image.Architecture);
  same('root device', request.RootDeviceName, image.RootDeviceName);
  same('TPM', request.TpmMandatory, image.TpmMandatory);
  sets('boot modes', request.BootModes, image.BootModes, ['legacy']);
  sets('product codes', request.ProductCodes, image.ProductCodes, ['0001']);
  sets('tags', tags.map(showTag), image.Tags?.map(showTag));
  sets('shared with', shared?.AccountIds, image.PermissionsToLaunch?.AccountIds, [image.AccountId]);
  same('public', shared?.GlobalPermission, image.PermissionsToLaunch?.GlobalPermission);
  const found = image.BlockDeviceMappings;
  sets('devices', request.BlockDeviceMappings?.map(deviceOf), found?.map(deviceOf));
  for (const asked of request.BlockDeviceMappings ?? []) {
    const there = found?.find(({ DeviceName }) => DeviceName === asked.DeviceName)?.Bsu;
    const name = asked.DeviceName ?? '';
    same(`${name} snapshot`, asked.Bsu?.SnapshotId, there?.SnapshotId);
    same(`${name} size`, asked.Bsu?.VolumeSize, there?.VolumeSize);
    same(`${name} type`, asked.Bsu?.VolumeType, there?.VolumeType);
    same(`${name} IOPS`, asked.Bsu?.Iops, there?.Iops);
    same(`${name} deletion`, asked.Bsu?.DeleteOnVmDeletion, there?.DeleteOnVmDeletion);
  }
  return { missing, added };
}

const showTag = ({ Key, Value }: ResourceTag): string => `${Key}=${Value}`;
const deviceOf = ({ DeviceName }: BlockDeviceMappingImage): string => DeviceName ?? '';
