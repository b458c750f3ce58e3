import { invalid, missing, parameterCodes } from './errors.js';

interface VolumeRequest {
  readonly type?: string | undefined;
  readonly size?: number | undefined;
  readonly iops?: number | undefined;
}

/**
 * Checks type, size and IOPS by the description of CreateVolume and BsuToCreate: `standard` by default; 1 to
 * 14901 GiB and not less than the snapshot; `Iops` "must be specified only if you create an `io1` volume", at
 * most 13000 and 300 per GiB; the IOPS of other types are fixed.
 * @param names the parameter names in the request, for the error
 */
export function checkSize(
  { type = 'standard', size: wanted, iops }: VolumeRequest,
  snapshotSize: number | undefined,
  names: { size: string; type: string; iops: string },
): { type: string; size: number; iops?: number } {
  if (!['standard', 'gp2', 'io1'].includes(type))
    throw invalid(names.type, 'must be one of: standard, gp2, io1');
  const size = wanted ?? snapshotSize;
  if (size === undefined) throw missing(names.size);
  if (size < 1 || size > 14_901) throw invalid(names.size, 'from 1 to 14901 GiB', parameterCodes.size);
  if (snapshotSize !== undefined && size < snapshotSize)
    throw invalid(names.size, `the snapshot has ${snapshotSize} GiB`, parameterCodes.tooSmall);
  if (type !== 'io1') {
    if (iops !== undefined)
      throw invalid(names.iops, 'only valid for volumes of type io1', parameterCodes.iops);
    return type === 'gp2' ? { type, size, iops: Math.min(Math.max(100, 3 * size), 10_000) } : { type, size };
  }
  if (iops === undefined) throw missing(names.iops);
  if (iops < 1 || iops > 13_000) throw invalid(names.iops, 'from 1 to 13000', parameterCodes.iops);
  if (iops > 300 * size) throw invalid(names.iops, 'at most 300 per GiB', parameterCodes.iopsRatio);
  return { type, size, iops };
}
