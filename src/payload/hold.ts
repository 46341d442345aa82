/** Machine (as `uname -m` names it) → ELF machine number and the code of an endless pause. */
const MACHINES = {
  // pause() again and again: mov eax, 34; syscall; jmp back
  x86_64: { elf: 62, code: [0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7] },
  // ppoll(NULL, 0, NULL, NULL) again and again: arm64 has no pause
  aarch64: {
    elf: 183,
    code: words(0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800928, 0xd4000001, 0x17fffffa),
  },
} as const

function words(...instructions: number[]): number[] {
  return instructions.flatMap((word) => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24])
}

/**
 * The program that stands in for the image's own in `target-mode: hold`: a static ELF of about 130 bytes that only waits
 * for a signal, so that any image, even an empty one, can be scanned at rest. Format: System V ABI, ELF-64 object files.
 */
export function holdPrograms(): { name: string; data: Buffer }[] {
  return Object.entries(MACHINES).map(([machine, { elf, code }]) => ({
    name: `hold-${machine}`,
    data: program(elf, Buffer.from(code)),
  }))
}

function program(machine: number, code: Buffer): Buffer {
  const base = 0x400000n
  const headers = 64 + 56
  const size = BigInt(headers + code.length)
  const elf = Buffer.alloc(headers)
  elf.write('\x7fELF', 0, 'latin1')
  elf.set([2, 1, 1], 4) // 64 bit, little endian, version 1
  elf.writeUInt16LE(2, 16) // an executable
  elf.writeUInt16LE(machine, 18)
  elf.writeUInt32LE(1, 20)
  elf.writeBigUInt64LE(base + BigInt(headers), 24) // entry point: right behind the headers
  elf.writeBigUInt64LE(64n, 32) // program headers follow this one
  elf.writeUInt16LE(64, 52)
  elf.writeUInt16LE(56, 54)
  elf.writeUInt16LE(1, 56)
  elf.writeUInt32LE(1, 64) // one loadable segment,
  elf.writeUInt32LE(5, 68) // readable and executable
  elf.writeBigUInt64LE(base, 80)
  elf.writeBigUInt64LE(base, 88)
  elf.writeBigUInt64LE(size, 96)
  elf.writeBigUInt64LE(size, 104)
  elf.writeBigUInt64LE(0x10000n, 112) // aligned for kernels with 64 KiB pages
  return Buffer.concat([elf, code])
}
