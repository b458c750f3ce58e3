import { expect, test } from '@jest/globals';
import { confined } from '../../../../src/host/qemu/confine.js';
import { machine } from '../../../../src/host/qemu/machine.js';

test('the guest has no network, its disk is read-only, and no argument is a path of the disk', () => {
  const command = machine('tcg', undefined);
  const text = command.join(' ');
  expect(text).toContain('-nic none');
  expect(text).toContain('-sandbox on,');
  expect(text).toContain('driver=host_device,node-name=volume,filename=/dev/fdset/3,read-only=on');
  expect(text.match(/\/dev\/\S+/g)).toEqual([
    expect.stringMatching(/^\/dev\/fdset\/3,/),
    expect.stringMatching(/^\/dev\/fdset\/4,/),
  ]);
  expect(text).not.toMatch(/netdev|virtfs|-bios|kvm/);
});

test('KVM and UEFI', () => {
  const command = machine('kvm', '/usr/share/ovmf/OVMF.fd');
  expect(command[command.indexOf('-accel') + 1]).toBe('kvm');
  expect(command[command.indexOf('-bios') + 1]).toBe('/usr/share/ovmf/OVMF.fd');
});

test('it runs in namespaces of its own, and its files are limited to 2 GiB', () => {
  const command = confined(['true'], false);
  expect(command.slice(0, 3)).toEqual(['prlimit', '--fsize=2147483648', '--core=0']);
  for (const flag of ['--mount', '--pid', '--net', '--ipc', '--kill-child']) expect(command).toContain(flag);
  expect(command.slice(-2)).toEqual(['none', 'true']);
});
