/** The architectures of OMIs that run on this VM: x86_64 processors also run i386. */
export const architectures: readonly string[] = process.arch === 'x64' ? ['x86_64', 'i386'] : [process.arch];
