import * as z from 'zod';
import { entity } from './common.js';

/** Schema `SecurityGroupLight`. */
const securityGroup = entity({ SecurityGroupId: z.string(), SecurityGroupName: z.string() });

/** Schema `LinkPublicIpLightForVm`. */
const linkPublicIp = entity({
  PublicDnsName: z.string(),
  PublicIp: z.string(),
  PublicIpAccountId: z.string(),
});

/** Schema `NicLight`. */
const nic = entity({
  AccountId: z.string(),
  Description: z.string(),
  IsSourceDestChecked: z.boolean(),
  LinkNic: entity({
    DeleteOnVmDeletion: z.boolean(),
    DeviceNumber: z.int(),
    LinkNicId: z.string(),
    State: z.string(),
  }),
  LinkPublicIp: linkPublicIp,
  MacAddress: z.string(),
  NetId: z.string(),
  NicId: z.string(),
  PrivateDnsName: z.string(),
  PrivateIps: z.array(
    entity({
      IsPrimary: z.boolean(),
      LinkPublicIp: linkPublicIp,
      PrivateDnsName: z.string(),
      PrivateIp: z.string(),
    }),
  ),
  SecurityGroups: z.array(securityGroup),
  State: z.string(),
  SubnetId: z.string(),
});

/** The network fields of schema `Vm`. */
export const vmNetwork = {
  IsSourceDestChecked: z.boolean(),
  NetId: z.string(),
  Nics: z.array(nic),
  PrivateDnsName: z.string(),
  PrivateIp: z.string(),
  PublicDnsName: z.string(),
  PublicIp: z.string(),
  SecurityGroups: z.array(securityGroup),
  SubnetId: z.string(),
};
