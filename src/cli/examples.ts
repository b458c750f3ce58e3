/** Command lines without the program's name, by command. */
export const examples: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'build',
    [
      'build --config image.yml',
      "build --source-omi ami-12345678 --omi-name 'web {{timestamp}}' --run 'apt-get -y install nginx'",
      'build --config image.yml --on-failure keep',
    ],
  ],
  ['mount', ['mount --source-omi ami-12345678 --outputs chroot.sh']],
  ['commit', ['commit --build-id ba4dcb2d3b10 --omi-name web-17']],
  ['abort', ['abort --build-id ba4dcb2d3b10']],
  ['validate', ['validate --config image.yml']],
  ['plan', ['plan --config image.yml']],
  ['convert', ['convert template.pkr.hcl']],
  ['shell', ['shell --build-id ba4dcb2d3b10', 'shell --build-id ba4dcb2d3b10 -- apt-get update']],
  [
    'find',
    [
      "find --region eu-west-2 --source-omi-filter '{filters: {image-name: Debian-12-*}, owners: [Outscale], most_recent: true}'",
      'find --family web-server --outputs found.sh',
    ],
  ],
  [
    'prune',
    ['prune --family web-server --retain-last 3', 'prune --family web-server --retain-for 30d --yes'],
  ],
  ['sweep', ['sweep', 'sweep --yes --older-than 2h']],
  ['demo', ['demo', 'demo --debian']],
  ['emulator', ['emulator --demo', 'emulator --directory /var/tmp/cloud --port 8480']],
  ['completion', ['completion bash > build-omi.bash']],
]);
