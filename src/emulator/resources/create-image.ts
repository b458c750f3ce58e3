import type { RequestOf, ResponseOf } from '../../outscale/api.js';
import { invalid, missing, nameTaken, noSuch } from '../model/errors.js';
import { newId, type StoredImage } from '../model/world.js';
import type { Call, Caller, Cloud } from './context.js';
import { checkMapping, copyMapping } from './image-mappings.js';
import { showImage } from './images.js';
import { isPrivate } from './permissions.js';
import { usableImage } from './usable.js';
import { vms } from './volume-links.js';

type Request = RequestOf<'CreateImage'>;
/** Product codes of an OMI requested without any. */
const defaultProductCodes = ['0001'];

type Wanted = Omit<StoredImage, 'id' | 'account' | 'created' | 'tags' | 'permissions'>;

/** "Registering from a snapshot" and "Copying an OMI". Creation from a VM or a bucket is not supported. */
export const createImage: Call<Request, ResponseOf<'CreateImage'>> = (request, caller, cloud) => {
  if (request.VmId !== undefined) {
    const isThere = vms(cloud).some(({ id, account }) => id === request.VmId && account === caller.account);
    throw isThere ? invalid('VmId', 'the emulator does not create OMIs from VMs') : noSuch(request.VmId);
  }
  if (request.FileLocation !== undefined) throw invalid('FileLocation', 'the emulator does not import OMIs');
  const describe =
    request.SourceImageId === undefined
      ? checkRegistration(request, caller, cloud)
      : checkCopy(request, request.SourceImageId, caller, cloud);
  return () => {
    const image: StoredImage = {
      id: newId('ami'),
      account: caller.account,
      created: caller.now,
      tags: {},
      permissions: isPrivate(),
      ...describe(),
    };
    cloud.world.images[image.id] = image;
    return { Image: showImage(image, caller.now, cloud) };
  };
};

/**
 * "A unique name for the new OMI. Constraints: 3-128 alphanumeric characters, underscores, spaces,
 * parentheses, slashes, periods, or dashes."
 */
function checkName(name: string | undefined, caller: Caller, { world }: Cloud): string {
  if (name === undefined) throw missing('ImageName');
  if (!/^[A-Za-z0-9_ ()/.-]{3,128}$/.test(name))
    throw invalid(
      'ImageName',
      '3 to 128 letters, digits, underscores, spaces, parentheses, slashes, periods, dashes',
    );
  const taken = Object.values(world.images).find(
    (image) => image.account === caller.account && image.name === name,
  );
  if (taken) throw nameTaken(name, taken.id);
  return name;
}

/** `RootDeviceName` and `BlockDeviceMappings` are "required when registering from a snapshot". */
function checkRegistration(request: Request, caller: Caller, cloud: Cloud): () => Wanted {
  const name = checkName(request.ImageName, caller, cloud);
  const { RootDeviceName: rootDevice, BlockDeviceMappings: asked, Architecture = 'x86_64' } = request;
  if (rootDevice === undefined) throw missing('RootDeviceName');
  if (rootDevice !== '/dev/sda1')
    throw invalid('RootDeviceName', 'for a root device, you must use /dev/sda1');
  if (asked === undefined || asked.length === 0) throw missing('BlockDeviceMappings');
  if (!['x86_64', 'i386'].includes(Architecture))
    throw invalid('Architecture', 'must be one of: i386, x86_64');
  const mappings = asked.map((mapping) => checkMapping(mapping, rootDevice, caller, cloud));
  if (new Set(mappings.map(({ device }) => device)).size < mappings.length)
    throw invalid('BlockDeviceMappings.DeviceName', 'must be unique');
  if (!mappings.some(({ device, snapshot }) => device === rootDevice && snapshot !== undefined))
    throw invalid('BlockDeviceMappings', `the root device ${rootDevice} has no snapshot`);
  return () => ({
    name,
    rootDevice,
    mappings,
    architecture: Architecture,
    description: request.Description ?? '',
    bootModes: request.BootModes ?? ['legacy'],
    productCodes: request.ProductCodes ?? defaultProductCodes,
    tpmMandatory: request.TpmMandatory ?? false,
    copies: [],
  });
}

/**
 * `SourceRegionName` is "required when copying an OMI" and "always the same as the Region of your account".
 */
function checkCopy(request: Request, sourceId: string, caller: Caller, cloud: Cloud): () => Wanted {
  const source = usableImage(sourceId, caller, cloud);
  if (request.SourceRegionName === undefined) throw missing('SourceRegionName');
  if (request.SourceRegionName !== cloud.settings.region)
    throw invalid('SourceRegionName', 'must be the Region of your account');
  for (const parameter of ['BlockDeviceMappings', 'RootDeviceName', 'Architecture'] as const)
    if (request[parameter] !== undefined) throw invalid(parameter, 'not allowed when copying an OMI');
  const name = checkName(request.ImageName ?? source.name, caller, cloud);
  return () => {
    const mappings = source.mappings.map((mapping) => copyMapping(mapping, sourceId, caller, cloud));
    const copies = mappings.flatMap(({ snapshot }) => (snapshot === undefined ? [] : [snapshot]));
    return {
      name,
      mappings,
      copies,
      rootDevice: source.rootDevice,
      architecture: source.architecture,
      description: request.Description ?? source.description,
      bootModes: source.bootModes,
      productCodes: source.productCodes,
      tpmMandatory: source.tpmMandatory,
    };
  };
}
