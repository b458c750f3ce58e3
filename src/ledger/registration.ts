/** The registration of an OMI: the fields of schema `CreateImageRequest` that responses contain too. */
export interface Registration {
  ImageName: string;
  RootDeviceName: string;
  BlockDeviceMappings: {
    DeviceName?: string | undefined;
    VirtualDeviceName?: string | undefined;
    Bsu?:
      | {
          DeleteOnVmDeletion?: boolean | undefined;
          Iops?: number | undefined;
          SnapshotId?: string | undefined;
          VolumeSize?: number | undefined;
          VolumeType?: string | undefined;
        }
      | undefined;
  }[];
  Description?: string | undefined;
  Architecture?: string | undefined;
  BootModes?: ('uefi' | 'legacy')[] | undefined;
  ProductCodes?: string[] | undefined;
  TpmMandatory?: boolean | undefined;
}

/** The accounts that may use a resource besides its owner (schema `PermissionsOnResource`). */
export interface Sharing {
  AccountIds?: string[] | undefined;
  GlobalPermission?: boolean | undefined;
}

export interface Tag {
  Key: string;
  Value: string;
}
